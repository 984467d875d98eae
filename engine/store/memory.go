package store

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"botd/engine"
)

// Memory is a store that forgets everything when it is closed, for tests and for
// looking at scripts without effects.
type Memory struct {
	clock engine.Clock
	bell  bell
	alarm alarm

	mu     sync.Mutex // guards what follows
	rows   map[place]*row
	used   map[string]Usage
	rev    uint64
	closed bool
}

var _ Store = (*Memory)(nil)

// NewMemory makes an empty store. A nil clock is the system's.
func NewMemory(clock engine.Clock) *Memory {
	if clock == nil {
		clock = engine.SystemClock{}
	}
	m := &Memory{clock: clock, rows: map[place]*row{}, used: map[string]Usage{}}
	m.alarm = alarm{clock: clock, ring: m.sweep}
	return m
}

// memoryTables are those of a memory store whose mutex is held.
type memoryTables struct{ m *Memory }

func (t memoryTables) row(space, key string) (*row, error) { return t.m.rows[place{space, key}], nil }
func (t memoryTables) usage(space string) Usage            { return t.m.used[space] }
func (t memoryTables) nextRev() uint64                     { t.m.rev++; return t.m.rev }

func (m *Memory) Submit(b Batch, done func(Result)) {
	m.mu.Lock()
	p := fail(errClosed)
	if !m.closed {
		p = decide(b, memoryTables{m}, m.clock.Now())
		m.write(p)
	}
	m.mu.Unlock()
	done(p.result)
	if len(p.rows) > 0 {
		m.bell.ring()
	}
}

func (m *Memory) write(p plan) {
	if p.result.Err != nil {
		return
	}
	for _, r := range p.rows {
		r.value = slices.Clone(r.value)
		m.rows[place{r.space, r.key}] = r
		m.alarm.set(r.expires)
	}
	for space, g := range p.grown {
		u := m.used[space]
		m.used[space] = Usage{u.Keys + g.Keys, u.Bytes + g.Bytes}
	}
}

// sweep removes what has expired.
func (m *Memory) sweep() {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return
	}
	now := m.clock.Now()
	p := plan{grown: map[string]Usage{}}
	for _, r := range m.sorted(func(r *row) bool { return !r.gone && !r.live(now) }) {
		p.rows = append(p.rows, removal(r, memoryTables{m}.nextRev()))
		p.grow(p.rows[len(p.rows)-1], r)
	}
	m.write(p)
	for _, r := range m.rows {
		if !r.gone {
			m.alarm.set(r.expires)
		}
	}
	m.mu.Unlock()
	m.bell.ring()
}

// sorted are the rows that want selects, by space and key.
func (m *Memory) sorted(want func(*row) bool) []*row {
	var out []*row
	for _, r := range m.rows {
		if want(r) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *row) int {
		return cmp.Or(strings.Compare(a.space, b.space), strings.Compare(a.key, b.key))
	})
	return out
}

// open locks the store for reading.
func (m *Memory) open(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return errClosed
	}
	return nil
}

func (m *Memory) Get(ctx context.Context, space, key string) (Entry, error) {
	if err := m.open(ctx); err != nil {
		return Entry{}, err
	}
	defer m.mu.Unlock()
	r := m.rows[place{space, key}]
	if !r.live(m.clock.Now()) {
		return Entry{}, errAbsent(key)
	}
	return clone(r).entry(), nil
}

func clone(r *row) *row {
	c := *r
	c.value = slices.Clone(r.value)
	return &c
}

