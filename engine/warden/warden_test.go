package warden_test

import (
	"context"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/moderate"
	"botd/engine/store"
	"botd/engine/warden"
)

func install(t *testing.T, w *warden.Warden, script, name string, seen []string, cfg moderate.Config) (remove func()) {
	t.Helper()
	var globs []engine.RoomGlob
	for _, s := range seen {
		g, err := engine.ParseRoomGlob(s)
		if err != nil {
			t.Fatal(err)
		}
		globs = append(globs, g)
	}
	cfg.Name = name
	if cfg.Ladder.Steps == nil {
		cfg.Ladder = moderate.Ladder{Name: name, Steps: []moderate.Step{{Do: "delete"}}}
	}
	rules, err := w.Prepare(script, globs, cfg)
	if err != nil {
		t.Fatal(err)
	}
	rules.Begin()
	return rules.End
}

func word(list ...string) moderate.Config {
	return moderate.Config{Rules: []moderate.Rule{{Words: &moderate.Words{List: list}}}}
}

// Rules hold where their script sees lines, until they are removed or replaced by others of
// their name.
func TestRulesInForce(t *testing.T) {
	still(t, func(t *testing.T, s store.Store) {
		n := &network{caps: everything}
		w := n.open(t, s)
		install(t, w, "a", "elsewhere", []string{"other/*"}, word("apple"))
		remove := install(t, w, "a", "fruit", []string{"s/*"}, word("apple"))
		install(t, w, "b", "fruit", nil, word("pear"))
		same(t, "apple", n.says(w, "an apple"), true)
		same(t, "pear", n.says(w, "a pear"), true)
		same(t, "plum", n.says(w, "a plum"), false)
		second := install(t, w, "a", "fruit", nil, word("plum"))
		remove() // the first is not there any more, so nothing goes
		same(t, "apple, replaced", n.says(w, "an apple"), false)
		same(t, "plum, replaced", n.says(w, "a plum"), true)
		var names []string
		for _, in := range w.InForce() {
			names = append(names, in.Script+"/"+in.Config.Name)
		}
		same(t, "in force", names, "[a/elsewhere b/fruit a/fruit]")
		second()
		same(t, "plum, removed", n.says(w, "a plum"), false)
		same(t, "done", n.did, "[delete 1 delete 2 delete 5]")
		if _, err := w.Prepare("a", nil, moderate.Config{Name: "bad"}); engine.CodeOf(err) != engine.Invalid {
			t.Errorf("bad rules: %v", err)
		}
	})
}

// Rules on trial note and do nothing; what is not said by others in a room is not looked at.
func TestShadowAndOthers(t *testing.T) {
	still(t, func(t *testing.T, s store.Store) {
		n := &network{caps: everything}
		var settled []string
		w := n.open(t, s)
		cfg := word("apple")
		cfg.Shadow = true
		install(t, w, "a", "trial", nil, cfg)
		same(t, "shadow", n.says(w, "an apple"), false)
		same(t, "done", n.did, "[]")
		same(t, "case", caseNumber(t, w, "1").Status, moderate.Shadow)
		install(t, w, "a", "trial", nil, word("apple"))
		base := engine.Event{Session: "s", Room: engine.Room{ID: "r"}, User: engine.User{Name: "eve"}, At: time.Now(), Body: engine.Message{Text: "apple"}}
		for name, change := range map[string]func(*engine.Event){
			"own": func(ev *engine.Event) { ev.Self = true }, "history": func(ev *engine.Event) { ev.History = true },
			"private": func(ev *engine.Event) { ev.Body = engine.Message{Text: "apple", Private: true} },
			"no room": func(ev *engine.Event) { ev.Room = engine.Room{} }, "a moderator": func(ev *engine.Event) { ev.User.Role = engine.Moderator },
			"another kind": func(ev *engine.Event) { ev.Body = engine.TopicSet{Text: "apple"} },
		} {
			ev := base
			change(&ev)
			if w.Hear(&ev) {
				settled = append(settled, name)
			}
		}
		same(t, "taken", settled, "[]")
		same(t, "the line itself", w.Hear(&base), true)
	})
}

