package local_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"testing/synctest"

	"botd/adapters/local"
	"botd/engine"
)

func TestMessages(t *testing.T) {
	w := newWorld(t)
	b := w.bot("lobby")
	ann, bob := w.guest("ann"), w.guest("bob")
	ann.inbox.Take()

	id, err := ann.Say("hello")
	if err != nil {
		t.Fatal(err)
	}
	if m, ev := next[engine.Message](w, b); m != (engine.Message{ID: id, Text: "hello"}) || ev.Self || ev.User.Name != "ann" || ev.User.ID != "ann" {
		t.Errorf("the bot heard %+v", ev)
	}
	if m := only[engine.Message](ann); m.ID != id || m.Text != "hello" {
		t.Errorf("ann heard herself say %+v", m)
	}

	bob.inbox.Take()
	answer := b.do(engine.Say{Room: "lobby", Text: "hi", ReplyTo: id}).Message
	if m := only[engine.Message](ann); m != (engine.Message{ID: answer, Text: "hi", ReplyTo: id, MentionsMe: true}) {
		t.Errorf("ann heard the answer %+v", m)
	}
	if m := only[engine.Message](bob); m.MentionsMe {
		t.Errorf("bob is not meant by %+v", m)
	}
	if m, ev := next[engine.Message](w, b); m.ID != answer || !ev.Self {
		t.Errorf("the bot's own message came back as %+v", ev)
	}

	if again, err := ann.Reply(answer, "how are you?"); err != nil {
		t.Error(err)
	} else if m, _ := next[engine.Message](w, b); m.ID != again || m.ReplyTo != answer || !m.MentionsMe {
		t.Errorf("the bot heard the answer %+v", m)
	}
	ann.Emote("waves")
	if m, _ := next[engine.Message](w, b); !m.Emote || m.Text != "waves" {
		t.Errorf("the bot heard %+v", m)
	}
}

func TestEditing(t *testing.T) {
	w := newWorld(t)
	ann, bob, mod := w.guest("ann"), w.guest("bob"), w.mod("mod")
	id, _ := ann.Say("one")
	bob.inbox.Take()

	ann.must(engine.Edit{Message: id, Text: "two"})
	ann.must(engine.Edit{Message: id, Text: " three", Append: true})
	if got := heard[engine.Edited](bob); len(got) != 2 || got[0].Text != "two" || got[1].Text != "two three" {
		t.Errorf("edits: %+v", got)
	}
	bob.fails(engine.Denied, engine.Edit{Message: id, Text: "mine"})
	mod.fails(engine.Denied, engine.Edit{Message: id, Text: "mine"})
	ann.fails(engine.NotFound, engine.Edit{Message: "99", Text: "what"})
	ann.fails(engine.NotFound, engine.Edit{Message: "x", Text: "what"})

	ann.must(engine.React{Message: id, Emoji: "👍"})
	ann.fails(engine.Conflict, engine.React{Message: id, Emoji: "👍"})
	if err := bob.React(id, "👍"); err != nil {
		t.Error(err)
	}
	ann.must(engine.React{Message: id, Emoji: "👍", Remove: true})
	ann.fails(engine.Conflict, engine.React{Message: id, Emoji: "👍", Remove: true})
	if got := heard[engine.Reacted](bob); len(got) != 3 || !got[2].Removed {
		t.Errorf("reactions: %+v", got)
	}

	bob.fails(engine.Denied, engine.Delete{Message: id})
	bob.fails(engine.Denied, engine.Delete{Message: id, Own: true})
	mod.must(engine.Delete{Message: id, Reason: "spam"})
	if d := only[engine.Deleted](bob); d.ID != id || d.Author.Name != "ann" || d.Reason != "spam" {
		t.Errorf("deleted: %+v", d)
	}
	ann.fails(engine.NotFound, engine.Edit{Message: id, Text: "again"})
	own, _ := ann.Say("oops")
	ann.must(engine.Delete{Message: own, Own: true})

	kept, _ := ann.Say("kept")
	mod.must(engine.Clear{})
	ann.fails(engine.NotFound, engine.Edit{Message: kept, Text: "gone"})
}

// TestMemory: the latest 1024 messages of a room can be changed, whatever is said
// elsewhere, and no others.
func TestMemory(t *testing.T) {
	w := newWorld(t)
	ann := w.guest("ann")
	eve := w.join("elsewhere", engine.User{Name: "eve"}, "")
	var ids []engine.MessageID
	for i := range 2500 {
		id, err := ann.Say(fmt.Sprint("line ", i))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
		for range i % 3 {
			eve.Say("noise")
		}
	}
	for i, id := range ids {
		err := ann.Edit(id, fmt.Sprint("edited ", i))
		if kept := i >= len(ids)-1024; kept != (err == nil) {
			t.Fatalf("edit of message %d of %d: %v", i, len(ids), err)
		}
	}
	got := ann.must(engine.Call{Name: "history", Params: map[string]any{"limit": 3.0}}).Answer.([]any)
	for i, want := range []string{"edited 2497", "edited 2498", "edited 2499"} {
		if text := got[i].(map[string]any)["text"]; text != want {
			t.Errorf("history %d is %q, want %q", i, text, want)
		}
	}
}

