package simplextest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"botd/adapters/simplex/simplextest"
)

func sleep(seconds int) { time.Sleep(time.Duration(seconds) * time.Second) }

func num[T ~int64 | float64](n T) string { return fmt.Sprint(int64(n)) }

// first is the first pair of a newChatItems.
func first(resp m) m { return resp["chatItems"].([]any)[0].(m) }

func itemID(resp m) int64 { return int64(first(resp)["chatItem"].(m)["meta"].(m)["itemId"].(float64)) }

// TestProfiles: making, changing and switching them.
func TestProfiles(t *testing.T) {
	in(t, simplextest.Options{NoProfile: true}, func(r *rig) {
		r.fails("/user", "noActiveUser")
		r.fails("/_contacts 1", "noActiveUser")
		r.fails(`/_create user {"profile":{"displayName":"#bot's","fullName":""},"pastTimestamp":false}`, "invalidDisplayName")
		one := r.wants(`/_create user {"profile":{"displayName":"one","fullName":"","peerType":"bot"},"pastTimestamp":false}`, "activeUser")["user"].(m)["userId"].(float64)
		r.fails(`/_create user {"profile":{"displayName":"one","fullName":""},"pastTimestamp":false}`, "userExists")
		two := r.wants(`/_create user {"profile":{"displayName":"two","fullName":""},"pastTimestamp":false}`, "activeUser")["user"].(m)["userId"].(float64)
		r.fails("/_contacts "+num(one), "differentActiveUser")
		r.wants("/users", "usersList")
		r.fails("/_user 99", "userNotFound")
		r.fails(`/_user `+num(one)+` "password"`, "userUnknown")
		r.wants("/_user "+num(one), "activeUser")
		r.wants(`/_profile `+num(one)+` {"displayName":"one","fullName":"","peerType":"bot"}`, "userProfileNoChange")
		r.wants(`/_profile `+num(one)+` {"displayName":"uno","fullName":"","peerType":"bot","preferences":{"commands":[{"type":"command","keyword":"help","label":"Help"}]}}`, "userProfileUpdated")
		if r.Profile()["displayName"] != "uno" || r.UserID() != int64(one) {
			t.Errorf("the profile is %v", r.Profile())
		}
		r.fails("/_delete user "+num(one)+" del_smp=on", "cantDeleteActiveUser")
		r.wants("/_delete user "+num(two)+" del_smp=on", "cmdOk")
		r.wants("/_set accept member contacts "+num(one)+" on", "cmdOk")
		r.wants("/version", "versionInfo")
		r.wants("/get subs", "agentSubs")
	})
}

// TestAddress: requests at it, and what its settings make of them.
func TestAddress(t *testing.T) {
	in(t, simplextest.Options{}, func(r *rig) {
		u := num(r.UserID())
		r.fails("/_show_address "+u, "userContactLinkNotFound")
		if r.Request("nobody", "") != nil {
			t.Error("a request without an address")
		}
		r.wants("/_address "+u, "userContactLinkCreated")
		r.fails("/_address "+u, "duplicateContactLink")
		r.wants("/_show_address "+u, "userContactLink")
		r.wants("/_profile_address "+u+" on", "userProfileUpdated")

		bob := r.Request("bob", "let me in")
		id := r.tells("receivedContactRequest")[0]["contactRequest"].(m)["contactRequestId"].(float64)
		if bob.ID() != 0 || bob.Say("too early") != 0 {
			t.Error("bob is a contact already")
		}
		r.wants("/_accept "+num(id), "acceptingContactRequest")
		r.tells("contactConnected", "newChatItems", "newChatItems")
		if got := r.Items(bob.Chat()); len(got) != 1 || got[0].Text != "let me in" {
			t.Errorf("bob said %+v", got)
		}
		r.fails("/_accept "+num(id), "contactRequestNotFound")
		r.Request("eve", "")
		id = r.tells("receivedContactRequest")[0]["contactRequest"].(m)["contactRequestId"].(float64)
		r.wants("/_reject "+num(id), "contactRequestRejected")

		r.wants(`/_address_settings `+u+` {"businessAddress":false,"autoAccept":{"acceptIncognito":false},"autoReply":{"type":"text","text":"Welcome"}}`, "userContactLinkUpdated")
		carol := r.Request("carol", "")
		r.tells("acceptingContactRequest", "contactSndReady", "contactConnected", "newChatItems", "newChatItems")
		if got := r.Lines(carol.Chat()); strings.Join(got, "|") != "Welcome" {
			t.Errorf("carol read %q", got)
		}
		r.wants(`/_address_settings `+u+` {"businessAddress":true,"autoAccept":{"acceptIncognito":false},"autoReply":{"type":"text","text":"How can we help?"}}`, "userContactLinkUpdated")
		dora := r.Request("dora", "it does not work")
		evs := r.tells("acceptingBusinessRequest", "joinedGroupMember", "connectedToGroupMember", "newChatItems", "newChatItems", "newChatItems")
		if info := evs[0]["groupInfo"].(m)["businessChat"].(m); info["chatType"] != "business" {
			t.Errorf("business chat %v", info)
		}
		if got := r.Items(dora.Chat()); len(got) != 2 || got[0].Text != "it does not work" || got[1].Text != "How can we help?" {
			t.Errorf("the business chat has %+v", got)
		}
		r.wants("/_share address "+carol.Chat(), "chatMsgContent")
		r.wants("/_delete_address "+u, "userContactLinkDeleted")
		r.fails("/_delete_address "+u, "userContactLinkNotFound")
	})
}

