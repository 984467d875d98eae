package simplextest_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"botd/adapters/internal/socketio09/realtest"
	"botd/adapters/simplex/simplextest"
)

// TestReal lets the SDK simplex-chat 0.2.1 call the simulator, if `make interop` has
// installed it. It was written for programs before 6.4: with such a one all works, and with
// a current one exactly what does not depend on what has changed since.
func TestReal(t *testing.T) {
	modules, ok := realtest.Modules(t)
	if !ok {
		return
	}
	t.Run("legacy", func(t *testing.T) { sdk(t, modules, true) })
	t.Run("current", func(t *testing.T) { sdk(t, modules, false) })
}

func sdk(t *testing.T, modules string, legacy bool) {
	s := simplextest.New(simplextest.Options{NoProfile: true, Legacy: legacy})
	srv := httptest.NewServer(s)
	t.Cleanup(func() { s.Close(); srv.Close() })
	client := realtest.Start(t, modules, "simplex-chat.cjs", "URL=ws"+strings.TrimPrefix(srv.URL, "http"))
	client.Line()
	// call expects an outcome, of a current program the second if there is one.
	call := func(outcomes string, method string, args ...any) {
		t.Helper()
		want, current, differs := strings.Cut(outcomes, " | ")
		if differs && !legacy {
			want = current
		}
		line, _ := json.Marshal(append([]any{method}, args...))
		client.Tell(string(line))
		var got []string
		if err := json.Unmarshal([]byte(client.Line()), &got); err != nil {
			t.Fatal(err)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: %s, want %s", line, s, want)
		}
	}
	profile := m{"displayName": "botd", "fullName": ""}
	call("undefined", "apiGetActiveUser")
	call("ok", "apiCreateActiveUser", profile)
	call("ok", "apiGetActiveUser")
	call("undefined | throws chatCmdError", "apiStartChat")
	call("undefined", "apiGetUserAddress")
	call("ok | undefined", "apiCreateUserAddress")
	call("ok | undefined", "apiGetUserAddress")
	call("undefined", "enableAddressAutoAccept")
	call("undefined", "disableAddressAutoAccept")
	s.Request("bob", "")
	call("ok", "apiAcceptContactRequest", s.Requests()["bob"])
	s.Request("eve", "")
	call("undefined", "apiRejectContactRequest", s.Requests()["eve"])
	call("undefined", "apiDeleteUserAddress")
	alice := s.Known("alice")
	id := alice.ID()
	call("ok", "apiSendTextMessage", "@", id, "hello")
	sent := s.Items(alice.Chat())[0].ID
	call("ok | throws chatCmdError", "apiUpdateChatItem", "@", id, sent, m{"type": "text", "text": "hello!"})
	call("ok | throws chatItemsDeleted", "apiDeleteChatItem", "@", id, sent, "broadcast")
	if it := s.Items(alice.Chat())[0]; it.Deleted != "deleted" || (it.Text == "hello!") != legacy {
		t.Errorf("the message became %+v", it)
	}
	call("ok | undefined", "apiCreateLink")
	call("ok", "apiConnect", s.ContactLink("zoe"))
	file := alice.Send(simplextest.Message{File: &simplextest.File{Name: "a.txt", Size: 5}})
	call("ok", "apiReceiveFile", s.FileOf(file))
	call("undefined", "apiChatRead", "@", id)
	call("ok", "apiGetChat", "@", id)
	call("ok | throws chatCmdError", "apiNewGroup", m{"displayName": "team", "fullName": ""})
	g := s.Group("crew", "owner")
	bob := g.Join("ben")
	call("ok", "apiAddMember", g.ID(), id, "member")
	call("ok | throws userDeletedMembers", "apiRemoveMember", g.ID(), bob.ID())
	if bob.Status() != "removed" {
		t.Errorf("who was removed is %s", bob.Status())
	}
	call("ok", "apiListMembers", g.ID())
	call("ok", "apiUpdateGroup", g.ID(), m{"displayName": "staff", "fullName": ""})
	call("ok", "apiJoinGroup", alice.Invite("club", "member").ID())
	call("ok", "apiLeaveGroup", g.ID())
	call("ok | throws chatCmdError", "apiGetChats", s.UserID())
	call("ok", "apiClearChat", "@", id)
	call("undefined", "apiDeleteChat", "@", id)
	call("undefined", "apiDeleteChat", "#", g.ID())
	call("ok", "apiUpdateProfile", s.UserID(), m{"displayName": "botd2", "fullName": ""})
	call("undefined | throws chatHelp", "apiSetIncognito", true)
	if got := s.NotUnderstood(); legacy && len(got) > 0 {
		t.Errorf("not understood: %q", got)
	}
}
