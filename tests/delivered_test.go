package tests

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/store"
)

// tallier is a script that counts messages in each way there is to keep something.
const tallier = `local st = state{ n = 0 }
bot.on("message", {history = true}, function(ev)
  st.n = st.n + 1
  if ev.text ~= "quiet" then kv.incr(ev.text) end
end)`

// tell has the network tell some messages again, each with its key.
func (l *lives) tell(history bool, texts ...string) {
	for _, text := range texts {
		l.net.In("hall").Emit(engine.Event{Room: engine.Room{ID: "hall"}, User: engine.User{Name: "ann"}, History: history, Key: "key of " + text, Body: engine.Message{Text: text}})
	}
	synctest.Wait()
}

// counted is what the script has kept.
func (l *lives) counted() (state string, kv map[string]string) {
	l.t.Helper()
	e, err := l.kept.Get(l.t.Context(), "state/a", "state")
	if err != nil {
		l.t.Fatal(err)
	}
	list, err := l.kept.List(l.t.Context(), store.Query{Space: "kv/a"})
	if err != nil {
		l.t.Fatal(err)
	}
	kv = map[string]string{}
	for _, e := range list {
		kv[e.Key] = string(e.Value)
	}
	return string(e.Value), kv
}

// What a network tells again after a reconnect, a stop or a kill is not delivered again, also to
// a script that has only changed its state because of it, and whoever else is told.
func TestNothingIsDeliveredTwice(t *testing.T) {
	for _, kill := range []bool{false, true} {
		t.Run(fmt.Sprintf("kill %v", kill), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLives(t, tallier)
				l.begin()
				l.tell(false, "one", "quiet", "two")
				l.tell(true, "two")
				l.net.In("hall").Drop(engine.Errorf(engine.NotConnected, "gone"))
				l.wait(time.Minute)
				l.tell(true, "one", "quiet", "two", "three")
				l.wait(time.Minute)
				for range 3 {
					l.end(kill)
					l.begin()
					l.tell(true, "two", "one", "quiet", "three")
					l.wait(10 * time.Second)
				}
				l.tell(false, "four")
				l.wait(10 * time.Second)
				l.end(kill)
				state, kv := l.counted()
				if !strings.Contains(state, `"n":5`) || fmt.Sprint(kv) != "map[four:1 one:1 three:1 two:1]" {
					t.Errorf("%s %v\n%s", state, kv, &l.log)
				}
			})
		})
	}
}

// What waited for a filter while the state was written is not in it: it counts after a crash.
func TestDeliveredPastAFilter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const code = `local st = state{ said = "" }
			bot.filter{ run = function(ev) if ev.text == "slow" and st.said ~= "" then sleep("4s") end end }
			bot.on("message", {history = true}, function(ev) st.said = st.said .. " " .. ev.text end)`
		l := newLivesWith(t, code, "scripts: [{name: a, grants: [chat, store, moderate]}]\n")
		l.begin()
		l.tell(false, "first")
		l.wait(10 * time.Second)
		l.tell(false, "slow")
		l.net.In("hall").Emit(engine.Event{Room: engine.Room{ID: "other"}, User: engine.User{Name: "ann"}, Key: "of another room", Body: engine.Message{Text: "other"}})
		l.wait(2 * time.Second)
		if state, _ := l.counted(); !strings.Contains(state, `"said":" first other"`) {
			t.Fatalf("before the crash: %s\n%s", state, &l.log)
		}
		l.end(true)
		l.begin()
		l.tell(true, "first", "slow")
		l.net.In("hall").Emit(engine.Event{Room: engine.Room{ID: "other"}, User: engine.User{Name: "ann"}, History: true, Key: "of another room", Body: engine.Message{Text: "other"}})
		l.wait(10 * time.Second)
		l.end(false)
		if state, _ := l.counted(); !strings.Contains(state, `"said":" first other slow"`) {
			t.Errorf("after it: %s\n%s", state, &l.log)
		}
	})
}

// After a restore the daemon knows what it knew when the backup was made; what was delivered since
// is not again in this run, but is in the next, because nothing that came of it is left.
func TestDeliveredOverARestore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLives(t, tallier)
		l.begin()
		l.tell(false, "one")
		l.wait(10 * time.Second)
		backup := filepath.Join(t.TempDir(), "b")
		if err := l.host.Backup(t.Context(), backup); err != nil {
			t.Fatal(err)
		}
		l.tell(false, "two")
		l.wait(10 * time.Second)
		l.tell(false, "under way") // handled, and not written down yet
		if err := l.host.Restore(t.Context(), backup); err != nil {
			t.Fatal(err)
		}
		l.wait(10 * time.Second)
		l.tell(true, "one", "two", "under way")
		l.wait(10 * time.Second)
		if state, kv := l.counted(); !strings.Contains(state, `"n":1`) || fmt.Sprint(kv) != "map[one:1]" {
			t.Errorf("after the restore: %s %v\n%s", state, kv, &l.log)
		}
		l.tell(false, "three")
		l.wait(10 * time.Second)
		l.end(true)
		l.begin()
		l.tell(true, "one", "two", "under way", "three")
		l.wait(10 * time.Second)
		l.end(false)
		if state, kv := l.counted(); !strings.Contains(state, `"n":4`) || fmt.Sprint(kv) != "map[one:1 three:1 two:1 under way:1]" {
			t.Errorf("after a restart: %s %v\n%s", state, kv, &l.log)
		}
	})
}

// The daemon dies at each write that some messages make, before and after it, and the network
// tells all of them again: each counts once, wherever it is counted.
func TestDeliveredAtEachWrite(t *testing.T) {
	for name, c := range map[string]struct{ code, state, kv string }{
		"state": {`local st = state{ n = 0 } bot.on("message", {history = true}, function(ev) st.n = st.n + 1 end)`, `"n":5`, "map[]"},
		"kv":    {`state{} bot.on("message", {history = true}, function(ev) kv.incr(ev.text) end)`, "{}", "map[five:1 four:1 one:1 three:1 two:1]"},
		// Of a state the last second may be lost, but nothing is in it twice.
		"both": {tallier, "", "map[five:1 four:1 one:1 three:1 two:1]"},
	} {
		t.Run(name, func(t *testing.T) { deliverAtEachWrite(t, c.code, c.state, c.kv) })
	}
}

func deliverAtEachWrite(t *testing.T, code, wantState, wantKV string) {
	for _, late := range []bool{false, true} {
		for n, dies := 1, true; dies; n++ { // until it outlives them all
			t.Run(fmt.Sprintf("%d %v", n, late), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := newLives(t, code)
					l.written, l.late = n, late
					l.begin()
					for _, text := range []string{"one", "two", "three", "four", "five"} {
						if !l.mortal.dead() {
							l.tell(false, text)
							l.wait(400 * time.Millisecond) // so that states and settling meet
						}
					}
					if !l.mortal.dead() {
						l.wait(5 * time.Second)
					}
					dies = l.mortal.dead()
					l.end(true)
					l.written = 0
					l.begin()
					l.tell(true, "one", "two", "three", "four", "five")
					l.wait(10 * time.Second)
					l.end(false)
					state, kv := l.counted()
					if !strings.Contains(state, wantState) || fmt.Sprint(kv) != wantKV || strings.ContainsAny(state, "6789") {
						t.Errorf("%s %v\n%s", state, kv, &l.log)
					}
				})
			})
		}
	}
}