// TestGroups: making one, inviting, roles, moderation, and what others do.
func TestGroups(t *testing.T) {
	in(t, simplextest.Options{}, func(r *rig) {
		u := num(r.UserID())
		alice := r.Known("alice")
		r.fails(`/_group `+u+` {"displayName":"#team","fullName":""}`, "invalidDisplayName")
		id := int64(r.wants(`/_group `+u+` {"displayName":"team","fullName":""}`, "groupCreated")["groupInfo"].(m)["groupId"].(float64))
		g := r.FindGroup(id)
		chat := g.Chat()
		r.wants("/_add "+chat+" "+num(alice.ID())+" member", "sentGroupInvitation")
		r.wants("/_add "+chat+" "+num(alice.ID())+" admin", "sentGroupInvitation") // once more
		in := alice.Accept(g)
		r.tells("joinedGroupMember", "connectedToGroupMember", "newChatItems")
		r.fails("/_add "+chat+" "+num(alice.ID())+" member", "groupDuplicateMember")
		bob := g.Join("bob")
		r.tells("joinedGroupMember", "connectedToGroupMember", "newChatItems")
		r.wants("/_members "+chat, "groupMembers")

		said := bob.Say("buy this")
		in.Moderate(said)
		evs := r.tells("newChatItems", "chatItemsDeleted")
		if r.Items(chat)[0].Deleted != "moderated" {
			t.Errorf("after moderation: %s", brief(evs[1]))
		}
		said = bob.Say("buy this too")
		r.wants("/_delete member item "+chat+" "+num(said), "chatItemsDeleted")
		r.fails("/_delete member item "+chat+" "+num(said), "invalidChatItemDelete")
		r.fails("/_delete member item "+chat+" 9999", "chatItemNotFound")
		r.wants("/_block "+chat+" "+num(bob.ID())+" blocked=on", "membersBlockedForAllUser")
		bob.Say("hidden")
		r.wants("/_block "+chat+" "+num(bob.ID())+" blocked=off", "membersBlockedForAllUser")
		r.wants("/_member role "+chat+" "+num(bob.ID())+","+num(in.ID())+" moderator", "membersRoleUser")
		if bob.Role() != "moderator" || in.Role() != "moderator" || bob.Blocked() {
			t.Errorf("roles are %s and %s", bob.Role(), in.Role())
		}
		r.fails("/_member role "+chat+" 9999 member", "groupMemberNotFound")
		r.wants("/_remove "+chat+" "+num(bob.ID())+" messages=on", "userDeletedMembers")
		r.fails("/_remove "+chat+" "+num(bob.ID()), "groupMemberNotFound")
		if bob.Say("still here?") != 0 {
			t.Error("who was removed can speak")
		}
		r.wants(`/_group_profile `+chat+` {"displayName":"crew","fullName":""}`, "groupUpdated")
		r.wants("/_groups "+u, "groupsList")
		r.wants("/_create link "+chat+" observer", "groupLinkCreated")
		r.fails("/_create link "+chat+" observer", "duplicateGroupLink")
		r.fails("/_set link role "+chat+" owner", "groupMemberInitialRole")
		r.wants("/_set link role "+chat+" member", "groupLink")
		link := r.wants("/_get link "+chat, "groupLink")["groupLink"].(m)["connLinkContact"].(m)["connShortLink"].(string)
		if cat := r.Use(link, "cat"); cat == nil || cat.Chat() != chat {
			t.Error("the link does not lead into the group")
		}
		r.wants("/_connect plan "+u+" "+link, "connectionPlan")
		r.wants("/_delete link "+chat, "groupLinkDeleted")
		r.fails("/_get link "+chat, "groupLinkNotFound")
		r.wants(`/_set custom `+chat+` {"botd":{"seen":1}}`, "cmdOk")
		if d := r.Custom(chat); fmt.Sprint(d) != "map[botd:map[seen:1]]" {
			t.Errorf("custom data is %v", d)
		}
		r.wants(`/_set custom `+chat, "cmdOk")
		r.wants("/_delete "+chat+" full notify=off", "groupDeletedUser")
		r.fails("/_members "+chat, "groupNotFound")
	})
}

