package chatlog

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"botd/engine"
	"botd/engine/enginetest"
	"botd/engine/moderate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

var usual = Policy{On: true, Keep: 30 * 24 * time.Hour, Size: 64 << 20}

func open(t interface{ Fatal(...any) }, dir string, clock engine.Clock, p Policy) *Log {
	l, err := Open(Options{Dir: dir, Clock: clock}, p)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func user(name string) engine.User {
	return engine.User{ID: engine.UserID("id-" + name), Name: name, Role: engine.Member}
}

func said(who, room, text string, at time.Time) *engine.Event {
	return &engine.Event{At: at, Session: "hc", Platform: "hackchat", Room: engine.Room{ID: engine.RoomID(room)}, User: user(who), Body: engine.Message{ID: engine.MessageID("m" + text), Text: text}}
}

// all are the entries of a folder that a query selects.
func all(t interface{ Fatal(...any) }, dir string, q Query) []Entry {
	out := []Entry{}
	if _, err := Read(context.Background(), dir, q, func(e *Entry) error { out = append(out, *e); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func texts(list []Entry) (out []string) {
	for _, e := range list {
		out = append(out, e.Text)
	}
	return out
}

// What is heard is there a second later, as rules need it, and nothing else is.
func TestKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "messages")
		l := open(t, dir, engine.SystemClock{}, usual)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); l.Run(ctx) }()
		now := time.Now().UTC()
		ann := engine.User{ID: "7", Name: "ann", Display: "Ann A.", Role: engine.Subscriber, Roles: []string{"vip"}, Trip: "t", Account: "acc", Identity: "p1", Groups: []string{"crew"}, Joined: now}
		bare := engine.User{ID: "7", Name: "ann", Role: engine.Subscriber, Roles: []string{"vip"}, Trip: "t", Account: "acc", Identity: "p1", Groups: []string{"crew"}}
		mia, room := user("mia"), engine.Room{ID: "r", Name: "Room", Topic: "tea"}
		event := func(u engine.User, b engine.Body) *engine.Event {
			return &engine.Event{At: now, Session: "s", Platform: "p", Room: room, User: u, Body: b, Extra: map[string]any{"x": 1.0}}
		}
		history := event(ann, engine.Message{Text: "old"})
		history.History = true
		for _, ev := range []*engine.Event{
			event(ann, engine.Message{ID: "1", Text: "hello <b>", Emote: true}), history, event(ann, engine.Message{Text: "psst", Private: true}),
			event(ann, engine.Joined{}), event(ann, engine.Edited{ID: "1", Text: "hi"}), event(mia, engine.Deleted{ID: "1", Author: ann, Reason: "rude"}),
			event(mia, engine.TimedOut{Target: ann, Length: time.Minute, Reason: "r"}), event(mia, engine.Muted{Target: ann}), event(mia, engine.Kicked{Target: ann}),
			event(mia, engine.Banned{Target: ann, Length: time.Hour}), event(mia, engine.Unbanned{Target: ann}), event(mia, engine.Unmuted{Target: ann}), event(mia, engine.Deleted{ID: "2"}),
		} {
			l.Hear(ev)
		}
		c := moderate.Case{ID: "4", At: now, Session: "s", Platform: "p", Room: "r", User: ann, Message: "1", Text: "hello", Script: "mod", Rules: "house", Rule: 2, Why: "be nice",
			Taken: moderate.Step{Do: "timeout", For: time.Minute}, Status: moderate.Done, Deleted: []engine.MessageID{"0", "1"}}
		l.Note(c)
		for _, status := range []moderate.Status{moderate.Failed, moderate.Shadow} {
			c.Status = status
			l.Note(c)
		}
		c.Status, c.Undone, c.Undoer = moderate.Undone, now.Add(time.Second), "mia"
		l.Note(c)

		if got := all(t, dir, Query{}); len(got) != 0 {
			t.Errorf("written at once: %v", got)
		}
		time.Sleep(flushEvery)
		synctest.Wait()
		entry := func(k engine.Kind, u engine.User, e Entry) Entry {
			e.At, e.Kind, e.Session, e.Platform, e.Room, e.RoomName, e.User = now, k, "s", "p", "r", "Room", u
			return e
		}
		acted := Entry{At: now, Kind: KindCase, Session: "s", Platform: "p", Room: "r", Target: &bare, Message: "1", Length: time.Minute, Reason: "be nice", Case: "4", Script: "mod", Rules: "house", Rule: 2,
			Step: "timeout", Status: moderate.Done, Deleted: []engine.MessageID{"0", "1"}}
		undone := acted
		undone.At, undone.Status, undone.Person = now.Add(time.Second), moderate.Undone, "mia"
		want := []Entry{
			entry("message", bare, Entry{Message: "1", Text: "hello <b>", Emote: true}), entry("edit", bare, Entry{Message: "1", Text: "hi"}),
			entry("delete", mia, Entry{Message: "1", Target: &bare, Reason: "rude"}), entry("timeout", mia, Entry{Target: &bare, Length: time.Minute, Reason: "r"}),
			entry("mute", mia, Entry{Target: &bare}), entry("kick", mia, Entry{Target: &bare}), entry("ban", mia, Entry{Target: &bare, Length: time.Hour}),
			entry("unban", mia, Entry{Target: &bare}), entry("unmute", mia, Entry{Target: &bare}), entry("delete", mia, Entry{Message: "2"}), acted, undone,
		}
		if d := cmp.Diff(want, all(t, dir, Query{})); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
		l.Hear(event(ann, engine.Message{Text: "the last"}))
		stop() // what waits is written at the end
		<-ended
		if got := all(t, dir, Query{Limit: 1}); len(got) != 1 || got[0].Text != "the last" {
			t.Errorf("after the end: %v", got)
		}
	})
}

