package simplex_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"botd/adapters/simplex/simplextest"
	"botd/engine"
)

// begun starts an action and returns where its receipts are counted.
func (r *rig) begun(a engine.Action) func() []engine.Receipt {
	var mu sync.Mutex
	var got []engine.Receipt
	r.Session.Do(context.Background(), a, func(rc engine.Receipt) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, rc)
	})
	return func() []engine.Receipt {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(got)
	}
}

func (r *rig) receipt(what string, got []engine.Receipt, status engine.Status, code engine.Code) {
	r.Helper()
	if len(got) != 1 || got[0].Status != status || code != "" && got[0].Err.Code != code {
		r.Errorf("%s: %+v, want one %s %s", what, got, status, code)
	}
}

// TestErrorWithoutNumber: what says that a request was none is not the answer to the one
// that is under way.
func TestErrorWithoutNumber(t *testing.T) {
	in(t, nil, func(r *rig) {
		r.Delay(10 * time.Second)
		got := r.begun(engine.Say{Room: "#team", Text: "hello"})
		r.Emit(p{"type": "chatCmdError", "chatError": p{"type": "error", "errorType": p{"type": "commandError", "message": "invalid request"}}})
		r.Settle()
		if rcs := got(); len(rcs) != 0 {
			t.Errorf("it is no answer: %+v", rcs)
		}
		r.Settle()
		r.Settle()
		r.receipt("hello", got(), engine.Echoed, "")
		if f := of[engine.Failure](r.Take()); len(f) != 1 || f[0].Code != engine.Invalid {
			t.Errorf("told %+v", f)
		}
	})
}

// TestAnsweredTwice: the second answer is nobody's, and what it tells was told.
func TestAnsweredTwice(t *testing.T) {
	in(t, nil, func(r *rig) {
		r.Take()
		r.OnCommand(func(simplextest.Command) simplextest.Fate { return simplextest.Twice })
		one, two := r.begun(engine.Say{Room: "#team", Text: "one"}), r.begun(engine.Say{Room: "#team", Text: "two"})
		r.expectSaid("own one", "own two")
		r.receipt("one", one(), engine.Echoed, "")
		r.receipt("two", two(), engine.Echoed, "")
	})
}

// TestNeverAnswered: nobody knows what became of it; what waits behind it goes out.
func TestNeverAnswered(t *testing.T) {
	in(t, nil, func(r *rig) {
		r.OnCommand(func(c simplextest.Command) simplextest.Fate {
			if strings.Contains(c.Text, "lost") {
				return simplextest.Silence
			}
			return simplextest.Do
		})
		lost, next := r.begun(engine.Say{Room: "#team", Text: "lost"}), r.begun(engine.Say{Room: "#team", Text: "next"})
		r.Settle()
		if n := len(lost()) + len(next()); n != 0 {
			t.Errorf("%d receipts too early", n)
		}
		time.Sleep(3 * time.Minute)
		r.receipt("lost", lost(), engine.Unknown, engine.Timeout)
		r.receipt("next", next(), engine.Echoed, "")
	})
}

// TestUnknownWordsAreFound: the answer went with the connection, but the line was said. The
// next connection tells so, and says nothing again.
func TestUnknownWordsAreFound(t *testing.T) {
	in(t, nil, func(r *rig) {
		r.Take()
		r.OnCommand(func(c simplextest.Command) simplextest.Fate {
			if c.Name == "APISendMessages" {
				return simplextest.DropAfter
			}
			return simplextest.Do
		})
		got := r.begun(engine.Say{Room: "#team", Text: "hello"})
		r.Wait()
		r.receipt("hello", got(), engine.Unknown, engine.NotConnected)
		r.OnCommand(nil)
		r.Begin()
		r.expectSaid("own hello")
		if lines := r.Lines(r.Rooms()[0]); !slices.Equal(lines, []string{"hello"}) {
			t.Errorf("the group read %q", lines)
		}
	})
}