// TestRoles: a plain member may not moderate, an observer may not speak.
func TestRoles(t *testing.T) {
	in(t, simplextest.Options{}, func(r *rig) {
		g := r.Group("theirs", "member")
		chat := g.Chat()
		mod := g.Present("mod", "moderator", true)
		owner := g.Present("boss", "owner", false)
		bob := g.Join("bob")
		r.tells("connectedToGroupMember", "joinedGroupMember", "connectedToGroupMember", "newChatItems")
		said := bob.Say("hm")
		r.fails("/_delete member item "+chat+" "+num(said), "groupUserRole")
		r.fails("/_block "+chat+" "+num(bob.ID())+" blocked=on", "groupUserRole")
		r.fails("/_remove "+chat+" "+num(bob.ID()), "groupUserRole")
		r.fails(`/_group_profile `+chat+` {"displayName":"mine","fullName":""}`, "groupUserRole")
		r.fails("/_delete "+chat+" full", "groupUserRole")
		r.events()
		owner.SetRole(nil, "moderator")
		r.tells("memberRole")
		r.wants("/_delete member item "+chat+" "+num(said), "chatItemsDeleted")
		r.fails("/_block "+chat+" "+num(mod.ID())+" blocked=on", "groupUserRole") // no higher than it
		owner.SetRole(nil, "observer")
		mod.Block(bob, true)
		mod.Remove(bob, false) // may not
		owner.Remove(bob, true)
		owner.Update("ours")
		owner.Rename("chief")
		r.tells("memberRole", "memberBlockedForAll", "deletedMember", "groupUpdated", "groupMemberUpdated")
		r.fails(`/_send `+chat+` json [{"msgContent":{"type":"text","text":"x"}}]`, "groupUserRole")
		r.wants(`/_send `+chat+`(_support) json [{"msgContent":{"type":"text","text":"please"}}]`, "newChatItems")
		if got := r.Lines(chat + "(_support)"); strings.Join(got, "|") != "please" || len(r.Lines(chat)) != 0 {
			t.Errorf("the support chat has %q, the group %q", got, r.Lines(chat))
		}
		mod.Send(simplextest.Message{Text: "for moderators", Support: true})
		ev := r.tells("chatItemsStatusesUpdated", "newChatItems")[1]
		if first(ev)["chatInfo"].(m)["groupChatScope"] == nil {
			t.Errorf("a message in a scope: %s", brief(ev))
		}
		owner.Remove(nil, false)
		r.tells("deletedMemberUser")
		r.fails(`/_send `+chat+` json [{"msgContent":{"type":"text","text":"x"}}]`, "groupMemberUserRemoved")
	})
}