func glob(t *testing.T, s string) engine.RoomGlob {
	g, err := engine.ParseRoomGlob(s)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Who does not want to be in the log is not, from the moment it is said.
func TestOptOut(t *testing.T) {
	dir, clock := t.TempDir(), enginetest.NewClock(start)
	l := open(t, dir, clock, usual)
	private := said("ann", "", "private", start)
	private.Body = engine.Message{Text: "private", Private: true}
	say := func(label string) {
		for _, room := range []string{"a", "b"} {
			l.Hear(said("ann", room, label+" "+room, start))
			l.Note(moderate.Case{At: start, Session: "hc", Room: engine.RoomID(room), Status: moderate.Done, Why: "case"})
		}
		l.Hear(private)
		l.pass()
	}
	say("all")
	p := usual
	p.Rooms = []RoomPolicy{{glob(t, "hc/a"), false}}
	l.Configure(p)
	say("without a")
	p = Policy{Keep: usual.Keep, Size: usual.Size, Rooms: []RoomPolicy{{glob(t, "hc/b"), true}}}
	l.Configure(p)
	say("only b")
	p = usual
	p.Private, p.On = true, true
	l.Configure(p)
	say("private too")
	p.On = false
	l.Configure(p)
	say("nothing")
	want := []string{"all a", "", "all b", "", "without a b", "", "only b b", "", "private too a", "", "private too b", "", "private"}
	if d := cmp.Diff(want, texts(all(t, dir, Query{}))); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

// Whatever is said and however the time goes, the log is within its bounds after each
// pass, and what is there are the latest entries without a hole.
func TestBounds(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		clock := enginetest.NewClock(start)
		p := Policy{On: true, Keep: time.Hour, Size: 64 << 10}
		l := open(t, dir, clock, p)
		defer func() { l.seal() }()
		var wrote []Entry
		var bytes int64
		var sizes []int64 // of all up to each
		for range rapid.IntRange(1, 12).Draw(r, "passes") {
			clock.Advance(time.Duration(rapid.IntRange(0, 30*60).Draw(r, "seconds")) * time.Second)
			for range rapid.IntRange(0, 25).Draw(r, "lines") {
				text := fmt.Sprint(len(wrote), strings.Repeat("x", rapid.SampledFrom([]int{0, 200, 800}).Draw(r, "length")))
				ev := said("ann", "r", text, clock.Now())
				e, _ := fromEvent(ev)
				wrote = append(wrote, e)
				b, _ := json.Marshal(e)
				bytes += int64(len(b)) + 1
				sizes = append(sizes, bytes)
				l.Hear(ev)
			}
			l.pass()
			if rapid.IntRange(0, 5).Draw(r, "restart") == 0 {
				l.seal()
				l = open(t, dir, clock, p)
			}
			list, err := segments(dir)
			if err != nil || total(list) > p.Size || total(list) != total(l.list) {
				r.Fatalf("%d bytes in the files, %d by the book: %v", total(list), total(l.list), err)
			}
			got := all(t, dir, Query{})
			if len(got) > 0 && clock.Now().Sub(got[0].At) > p.Keep {
				r.Fatalf("an entry of %s is there at %s", got[0].At, clock.Now())
			}
			if d := cmp.Diff(texts(wrote[len(wrote)-len(got):]), texts(got)); d != "" {
				r.Fatalf("not the latest entries: %s", d)
			}
			if n := len(wrote) - len(got); n > 0 { // the last that is gone had to go
				age, after := clock.Now().Sub(wrote[n-1].At), bytes-sizes[n-1]
				if age <= p.Keep*14/parts && after < p.Size*13/parts {
					r.Fatalf("entry %d is gone, %s old and with %d bytes after it", n-1, age, after)
				}
			}
		}
	})
}

