package simplextest

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// A form is one way to write a command: how it begins, and how the rest is read.
type form struct {
	name   string // as the bot reference calls it
	prefix string
	read   func(*text) action
}

// forms are all that is understood: the commands of the bot reference and the others that
// bots use. Where two begin alike, the longer one is tried first.
var forms = sorted([]form{
	{"APICreateMyAddress", "/_address ", (*text).createAddress},
	{"APIDeleteMyAddress", "/_delete_address ", func(t *text) action { return t.addressOf(deleteAddress) }},
	{"APIShowMyAddress", "/_show_address ", func(t *text) action { return t.addressOf(showAddress) }},
	{"APISetProfileAddress", "/_profile_address ", (*text).profileAddress},
	{"APISetAddressSettings", "/_address_settings ", (*text).addressSettings},
	{"APISendMessages", "/_send ", (*text).sendMessages},
	{"APIUpdateChatItem", "/_update item ", func(t *text) action { return t.updateItem(false) }},
	{"APIDeleteChatItem", "/_delete item ", (*text).deleteItems},
	{"APIDeleteMemberChatItem", "/_delete member item ", (*text).moderate},
	{"APIChatItemReaction", "/_reaction ", (*text).react},
	{"APIShareMyAddress", "/_share address ", (*text).shareAddress},
	{"APIShareChatMsgContent", "/_share chat content ", (*text).shareChat},
	{"ReceiveFile", "/freceive ", (*text).receiveFile},
	{"CancelFile", "/fcancel ", (*text).cancelFile},
	{"APIAddMember", "/_add ", (*text).addMember},
	{"APIJoinGroup", "/_join ", (*text).join},
	{"APIAcceptMember", "/_accept member ", (*text).acceptMember},
	{"APIMembersRole", "/_member role ", (*text).memberRole},
	{"APIBlockMembersForAll", "/_block ", (*text).block},
	{"APIRemoveMembers", "/_remove ", (*text).remove},
	{"APILeaveGroup", "/_leave ", (*text).leave},
	{"APIListMembers", "/_members ", (*text).membersOf},
	{"APINewGroup", "/_group ", (*text).newGroup},
	{"APIUpdateGroupProfile", "/_group_profile ", (*text).groupProfile},
	{"APINewPublicGroup", "/_public group ", (*text).publicGroup},
	{"APIGetGroupRelays", "/_get relays ", (*text).getRelays},
	{"APIAddGroupRelays", "/_add relays ", (*text).addGroupRelays},
	{"APIAllowRelayGroup", "/_relay allow ", func(t *text) action { return t.groupAnswer("relayGroupAllowed", nil) }},
	{"APIVerifyGroupDomain", "/_verify domain ", func(t *text) action {
		return t.groupAnswer("groupDomainVerified", m{"verificationFailure": "the group claims no domain"})
	}},
	{"APICreateGroupLink", "/_create link ", (*text).createLink},
	{"APIGroupLinkMemberRole", "/_set link role ", (*text).linkRole},
	{"APIDeleteGroupLink", "/_delete link ", (*text).deleteLink},
	{"APIGetGroupLink", "/_get link ", (*text).getLink},
	{"APIConnectPlan", "/_connect plan ", (*text).plan},
	{"APIConnect", "/_connect ", (*text).apiConnect},
	{"APIAddContact", "/_connect ", (*text).invite},
	{"Connect", "/connect ", func(t *text) action { return connectTo(t.where()) }},
	{"AddContact", "/connect", plain(newInvitation)},
	{"APIAcceptContact", "/_accept ", (*text).accept},
	{"APIRejectContact", "/_reject ", (*text).reject},
	{"APIListContacts", "/_contacts ", (*text).contactsOf},
	{"APIListGroups", "/_groups ", (*text).groupsOf},
	{"APIDeleteChat", "/_delete ", (*text).deleteChat},
	{"APISetGroupCustomData", "/_set custom #", (*text).customGroup},
	{"APISetContactCustomData", "/_set custom @", (*text).customContact},
	{"APISetUserAutoAcceptMemberContacts", "/_set accept member contacts ", func(t *text) action {
		return t.setting(func(u *user, on bool) { u.memberContacts = on })
	}},
	{"APISetUserAutoAcceptGroupInvitations", "/_set accept group invitations ", func(t *text) action {
		return t.setting(func(u *user, on bool) { u.invitations = on })
	}},
	{"APIGetChats", "/_get chats ", (*text).getChats},
	{"ShowActiveUser", "/user", plain(showUser)},
	{"ShowActiveUser", "/u", plain(showUser)},
	{"CreateActiveUser", "/_create user ", (*text).newUser},
	{"ListUsers", "/users", plain(listUsers)},
	{"APISetActiveUser", "/_user ", (*text).setUser},
	{"APIDeleteUser", "/_delete user ", (*text).deleteUser},
	{"APIUpdateProfile", "/_profile ", (*text).updateProfile},
	{"APISetContactPrefs", "/_set prefs @", (*text).contactPrefs},
	{"APISendServiceResponse", "/_service_response ", (*text).serviceResponse},
	{"StartChat", "/_start", func(t *text) action {
		if t.opt(" main=") {
			t.onOff()
			t.opt(" snd_files=off")
			t.opt(" service_requests=on")
		}
		return startChat
	}},
	{"APIStopChat", "/_stop", plain(stopChat)},
	{"ConnectRemoteCtrl", "/crc ", (*text).remoteControl},
	{"VerifyRemoteCtrlSession", "/verify remote ctrl ", (*text).remoteSession},

	{"ShowVersion", "/version", plain(version)},
	{"GetAgentSubs", "/get subs", plain(subscriptions)},
	{"APIGetChat", "/_get chat ", (*text).getChat},
	{"APIChatRead", "/_read chat ", func(t *text) action { return t.readChat(false) }},
	{"APIClearChat", "/_clear chat ", (*text).clearChat},
	{"APIForwardChatItems", "/_forward ", (*text).forward},
	{"APICreateChatItems", "/_create ", (*text).createNotes},
	{"APICreateMemberContact", "/_create member contact ", (*text).memberContact},
	{"APISendMemberContactInvitation", "/_invite member contact ", (*text).inviteMemberContact},
	{"APIChatItemInfo", "/_info ", (*text).info},
	{"ReportMessage", "/_report ", (*text).report},
	{"APISetAlias", "/_set alias ", (*text).setAlias},
	{"SetAddressAutoAccept", "/auto_accept ", (*text).autoAccept},
	{"CreateMyAddress", "/address", plain(createAddress)},
	{"ShowMyAddress", "/show_address", plain(withAddress(showAddress))},
	{"DeleteMyAddress", "/delete_address", plain(withAddress(deleteAddress))},
	{"SetIncognito", "/incognito ", func(t *text) action { t.onOff(); return chatHelp }},

	// What no bot should ever write by accident.
	{"ExecChatStoreSQL", "/sql ", func(t *text) action { t.line(); return sqlResult }},
	{"QuitChat", "/quit", plain(stopChat)},
	{"QuitChat", "/q", plain(stopChat)},
	{"SendMessage", "@", (*text).byName},
	{"SendMessage", "#", (*text).byName},
})

