package simplextest_test

import (
	"strings"
	"testing"

	"botd/adapters/simplex/simplextest"
)

// TestQueue: events wait while nobody is connected, and each goes to one connection.
func TestQueue(t *testing.T) {
	in(t, simplextest.Options{}, func(r *rig) {
		alice := r.Known("alice")
		r.Drop()
		r.settle()
		for range 5 {
			alice.Say("hello?")
		}
		if n := r.Queued(); n != 5 {
			t.Errorf("%d events wait, want 5", n)
		}
		r.Lose(1)
		r.client = r.dial()
		r.tells("newChatItems", "newChatItems", "newChatItems", "newChatItems")
		second := r.dial()
		for range 20 {
			alice.Say("to one of you")
		}
		if n, n2 := len(r.events()), len(second.events()); n+n2 != 20 {
			t.Errorf("%d and %d events, want 20", n, n2)
		}
		r.Deafen()
		third := r.dial()
		alice.Say("to the last")
		if n := len(third.events()); n != 1 || len(r.events())+len(second.events()) > 0 {
			t.Errorf("%d events", n)
		}
	})
}

// TestFates: what can become of a command, and the proof of how often it was carried out.
func TestFates(t *testing.T) {
	in(t, simplextest.Options{}, func(r *rig) {
		chat := r.Known("alice").Chat()
		say := `/_send ` + chat + ` json [{"msgContent":{"type":"text","text":"x"}}]`
		answers := func(fate simplextest.Fate) int {
			r.OnCommand(func(c simplextest.Command) simplextest.Fate {
				if c.Name == "APISendMessages" {
					return fate
				}
				return simplextest.Do
			})
			id := r.write(say)
			return len(r.take(func(f m) bool { return f["corrId"] == id }))
		}
		for _, tt := range []struct {
			fate                simplextest.Fate
			answers, said, conn int
		}{
			{simplextest.Do, 1, 1, 1}, {simplextest.Twice, 2, 2, 1}, {simplextest.Silence, 0, 3, 1}, {simplextest.Ignore, 0, 3, 1},
			{simplextest.DropBefore, 0, 3, 0}, {simplextest.DropAfter, 0, 4, 0},
		} {
			if n := answers(tt.fate); n != tt.answers {
				t.Errorf("fate %d: %d answers, want %d", tt.fate, n, tt.answers)
			}
			if n := len(r.Lines(chat)); n != tt.said {
				t.Errorf("fate %d: said %d times, want %d", tt.fate, n, tt.said)
			}
			if n := r.Connections(); n != tt.conn {
				t.Errorf("fate %d: %d connections, want %d", tt.fate, n, tt.conn)
			}
			if tt.conn == 0 {
				r.client = r.dial()
			}
		}
		if n := r.Count("APISendMessages"); n != 6 {
			t.Errorf("%d commands, want 6", n)
		}
	})
}

func TestFrames(t *testing.T) {
	in(t, simplextest.Options{Noise: true}, func(r *rig) {
		r.Garbage()
		r.Oversized(20 << 20)
		r.Known("alice").Say("hi")
		if got := r.take(func(m) bool { return true }); len(got) < 10 || !strings.Contains(brief(got[len(got)-2]), "somethingNew") {
			t.Errorf("%d frames", len(got))
		}
		r.wants("/user", "activeUser")
	})
}

// TestStop: what no bot should send is understood, and ends the process.
func TestStop(t *testing.T) {
	for _, cmd := range []string{"/_stop", "/quit"} {
		in(t, simplextest.Options{}, func(r *rig) {
			r.write(cmd)
			r.settle()
			if r.Connections() != 0 {
				t.Errorf("%s: still connected", cmd)
			}
		})
	}
	for cmd, want := range map[string]string{"/sql chat DELETE FROM messages": "ExecChatStoreSQL", "@alice hello": "SendMessage"} {
		if name, _ := simplextest.Parse(cmd); name != want {
			t.Errorf("%s was taken for %q", cmd, name)
		}
	}
}

// TestLegacy: a program before 6.4.
func TestLegacy(t *testing.T) {
	in(t, simplextest.Options{Legacy: true}, func(r *rig) {
		tag := func(cmd string) string {
			resp := r.answer(r.write(cmd))
			s, _ := resp["type"].(string)
			if s == "chatCmdError" && resp["user_"] == nil {
				t.Errorf("%s: an error without user_", cmd)
			}
			return s
		}
		alice := r.Known("alice")
		said := alice.Say("hi")
		for _, tt := range [][2]string{
			{"/_start subscribe=off expire=off", "chatStarted"}, {`/_group {"displayName":"team","fullName":""}`, "groupCreated"}, {"/address", "userContactLinkCreated"},
			{"/connect", "invitation"}, {"/_get chats pcc=off", "apiChats"}, {"/_read chat " + alice.Chat() + " from=1 to=2", "cmdOk"}, {"/incognito on", "cmdOk"},
			{"/_delete item " + alice.Chat() + " " + num(said) + " internal", "chatItemDeleted"}, {"/_send @999 text x", "chatCmdError"},
		} {
			if got := tag(tt[0]); got != tt[1] {
				t.Errorf("%s: %s, want %s", tt[0], got, tt[1])
			}
		}
		mine := itemID(r.answer(r.write("/_send " + alice.Chat() + " text hello")))
		if got := tag("/_update item " + alice.Chat() + " " + num(mine) + ` json {"type":"text","text":"hullo"}`); got != "chatItemUpdated" {
			t.Errorf("an edit with bare content: %s", got)
		}
		if link, ok := r.answer(r.write("/show_address"))["contactLink"].(m)["connReqContact"].(string); !ok || !strings.HasPrefix(link, "https://") {
			t.Errorf("the address is %q", link)
		}
	})
}