func (m *Memory) List(ctx context.Context, q Query) ([]Entry, error) {
	if err := m.open(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	now := m.clock.Now()
	rows := m.sorted(func(r *row) bool {
		beyond := q.After == "" || !q.Desc && r.key > q.After || q.Desc && r.key < q.After
		return r.space == q.Space && strings.HasPrefix(r.key, q.Prefix) && beyond && r.live(now)
	})
	if q.Desc {
		slices.Reverse(rows)
	}
	var out []Entry
	size := 0
	for _, r := range rows[:min(len(rows), limit(q.Limit))] {
		out = append(out, clone(r).entry())
		if size += len(r.key) + len(r.value); q.Bytes > 0 && size > q.Bytes {
			break
		}
	}
	return out, nil
}

func (m *Memory) Usage(ctx context.Context, space string) (Usage, error) {
	if err := m.open(ctx); err != nil {
		return Usage{}, err
	}
	defer m.mu.Unlock()
	return m.used[space], nil
}

func (m *Memory) Changes(ctx context.Context, space, prefix string, after uint64, n int) ([]Change, error) {
	if err := m.open(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	rows := m.sorted(func(r *row) bool {
		return r.space == space && r.rev > after && strings.HasPrefix(r.key, prefix) && !(after == 0 && r.gone)
	})
	slices.SortFunc(rows, func(a, b *row) int { return cmp.Compare(a.rev, b.rev) })
	var out []Change
	for _, r := range rows[:min(len(rows), limit(n))] {
		out = append(out, clone(r).change())
	}
	return out, nil
}

func (m *Memory) Changed() <-chan struct{} { return m.bell.wait() }

func (m *Memory) Spaces(ctx context.Context) ([]string, error) {
	if err := m.open(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	names := map[string]bool{}
	for _, r := range m.rows {
		if r.live(m.clock.Now()) {
			names[r.space] = true
		}
	}
	return slices.Sorted(maps.Keys(names)), nil
}

// Backup writes the entries as JSON: a file of a memory store is only good for another.
func (m *Memory) Backup(ctx context.Context, file string) error {
	if err := m.open(ctx); err != nil {
		return err
	}
	var list []Entry
	for _, r := range m.sorted(func(r *row) bool { return !r.gone }) {
		list = append(list, clone(r).entry())
	}
	m.mu.Unlock()
	b, err := json.Marshal(list)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return engine.Errorf(engine.Invalid, "backup %s: %w", file, err)
	}
	defer f.Close()
	_, err = f.Write(b)
	return err
}

func (m *Memory) Restore(ctx context.Context, file string) error {
	var list []Entry
	b, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(b, &list)
	}
	if err != nil {
		return engine.Errorf(engine.Invalid, "restore %s: %w", file, err)
	}
	if err := m.open(ctx); err != nil {
		return err
	}
	for at, r := range m.rows {
		if !r.gone {
			m.rows[at] = removal(r, memoryTables{m}.nextRev())
		}
	}
	p := plan{grown: map[string]Usage{}}
	m.used = map[string]Usage{}
	for _, e := range list {
		r := &row{space: e.Space, key: e.Key, value: e.Value, rev: memoryTables{m}.nextRev()}
		if !e.Expires.IsZero() {
			r.expires = e.Expires.UnixMilli()
		}
		p.rows = append(p.rows, r)
		p.grow(r, nil)
	}
	m.write(p)
	m.mu.Unlock()
	m.bell.ring()
	return nil
}

func (m *Memory) Close() error {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.alarm.stop()
	m.bell.ring()
	return nil
}

func errAbsent(key string) error { return engine.Errorf(engine.NotFound, "no key %q", key) }

// bell tells any number of goroutines that something changed.
type bell struct {
	mu sync.Mutex
	ch chan struct{} // nil if nobody waits
}

func (b *bell) wait() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch == nil {
		b.ch = make(chan struct{})
	}
	return b.ch
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch != nil {
		close(b.ch)
		b.ch = nil
	}
}

// alarm rings when the next entry expires.
type alarm struct {
	clock engine.Clock
	ring  func()

	mu      sync.Mutex
	at      int64 // unix ms, 0: not set
	cancel  func() bool
	stopped bool
}

// set has the alarm ring at a time, unless it does so earlier; 0 is never.
func (a *alarm) set(at int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if at == 0 || a.stopped || a.at != 0 && a.at <= at {
		return
	}
	if a.cancel != nil {
		a.cancel()
	}
	a.at = at
	a.cancel = a.clock.AfterFunc(time.UnixMilli(at).Sub(a.clock.Now()), func() {
		a.mu.Lock()
		off := a.stopped || a.at != at
		if !off {
			a.at, a.cancel = 0, nil
		}
		a.mu.Unlock()
		if !off {
			a.ring()
		}
	})
}

func (a *alarm) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopped = true
	if a.cancel != nil {
		a.cancel()
	}
}
