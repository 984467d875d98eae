package simplex

import (
	"fmt"
	"slices"

	"botd/adapters/simplex/internal/api"
	"botd/engine"
)

// fault is what an error of the program means.
type fault struct {
	path []string
	code engine.Code
	text string // "" for the program's own words
}

// faults are those that mean something else than a refusal, the first match counting.
var faults = []fault{
	{[]string{"error", "commandError"}, engine.Invalid, "the program does not understand the command; it may be of another version"},
	{[]string{"error", "noActiveUser"}, engine.Denied, "the program has no active profile"},
	{[]string{"error", "userUnknown"}, engine.Denied, "the program has no such profile"},
	{[]string{"error", "differentActiveUser"}, engine.Conflict, "another profile of the program is active"},
	{[]string{"error", "invalidDisplayName"}, engine.Invalid, "the name cannot be used"},
	{[]string{"error", "userExists"}, engine.Conflict, "a profile of that name is there already"},
	{[]string{"errorStore", "duplicateName"}, engine.Conflict, "the name is in use"},
	{[]string{"error", "groupUserRole"}, engine.Denied, "the bot's role in the group is too low"},
	{[]string{"error", "contactNotReady"}, engine.Denied, "the contact is not connected yet"},
	{[]string{"error", "contactNotActive"}, engine.Denied, "the contact has ended the connection"},
	{[]string{"error", "contactDisabled"}, engine.Denied, "the connection to the contact is switched off"},
	{[]string{"error", "connectionDisabled"}, engine.Denied, "the connection is switched off"},
	{[]string{"error", "groupMemberNotActive"}, engine.Denied, "the bot is not an active member of the group"},
	{[]string{"error", "groupNotJoined"}, engine.Denied, "the bot has not joined the group"},
	{[]string{"error", "groupMemberUserRemoved"}, engine.Denied, "the bot was removed from the group"},
	{[]string{"error", "groupMemberNotFound"}, engine.NotFound, "no such member"},
	{[]string{"error", "invalidChatItemUpdate"}, engine.Denied, "the message cannot be edited: it is not the bot's own, or too old"},
	{[]string{"error", "invalidChatItemDelete"}, engine.Denied, "the message cannot be deleted: it is not the bot's own, or too old"},
	{[]string{"error", "fileNotFound"}, engine.NotFound, "no such file"},
	{[]string{"error", "fileSize"}, engine.Invalid, "the file is too large for the network"},
	{[]string{"error", "fileAlreadyReceiving"}, engine.Conflict, "the file is being received already"},
	{[]string{"error", "fileCancelled"}, engine.Denied, "the file was cancelled"},
	{[]string{"error", "fileNotApproved"}, engine.Denied, "the file is on servers the profile does not use; unknown_servers in the settings would take it, and show them the address of this machine"},
	{[]string{"errorStore", "largeMsg"}, engine.Invalid, "the message is too long, with all that is in it"},
	{[]string{"errorStore", "duplicateContactLink"}, engine.Conflict, "there is an address already"},
	{[]string{"errorStore", "duplicateGroupLink"}, engine.Conflict, "the group has a link already"},
	{[]string{"errorStore", "groupAlreadyJoined"}, engine.Conflict, "the bot is in the group already"},
	{[]string{"errorAgent", "SMP", "AUTH"}, engine.Denied, "the other side has deleted the connection"},
	{[]string{"errorAgent", "SMP", "QUOTA"}, engine.RateLimited, "the other side has been offline for too long to take more"},
	{[]string{"errorAgent", "CRITICAL"}, engine.Internal, "the program reports a critical error; look at it"},
	{[]string{"errorAgent"}, engine.Timeout, "the network or one of its servers cannot be reached now"},
}

// missing are tags of the database that say something is not there.
var missing = []string{
	"userNotFound", "contactNotFound", "contactNotFoundByName", "groupNotFound", "groupNotFoundByName", "groupMemberNotFound", "chatItemNotFound",
	"userContactLinkNotFound", "groupLinkNotFound", "contactRequestNotFound", "fileNotFound", "rcvFileNotFound", "sndFileNotFound",
}

// asError is an error of the program for those who asked.
func asError(e *api.Error) *engine.Error {
	for _, f := range faults {
		if e.Under(f.path...) {
			return &engine.Error{Code: f.code, Msg: f.text + detail(e), Err: e}
		}
	}
	code := engine.Denied
	if len(e.Path) > 1 && e.Path[0] == "errorStore" && slices.Contains(missing, e.Path[1]) {
		code = engine.NotFound
	}
	return &engine.Error{Code: code, Msg: "the program answers " + e.Name(), Err: e}
}

// detail adds what helps.
func detail(e *api.Error) string {
	for _, key := range []string{"requiredRole", "validName"} {
		if s, ok := e.Detail[key].(string); ok {
			return fmt.Sprintf(" (%s: %s)", key, s)
		}
	}
	return ""
}
