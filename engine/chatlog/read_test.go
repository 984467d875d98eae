package chatlog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"botd/engine"
	"botd/engine/durable"
	"botd/engine/enginetest"
)

// fill makes a log of several files, with a line each minute of three people in two rooms.
func fill(t *testing.T, dir string, n int) *Log {
	clock := enginetest.NewClock(start)
	l := open(t, dir, clock, Policy{On: true, Keep: 100 * time.Hour, Size: 1 << 20})
	for i := range n {
		clock.Advance(time.Minute)
		ev := said([]string{"ann", "bob", "eve"}[i%3], []string{"a", "b"}[i%2], fmt.Sprint(i), clock.Now())
		if i%10 == 9 {
			ev.Body = engine.TimedOut{Target: user("bob"), Reason: fmt.Sprint(i)}
		}
		l.Hear(ev)
		l.pass()
	}
	if len(l.list) < 3 {
		t.Fatalf("only %d files", len(l.list))
	}
	return l
}

// A question is answered as if all entries had been looked at.
func TestQuery(t *testing.T) {
	dir := t.TempDir()
	l := fill(t, dir, 1500)
	defer l.seal()
	whole := all(t, dir, Query{})
	if len(whole) != 1500 {
		t.Fatalf("%d entries", len(whole))
	}
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	for name, q := range map[string]Query{
		"room":              {Rooms: []engine.RoomGlob{glob(t, "hc/a")}},
		"rooms":             {Rooms: []engine.RoomGlob{glob(t, "x/*"), glob(t, "*/b")}},
		"user":              {User: "Ann"},
		"user by ID":        {User: "id-bob"},
		"since":             {Since: at(1400)},
		"until":             {Until: at(30)},
		"between":           {Since: at(700), Until: at(701)},
		"nothing":           {Since: at(9000)},
		"latest":            {Limit: 7},
		"latest of many":    {Limit: 1499},
		"more than are":     {Limit: 5000},
		"latest of a user":  {Limit: 700, User: "bob"},
		"latest of a while": {Limit: 5, Since: at(10), Until: at(100), Rooms: []engine.RoomGlob{glob(t, "hc/b")}},
	} {
		var want []string
		for _, e := range whole {
			if q.Takes(&e) {
				want = append(want, e.Text+e.Reason)
			}
		}
		if q.Limit > 0 && len(want) > q.Limit {
			want = want[len(want)-q.Limit:]
		}
		var got []string
		if _, err := Read(t.Context(), dir, q, func(e *Entry) error { got = append(got, e.Text+e.Reason); return nil }); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: -want +got\n%s", name, d)
		}
	}
	// By hand, for the case that Takes is wrong.
	if n := len(all(t, dir, Query{User: "bob"})); n != 600 { // 450 said, 150 done to them of which 50 they did themselves
		t.Errorf("%d entries about bob", n)
	}
}

