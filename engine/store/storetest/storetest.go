// Package storetest says what a store must do. Every engine passes the suite, so that
// one can take the place of another.
package storetest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/store"
)

// Clock is time that only a test moves.
type Clock interface {
	engine.Clock
	Advance(d time.Duration)
}

// Engine makes empty stores to be tested. Close is up to the suite.
type Engine struct {
	Clock func() Clock
	Open  func(dir string, c engine.Clock) (store.Store, error)
}

// Run runs the suite.
func Run(t *testing.T, e Engine) {
	for name, test := range map[string]func(*testing.T, Engine){
		"Model": testModel, "Increments": testIncrements, "Conflict": testConflict, "Watch": testWatch, "Expiry": testExpiry,
		"Lease": testLease, "LeaseLost": testLeaseLost, "LeaseFaults": testLeaseFaults,
		"Limits": testLimits, "Paging": testPaging, "Backup": testBackup, "Scrub": testScrub, "Closed": testClosed,
	} {
		t.Run(name, func(t *testing.T) { test(t, e) })
	}
}

func (e Engine) open(t testing.TB) (store.Store, Clock) {
	t.Helper()
	clock := e.Clock()
	s, err := e.Open(t.TempDir(), clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s, clock
}

func must(t testing.TB, s store.Store, ops ...store.Op) []store.Entry {
	t.Helper()
	got, err := store.Commit(t.Context(), s, ops...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// testIncrements: an update is atomic, whoever else writes.
func testIncrements(t *testing.T, e Engine) {
	s, _ := e.open(t)
	const writers, times = 16, 50
	add := func(old store.Entry, found bool) ([]byte, error) {
		n := uint64(0)
		if found {
			n = binary.BigEndian.Uint64(old.Value)
		}
		return binary.BigEndian.AppendUint64(nil, n+1), nil
	}
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range times {
				if _, err := store.Commit(t.Context(), s, store.Modify("s", "n", add)); err != nil {
					t.Error(err)
				}
				for { // the same by comparing and setting
					old, err := s.Get(t.Context(), "s", "c")
					v, _ := add(old, err == nil)
					_, err = store.Commit(t.Context(), s, store.Put("s", "c", v).If(old.Revision))
					if err == nil {
						break
					}
					if engine.CodeOf(err) != engine.Conflict {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	all.Wait()
	for _, key := range []string{"n", "c"} {
		got, err := s.Get(t.Context(), "s", key)
		if err != nil || binary.BigEndian.Uint64(got.Value) != writers*times {
			t.Errorf("%s: %v, %v", key, got.Value, err)
		}
	}
}

// testConflict: a batch is all or nothing, and the error of a function fails it.
func testConflict(t *testing.T, e Engine) {
	s, _ := e.open(t)
	first := must(t, s, store.Put("s", "a", []byte("1")))[0]
	must(t, s, store.Put("s", "a", []byte("2")))
	nope := errors.New("nope")
	for name, tc := range map[string]struct {
		ops  []store.Op
		code engine.Code
	}{
		"a stale revision":   {[]store.Op{store.Put("s", "b", nil), store.Put("s", "a", nil).If(first.Revision)}, engine.Conflict},
		"it exists":          {[]store.Op{store.Put("s", "b", nil), store.Put("s", "a", nil).If(0)}, engine.Conflict},
		"it does not":        {[]store.Op{store.Put("s", "b", nil), store.Delete("s", "c").If(7)}, engine.Conflict},
		"a check":            {[]store.Op{store.Put("s", "b", nil), store.Check("s", "a", first.Revision)}, engine.Conflict},
		"a failing function": {[]store.Op{store.Put("s", "b", nil), store.Modify("s", "a", func(store.Entry, bool) ([]byte, error) { return nil, nope })}, engine.Internal},
		"the same key twice": {[]store.Op{store.Put("s", "b", nil), store.Put("s", "b", nil)}, engine.Invalid},
	} {
		if _, err := store.Commit(t.Context(), s, tc.ops...); engine.CodeOf(err) != tc.code {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := s.Get(t.Context(), "s", "b"); engine.CodeOf(err) != engine.NotFound {
			t.Errorf("%s: half of the batch was carried out", name)
		}
	}
	// Revisions grow across a removal.
	was := must(t, s, store.Put("s", "a", nil))[0].Revision
	must(t, s, store.Delete("s", "a"))
	if now := must(t, s, store.Put("s", "a", nil).If(0))[0].Revision; now <= was {
		t.Errorf("revision %d after %d", now, was)
	}
}

// testWatch: first what is there, then each change in order, also from the middle.
func testWatch(t *testing.T, e Engine) {
	s, _ := e.open(t)
	must(t, s, store.Put("s", "p/old", []byte("0")), store.Put("s", "q", nil), store.Put("other", "p/x", nil))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	seen := make(chan store.Change)
	ended := make(chan error, 1)
	go func() {
		ended <- store.Watch(ctx, s, "s", "p/", 0, func(page []store.Change) error {
			for _, c := range page {
				seen <- c
			}
			return nil
		})
	}()
	if c := <-seen; c.Key != "p/old" || string(c.Value) != "0" || c.Gone {
		t.Errorf("first %+v", c)
	}
	var resume uint64
	for i := range 20 {
		key := fmt.Sprintf("p/%d", i%3)
		must(t, s, store.Put("s", key, []byte{byte(i)}), store.Put("s", "q", nil))
		c := <-seen
		if c.Key != key || !bytes.Equal(c.Value, []byte{byte(i)}) {
			t.Errorf("change %d: %+v", i, c)
		}
		if i == 9 {
			resume = c.Revision
		}
	}
	must(t, s, store.Delete("s", "p/0"))
	if c := <-seen; c.Key != "p/0" || !c.Gone || c.Revision <= resume {
		t.Errorf("removal %+v", c)
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("watch ended with %v", err)
	}
	page, err := s.Changes(t.Context(), "s", "p/", resume, 0)
	var got []string
	for _, c := range page {
		got = append(got, fmt.Sprint(c.Key, c.Gone))
	}
	if want := []string{"p/2false", "p/1false", "p/0true"}; err != nil || !sameKeys(got, want) {
		t.Errorf("after %d: %v, %v", resume, got, err)
	}
}

func sameKeys(a, b []string) bool {
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// testExpiry: an entry is gone at its time, and those who watch hear of it once.
func testExpiry(t *testing.T, e Engine) {
	s, clock := e.open(t)
	put := must(t, s, store.Put("s", "a", []byte("x")).For(time.Second), store.Put("s", "b", nil).For(time.Hour))
	if want := clock.Now().Add(time.Second); put[0].Expires.Sub(want).Abs() > time.Millisecond {
		t.Errorf("expires %s, want %s", put[0].Expires, want)
	}
	clock.Advance(time.Second - 2*time.Millisecond)
	if _, err := s.Get(t.Context(), "s", "a"); err != nil {
		t.Error(err)
	}
	clock.Advance(2 * time.Millisecond)
	if _, err := s.Get(t.Context(), "s", "a"); engine.CodeOf(err) != engine.NotFound {
		t.Errorf("after its end: %v", err)
	}
	if got, err := s.List(t.Context(), store.Query{Space: "s"}); err != nil || len(got) != 1 || got[0].Key != "b" {
		t.Errorf("list after its end: %v, %v", got, err)
	}
	removals := 0
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	err := store.Watch(ctx, s, "s", "", put[1].Revision, func(page []store.Change) error {
		for _, c := range page {
			if c.Key == "a" && c.Gone {
				removals++
			}
		}
		stop()
		return nil
	})
	if removals != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d removals, %v", removals, err)
	}
	if u, err := s.Usage(t.Context(), "s"); err != nil || u.Keys != 1 {
		t.Errorf("usage %+v, %v", u, err)
	}
	must(t, s, store.Put("s", "a", []byte("y")).If(0))
	clock.Advance(2 * time.Hour)
	if got, err := s.Get(t.Context(), "s", "a"); err != nil || string(got.Value) != "y" {
		t.Errorf("made again without an end: %+v, %v", got, err)
	}
}

func testLimits(t *testing.T, e Engine) {
	s, _ := e.open(t)
	long := strings.Repeat("k", store.MaxKey)
	must(t, s, store.Put("s", long, make([]byte, store.MaxValue)), store.Put("s", "a", make([]byte, 100)))
	for name, tc := range map[string]struct {
		op   store.Op
		code engine.Code
	}{
		"no key":       {store.Put("s", "", nil), engine.Invalid},
		"long key":     {store.Put("s", long+"k", nil), engine.Invalid},
		"no space":     {store.Put("", "k", nil), engine.Invalid},
		"large value":  {store.Put("s", "b", make([]byte, store.MaxValue+1)), engine.Quota},
		"negative end": {store.Put("s", "b", nil).For(-1), engine.Invalid},
	} {
		if _, err := store.Commit(t.Context(), s, tc.op); engine.CodeOf(err) != tc.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	q := func(op store.Op, keys int, bytes int64) engine.Code {
		_, err := store.Commit(t.Context(), s, op, store.Within("s", store.Usage{Keys: keys, Bytes: bytes}))
		return engine.CodeOf(err)
	}
	for name, ok := range map[string]bool{
		"one key too many":  q(store.Put("s", "b", nil), 2, 1<<30) == engine.Quota,
		"a byte too many":   q(store.Put("s", "a", make([]byte, 101)), 9, 1000) == engine.Quota,
		"smaller, over it":  q(store.Put("s", "a", make([]byte, 99)), 1, 10) == "",
		"no more, over it":  q(store.Put("s", "a", make([]byte, 99)), 1, 10) == "",
		"removed, over it":  q(store.Delete("s", "a"), 1, 10) == "",
		"just enough":       q(store.Put("s", "b", nil), 2, 1<<21) == "",
		"room in elsewhere": q(store.Put("t", "b", nil), 0, 0) == "",
	} {
		if !ok {
			t.Error(name)
		}
	}
}

// testPaging: pages are stable while others write.
func testPaging(t *testing.T, e Engine) {
	s, _ := e.open(t)
	for i := range 50 {
		must(t, s, store.Put("s", fmt.Sprintf("%02d", i), nil))
	}
	var got []string
	for last := ""; ; {
		page, err := s.List(t.Context(), store.Query{Space: "s", After: last, Limit: 7})
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			got = append(got, e.Key)
		}
		last = page[len(page)-1].Key
		must(t, s, store.Delete("s", page[0].Key), store.Put("s", "!"+last, nil))
	}
	if len(got) != 50 || !slices.IsSorted(got) {
		t.Errorf("%d keys: %v", len(got), got)
	}
	if got, err := s.Spaces(t.Context()); err != nil || !slices.Equal(got, []string{"s"}) {
		t.Errorf("spaces %v, %v", got, err)
	}

	for i := range 10 {
		must(t, s, store.Put("large", fmt.Sprint(i), make([]byte, 999)))
	}
	for most, want := range map[int]int{0: 10, 1: 1, 1000: 2, 4500: 5, 1 << 20: 10} {
		if got, err := s.List(t.Context(), store.Query{Space: "large", Bytes: most}); err != nil || len(got) != want {
			t.Errorf("%d bytes: %d entries, want %d; %v", most, len(got), want, err)
		}
	}
}

func testBackup(t *testing.T, e Engine) {
	s, _ := e.open(t)
	old := must(t, s, store.Put("s", "a", []byte("1")), store.Put("s", "b", nil).For(time.Hour), store.Put("t", "\x00", []byte("\xff")))
	file := filepath.Join(t.TempDir(), "backup")
	if err := s.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), file); engine.CodeOf(err) != engine.Invalid {
		t.Errorf("over a file: %v", err)
	}
	last := must(t, s, store.Put("s", "a", []byte("2")), store.Put("s", "new", nil), store.Delete("t", "\x00"))
	if err := s.Restore(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	for _, want := range old {
		got, err := s.Get(t.Context(), want.Space, want.Key)
		if err != nil || !bytes.Equal(got.Value, want.Value) || !got.Expires.Equal(want.Expires) || got.Revision <= last[1].Revision {
			t.Errorf("restored %+v, %v; want %+v with a new revision", got, err, want)
		}
	}
	if _, err := s.Get(t.Context(), "s", "new"); engine.CodeOf(err) != engine.NotFound {
		t.Errorf("newer than the backup: %v", err)
	}
	if u, err := s.Usage(t.Context(), "s"); err != nil || u.Keys != 2 {
		t.Errorf("usage %+v, %v", u, err)
	}
	if err := s.Restore(t.Context(), file+"x"); err == nil {
		t.Error("restored from nothing")
	}
	must(t, s, store.Put("s", "a", []byte("3")))
}

func testClosed(t *testing.T, e Engine) {
	s, err := e.Open(t.TempDir(), e.Clock())
	if err != nil {
		t.Fatal(err)
	}
	results := make(chan store.Result, 100)
	for i := range 100 {
		s.Submit(store.Batch{store.Put("s", fmt.Sprint(i), nil)}, func(r store.Result) { results <- r })
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for range 100 {
		if r := <-results; r.Err != nil {
			t.Errorf("submitted before the end: %v", r.Err)
		}
	}
	if _, err := store.Commit(t.Context(), s, store.Put("s", "a", nil)); engine.CodeOf(err) != engine.NotConnected {
		t.Errorf("write after the end: %v", err)
	}
	if _, err := s.Get(t.Context(), "s", "a"); engine.CodeOf(err) != engine.NotConnected {
		t.Errorf("read after the end: %v", err)
	}
	if err := s.Scrub(t.Context()); engine.CodeOf(err) != engine.NotConnected {
		t.Errorf("scrubbed after the end: %v", err)
	}
}

// testScrub: what is there stays, and all goes on; whoever watches learns of each removal, or
// that they have to begin again.
func testScrub(t *testing.T, e Engine) {
	s, clock := e.open(t)
	must(t, s, store.Put("s", "stays", []byte("1")), store.Put("s", "goes", []byte("2")), store.Put("s", "ends", []byte("3")).For(time.Minute))
	put := must(t, s, store.Put("s", "stays", []byte("new")))
	must(t, s, store.Delete("s", "goes"))
	if err := s.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(t.Context(), "s", "stays"); err != nil || string(got.Value) != "new" || got.Revision != put[0].Revision {
		t.Errorf("%+v, %v", got, err)
	}
	if u, err := s.Usage(t.Context(), "s"); err != nil || u.Keys != 2 {
		t.Errorf("usage %+v, %v", u, err)
	}
	page, err := s.Changes(t.Context(), "s", "", put[0].Revision, 0)
	if known := len(page) == 1 && page[0].Key == "goes" && page[0].Gone; engine.CodeOf(err) != engine.Conflict && !known {
		t.Errorf("changes %+v, %v", page, err)
	}
	again := must(t, s, store.Put("s", "goes", []byte("back")), store.Put("s", "stays", []byte("newer")))
	if again[0].Revision <= put[0].Revision+1 {
		t.Errorf("revision %d after a removal with one above %d", again[0].Revision, put[0].Revision)
	}
	clock.Advance(time.Minute)
	if _, err := s.Get(t.Context(), "s", "ends"); engine.CodeOf(err) != engine.NotFound {
		t.Errorf("after its end: %v", err)
	}
}
