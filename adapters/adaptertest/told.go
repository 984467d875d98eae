package adaptertest

import (
	"slices"
	"time"

	"botd/engine"
)

// testToldOnce: what is said is told once, over a lost connection and a restart of the daemon,
// which keeps back what has the key of something it was told ([engine.Event.Key]). So what a network
// tells again has the key it had, and what is like something else has another.
func testToldOnce(r *rig) {
	l := r.login()
	users := r.enter(r.room, "ann", "bob")
	ann, bob := users[0], users[1]
	ann.Say("the same")
	ann.Say("something else")
	ann.Say("the same")
	want := map[string]int{"the same": 2, "something else": 1, "after the break": 1, "after the restart": 1}
	r.eventually("what was said", func() bool { return len(r.heard(r.room, refs(users))) >= 3 })

	if r.sim.Break(Drop) {
		l.ends(patience)
	} else {
		l.stop()
	}
	ann.Say("meanwhile")
	l = r.startAgain()
	bob.Say("after the break")
	r.expectText(users, "after the break")
	l.stop()

	r.open(r.sim.Settings())
	l = r.startAgain()
	ann.Say("after the restart")
	r.expectText(users, "after the restart")
	time.Sleep(patience) // for what a network tells late
	l.stop()
	for _, s := range r.heard(r.room, refs(users)) {
		want[s.text]--
	}
	for text, left := range want {
		if text == "meanwhile" && left == -1 { // some networks tell it
			continue
		}
		if left != 0 {
			r.Errorf("%q was told %d times too few; events:\n%s", text, left, r.log)
		}
	}
}

// startAgain calls Run once more and waits until the session is in its room.
func (r *rig) startAgain() *life {
	r.Helper()
	connected := func() int { return len(r.log.all(kind[engine.Connected](r.room))) }
	before := connected()
	l := r.start()
	r.eventually("Connected to "+string(r.room), func() bool { return connected() > before })
	return l
}

func (r *rig) expectText(users []User, text string) {
	r.Helper()
	r.eventually(text, func() bool {
		return slices.ContainsFunc(r.heard(r.room, refs(users)), func(s said) bool { return s.text == text })
	})
}
