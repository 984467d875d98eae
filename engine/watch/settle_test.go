package watch_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"botd/engine/watch"
)

// virtual is a watcher on real files in virtual time, with events when the test says so.
type virtual struct {
	t      testing.TB
	dir    string
	events *watch.ManualEvents
	began  time.Time
	log    bytes.Buffer

	mu      sync.Mutex
	reports []string          // "100ms changed a.lua two"
	known   map[string]string // hash by path, from the reports
}

// inVirtualTime runs test in a bubble with a watcher on a folder that holds a.lua "one".
func inVirtualTime(t *testing.T, test func(v *virtual)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		v := &virtual{t: t, dir: dir, known: make(map[string]string)}
		v.write("a.lua", "one")
		stop := v.start()
		defer stop()
		v.expect("0s added a.lua one")
		test(v)
	})
}

func (v *virtual) start() (stop func()) {
	v.events, v.began = watch.NewManualEvents(), time.Now()
	w := watch.New(watch.Options{Paths: []string{v.dir}, Match: isLua, Log: slog.New(slog.NewTextHandler(&v.log, nil))})
	ctx, cancel := context.WithCancel(context.Background())
	go w.RunWith(ctx, v.events, v.changed)
	synctest.Wait()
	return func() { cancel(); synctest.Wait() }
}

func (v *virtual) changed(changes []watch.Change) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range changes {
		name, err := filepath.Rel(v.dir, c.Path)
		must(v.t, err)
		at := time.Since(v.began).String()
		v.reports = append(v.reports, strings.Join([]string{at, string(c.Op), name, contents[c.Hash]}, " "))
		if v.known[name] = c.Hash; c.Op == watch.Removed {
			delete(v.known, name)
		}
	}
}

func (v *virtual) path(name string) string { return filepath.Join(v.dir, name) }

// write changes a file without an event, save with one.
func (v *virtual) write(name, text string) { write(v.t, v.path(name), text) }
func (v *virtual) save(name, text string)  { v.write(name, text); v.events.Put(v.path(name)) }
func (v *virtual) remove(name string) {
	must(v.t, os.Remove(v.path(name)))
	v.events.Put(v.path(name))
}

// pass lets time pass.
func (v *virtual) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// expect compares the reports since the last call; times are since the start.
func (v *virtual) expect(want ...string) {
	v.t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	if d := cmp.Diff(want, v.reports); d != "" {
		v.t.Errorf("-want +got\n%s", d)
	}
	v.reports = nil
}

const ms = time.Millisecond

func TestQuietTime(t *testing.T) {
	inVirtualTime(t, func(v *virtual) {
		v.save("a.lua", "two")
		v.pass(49 * ms)
		v.expect()
		v.pass(1 * ms)
		v.expect("50ms changed a.lua two")
	})
}

func TestTwoHalves(t *testing.T) {
	inVirtualTime(t, func(v *virtual) {
		v.save("a.lua", "two")
		v.pass(40 * ms)
		v.save("a.lua", "twothree")
		v.pass(time.Second)
		v.expect("90ms changed a.lua twothree")
	})
}

func TestConstantStream(t *testing.T) {
	inVirtualTime(t, func(v *virtual) {
		for range 100 {
			v.save("a.lua", "two")
			v.save("b.lua", "one")
			v.pass(10 * ms)
		}
		v.save("a.lua", "three")
		v.pass(time.Second)
		v.expect("500ms changed a.lua two", "500ms added b.lua one", "1.05s changed a.lua three")
	})
}

func TestEmptyForAMoment(t *testing.T) {
	inVirtualTime(t, func(v *virtual) {
		v.save("a.lua", "")
		v.pass(200 * ms) // a slow writer; far beyond the quiet time
		v.save("a.lua", "two")
		v.pass(time.Second)
		v.expect("250ms changed a.lua two")
	})
}

func TestEmptyForGood(t *testing.T) {
	inVirtualTime(t, func(v *virtual) {
		v.save("a.lua", "")
		v.pass(time.Second)
		v.expect("250ms changed a.lua ")
	})
}

func TestGoneForAMoment(t *testing.T) {
	inVirtualTime(t, func(v *virtual) {
		v.remove("a.lua")
		v.pass(200 * ms)
		v.save("a.lua", "one")
		v.pass(time.Second)
		v.expect()
	})
}

func TestGoneForGood(t *testing.T) {
	inVirtualTime(t, func(v *virtual) {
		v.remove("a.lua")
		v.save("b.lua", "two")
		v.pass(time.Second)
		v.expect("50ms added b.lua two", "250ms removed a.lua one")
	})
}

func TestRenamed(t *testing.T) {
	inVirtualTime(t, func(v *virtual) {
		v.remove("a.lua")
		v.save("b.lua", "one")
		v.pass(time.Second)
		v.expect("50ms removed a.lua one", "50ms added b.lua one")
	})
}

