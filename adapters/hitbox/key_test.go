package hitbox

import (
	"testing"
	"time"
)

// A line has the same key live and in the backlog of any later connection, and another than the
// one before it that is like it.
func TestKeys(t *testing.T) {
	at := func(s int64) time.Time { return time.Unix(1421041488+s, 0) }
	first := newTally()
	live := []string{
		first.key(at(0), false, "chat", "ann", "hi"), first.key(at(0), false, "chat", "ann", "hi"), first.key(at(0), false, "chat", "bob", "hi"),
		first.key(at(0), false, "chat", "an", "nhi"), first.key(at(1), false, "chat", "ann", "hi"), first.key(at(1), false, "log", "ann", "hi"),
	}
	seen := map[string]bool{}
	for i, key := range live {
		if key == "" || seen[key] {
			t.Errorf("line %d has the key %q", i, key)
		}
		seen[key] = true
	}
	later := newTally()
	for i, key := range []string{later.key(at(0), true, "chat", "ann", "hi"), later.key(at(0), true, "chat", "ann", "hi"), later.key(at(0), true, "chat", "bob", "hi")} {
		if key != live[i] {
			t.Errorf("line %d has the key %q in the backlog, had %q", i, key, live[i])
		}
	}
	if key := later.key(at(0), false, "chat", "ann", "hi"); seen[key] {
		t.Error("a line that follows on two that are like it has the key of one of them")
	}
	if key := first.key(time.Time{}, false, "chat", "ann", "hi"); key != "" {
		t.Errorf("a line without a time has the key %q", key)
	}
	flood := newTally()
	for i := range 2 * maxBacklog {
		flood.key(at(int64(i)), true, "chat", "ann", "hi")
	}
	if len(flood.backlog) > maxBacklog {
		t.Errorf("%d lines of a backlog are remembered", len(flood.backlog))
	}
}