func TestReadEnds(t *testing.T) {
	dir := t.TempDir()
	defer fill(t, dir, 1500).seal()
	enough := errors.New("enough")
	n := 0
	_, err := Read(t.Context(), dir, Query{}, func(*Entry) error {
		if n++; n == 3 {
			return enough
		}
		return nil
	})
	if err != enough || n != 3 {
		t.Errorf("%d entries, %v", n, err)
	}
	if _, err := Read(t.Context(), filepath.Join(dir, "none"), Query{}, func(*Entry) error { return enough }); err != nil {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// Whoever is forgotten is in no file any more, and nobody else is touched.
func TestForget(t *testing.T) {
	dir := t.TempDir()
	l := fill(t, dir, 1500)
	defer func() { l.seal() }()
	if _, err := l.Forget(t.Context(), Query{Limit: 1}, nil); engine.CodeOf(err) != engine.Invalid {
		t.Errorf("forget everything: %v", err)
	}
	var want []string
	before := all(t, dir, Query{})
	for _, e := range before {
		if !e.About("bob") {
			want = append(want, e.Text+e.Reason)
		}
	}
	l.Hear(said("bob", "a", "still in memory", start))
	seen := 0
	n, err := l.Forget(t.Context(), Query{User: "bob"}, func(*Entry) { seen++ })
	if err != nil || n != len(before)-len(want)+1 || seen != n {
		t.Errorf("forgot %d and told of %d: %v", n, seen, err)
	}
	var got []string
	for _, e := range all(t, dir, Query{}) {
		got = append(got, e.Text+e.Reason)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil || strings.Contains(string(b), "bob") {
			t.Errorf("%s: %v, or bob is still in it", f.Name(), err)
		}
	}
	l.Hear(said("ann", "a", "after", start)) // the log goes on
	l.pass()
	if latest := all(t, dir, Query{Limit: 1}); len(latest) != 1 || latest[0].Text != "after" {
		t.Errorf("the latest is %v", latest)
	}
	if n, err := l.Forget(t.Context(), Query{Rooms: []engine.RoomGlob{glob(t, "hc/*")}}, func(*Entry) {}); err != nil || n != len(want)+1 {
		t.Errorf("forgot %d of all rooms: %v", n, err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Errorf("%d files are left", len(files))
	}
}

// What another process left half rewritten is cleared away.
func TestRewritingDied(t *testing.T) {
	dir := t.TempDir()
	clock := enginetest.NewClock(start)
	l := open(t, dir, clock, usual)
	l.Hear(said("ann", "r", "x", start))
	l.pass()
	l.seal()
	if err := os.WriteFile(filepath.Join(dir, ".half"+durable.Unfinished), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, dir, clock, usual).seal()
	if files, _ := os.ReadDir(dir); len(files) != 1 || len(all(t, dir, Query{})) != 1 {
		t.Errorf("files %v", files)
	}
}

// Reading goes on over what is pruned meanwhile.
func TestReadWhilePruned(t *testing.T) {
	dir := t.TempDir()
	l := fill(t, dir, 1500)
	defer func() { l.seal() }()
	var n int
	_, err := Read(context.Background(), dir, Query{}, func(*Entry) error {
		if n++; n == 1 {
			for _, s := range l.list[:2] {
				if err := os.Remove(s.path); err != nil {
					t.Fatal(err)
				}
			}
		}
		return nil
	})
	if err != nil || n == 0 || n == 1500 {
		t.Errorf("read %d: %v", n, err)
	}
}

// BenchmarkHear is what the way of an event pays for the log: everything else is done beside it.
func BenchmarkHear(b *testing.B) {
	ev := said("ann", "r", "hello there, this is a usual line of chat with some words", start)
	l := open(b, b.TempDir(), engine.SystemClock{}, usual)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		l.Hear(ev)
		if i%10_000 == 0 {
			b.StopTimer()
			l.queue, l.weight = l.queue[:0], 0
			b.StartTimer()
		}
	}
}

// BenchmarkWrite is what the log costs beside the way of events, for each line.
func BenchmarkWrite(b *testing.B) {
	l := open(b, b.TempDir(), engine.SystemClock{}, usual)
	for i := 0; b.Loop(); i++ {
		l.Hear(said("ann", "r", "hello there, this is a usual line of chat with some words", start))
		if i%1000 == 0 {
			l.pass()
		}
	}
	l.seal()
}

// BenchmarkRead reads a line, as a backtest does.
func BenchmarkRead(b *testing.B) {
	dir := b.TempDir()
	l := open(b, dir, engine.SystemClock{}, usual)
	for range 10_000 {
		l.Hear(said("ann", "r", "hello there, this is a usual line of chat with some words", start))
	}
	l.pass()
	l.seal()
	for lines := 0; b.Loop(); lines-- {
		if lines > 0 {
			continue // one of those that were read at once
		}
		if _, err := Read(context.Background(), dir, Query{}, func(*Entry) error { lines++; return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
