package simplex_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"botd/adapters/simplex"
	"botd/adapters/simplex/internal/api"
	"botd/adapters/simplex/simplextest"
	"botd/engine"
)

func (r *rig) done1(a engine.Action) engine.Receipt {
	r.Helper()
	rc := r.do(a)
	if rc.Status != engine.Echoed {
		r.Fatalf("%s: %+v", engine.ActionName(a), rc)
	}
	return rc
}

func (r *rig) fails(code engine.Code, a engine.Action) {
	r.Helper()
	if rc := r.do(a); rc.Status != engine.Failed || rc.Err.Code != code {
		r.Errorf("%+v: %+v, want %s", a, rc, code)
	}
}

// last is the newest message of a chat.
func (r *rig) last(chat string) simplextest.Item {
	items := r.Items(chat)
	if len(items) == 0 {
		return simplextest.Item{}
	}
	return items[len(items)-1]
}

func mid(id int64) engine.MessageID { return engine.MessageID(strconv.FormatInt(id, 10)) }

func TestQuotesAndMentions(t *testing.T) {
	in(t, nil, func(r *rig) {
		team := r.Rooms()[0]
		for _, name := range []string{"ann", "bob b", "carl", "dora"} {
			r.groups[0].Join(name)
		}
		eve := r.groups[0].Join("eve")
		id := eve.Say("who?")
		r.Take()
		r.done1(engine.Say{Room: team, Text: "@ann, @'bob b', @carl and @dora, not @nobody", ReplyTo: mid(id)})
		if it := r.last(string(team)); it.Reply != "who?" || !slices.Equal(it.Mentions, []string{"ann", "bob b", "carl"}) {
			t.Errorf("%+v", it)
		}
		own := r.Take()
		if m := of[engine.Message](own); len(m) != 1 || m[0].ReplyTo != mid(id) {
			t.Errorf("told %+v", own)
		}
		eve.Send(simplextest.Message{Text: "@botd yes", Mention: true, Reply: r.last(string(team)).ID})
		if m := of[engine.Message](r.Take()); len(m) != 1 || !m[0].MentionsMe || m[0].ReplyTo == "" {
			t.Errorf("told %+v", m)
		}
		r.fails(engine.Invalid, engine.Say{Room: team, Text: "x", ReplyTo: "first"})
		r.fails(engine.NotFound, engine.Say{Room: team, Text: "x", ReplyTo: "999999"})
	})
}

func TestReactions(t *testing.T) {
	in(t, nil, func(r *rig) {
		team := r.Rooms()[0]
		ann := r.groups[0].Join("ann")
		allowed := []string{"👍", "👎", "😀", "😂", "😢", "❤", "🚀", "✅"}
		if got := api.Load().Type("MsgReaction").Emoji; !slices.Equal(got, allowed) {
			t.Fatalf("reactions are %q", got)
		}
		r.Take()
		for _, emoji := range append(allowed, "❤\uFE0F") {
			id := ann.Say("x")
			r.done1(engine.React{Room: team, Message: mid(id), Emoji: emoji})
			if it := r.last(string(team)); len(it.Reactions) != 1 {
				t.Errorf("%s: %q", emoji, it.Reactions)
			}
			r.done1(engine.React{Room: team, Message: mid(id), Emoji: emoji, Remove: true})
			ann.React(id, strings.TrimSuffix(emoji, "\uFE0F"), true)
			var told []bool
			for _, ev := range of[engine.Reacted](r.Take()) {
				told = append(told, ev.Removed)
			}
			if !slices.Equal(told, []bool{false, true, false}) {
				t.Errorf("%s: told %v", emoji, told)
			}
		}
		r.fails(engine.Invalid, engine.React{Room: team, Message: mid(ann.Say("x")), Emoji: "🎂"})
	})
}