// A process that dies while it writes leaves a part of its last lines: wherever they were
// cut, the whole lines are there, and the log goes on.
func TestTorn(t *testing.T) {
	dir, clock := t.TempDir(), enginetest.NewClock(start)
	l := open(t, dir, clock, usual)
	for i := range 3 {
		l.Hear(said("ann", "r", fmt.Sprint("line ", i), start))
	}
	l.pass()
	l.seal()
	path := l.list[0].path
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(whole) + 1 {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		ends := strings.Count(string(whole[:cut]), "\n")
		if got := all(t, dir, Query{}); len(got) != ends {
			t.Fatalf("cut at %d: read %v", cut, texts(got))
		}
		l := open(t, dir, clock, usual)
		l.Hear(said("ann", "r", "after", start))
		l.pass()
		l.seal()
		got := all(t, dir, Query{})
		if len(got) != ends+1 || got[ends].Text != "after" {
			t.Fatalf("cut at %d: then read %v", cut, texts(got))
		}
	}
}

// Damage costs the lines that are damaged.
func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	text := `{"time":"2026-11-22T12:00:00Z","kind":"message","session":"s","room":"r","text":"one"}
` + "\x00\x00\x00\n{}\nnull\n" + strings.Repeat("x", 2*maxLine) + "\n" + `{"time":"2026-11-22T12:00:01Z","kind":"message","session":"s","room":"r","text":"two"}
`
	if err := os.WriteFile(filepath.Join(dir, start.Format(segmentName)), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var got []Entry
	stats, err := Read(t.Context(), dir, Query{}, func(e *Entry) error { got = append(got, *e); return nil })
	if d := cmp.Diff([]string{"one", "two"}, texts(got)); d != "" || err != nil {
		t.Error(d, err)
	}
	if want := (Stats{Bytes: int64(len(text)), Lines: 6, Damaged: 4}); stats != want {
		t.Errorf("got %+v, want %+v", stats, want)
	}
}

// A file that cannot be written costs what was to be written, and the next is there again.
func TestWriteFails(t *testing.T) {
	dir, clock := t.TempDir(), enginetest.NewClock(start)
	var warned strings.Builder
	l, err := Open(Options{Dir: dir, Clock: clock, Log: slog.New(slog.NewTextHandler(&warned, nil))}, usual)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		l.Hear(said("ann", "r", fmt.Sprint(i), start))
		if i == 1 {
			l.out.Close() // as if the disk had refused it
		}
		l.pass()
	}
	l.seal()
	if d := cmp.Diff([]string{"0", "2", "3"}, texts(all(t, dir, Query{}))); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if !strings.Contains(warned.String(), "could not be kept in the message log") {
		t.Errorf("nothing was said: %s", &warned)
	}
}

// Who hears faster than can be written loses messages, which is said, and never waits.
func TestTooFast(t *testing.T) {
	dir, clock := t.TempDir(), enginetest.NewClock(start)
	var warned strings.Builder
	l, err := Open(Options{Dir: dir, Clock: clock, Log: slog.New(slog.NewTextHandler(&warned, nil))}, usual)
	if err != nil {
		t.Fatal(err)
	}
	for range maxQueue + 3 {
		l.Hear(said("ann", "r", "x", start))
	}
	l.pass()
	l.seal()
	if got := len(all(t, dir, Query{})); got != maxQueue {
		t.Errorf("%d entries", got)
	}
	if !strings.Contains(warned.String(), "lost=3") {
		t.Errorf("said: %s", &warned)
	}
}
