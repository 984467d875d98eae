package simplex_test

import (
	"slices"
	"strings"
	"testing"

	"botd/adapters/simplex"
	"botd/adapters/simplex/internal/api"
	"botd/adapters/simplex/simplextest"
	"botd/engine"
)

// stage is a session with something of everything that commands are about.
type stage struct {
	*rig
	ann           *simplextest.Peer // a member of team
	friend        *simplextest.Peer // a contact
	item, own     int64             // of ann and of the bot, in team
	file          int64             // offered by ann
	link          string            // of somebody else's address
	team, contact string            // as chats are written
}

func setStage(r *rig) *stage {
	s := &stage{rig: r, ann: r.groups[0].Join("ann"), friend: r.Contact("friend"), link: r.ContactLink("shop")}
	s.team, s.contact = s.ann.Chat(), s.friend.Chat()
	s.item = s.ann.Say("hello")
	s.file = r.FileOf(s.ann.Send(simplextest.Message{Text: "look", File: &simplextest.File{Name: "a.txt", Data: []byte("a")}}))
	r.Settle()
	r.call("APISendMessages", p{"sendRef": s.team, "composedMessages": []any{p{"msgContent": p{"type": "text", "text": "mine"}}}})
	for _, it := range r.Items(s.team) {
		if it.Sent {
			s.own = it.ID
		}
	}
	return s
}

// p are the parameters of a command.
type p = map[string]any

// call carries a command out, as session:call does.
func (r *rig) call(name string, params p) engine.Receipt {
	r.Helper()
	return r.do(engine.Call{Name: name, Params: params})
}

// n is a number as it comes from Lua.
func n(id int64) float64 { return float64(id) }

// A callRow says what becomes of one command: with parameters that are right, and where the
// program refuses it.
type callRow struct {
	name   string
	params func(*stage) p
	answer string // the tag of the answer
	fault  string // the path of the error
	code   engine.Code
	text   string // in what scripts read of it
}

func none(*stage) p { return nil }

func ofGroup(s *stage) p { return p{"groupId": n(s.groups[0].ID())} }
func ofMember(s *stage) p {
	return p{"groupId": n(s.groups[0].ID()), "groupMemberIds": []any{n(s.ann.ID())}}
}