// A change without an event is found by looking, and reported when it looks settled.
func TestLostEvents(t *testing.T) {
	inVirtualTime(t, func(v *virtual) {
		v.pass(1999 * ms)
		v.write("a.lua", "two")
		v.pass(11 * ms) // seen after 2 s
		v.write("a.lua", "three")
		v.pass(time.Second)
		v.expect("2.1s changed a.lua three")
		must(t, os.Remove(v.path("a.lua")))
		v.pass(3 * time.Second)
		v.expect("4.3s removed a.lua three")
	})
}

func TestPolling(t *testing.T) {
	inVirtualTime(t, func(v *virtual) {
		v.events.Incomplete.Store(true)
		v.pass(2 * time.Second) // until it notices
		v.write("a.lua", "two")
		v.pass(time.Second)
		v.expect("2.55s changed a.lua two")
	})
}

func TestPollingConstantStream(t *testing.T) {
	inVirtualTime(t, func(v *virtual) {
		v.events.Incomplete.Store(true)
		v.pass(2 * time.Second)
		for i := range 40 { // no two looks find the same
			v.write("a.lua", []string{"two", "three", "twothree"}[i%3])
			v.pass(25 * ms)
		}
		v.mu.Lock()
		defer v.mu.Unlock()
		if len(v.reports) == 0 {
			t.Error("nothing was reported for a second")
		}
	})
}

func TestOverflow(t *testing.T) {
	inVirtualTime(t, func(v *virtual) {
		v.write("a.lua", "two")
		v.events.PutAll()
		v.pass(time.Second)
		v.expect("50ms changed a.lua two")
	})
}

// A file that looks as it did is not read again, unless an event says that it changed.
func TestReadsOnlyWhatLooksDifferent(t *testing.T) {
	long := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC) // before virtual time begins
	inVirtualTime(t, func(v *virtual) {
		must(t, os.Chtimes(v.path("a.lua"), long, long))
		v.pass(10 * time.Second)
		v.write("a.lua", "two")
		must(t, os.Chtimes(v.path("a.lua"), long, long))
		v.pass(10 * time.Second)
		v.expect()
		v.events.Put(v.path("a.lua"))
		v.pass(time.Second)
		v.expect("20.05s changed a.lua two")

		v.write(".a", "one") // another file that looks the same is another file
		must(t, os.Chtimes(v.path(".a"), long, long))
		must(t, os.Rename(v.path(".a"), v.path("a.lua")))
		v.pass(2 * time.Second)
		v.expect("22.1s changed a.lua one")
	})
}

// Two changes may carry the same time.
func TestReadsAgainWhatHasJustChanged(t *testing.T) {
	inVirtualTime(t, func(v *virtual) {
		v.write("a.lua", "two")
		now := time.Now()
		must(t, os.Chtimes(v.path("a.lua"), now, now))
		v.events.Put(v.path("a.lua"))
		v.pass(time.Second)
		v.expect("50ms changed a.lua two")
		v.write("a.lua", "one")
		must(t, os.Chtimes(v.path("a.lua"), now, now))
		v.pass(2 * time.Second)
		v.expect("2.1s changed a.lua one")
	})
}

func TestEventsThatDoNotMatter(t *testing.T) {
	inVirtualTime(t, func(v *virtual) {
		v.write("a.lua", "two")
		v.events.Put(filepath.Join(filepath.Dir(v.dir), "other"))
		v.events.Put("/nowhere/a.lua")
		v.pass(time.Second)
		v.expect()
	})
}

// What cannot be read keeps its last known content, and is tried again.
func TestUnreadable(t *testing.T) {
	faults := map[string]func(v *virtual){
		"a link to itself": func(v *virtual) { must(v.t, os.Symlink("a.lua", v.path("a.lua"))) },
		"too large": func(v *virtual) {
			v.write("a.lua", "")
			must(v.t, os.Truncate(v.path("a.lua"), 9<<20))
		},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(v *virtual) {
				must(t, os.Remove(v.path("a.lua")))
				fault(v)
				v.events.Put(v.path("a.lua"))
				v.pass(10 * time.Second)
				v.expect()
				if n := strings.Count(v.log.String(), "level=WARN"); n != 1 {
					t.Errorf("%d warnings:\n%s", n, &v.log)
				}
				must(t, os.Remove(v.path("a.lua")))
				v.save("a.lua", "two")
				v.pass(time.Second)
				v.expect("10.05s changed a.lua two")
			})
		})
	}
}

func TestBounds(t *testing.T) {
	inVirtualTime(t, func(v *virtual) {
		deep := strings.Repeat("d/", 9)
		v.write(deep+"x.lua", "two")
		v.write(deep[2:]+"y.lua", "three")
		v.pass(3 * time.Second)
		v.expect("2.05s added " + deep[2:] + "y.lua three")
		if !strings.Contains(v.log.String(), "too deep") {
			t.Errorf("no warning: %s", &v.log)
		}
	})
}

// step is something that happens to the files.
type step struct {
	Do       string
	Path, To string
	Text     string
	Pass     time.Duration
	Event    bool
}

