package store

import (
	"time"

	"botd/engine"
)

// row is a key as an engine keeps it. A removed key leaves a row without a value, so
// that those who watch learn of it.
type row struct {
	id         int64 // the engine's own, if it has any
	space, key string
	value      []byte
	rev        uint64
	expires    int64 // unix ms, 0 never
	gone       bool
}

// live reports whether the key can be seen at a time.
func (r *row) live(now time.Time) bool {
	return r != nil && !r.gone && (r.expires == 0 || now.UnixMilli() < r.expires)
}

func (r *row) entry() Entry {
	e := Entry{Space: r.space, Key: r.key, Value: r.value, Revision: r.rev}
	if r.expires != 0 {
		e.Expires = time.UnixMilli(r.expires).UTC()
	}
	return e
}

func (r *row) change() Change {
	if r.gone {
		return Change{Entry: Entry{Space: r.space, Key: r.key, Revision: r.rev}, Gone: true}
	}
	return Change{Entry: r.entry()}
}

// size is what a row counts in the usage of its space.
func (r *row) size() Usage {
	if r == nil || r.gone {
		return Usage{}
	}
	return Usage{Keys: 1, Bytes: int64(len(r.key) + len(r.value))}
}

// tables is what planning a batch reads: the state after all batches before it.
type tables interface {
	// row is that of a key, nil if there never was one.
	row(space, key string) (*row, error)
	usage(space string) Usage
	nextRev() uint64
}

// plan is a batch decided on: the rows to write and the result to report then. Nothing
// has been written when a batch fails, so there is nothing to undo.
type plan struct {
	rows   []*row
	grown  map[string]Usage
	result Result
}

func fail(err error) plan { return plan{result: Result{Err: err}} }

type place struct{ space, key string }

// decide works out what a batch does to the tables.
func decide(b Batch, t tables, now time.Time) plan {
	if err := b.check(); err != nil {
		return fail(err)
	}
	p := plan{grown: map[string]Usage{}, result: Result{Entries: make([]Entry, len(b))}}
	for i, op := range b {
		if op.kind == opWithin {
			continue
		}
		old, err := t.row(op.space, op.key)
		if err != nil {
			return fail(err)
		}
		r, err := op.apply(old, now)
		if err != nil {
			return fail(err)
		}
		if r == nil { // nothing to write
			if old.live(now) {
				p.result.Entries[i] = clone(old).entry()
			}
			continue
		}
		r.rev = t.nextRev()
		p.rows = append(p.rows, r)
		p.grow(r, old)
		if !r.gone {
			p.result.Entries[i] = r.entry()
		}
	}
	for _, op := range b {
		if op.kind == opWithin {
			if err := p.within(op, t.usage(op.space)); err != nil {
				return fail(err)
			}
		}
	}
	return p
}

func (p *plan) grow(r, old *row) {
	g, is, was := p.grown[r.space], r.size(), old.size()
	p.grown[r.space] = Usage{g.Keys + is.Keys - was.Keys, g.Bytes + is.Bytes - was.Bytes}
}

func (p *plan) within(op Op, used Usage) error {
	g := p.grown[op.space]
	if g.Keys > 0 && used.Keys+g.Keys > op.quota.Keys {
		return engine.Errorf(engine.Quota, "that would be more than %d keys%s", op.quota.Keys, op.hint)
	}
	if g.Bytes > 0 && used.Bytes+g.Bytes > op.quota.Bytes {
		return engine.Errorf(engine.Quota, "that would be more than %d KiB of keys and values%s", op.quota.Bytes>>10, op.hint)
	}
	return nil
}

// apply returns the row that the operation leaves behind, nil if it changes nothing.
func (o Op) apply(old *row, now time.Time) (*row, error) {
	live := old.live(now)
	if o.if_.on && (live && old.rev != o.if_.revision || !live && o.if_.revision != 0) {
		return nil, engine.Errorf(engine.Conflict, "the key %q was changed by somebody else", o.key)
	}
	r := &row{space: o.space, key: o.key, value: o.value}
	if old != nil {
		r.id = old.id
	}
	switch o.kind {
	case opCheck:
		return nil, nil
	case opDelete:
		r.gone = true
	case opUpdate:
		var was Entry
		if live {
			was = clone(old).entry()
			r.expires = old.expires
		}
		v, err := o.update(was, live)
		if err != nil {
			return nil, err
		}
		r.value, r.gone = v, v == nil
	}
	if r.gone {
		if old == nil || old.gone { // an expired one still has its removal before it
			return nil, nil
		}
		r.value, r.expires = nil, 0
		return r, nil
	}
	if r.value == nil {
		r.value = []byte{}
	}
	if len(r.value) > MaxValue {
		return nil, engine.Errorf(engine.Quota, "the value has %d bytes, a store takes %d", len(r.value), MaxValue)
	}
	if o.ttl > 0 {
		r.expires = now.Add(o.ttl).UnixMilli()
	}
	if !o.until.IsZero() {
		r.expires = o.until.UnixMilli()
	}
	return r, nil
}

// check refuses batches that make no sense.
func (b Batch) check() error {
	if len(b) > MaxBatch {
		return engine.Errorf(engine.Invalid, "a batch has at most %d operations, not %d", MaxBatch, len(b))
	}
	var seen map[place]bool
	if len(b) > 1 {
		seen = make(map[place]bool, len(b))
	}
	for _, op := range b {
		if op.space == "" || len(op.space) > MaxSpace {
			return engine.Errorf(engine.Invalid, "the name of a space has 1 to %d bytes, not %d", MaxSpace, len(op.space))
		}
		if op.kind == opWithin {
			continue
		}
		if err := checkKey(op.key); err != nil {
			return err
		}
		if op.ttl < 0 {
			return engine.Errorf(engine.Invalid, "a time to live is above 0, not %s", op.ttl)
		}
		if at := (place{op.space, op.key}); seen != nil {
			if seen[at] {
				return engine.Errorf(engine.Invalid, "a batch has one operation for each key, not two for %q", op.key)
			}
			seen[at] = true
		}
	}
	return nil
}

func checkKey(key string) error {
	if key == "" || len(key) > MaxKey {
		return engine.Errorf(engine.Invalid, "a key has 1 to %d bytes, not %d", MaxKey, len(key))
	}
	return nil
}

// limit is how many entries a page has.
func limit(n int) int {
	if n <= 0 || n > MaxList {
		return MaxList
	}
	return n
}

// after is the least text above all that begin with prefix, "" if there is none.
func after(prefix string) string {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			return prefix[:i] + string([]byte{prefix[i] + 1})
		}
	}
	return ""
}

// removal is the row that a removed key leaves behind.
func removal(r *row, rev uint64) *row {
	return &row{id: r.id, space: r.space, key: r.key, rev: rev, gone: true}
}

var errClosed = engine.Errorf(engine.NotConnected, "the store is closed")