// TestCallInRoom: what the uniform actions have no word for goes by commands, about the
// room they are called in.
func TestCallInRoom(t *testing.T) {
	in(t, nil, func(r *rig) {
		team, friend := r.Rooms()[0], r.Contact("friend")
		r.Take()
		call := func(room engine.RoomID, name string, params p) engine.Receipt {
			t.Helper()
			return r.done1(engine.Call{Room: room, Name: name, Params: params})
		}
		text := func(s string) p { return p{"msgContent": p{"type": "text", "text": s}, "mentions": p{}} }
		live := call(team, "APISendMessages", p{"liveMessage": true, "ttl": 60.0, "composedMessages": []any{text("wri")}})
		if it := r.last(string(team)); live.Message != mid(it.ID) || !it.Live || it.TTL != 60 {
			t.Errorf("%+v: %+v", live, it)
		}
		id := n(r.last(string(team)).ID)
		call(team, "APIUpdateChatItem", p{"chatItemId": id, "liveMessage": true, "updatedMessage": text("writing")})
		call(team, "APIUpdateChatItem", p{"chatItemId": id, "updatedMessage": text("written")})
		if it := r.last(string(team)); it.Live || it.Text != "written" {
			t.Errorf("%+v", it)
		}
		for mode, left := range map[string]string{"internalMark": "deleted", "broadcast": "deleted", "internal": ""} {
			before := len(r.Items(string(team)))
			msg := r.done1(engine.Say{Room: team, Text: "away with " + mode}).Message
			number, _ := strconv.ParseFloat(string(msg), 64)
			r.Take()
			call(team, "APIDeleteChatItem", p{"chatItemIds": []any{number}, "deleteMode": mode})
			if it := r.last(string(team)); left != "" && it.Deleted != left || left == "" && len(r.Items(string(team))) != before {
				t.Errorf("%s: %+v", mode, it)
			}
			if d := of[engine.Deleted](r.Take()); len(d) != 1 || d[0].ID != msg {
				t.Errorf("%s: told %+v", mode, d)
			}
		}
		call(team, "APISetGroupCustomData", p{"customData": p{"step": 2.0}})
		chat := engine.RoomID(friend.Chat())
		call(chat, "APISetContactCustomData", p{"customData": p{"step": 3.0}})
		if a, b := r.Custom(string(team)), r.Custom(string(chat)); a["step"] != 2.0 || b["step"] != 3.0 {
			t.Errorf("%v, %v", a, b)
		}
		list, _ := call(team, "APIListMembers", nil).Answer.(map[string]any)
		group, _ := list["group"].(map[string]any)
		info, _ := group["groupInfo"].(map[string]any)
		if data, _ := info["customData"].(map[string]any); data["step"] != 2.0 {
			t.Errorf("the group's data is %v", info["customData"])
		}
		about, _ := r.done1(engine.UserInfo{Room: chat, User: engine.UserRef{Name: "friend"}}).Answer.(map[string]any)
		if data, _ := about["customData"].(map[string]any); data["step"] != 3.0 {
			t.Errorf("the contact's data is %v", about)
		}
		call(team, "APISetGroupCustomData", nil)
		if a := r.Custom(string(team)); a != nil {
			t.Errorf("%v is left", a)
		}
		r.fails(engine.Invalid, engine.Call{Room: chat, Name: "APISetGroupCustomData"})
		r.fails(engine.NotFound, engine.Call{Room: "#nowhere", Name: "APIListMembers"})
	})
}

// TestLiveMessages: one that is being written is told when it is whole, once.
func TestLiveMessages(t *testing.T) {
	in(t, nil, func(r *rig) {
		ann := r.groups[0].Join("ann")
		r.Take()
		id := ann.Send(simplextest.Message{Text: "wri", Live: true})
		ann.Type(id, "writ")
		r.expectSaid()
		ann.Edit(id, "written")
		r.expectSaid("written")
		ann.Edit(id, "changed")
		if e := of[engine.Edited](r.Take()); len(e) != 1 || e[0].Text != "changed" {
			t.Errorf("told %+v", e)
		}
	})
}

// TestWhoWasThere: members from before the bot did not join, and what they said before is
// history.
func TestWhoWasThere(t *testing.T) {
	in(t, nil, func(r *rig) {
		ann := r.groups[0].Join("ann")
		r.Take()
		pre := r.groups[0].Present("pre", "member", true)
		r.Settle()
		if j := of[engine.Joined](r.Take()); len(j) != 0 {
			t.Errorf("joined: %+v", j)
		}
		r.groups[0].Join("post")
		if j := of[engine.Joined](r.Take()); len(j) != 1 {
			t.Errorf("joined: %+v", j)
		}
		now := time.Now()
		pre.Send(simplextest.Message{Text: "long ago", Written: now.Add(-48 * time.Hour)})
		pre.Send(simplextest.Message{Text: "a while ago", Written: now.Add(-11 * time.Minute)})
		ann.Send(simplextest.Message{Text: "just now", Written: now.Add(-time.Second)})
		r.expectSaid("old long ago", "old a while ago", "just now")
	})
}