// with adds to parameters.
func with(f func(*stage) p, more p) func(*stage) p {
	return func(s *stage) p {
		out := p{}
		for k, v := range f(s) {
			out[k] = v
		}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
}

// after carries out another command first.
func after(name string, first, f func(*stage) p) func(*stage) p {
	return func(s *stage) p {
		s.Helper()
		if rc := s.call(name, first(s)); rc.Status != engine.Echoed {
			s.Fatalf("%s: %+v", name, rc)
		}
		return f(s)
	}
}

var (
	message  = p{"msgContent": p{"type": "text", "text": "hi"}}
	nobody   = p{"displayName": "nobody", "fullName": ""}
	withLink = func(f func(*stage) p) func(*stage) p {
		return after("APICreateGroupLink", with(ofGroup, p{"memberRole": "member"}), f)
	}
)

var callRows = []callRow{
	{"APICreateMyAddress", after("APIDeleteMyAddress", none, none), "userContactLinkCreated", "errorStore/duplicateContactLink", engine.Conflict, "there is an address already"},
	{"APIDeleteMyAddress", none, "userContactLinkDeleted", "errorStore/userContactLinkNotFound", engine.NotFound, "userContactLinkNotFound"},
	{"APIShowMyAddress", none, "userContactLink", "errorStore/userContactLinkNotFound", engine.NotFound, "userContactLinkNotFound"},
	{"APISetProfileAddress", func(*stage) p { return p{"enable": true} }, "userProfileUpdated", "errorStore/userContactLinkNotFound", engine.NotFound, "userContactLinkNotFound"},
	{"APISetAddressSettings", func(*stage) p { return p{"settings": p{"businessAddress": false}} }, "userContactLinkUpdated", "errorStore/userContactLinkNotFound", engine.NotFound, "userContactLinkNotFound"},
	{"APISendMessages", func(s *stage) p { return p{"sendRef": s.team, "composedMessages": []any{message}} }, "newChatItems", "errorStore/largeMsg", engine.Invalid, "too long"},
	{"APIUpdateChatItem", func(s *stage) p {
		return p{"chatRef": s.team, "chatItemId": n(s.own), "updatedMessage": p{"msgContent": p{"type": "text", "text": "better"}, "mentions": p{}}}
	}, "chatItemUpdated", "error/invalidChatItemUpdate", engine.Denied, "cannot be edited"},
	{"APIDeleteChatItem", func(s *stage) p {
		return p{"chatRef": s.team, "chatItemIds": []any{n(s.own)}, "deleteMode": "internalMark"}
	}, "chatItemsDeleted", "error/invalidChatItemDelete", engine.Denied, "cannot be deleted"},
	{"APIDeleteMemberChatItem", func(s *stage) p { return p{"groupId": n(s.groups[0].ID()), "chatItemIds": []any{n(s.item)}} }, "chatItemsDeleted", "error/groupUserRole", engine.Denied, "role in the group is too low (requiredRole:"},
	{"APIChatItemReaction", func(s *stage) p {
		return p{"chatRef": s.team, "chatItemId": n(s.item), "add": true, "reaction": p{"type": "emoji", "emoji": "👍"}}
	}, "chatItemReaction", "errorStore/chatItemNotFound", engine.NotFound, "chatItemNotFound"},
	{"APIShareMyAddress", func(s *stage) p { return p{"toSendRef": s.team} }, "chatMsgContent", "errorStore/userContactLinkNotFound", engine.NotFound, "userContactLinkNotFound"},
	{"APIShareChatMsgContent", withLink(func(s *stage) p { return p{"shareChatRef": s.team, "toSendRef": s.contact} }), "chatMsgContent", "errorStore/groupLinkNotFound", engine.NotFound, "groupLinkNotFound"},
	{"ReceiveFile", func(s *stage) p { return p{"fileId": n(s.file)} }, "rcvFileAccepted", "error/fileAlreadyReceiving", engine.Conflict, "being received already"},
	{"CancelFile", func(s *stage) p { return p{"fileId": n(s.file)} }, "rcvFileCancelled", "error/fileCancel", engine.Denied, "fileCancel"},
	{"APIAddMember", func(s *stage) p {
		return p{"groupId": n(s.groups[1].ID()), "contactId": n(s.friend.ID()), "memberRole": "member"}
	}, "sentGroupInvitation", "error/contactNotReady", engine.Denied, "not connected yet"},
	{"APIJoinGroup", func(s *stage) p { return p{"groupId": n(s.friend.Invite("club", "member").ID())} }, "userAcceptedGroupSent", "errorStore/groupAlreadyJoined", engine.Conflict, "in the group already"},
	{"APIAcceptMember", func(s *stage) p {
		return p{"groupId": n(s.groups[0].ID()), "groupMemberId": n(s.groups[0].Knock("guest").ID()), "memberRole": "member"}
	}, "memberAccepted", "error/groupMemberNotActive", engine.Denied, "not an active member"},
	{"APIMembersRole", with(ofMember, p{"memberRole": "moderator"}), "membersRoleUser", "error/groupUserRole", engine.Denied, "role in the group is too low"},
	{"APIBlockMembersForAll", with(ofMember, p{"blocked": true}), "membersBlockedForAllUser", "error/groupMemberNotFound", engine.NotFound, "no such member"},
	{"APIRemoveMembers", ofMember, "userDeletedMembers", "error/groupMemberNotFound", engine.NotFound, "no such member"},
	{"APILeaveGroup", ofGroup, "leftMemberUser", "error/groupMemberUserRemoved", engine.Denied, "removed from the group"},
	{"APIListMembers", ofGroup, "groupMembers", "errorStore/groupNotFound", engine.NotFound, "groupNotFound"},
	{"APINewGroup", func(*stage) p { return p{"groupProfile": nobody} }, "groupCreated", "error/invalidDisplayName", engine.Invalid, "the name cannot be used (validName:"},
	{"APIUpdateGroupProfile", with(ofGroup, p{"groupProfile": nobody}), "groupUpdated", "errorStore/duplicateName", engine.Conflict, "the name is in use"},
	{"APINewPublicGroup", func(*stage) p { return p{"relayIds": []any{1.0}, "groupProfile": nobody} }, "publicGroupCreated", "errorAgent/BROKER", engine.Timeout, "cannot be reached now"},
	{"APIGetGroupRelays", ofGroup, "groupRelays", "errorStore/groupNotFound", engine.NotFound, "groupNotFound"},
	{"APIAddGroupRelays", withLink(with(ofGroup, p{"relayIds": []any{1.0}})), "groupRelaysAdded", "errorStore/groupLinkNotFound", engine.NotFound, "groupLinkNotFound"},
	{"APIAllowRelayGroup", ofGroup, "relayGroupAllowed", "errorStore/groupNotFound", engine.NotFound, "groupNotFound"},
	{"APIVerifyGroupDomain", ofGroup, "groupDomainVerified", "errorAgent/SMP/AUTH", engine.Denied, "deleted the connection"},
	{"APICreateGroupLink", with(ofGroup, p{"memberRole": "member"}), "groupLinkCreated", "errorStore/duplicateGroupLink", engine.Conflict, "has a link already"},
	{"APIGroupLinkMemberRole", withLink(with(ofGroup, p{"memberRole": "observer"})), "groupLink", "errorStore/groupLinkNotFound", engine.NotFound, "groupLinkNotFound"},
	{"APIDeleteGroupLink", withLink(ofGroup), "groupLinkDeleted", "errorStore/groupLinkNotFound", engine.NotFound, "groupLinkNotFound"},
	{"APIGetGroupLink", withLink(ofGroup), "groupLink", "errorStore/groupLinkNotFound", engine.NotFound, "groupLinkNotFound"},
	{"APIAddContact", none, "invitation", "errorAgent/BROKER", engine.Timeout, "cannot be reached now"},
	{"APIConnectPlan", func(s *stage) p { return p{"connectTarget": s.link} }, "connectionPlan", "error/commandError", engine.Invalid, "does not understand"},
	{"APIConnect", func(s *stage) p { return p{"preparedLink_": p{"connFullLink": s.link}} }, "sentInvitation", "errorAgent/SMP/AUTH", engine.Denied, "deleted the connection"},
	{"Connect", func(s *stage) p { return p{"connTarget_": s.link} }, "sentInvitation", "errorAgent/SMP/QUOTA", engine.RateLimited, "offline for too long"},
	{"APIAcceptContact", func(s *stage) p { return p{"contactReqId": s.request()} }, "acceptingContactRequest", "errorStore/contactRequestNotFound", engine.NotFound, "contactRequestNotFound"},
	{"APIRejectContact", func(s *stage) p { return p{"contactReqId": s.request()} }, "contactRequestRejected", "errorStore/contactRequestNotFound", engine.NotFound, "contactRequestNotFound"},
	{"APIListContacts", none, "contactsList", "errorStore/userNotFound", engine.NotFound, "userNotFound"},
	{"APIListGroups", func(*stage) p { return p{"search": "team"} }, "groupsList", "errorStore/userNotFound", engine.NotFound, "userNotFound"},
	{"APIDeleteChat", func(s *stage) p { return p{"chatRef": s.contact, "chatDeleteMode": p{"type": "full", "notify": false}} }, "contactDeleted", "errorStore/contactNotFound", engine.NotFound, "contactNotFound"},
	{"APISetGroupCustomData", with(ofGroup, p{"customData": p{"step": 2.0}}), "cmdOk", "errorStore/groupNotFound", engine.NotFound, "groupNotFound"},
	{"APISetContactCustomData", func(s *stage) p { return p{"contactId": n(s.friend.ID()), "customData": p{"step": 2.0}} }, "cmdOk", "errorStore/contactNotFound", engine.NotFound, "contactNotFound"},
	{"APISetUserAutoAcceptMemberContacts", func(*stage) p { return p{"onOff": true} }, "cmdOk", "errorStore/userNotFound", engine.NotFound, "userNotFound"},
	{"APIGetChats", func(*stage) p {
		return p{"pagination": p{"type": "last", "count": 5.0}, "query": p{"type": "filters", "favorite": false, "unread": false}}
	}, "apiChats", "error/commandError", engine.Invalid, "another version"},
	{"APISetUserAutoAcceptGroupInvitations", func(*stage) p { return p{"onOff": true} }, "cmdOk", "errorStore/userNotFound", engine.NotFound, "userNotFound"},
	{"ShowActiveUser", none, "activeUser", "error/noActiveUser", engine.Denied, "no active profile"},
	{"CreateActiveUser", func(*stage) p { return p{"newUser": p{"profile": nobody, "pastTimestamp": false}} }, "activeUser", "error/userExists", engine.Conflict, "there already"},
	{"ListUsers", none, "usersList", "errorStore/userNotFound", engine.NotFound, "userNotFound"},
	{"APISetActiveUser", none, "activeUser", "error/userUnknown", engine.Denied, "no such profile"},
	{"APIDeleteUser", func(s *stage) p { return p{"userId": s.spareUser(), "delSMPQueues": true} }, "cmdOk", "error/differentActiveUser", engine.Conflict, "another profile"},
	{"APIUpdateProfile", func(*stage) p { return p{"profile": p{"displayName": "helper", "fullName": ""}} }, "userProfileUpdated", "error/invalidDisplayName", engine.Invalid, "the name cannot be used"},
	{"APISetContactPrefs", func(s *stage) p { return p{"contactId": n(s.friend.ID()), "preferences": p{}} }, "contactPrefsUpdated", "error/contactNotActive", engine.Denied, "ended the connection"},
	{"APISendServiceResponse", func(*stage) p { return p{"requestId": "cmVx", "responseData": p{"ok": true}} }, "serviceReplyAccepted", "errorAgent/CRITICAL", engine.Internal, "critical error"},
	{"StartChat", none, "chatRunning", "error/commandError", engine.Invalid, "does not understand"},
	{"APIStopChat", none, "", "", engine.Denied, "ends the SimpleX program"}, // never sent
	{"ConnectRemoteCtrl", func(*stage) p { return p{"remoteInvitation": "xrcp:/ca@host"} }, "remoteCtrlConnecting", "error/commandError", engine.Invalid, "does not understand"},
	{"VerifyRemoteCtrlSession", func(*stage) p { return p{"sessionCode": simplextest.RemoteCode} }, "remoteCtrlConnected", "errorRemoteCtrl/badVerificationCode", engine.Denied, "badVerificationCode"},
}

func (s *stage) request() float64 {
	s.Request("asker", "")
	return n(s.Server.Requests()["asker"])
}

// spareUser makes another profile and comes back to the session's own.
func (s *stage) spareUser() float64 {
	me := n(s.UserID())
	s.call("CreateActiveUser", p{"newUser": p{"profile": p{"displayName": "spare", "fullName": ""}, "pastTimestamp": false}})
	spare := n(s.UserID())
	s.call("APISetActiveUser", p{"userId": me})
	return spare
}

// TestEveryCommand carries each command out, by its row: what scripts get of the answer,
// and of an error. How each is written is in the examples of package api.
func TestEveryCommand(t *testing.T) {
	for _, c := range api.Load().Commands {
		i := slices.IndexFunc(callRows, func(row callRow) bool { return row.name == c.Name })
		if i < 0 {
			t.Errorf("%s has no row", c.Name)
			continue
		}
		row := callRows[i]
		t.Run(c.Name, func(t *testing.T) {
			in(t, func(set *simplex.Settings) { set.Address = true }, func(r *rig) {
				row.check(setStage(r), &c)
			})
		})
	}
	if len(callRows) != len(api.Load().Commands) {
		t.Errorf("%d rows for %d commands", len(callRows), len(api.Load().Commands))
	}
}

func (row callRow) check(s *stage, c *api.Command) {
	s.Helper()
	params := row.params(s)
	if row.fault == "" {
		row.refused(s, s.call(row.name, params))
		if s.Count(row.name) != 0 {
			s.Error("it was sent all the same")
		}
		return
	}
	before := s.Count(row.name)
	rc := s.call(row.name, params)
	answer, _ := rc.Answer.(map[string]any)
	if rc.Status != engine.Echoed || answer["type"] != row.answer || s.Count(row.name) != before+1 {
		s.Fatalf("%+v, want a %s", rc, row.answer)
	}
	i := slices.IndexFunc(c.Answers, func(a api.Message) bool { return a.Tag == row.answer })
	if i < 0 {
		s.Fatalf("%s is not among the answers of the reference", row.answer)
	}
	for _, f := range c.Answers[i].Fields {
		if answer[f.Name] == nil && !f.Optional {
			s.Errorf("the answer has no %s", f.Name)
		}
	}
	s.RefuseNext(row.name, chatError(s, row.fault))
	row.refused(s, s.call(row.name, params))
}

func (row callRow) refused(s *stage, rc engine.Receipt) {
	s.Helper()
	if rc.Status != engine.Failed || rc.Err.Code != row.code || !strings.Contains(rc.Err.Msg, row.text) {
		s.Errorf("refused with %s: %+v, %v; want %s with %q", row.fault, rc, rc.Err, row.code, row.text)
	}
}

// chatError makes an example of the error with a path.
func chatError(s *stage, path string) p {
	s.Helper()
	table := api.Load()
	tags := strings.Split(path, "/")
	return errorOf(s, table, "ChatError", tags)
}

func errorOf(s *stage, table *api.Table, typ string, tags []string) p {
	s.Helper()
	known := table.Type(typ)
	if known == nil { // of a kind that the reference does not describe
		return p{"type": tags[0]}
	}
	i := slices.IndexFunc(known.Variants, func(v api.Message) bool { return v.Tag == tags[0] })
	if i < 0 {
		if tags[0] == "errorRemoteCtrl" {
			return p{"type": tags[0], "remoteCtrlError": p{"type": tags[1]}}
		}
		s.Fatalf("there is no error %s in %s", tags[0], typ)
	}
	out := table.SampleOf(tags[0], known.Variants[i].Fields)
	if len(tags) > 1 {
		for _, f := range known.Variants[i].Fields {
			if inner := table.Type(f.Type); inner != nil && inner.Kind == "union" && f.Name != "connectionEntity_" {
				out[f.Name] = errorOf(s, table, f.Type, tags[1:])
			}
		}
	}
	return out
}