// A permit is for a kind of rule, and for so many lines or so long.
func TestPermits(t *testing.T) {
	still(t, func(t *testing.T, s store.Store) {
		n := &network{caps: everything}
		w := n.open(t, s)
		install(t, w, "a", "house", nil, word("apple"))
		eve := engine.User{Name: "eve", Account: "eve"}
		permit := func(p moderate.Permit) (err error) {
			p.Session, p.User = "s", eve
			w.Permit("a", p, func(e error) { err = e })
			return err
		}
		same(t, "unknown kind", engine.CodeOf(permit(moderate.Permit{What: "apples"})), engine.Invalid)
		same(t, "another kind", permit(moderate.Permit{What: "links", Count: 9}), nil)
		same(t, "with another permit", n.says(w, "apple"), true)
		same(t, "two lines", permit(moderate.Permit{What: "words", Count: 2}), nil)
		for i, want := range []bool{false, false, true} {
			same(t, []string{"first", "second", "third"}[i], n.says(w, "apple"), want)
		}
		same(t, "a minute", permit(moderate.Permit{What: "words", For: time.Minute}), nil)
		time.Sleep(59 * time.Second)
		same(t, "within it", n.says(w, "apple"), false)
		time.Sleep(time.Second)
		same(t, "after it", n.says(w, "apple"), true)
	})
}

// What was done can be undone once, and then the offence does not count.
func TestUndo(t *testing.T) {
	still(t, func(t *testing.T, s store.Store) {
		n := &network{caps: everything}
		var settled []moderate.Status
		n.caps.Can = n.caps.Can.Without(engine.CapDelete)
		w := n.open(t, s)
		cfg := word("apple")
		cfg.Ladder = moderate.Ladder{Name: "l", Steps: []moderate.Step{tenMinutes, {Do: "ban"}}}
		install(t, w, "a", "house", nil, cfg)
		n.says(w, "apple")
		c := caseNumber(t, w, "1")
		undo := func(c moderate.Case) (code engine.Code) {
			w.Undo("a", "", c, "mia", func(c *moderate.Case, err error) {
				settled = append(settled, c.Status)
				code = engine.CodeOf(err)
			})
			return code
		}
		same(t, "undo", undo(c), engine.Code(""))
		c = caseNumber(t, w, "1")
		same(t, "by", c.Undoer, "mia")
		same(t, "again", undo(c), engine.Conflict)
		n.says(w, "apple") // the first step again
		same(t, "wanted", caseNumber(t, w, "2").Wanted, tenMinutes)
		n.says(w, "apple")
		same(t, "wanted then", caseNumber(t, w, "3").Wanted, moderate.Step{Do: "ban"})
		time.Sleep(11 * time.Minute)
		same(t, "after its end", undo(caseNumber(t, w, "2")), engine.Code(""))
		same(t, "done", n.did, "[timeout unmute timeout ban]") // the second timeout was over
		same(t, "settled", settled, "[undone undone undone]")
	})
}

// A nuke finds what it is for, tells it, and does it only if that is wanted.
func TestNuke(t *testing.T) {
	still(t, func(t *testing.T, s store.Store) {
		n := &network{caps: everything}
		w := n.open(t, s)
		for _, text := range []string{"buy this", "hello", "BUY THAT"} {
			n.says(w, text)
		}
		n.said[2].User = engine.User{Name: "bob"}
		o := warden.Order{Script: "a", Session: "s", Room: "r"}
		nuke := func(k moderate.Nuke) (out moderate.Nuked, err error) {
			w.Nuke(o, k, func(got moderate.Nuked, e error) { out, err = got, e })
			return out, err
		}
		k := moderate.Nuke{Pattern: "(?i)buy", Since: time.Hour, Action: moderate.Step{Do: "ban"}, Preview: true}
		out, err := nuke(k)
		if err != nil || len(out.Messages) != 2 || len(out.Cases) != 0 || len(n.did) != 0 {
			t.Errorf("preview: %+v, did %v, %v", out, n.did, err)
		}
		same(t, "users", out.Users, "[eve bob]")
		o.Person = "Bob" // may be no moderator, and said so in the order
		out, _ = nuke(k)
		same(t, "users but who asks", out.Users, "[eve]")
		o.Person = ""
		k.Preview = false
		out, err = nuke(k)
		same(t, "error", err, nil)
		same(t, "cases", len(out.Cases), 2)
		list, err := w.Cases(context.Background(), moderate.Query{}, nil)
		if err != nil || len(list) != 2 || list[0].Taken.Do != "ban" || list[1].User.Name != "eve" {
			t.Errorf("%v, %+v", err, list)
		}
		k.Since = 0
		_, err = nuke(k)
		same(t, "since nothing", engine.CodeOf(err), engine.Invalid)
	})
}