// TestBlockedAndRoles: a member who is muted is not heard, and roles have their words.
func TestBlockedAndRoles(t *testing.T) {
	in(t, nil, func(r *rig) {
		team := r.Rooms()[0]
		ann := r.groups[0].Join("ann")
		who := engine.UserRef{ID: engine.UserID("m" + strconv.FormatInt(ann.ID(), 10))}
		r.Take()
		r.done1(engine.Mute{Room: team, User: who})
		ann.Say("buy!")
		evs := r.Take()
		if len(of[engine.Muted](evs)) != 1 || len(of[engine.Message](evs)) != 0 {
			t.Errorf("told %+v", evs)
		}
		r.done1(engine.Unmute{Room: team, User: who})
		ann.Say("sorry")
		r.expectSaid("sorry")
		for role, want := range map[engine.Role]string{engine.Guest: "observer", engine.Member: "member", engine.Moderator: "moderator", engine.Admin: "admin", engine.Owner: "owner"} {
			r.done1(engine.SetRole{Room: team, User: who, Role: role})
			if ann.Role() != want {
				t.Errorf("%s became %s", role, ann.Role())
			}
		}
		r.done1(engine.SetRole{Room: team, User: who, Role: engine.Moderator, Revoke: true})
		if ann.Role() != "member" {
			t.Errorf("revoked: %s", ann.Role())
		}
		r.fails(engine.Unsupported, engine.SetRole{Room: team, User: who, Role: engine.Subscriber})
	})
}