func TestMentions(t *testing.T) {
	for text, want := range map[string]bool{
		"@ann":              true,
		"hey @Ann, you":     true,
		"@annabel @ann!":    true,
		"@annabel":          false,
		"ann":               false,
		"mail@anna.example": false,
		"@":                 false,
		"":                  false,
	} {
		w := newWorld(t)
		ann, bob := w.guest("ann"), w.guest("bob")
		ann.inbox.Take()
		if text == "" {
			text = "nobody"
		}
		bob.Say(text)
		if m := only[engine.Message](ann); m.MentionsMe != want {
			t.Errorf("%q mentions ann: %v, want %v", text, m.MentionsMe, want)
		}
	}
}

func TestWhisper(t *testing.T) {
	w := newWorld(t)
	b := w.bot("lobby", "den")
	ann, bob := w.guest("ann"), w.guest("bob")
	eve := w.join("den", engine.User{Name: "eve"}, "")
	ann.inbox.Take()
	bob.inbox.Take()

	if _, err := ann.Whisper(engine.UserRef{Name: "BOTD"}, "psst"); err != nil {
		t.Fatal(err)
	}
	if m, ev := next[engine.Message](w, b); !m.Private || m.Text != "psst" || ev.User.Name != "ann" || ev.Room.ID != "lobby" {
		t.Errorf("the bot heard %+v", ev)
	}
	if m := only[engine.Message](ann); !m.Private {
		t.Errorf("ann heard %+v", m)
	}
	if got := heard[engine.Message](bob); got != nil {
		t.Errorf("bob heard %+v", got)
	}
	// Without a room all rooms are searched.
	if rc := b.do(engine.Whisper{User: engine.UserRef{Name: "eve"}, Text: "you too"}); rc.Status != engine.Echoed {
		t.Errorf("whisper without a room: %v", rc.Err)
	}
	if got := heard[engine.Message](eve); len(got) != 1 || !got[0].Private {
		t.Errorf("eve heard %+v", got)
	}
	ann.fails(engine.NotFound, engine.Whisper{User: engine.UserRef{Name: "eve"}, Text: "far away"})
}

func TestTexts(t *testing.T) {
	w := newWorld(t)
	ann := w.guest("ann")
	for name, text := range map[string]string{
		"empty":           "",
		"too long":        strings.Repeat("x", local.MaxText+1),
		"too long, runes": strings.Repeat("é", local.MaxText+1),
		"not UTF-8":       "caf\xe9",
	} {
		for _, a := range []engine.Action{
			engine.Say{Text: text}, engine.Emote{Text: text}, engine.Whisper{User: ann.ref(), Text: text},
		} {
			if rc := ann.Do(a); engine.CodeOf(rc.Error()) != engine.Invalid {
				t.Errorf("%s with a text that is %s: %v", engine.ActionName(a), name, rc.Err)
			}
		}
	}
	ann.must(engine.Say{Text: strings.Repeat("é", local.MaxText)})
	id, _ := ann.Say(strings.Repeat("x", local.MaxText))
	ann.fails(engine.Invalid, engine.Edit{Message: id, Text: "y", Append: true})
}

func TestSlowMode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ann, mod := w.guest("ann"), w.mod("mod")
		mod.must(engine.Slow{Interval: 10 * time.Second})
		if m := only[engine.ModeChanged](ann); m != (engine.ModeChanged{Mode: "slow", On: true, Value: 10}) {
			t.Errorf("ann heard %+v", m)
		}
		ann.must(engine.Say{Text: "one"})
		time.Sleep(4 * time.Second)
		rc := ann.Do(engine.Say{Text: "two"})
		if engine.CodeOf(rc.Error()) != engine.RateLimited || rc.Err.RetryAfter != 6*time.Second {
			t.Errorf("too early: %+v", rc.Err)
		}
		time.Sleep(rc.Err.RetryAfter)
		ann.must(engine.Say{Text: "two"})
		mod.must(engine.Say{Text: "one"})
		mod.must(engine.Say{Text: "two"})
		mod.must(engine.Slow{})
		ann.must(engine.Say{Text: "three"})
	})
}

func TestSubscribersOnly(t *testing.T) {
	w := newWorld(t)
	ann, mod := w.guest("ann"), w.mod("mod")
	sub := w.join("lobby", engine.User{Name: "sue", Role: engine.Subscriber}, "")
	mod.must(engine.SubscribersOnly{On: true})
	ann.fails(engine.Denied, engine.Say{Text: "me too"})
	sub.must(engine.Say{Text: "ha"})
	mod.must(engine.SubscribersOnly{})
	ann.must(engine.Say{Text: "at last"})
}
