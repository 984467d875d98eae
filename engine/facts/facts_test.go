package facts_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/facts"
	"botd/engine/store"
)

func open(t *testing.T, s store.Store, max int) *facts.Book {
	t.Helper()
	l, err := facts.Open(context.Background(), facts.Options{Store: s, Space: "facts", Max: max})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// inTime runs f in virtual time, with a store that is closed behind it.
func inTime(t *testing.T, f func(t *testing.T, s store.Store)) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory(engine.SystemClock{})
		defer s.Close()
		f(t, s)
	})
}

func TestHold(t *testing.T) {
	inTime(t, func(t *testing.T, s store.Store) {
		l := open(t, s, 0)
		user, room := facts.Hold{Key: "u", For: 5 * time.Second}, facts.Hold{Key: "r", For: time.Second}
		if left := l.Hold(user, room); left != 0 {
			t.Fatalf("the first must wait for %s", left)
		}
		if left := l.Hold(facts.Hold{Key: "other", For: time.Second}, room); left != time.Second {
			t.Errorf("left %s", left)
		}
		if left := l.Hold(facts.Hold{Key: "other"}); left != 0 {
			t.Error("what was not taken is held")
		}
		time.Sleep(time.Second)
		if left := l.Hold(room, user); left != 4*time.Second {
			t.Errorf("left %s", left)
		}
		if left := l.Hold(room); left != 0 {
			t.Errorf("the one that had ended was taken: %s", left)
		}
		l = open(t, s, 0) // a restart
		if left := l.Hold(user); left != 4*time.Second {
			t.Errorf("left %s after a restart", left)
		}
		time.Sleep(4 * time.Second)
		if left := l.Hold(user); left != 0 {
			t.Errorf("left %s at the end", left)
		}
	})
}

func TestHoldsOfAFloodDoNotGrow(t *testing.T) {
	inTime(t, func(t *testing.T, s store.Store) {
		l := open(t, s, 10)
		l.Hold(facts.Hold{Key: "long", For: time.Hour})
		for i := range 100 {
			if left := l.Hold(facts.Hold{Key: fmt.Sprint(i), For: time.Second}); left != 0 {
				t.Fatalf("%d must wait for %s", i, left)
			}
		}
		if _, ok := l.Get("long"); !ok || len(l.List("")) != 10 {
			t.Errorf("%d entries, that of an hour among them: %t", len(l.List("")), ok)
		}
	})
}

func TestSetUpdateDelete(t *testing.T) {
	inTime(t, func(t *testing.T, s store.Store) {
		l := open(t, s, 2)
		var err error
		done := func(e error) { err = e }
		l.Set("a/1", []byte("x"), 0, done)
		l.Set("a/2", []byte("y"), time.Minute, done)
		if err != nil {
			t.Fatal(err)
		}
		l.Set("b", []byte("z"), 0, done)
		if engine.CodeOf(err) != engine.Quota {
			t.Errorf("one too many: %v", err)
		}
		l.Update("a/1", func(old facts.Entry, found bool) ([]byte, time.Duration, error) {
			return append([]byte("x"), old.Value...), 0, nil
		}, done)
		no := engine.Errorf(engine.Denied, "no")
		l.Update("a/1", func(facts.Entry, bool) ([]byte, time.Duration, error) { return nil, 0, no }, done)
		if err != no {
			t.Errorf("error %v", err)
		}
		for range 2 { // the second time from the store
			if got := fmt.Sprint(l.List("a/")); !strings.Contains(got, "a/1 [120 120]") || !strings.Contains(got, "a/2 [121]") {
				t.Errorf("got %s", got)
			}
			l = open(t, s, 2)
		}
		time.Sleep(time.Minute)
		if _, ok := l.Get("a/2"); ok {
			t.Error("it has not ended")
		}
		l.Set("b", []byte("z"), 0, done)
		l.Delete("a/1", done)
		l.Delete("never", done)
		if _, ok := l.Get("a/1"); ok || err != nil {
			t.Errorf("deleted and there; %v", err)
		}
		if got := open(t, s, 2).List(""); len(got) != 1 || got[0].Key != "b" {
			t.Errorf("the store has %v", got)
		}
	})
}

// What done does must not find a lock taken.
func TestDoneMayCallTheBook(t *testing.T) {
	inTime(t, func(t *testing.T, s store.Store) {
		l := open(t, s, 0)
		called := false
		l.Set("a", []byte("x"), 0, func(error) { l.Delete("a", func(error) { called = true }) })
		synctest.Wait()
		if _, ok := l.Get("a"); ok || !called {
			t.Error("not called, or without effect")
		}
	})
}

func TestWithoutAStore(t *testing.T) {
	s := store.NewMemory(engine.SystemClock{})
	l := open(t, s, 0)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var got error
	l.Set("a", []byte("x"), 0, func(err error) { got = err })
	if _, ok := l.Get("a"); engine.CodeOf(got) != engine.NotConnected || !ok {
		t.Errorf("error %v, known %t", got, ok)
	}
	if _, err := facts.Open(context.Background(), facts.Options{Store: s, Space: "facts"}); err == nil {
		t.Error("opened on a closed store")
	}
}

func TestOnlyOneTakes(t *testing.T) {
	inTime(t, func(t *testing.T, s store.Store) {
		l := open(t, s, 0)
		var wg sync.WaitGroup
		won := make(chan int, 50)
		for i := range 50 {
			wg.Go(func() {
				if l.Hold(facts.Hold{Key: "k", For: time.Minute}) == 0 {
					won <- i
				}
			})
		}
		wg.Wait()
		if len(won) != 1 {
			t.Errorf("%d took it", len(won))
		}
	})
}

func TestKey(t *testing.T) {
	seen := map[string]bool{}
	long := strings.Repeat("é", 300)
	for _, parts := range [][]string{{"a", "b/c"}, {"a/b", "c"}, {"a%2Fb", "c"}, {"a", "b", "c"}, {long}, {long + "x"}, {"a", long}} {
		k := facts.Key(parts...)
		if seen[k] || len(k) > store.MaxKey || k == "" {
			t.Errorf("%q: %q", parts, k)
		}
		seen[k] = true
		if got := facts.Parts(k); !strings.Contains(k, "#") && !slices.Equal(got, parts) {
			t.Errorf("the parts of %q are %q", k, got)
		}
	}
}