// TestJoining: invitations, links, those who knock, and old messages.
func TestJoining(t *testing.T) {
	in(t, simplextest.Options{}, func(r *rig) {
		u := num(r.UserID())
		alice := r.Known("alice")
		g := alice.Invite("club", "admin")
		pre := g.Present("old", "member", false)
		r.tells("receivedGroupInvitation")
		r.fails(`/_send `+g.Chat()+` json [{"msgContent":{"type":"text","text":"x"}}]`, "groupNotJoined")
		r.wants("/_join "+g.Chat(), "userAcceptedGroupSent")
		r.tells("userJoinedGroup", "connectedToGroupMember")
		r.fails("/_join "+g.Chat(), "groupAlreadyJoined")
		pre.Send(simplextest.Message{Text: "from before", Written: time.Now().Add(-time.Hour)})
		if meta := first(r.tells("newChatItems")[0])["chatItem"].(m)["meta"].(m); meta["forwardedByMember"] == nil {
			t.Errorf("an old message: %v", meta)
		}
		late := g.Knock("late")
		r.tells("joinedGroupMember")
		r.wants("/_accept member "+g.Chat()+" "+num(late.ID())+" member", "memberAccepted")
		r.tells("connectedToGroupMember")
		r.fails("/_accept member "+g.Chat()+" "+num(late.ID())+" member", "groupMemberNotActive")
		r.wants("/_leave "+g.Chat(), "leftMemberUser")
		r.fails("/_leave "+g.Chat(), "groupMemberUserRemoved")

		link := r.ContactLink("zoe")
		r.wants("/_connect plan "+u+" "+link, "connectionPlan")
		r.wants("/connect "+link, "sentInvitation")
		r.tells("contactConnecting", "contactConnected", "newChatItems")
		r.wants("/_connect "+u+" "+link, "contactAlreadyExists")
		r.wants("/_connect "+u+" "+r.InvitationLink("yan"), "sentConfirmation")
		r.wants("/_connect "+u+" "+r.GroupLink("open"), "sentInvitation")
		r.tells("contactConnecting", "contactConnected", "newChatItems", "groupLinkConnecting", "userJoinedGroup")
		r.fails("/_connect "+u+" https://example.org/nothing", "invalidConnReq")
		inv := r.wants("/_connect "+u, "invitation")
		if p := r.Use(inv["connLinkInvitation"].(m)["connFullLink"].(string), "xen"); p == nil {
			t.Error("the invitation cannot be used")
		}
		gone := r.wants("/connect", "invitation")["connection"].(m)["pccConnId"].(float64)
		r.wants("/_delete :"+num(gone)+" full", "contactConnectionDeleted")
		r.wants("/_contacts "+u, "contactsList")
		r.wants(`/_get chats `+u+` pcc=on count=20 {"type":"filters","favorite":false,"unread":false}`, "apiChats")
		r.wants("/_set prefs "+alice.Chat()+` {"files":{"allow":"no"}}`, "contactPrefsUpdated")
		r.wants("/_set custom "+alice.Chat()+` {"a":1}`, "cmdOk")
		r.wants("/_delete "+alice.Chat()+" full", "contactDeleted")
		if _, there := r.Contacts()["alice"]; there {
			t.Error("alice is still there")
		}
	})
}

// TestOther: the commands nobody needs often.
func TestOther(t *testing.T) {
	in(t, simplextest.Options{}, func(r *rig) {
		u := num(r.UserID())
		r.wants(`/_public group `+u+` 9 {"displayName":"news","fullName":""}`, "publicGroupCreationFailed")
		id := r.wants(`/_public group `+u+` 1 {"displayName":"news","fullName":""}`, "publicGroupCreated")["groupInfo"].(m)["groupId"].(float64)
		r.wants("/_get relays #"+num(id), "groupRelays")
		r.wants("/_add relays #"+num(id)+" 2", "groupRelaysAdded")
		r.wants("/_add relays #"+num(id)+" 9", "groupRelaysAddFailed")
		r.wants("/_relay allow #"+num(id), "relayGroupAllowed")
		r.wants("/_verify domain #"+num(id), "groupDomainVerified")
		alice := r.Known("alice")
		r.wants("/_share chat content #"+num(id)+" "+alice.Chat(), "chatMsgContent")
		r.wants("/_set accept group invitations "+u+" on", "cmdOk")
		alice.Invite("auto", "member")
		r.tells("receivedGroupInvitation", "userJoinedGroup")
		r.wants(`/_service_response `+u+` cmVx {"ok":true}`, "serviceReplyAccepted")
		r.wants("/_start", "chatRunning")
		r.wants("/_start main=on snd_files=off", "chatRunning")
		r.wants("/crc xrcp:/abc", "remoteCtrlConnecting")
		r.wants("/verify remote ctrl "+simplextest.RemoteCode, "remoteCtrlConnected")
		said := alice.Say("pass it on")
		r.wants("/_forward #"+num(id)+" "+alice.Chat()+" "+num(said), "newChatItems")
		r.wants("/_info "+alice.Chat(), "contactInfo")
		r.wants("/_set alias "+alice.Chat()+" my friend", "contactAliasUpdated")
		r.wants("/_read chat "+alice.Chat(), "cmdOk")
		r.wants("/_clear chat "+alice.Chat(), "chatCleared")
		g := r.Group("team", "member")
		bob := g.Join("bob")
		said = bob.Say("rude")
		r.wants("/_report "+g.Chat()+" "+num(said)+" reason=spam see this", "newChatItems")
		c := r.wants("/_create member contact "+g.Chat()+" "+num(bob.ID()), "newMemberContact")["contact"].(m)["contactId"].(float64)
		r.wants("/_invite member contact @"+num(c)+" text hello", "newMemberContactSentInv")
		if got := r.Lines("@" + num(c)); strings.Join(got, "|") != "hello" {
			t.Errorf("bob read %q", got)
		}
		if cat := g.Join("cat").OpenChat(); cat == nil || cat.Say("psst") == 0 {
			t.Error("a member cannot open a chat")
		}
	})
}