var steps = rapid.Custom(func(t *rapid.T) step {
	names := rapid.SampledFrom([]string{"a.lua", "b.lua", "lib/c.lua", "lib/deep/d.lua"})
	return step{
		Do:    rapid.SampledFrom([]string{"write", "write", "remove", "rename", "remove folder", "pass"}).Draw(t, "do"),
		Path:  names.Draw(t, "path"),
		To:    names.Draw(t, "to"),
		Text:  rapid.SampledFrom([]string{"", "one", "two", "three"}).Draw(t, "text"),
		Pass:  time.Duration(rapid.IntRange(1, 600).Draw(t, "ms")) * ms,
		Event: rapid.Bool().Draw(t, "event"),
	}
})

func (v *virtual) do(s step) {
	path := v.path(s.Path)
	switch s.Do {
	case "write":
		v.write(s.Path, s.Text)
	case "remove":
		os.Remove(path) // may not exist
	case "rename":
		must(v.t, os.MkdirAll(filepath.Dir(v.path(s.To)), 0o755))
		os.Rename(path, v.path(s.To)) // may not exist
	case "remove folder":
		must(v.t, os.RemoveAll(filepath.Dir(path)))
	case "pass":
		v.pass(s.Pass)
	}
	if s.Event {
		v.events.Put(path)
	}
}

// Whatever happens to the files, with or without events: a little later all that is
// there has been reported, and nothing else.
func TestEndsWithTheTruth(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		list := rapid.SliceOf(steps).Draw(rt, "steps")
		var d string
		synctest.Test(t, func(t *testing.T) {
			must(t, os.RemoveAll(dir))
			v := &virtual{t: t, dir: dir, known: make(map[string]string)}
			stop := v.start()
			defer stop()
			for _, s := range list {
				v.do(s)
			}
			v.pass(5 * time.Second)
			d = cmp.Diff(onDisk(t, dir), v.known)
		})
		if d != "" {
			rt.Fatalf("-disk +reported\n%s", d)
		}
	})
}

func onDisk(t testing.TB, dir string) map[string]string {
	hashes := make(map[string]string)
	root := os.DirFS(dir)
	paths, err := fs.Glob(root, "*.lua")
	must(t, err)
	below, err := fs.Glob(root, "*/*.lua")
	must(t, err)
	deep, err := fs.Glob(root, "*/*/*.lua")
	must(t, err)
	for _, path := range slices.Concat(paths, below, deep) {
		text, err := fs.ReadFile(root, path)
		must(t, err)
		hashes[path] = hash(string(text))
	}
	return hashes
}

func TestReceive(t *testing.T) {
	system := &fsnotify.Watcher{Events: make(chan fsnotify.Event, 2), Errors: make(chan error, 1)}
	system.Events <- fsnotify.Event{Name: "/s/a.lua", Op: fsnotify.Write}
	system.Events <- fsnotify.Event{Name: "/other/a.lua", Op: fsnotify.Write}
	close(system.Events)
	close(system.Errors)
	all, paths := watch.Receive(system, slog.New(slog.DiscardHandler), "/s")
	if want := map[string]bool{"/s/a.lua": true}; all || !maps.Equal(paths, want) {
		t.Errorf("all %v, paths %v", all, paths)
	}
	system = &fsnotify.Watcher{Events: make(chan fsnotify.Event), Errors: make(chan error, 1)}
	system.Errors <- fsnotify.ErrEventOverflow
	close(system.Events)
	close(system.Errors)
	if all, _ := watch.Receive(system, slog.New(slog.DiscardHandler)); !all {
		t.Error("an overflow was not noticed")
	}
}

// The system may have no watches left, and have some again later.
func TestNoSystemEvents(t *testing.T) {
	dir := t.TempDir()
	var log bytes.Buffer
	tries := 0
	connect := func() (*fsnotify.Watcher, error) {
		if tries++; tries <= 3 {
			return nil, errors.New("too many open files")
		}
		return fsnotify.NewWatcher()
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	got := make(chan []watch.Change, 100)
	done := make(chan struct{})
	go func() {
		defer close(done)
		w := watch.New(watch.Options{Paths: []string{dir}, Poll: ms, Rescan: ms, Log: slog.New(slog.NewTextHandler(&log, nil))})
		w.RunConnect(ctx, connect, func(c []watch.Change) { got <- c })
	}()
	for _, text := range []string{"one", "two", "three"} {
		write(t, filepath.Join(dir, "a.lua"), text)
		for found := false; !found; {
			select {
			case c := <-got:
				found = c[0].Hash == hash(text)
			case <-time.After(deadline):
				t.Fatalf("%q was not reported", text)
			}
		}
	}
	cancel()
	<-done
	if tries != 4 || strings.Count(log.String(), "file events are missing") != 1 || strings.Count(log.String(), "file events are back") != 1 {
		t.Errorf("%d tries, log:\n%s", tries, &log)
	}
}