// oldForms come first in a legacy program.
var oldForms = []form{
	{"StartChat", "/_start subscribe=", func(t *text) action {
		t.onOff()
		t.lit(" expire=")
		t.onOff()
		return startChat
	}},
	{"APINewGroup", "/_group {", func(t *text) action {
		t.rest = "{" + t.rest
		p := t.profile()
		return func(o *op) (m, error) {
			if err := o.needUser(); err != nil {
				return nil, err
			}
			return makeGroup(o, p)
		}
	}},
	{"APIUpdateChatItem", "/_update item ", func(t *text) action { return t.updateItem(true) }},
	{"APIGetChats", "/_get chats pcc=", func(t *text) action {
		pending := t.onOff()
		return func(o *op) (m, error) {
			if err := o.needUser(); err != nil {
				return nil, err
			}
			return o.answer("apiChats", m{"chats": o.chatList("", pending)})
		}
	}},
	{"APIChatRead", "/_read chat ", func(t *text) action { return t.readChat(true) }},
	{"SetIncognito", "/incognito ", func(t *text) action { t.onOff(); return (*op).cmdOk }},
}

// plain is a command without parameters.
func plain(run action) func(*text) action { return func(*text) action { return run } }

func sorted(list []form) []form {
	slices.SortStableFunc(list, func(a, b form) int { return cmp.Compare(len(b.prefix), len(a.prefix)) })
	return list
}

// parse finds the command a string is. Nothing may be left over.
func parse(s string, legacy bool) (name string, run action, ok bool) {
	s = strings.TrimRightFunc(s, unicode.IsSpace)
	if legacy {
		if name, run, ok = first(oldForms, s); ok {
			return name, run, true
		}
	}
	return first(forms, s)
}

func first(list []form, s string) (string, action, bool) {
	for _, f := range list {
		rest, ok := strings.CutPrefix(s, f.prefix)
		if !ok {
			continue
		}
		t := &text{rest: rest}
		if run := f.read(t); t.done() {
			return f.name, run, true
		}
	}
	return "", nil, false
}

func chatHelp(*op) (m, error) { return m{"type": "chatHelp", "helpSection": "incognito"}, nil }

func sqlResult(*op) (m, error) { return m{"type": "sqlResult", "rows": []any{}}, nil }

// byName sends a message as people type it: @name text.
func (t *text) byName() action {
	name, words, ok := strings.Cut(t.rest, " ")
	t.require(ok && name != "" && words != "")
	if !t.bad {
		t.rest = ""
	}
	return func(o *op) (m, error) {
		if err := o.needUser(); err != nil {
			return nil, err
		}
		for _, c := range o.contacts {
			if c.user == o.user && c.name == name {
				return o.answer("newChatItems", m{"chatItems": o.pairs([]*item{o.send(c.chat, scope{}, m{"type": "text", "text": words})})})
			}
		}
		for _, g := range o.groups {
			if g.user == o.user && g.name == name {
				return o.answer("newChatItems", m{"chatItems": o.pairs([]*item{o.send(g.chat, scope{}, m{"type": "text", "text": words})})})
			}
		}
		return nil, missing("contactNotFoundByName", m{"contactName": name})
	}
}

// Parse finds the command of a current program that a string is, by the name of the bot
// reference. ok is false where the program would answer that it failed to read it.
func Parse(command string) (name string, ok bool) {
	name, _, ok = parse(command, false)
	return name, ok
}