// TestFiles: from and into the session's own folder, up to a size, with steps on the way.
func TestFiles(t *testing.T) {
	in(t, func(s *simplex.Settings) { s.MaxFile = 100 }, func(r *rig) {
		team := r.Rooms()[0]
		ann := r.groups[0].Join("ann")
		for name, size := range map[string]int{"fits.txt": 100, "large.txt": 101} {
			if err := os.WriteFile(filepath.Join(r.dir, name), make([]byte, size), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		r.Take()
		r.done1(engine.SendFile{Room: team, Path: "fits.txt", Text: "here"})
		if it := r.last(string(team)); it.File == nil || it.File.Name != "fits.txt" || it.Text != "here" {
			t.Errorf("%+v", it)
		}
		states := func() (list []string) {
			for _, f := range of[engine.FileOffered](r.Take()) {
				list = append(list, f.Status)
			}
			return list
		}
		if got := states(); len(got) < 3 || got[0] != "sending" || got[len(got)-1] != "sent" {
			t.Errorf("told %q", got)
		}
		r.fails(engine.Invalid, engine.SendFile{Room: team, Path: "large.txt"})
		r.fails(engine.NotFound, engine.SendFile{Room: team, Path: "none.txt"})
		r.fails(engine.NotFound, engine.SendFile{Room: team, Path: "../../etc/passwd"})
		r.fails(engine.NotFound, engine.SendFile{Room: team, Path: "/etc/passwd"})

		offer := func(f *simplextest.File) string {
			return strconv.FormatInt(r.FileOf(ann.Send(simplextest.Message{Text: "look", File: f})), 10)
		}
		id := offer(&simplextest.File{Name: "../../evil name.txt", Data: make([]byte, 100)})
		if got := states(); !slices.Equal(got, []string{"offered"}) {
			t.Errorf("told %q", got)
		}
		r.done1(engine.ReceiveFile{File: id})
		evs := r.Take()
		path := ""
		for _, ev := range evs {
			if f, ok := ev.Body.(engine.FileOffered); ok && f.Status == "received" {
				path, _ = ev.Extra["path"].(string)
			}
		}
		if path != id+"-evil_name.txt" {
			t.Errorf("received as %q: %+v", path, of[engine.FileOffered](evs))
		}
		large := offer(&simplextest.File{Name: "l", Size: 101})
		broken := offer(&simplextest.File{Name: "b", Data: []byte("b"), Broken: true})
		r.Take()
		r.fails(engine.Invalid, engine.ReceiveFile{File: large})
		r.fails(engine.NotFound, engine.ReceiveFile{File: "999999"})
		r.fails(engine.Invalid, engine.ReceiveFile{File: "x"})
		r.fails(engine.Conflict, engine.ReceiveFile{File: id})
		r.done1(engine.ReceiveFile{File: broken})
		if got := states(); len(got) == 0 || got[len(got)-1] != "failed" {
			t.Errorf("told %q", got)
		}
	})
}

// TestFilesAreForgotten: what nobody can receive any more is not remembered for ever.
func TestFilesAreForgotten(t *testing.T) {
	in(t, nil, func(r *rig) {
		ann := r.groups[0].Join("ann")
		offer := func() string {
			return strconv.FormatInt(r.FileOf(ann.Send(simplextest.Message{File: &simplextest.File{Name: "a", Data: []byte("a")}})), 10)
		}
		first, second := offer(), offer()
		for range 999 {
			offer()
		}
		r.Take()
		r.fails(engine.NotFound, engine.ReceiveFile{File: first})
		r.done1(engine.ReceiveFile{File: second})
	})
}

// TestPreferences: only what is named is changed, and only once: all contacts are told.
func TestPreferences(t *testing.T) {
	in(t, func(s *simplex.Settings) {
		s.Preferences = map[string]string{"calls": "no", "full_delete": "always"}
		s.Menu = []simplex.MenuItem{{Keyword: "/help", Label: "Help"}}
	}, func(r *rig) {
		prefs, _ := r.Profile()["preferences"].(map[string]any)
		calls, _ := prefs["calls"].(map[string]any)
		full, _ := prefs["fullDelete"].(map[string]any)
		menu, _ := prefs["commands"].([]any)
		if calls["allow"] != "no" || full["allow"] != "always" || len(menu) != 1 || r.Profile()["peerType"] != "bot" {
			t.Errorf("the profile is %v", r.Profile())
		}
		r.Stop()
		r.begin()
		if n := r.Count("APIUpdateProfile"); n != 1 {
			t.Errorf("the profile was sent %d times", n)
		}
	})
}

// TestAddressIsSetUp: made if it is not there, and its settings sent only where they differ.
func TestAddressIsSetUp(t *testing.T) {
	in(t, func(s *simplex.Settings) { s.Address, s.AutoAccept, s.Welcome = true, true, "Hello!" }, func(r *rig) {
		link, _ := r.Address()
		r.Take()
		carol := r.Use(link, "carol")
		evs := r.Take()
		if c := of[engine.Contacted](evs); len(c) != 1 || c[0].Request {
			t.Errorf("told %+v", evs)
		}
		if lines := r.Server.Lines(carol.Chat()); !slices.Equal(lines, []string{"Hello!"}) {
			t.Errorf("carol reads %q", lines)
		}
		r.Stop()
		r.begin()
		if a, b := r.Count("APICreateMyAddress"), r.Count("APISetAddressSettings"); a != 1 || b != 1 {
			t.Errorf("made %d times, set %d times", a, b)
		}
	})
}

// TestSplitting: the parts of a text hold all of it but white space, and each fits a message
// as JSON.
func TestSplitting(t *testing.T) {
	adapter := simplex.Adapter()
	session, err := adapter.New(adapter.Settings(), engine.Env{Session: "test"})
	if err != nil {
		t.Fatal(err)
	}
	letters := []string{"a", "é", "界", "😀", "\"", "\\", "\n", " ", "\t", "\x01", "\u2028", "word ", "<&>"}
	bare := func(s string) string { return strings.Join(strings.Fields(s), "") }
	split := func(text string, max int) []string {
		return session.(engine.Splitter).Split(text, engine.Limit{Max: max, Unit: engine.Bytes})
	}
	if parts := split(strings.Repeat("\n ", 3000), 600); len(parts) != 0 {
		t.Errorf("%d parts of nothing", len(parts))
	}
	rapid.Check(t, func(t *rapid.T) {
		piece := strings.Join(rapid.SliceOfN(rapid.SampledFrom(letters), 1, 40).Draw(t, "piece"), "")
		text := strings.Repeat(piece, rapid.IntRange(1, 600).Draw(t, "times"))
		max := rapid.SampledFrom([]int{600, 2000}).Draw(t, "max")
		var all strings.Builder
		for _, part := range split(text, max) {
			var b strings.Builder
			enc := json.NewEncoder(&b)
			enc.SetEscapeHTML(false)
			err := enc.Encode(part)
			if n := b.Len() - len("\"\"\n"); n > max || err != nil || !utf8.ValidString(part) || part != text && strings.TrimSpace(part) == "" {
				t.Fatalf("a part of %d bytes, at most %d: %v", n, max, err)
			}
			all.WriteString(part)
		}
		if bare(all.String()) != bare(text) {
			t.Fatal("something is missing")
		}
	})
}
