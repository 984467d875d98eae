package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"botd/engine"
	"botd/engine/store"
)

// model is what a store should hold.
type model struct {
	space   string // of its own in a store that all share
	now     time.Time
	entries map[string]store.Entry
	newest  uint64
}

func (m *model) live(key string) (store.Entry, bool) {
	e, ok := m.entries[key]
	if !ok || !e.Expires.IsZero() && !m.now.Before(e.Expires) {
		return store.Entry{}, false
	}
	return e, true
}

// keys are few, so that operations meet, and not only text.
var keys = []string{"a", "a/1", "a/2", "b", "a\x00", "\xff\xff", "\xff", "ü/ß", " ", "a/\xff"}

// testModel compares a store with a map, operation by operation.
func testModel(t *testing.T, e Engine) {
	s, clock := e.open(t)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		m := &model{space: fmt.Sprint(n), now: clock.Now(), entries: map[string]store.Entry{}}
		t.Repeat(map[string]func(*rapid.T){
			"commit": func(t *rapid.T) { m.commit(t, s) },
			"list":   func(t *rapid.T) { m.list(t, s) },
			"time": func(t *rapid.T) {
				d := time.Duration(rapid.IntRange(1, 5000).Draw(t, "ms")) * time.Millisecond
				clock.Advance(d)
				m.now = m.now.Add(d)
			},
			"": func(t *rapid.T) { m.compare(t, s) },
		})
	})
}

// commit submits a random batch and foretells its outcome.
func (m *model) commit(t *rapid.T, s store.Store) {
	var ops []store.Op
	after := map[string]*store.Entry{}
	conflict := false
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 1, 4, rapid.ID).Draw(t, "keys") {
		op := m.draw(t, key, after)
		old, _ := m.live(key)
		switch rapid.SampledFrom([]string{"", "", "right", "wrong"}).Draw(t, "if") {
		case "right":
			op = op.If(old.Revision)
		case "wrong":
			op = op.If(old.Revision + 1)
			conflict = true
		}
		ops = append(ops, op)
	}
	got, err := store.Commit(context.Background(), s, ops...)
	if conflict {
		if engine.CodeOf(err) != engine.Conflict {
			t.Fatalf("a wrong revision: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	m.apply(t, after, got)
}

// draw makes a random operation on a key, and notes what it leaves there, nil for nothing,
// unless it changes nothing.
func (m *model) draw(t *rapid.T, key string, after map[string]*store.Entry) store.Op {
	old, found := m.live(key)
	next := store.Entry{Space: m.space, Key: key, Value: rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "value")}
	switch rapid.SampledFrom([]string{"put", "delete", "modify", "check"}).Draw(t, "op") {
	case "put":
		after[key] = &next
		op := store.Put(m.space, key, next.Value)
		if rapid.Bool().Draw(t, "expires") {
			ttl := time.Duration(rapid.IntRange(1, 3000).Draw(t, "ttl")) * time.Millisecond
			next.Expires = time.UnixMilli(m.now.Add(ttl).UnixMilli()).UTC()
			op = op.For(ttl)
		}
		return op
	case "delete":
		after[key] = nil
		return store.Delete(m.space, key)
	case "modify":
		after[key] = &next
		next.Value, next.Expires = append(slices.Clone(old.Value), 'x'), old.Expires
		return store.Modify(m.space, key, func(e store.Entry, ok bool) ([]byte, error) {
			if ok != found || !bytes.Equal(e.Value, old.Value) {
				return nil, errors.New("wrong old entry")
			}
			return append(slices.Clone(e.Value), 'x'), nil
		})
	}
	return store.Check(m.space, key, old.Revision)
}

// apply does what a batch was to do, which left these entries.
func (m *model) apply(t *rapid.T, after map[string]*store.Entry, got []store.Entry) {
	for key, next := range after {
		if next == nil {
			delete(m.entries, key)
		}
	}
	for _, e := range got {
		if next := after[e.Key]; next != nil {
			if e.Revision <= m.newest {
				t.Fatalf("revision %d of %q does not come after %d", e.Revision, e.Key, m.newest)
			}
			next.Revision = e.Revision
			m.entries[e.Key] = *next
		}
	}
	for _, e := range m.entries {
		m.newest = max(m.newest, e.Revision)
	}
}

func (m *model) sorted() []store.Entry {
	var out []store.Entry
	for key := range m.entries {
		if e, ok := m.live(key); ok {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b store.Entry) int { return strings.Compare(a.Key, b.Key) })
	return out
}

func (m *model) list(t *rapid.T, s store.Store) {
	q := store.Query{
		Space: m.space, Prefix: rapid.SampledFrom([]string{"", "a", "a/", "\xff", "z"}).Draw(t, "prefix"), Limit: rapid.IntRange(0, 4).Draw(t, "limit"),
		Desc: rapid.Bool().Draw(t, "desc"), After: rapid.SampledFrom(append([]string{""}, keys...)).Draw(t, "after"),
	}
	want := m.sorted()
	if q.Desc {
		slices.Reverse(want)
	}
	want = slices.DeleteFunc(want, func(e store.Entry) bool {
		return !strings.HasPrefix(e.Key, q.Prefix) || q.After != "" && (!q.Desc && e.Key <= q.After || q.Desc && e.Key >= q.After)
	})
	if q.Limit > 0 {
		want = want[:min(len(want), q.Limit)]
	}
	got, err := s.List(context.Background(), q)
	if err != nil || !same(got, want) {
		t.Fatalf("%+v: %v\n%s", q, err, difference(want, got))
	}
}

func difference(want, got []store.Entry) string { return fmt.Sprintf("got  %+v\nwant %+v", got, want) }

func same(a, b []store.Entry) bool {
	return slices.EqualFunc(a, b, func(a, b store.Entry) bool {
		return a.Key == b.Key && a.Space == b.Space && a.Revision == b.Revision && a.Expires.Equal(b.Expires) && bytes.Equal(a.Value, b.Value)
	})
}

// compare looks at everything.
func (m *model) compare(t *rapid.T, s store.Store) {
	ctx := context.Background()
	want := m.sorted()
	if got, err := s.List(ctx, store.Query{Space: m.space}); err != nil || !same(got, want) {
		t.Fatalf("list: %v\n%s", err, difference(want, got))
	}
	for _, key := range keys {
		want, found := m.live(key)
		got, err := s.Get(ctx, m.space, key)
		if found && (err != nil || !same([]store.Entry{got}, []store.Entry{want})) {
			t.Fatalf("get %q: %+v, %v; want %+v", key, got, err, want)
		}
		if !found && engine.CodeOf(err) != engine.NotFound {
			t.Fatalf("get of the absent %q: %+v, %v", key, got, err)
		}
	}
	var used store.Usage
	for _, e := range want {
		used.Keys++
		used.Bytes += int64(len(e.Key) + len(e.Value))
	}
	if got, err := s.Usage(ctx, m.space); err != nil || got.Keys < used.Keys || got.Bytes < used.Bytes {
		t.Fatalf("usage %+v, %v; at least %+v is there", got, err, used)
	}
}
