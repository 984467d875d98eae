package host

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"botd/engine"
	"botd/engine/script"
	"botd/engine/store"
)

// stateSpace and stateKey say where the state of a script is kept.
func stateSpace(script string) string { return "state/" + script }

const stateKey = "state"

// heldKey is where the names are of events that the state holds and that may be told again
// after a crash: then the script is left out ([ledger.holds]).
const heldKey = "held"

func heldRecords(s store.Store, script string) store.Space[[]string] {
	return store.Space[[]string]{Store: s, Name: stateSpace(script)}
}

// stateRetry is how long the disk has to come round after an error.
const stateRetry = 5 * time.Second

// states writes the states of scripts, one write of each script at a time: what
// comes meanwhile waits, and only the newest of it is written.
type states struct {
	h *Host

	mu      sync.Mutex
	of      map[string]*stateWrite // what is not written yet
	closing bool
	idle    sync.Cond // of is empty, or has only what could not be written
}

type stateWrite struct {
	record  []byte
	held    []string // goes with record
	writing []byte   // on its way to the disk, nil if none is
	failed  bool     // the last write was; said so
}

func newStates(h *Host) *states {
	s := &states{h: h, of: map[string]*stateWrite{}}
	s.idle.L = &s.mu
	return s
}

// load returns the newest record.
func (s *states) load(name string) ([]byte, error) {
	s.mu.Lock()
	w := s.of[name]
	if w != nil {
		defer s.mu.Unlock()
		return w.record, nil
	}
	s.mu.Unlock()
	e, err := s.h.store.Get(context.Background(), stateSpace(name), stateKey)
	if engine.CodeOf(err) == engine.NotFound {
		return nil, nil
	}
	return e.Value, err
}

// save has a record written soon.
func (s *states) save(name string, record []byte, held []string) {
	s.mu.Lock()
	w := s.of[name]
	if w == nil {
		w = &stateWrite{}
		s.of[name] = w
	}
	w.record, w.held = record, held
	s.mu.Unlock()
	s.write(name)
}

// write writes what waits, unless a write is on.
func (s *states) write(name string) {
	s.mu.Lock()
	w := s.of[name]
	if w == nil || w.writing != nil {
		s.mu.Unlock()
		return
	}
	w.writing = w.record
	batch := store.Batch{store.Put(stateSpace(name), stateKey, w.writing)}
	if op, err := heldRecords(s.h.store, name).Op(heldKey, w.held); err == nil && len(w.held) > 0 { // a list of texts is always JSON
		batch = append(batch, op)
	}
	s.mu.Unlock()
	s.h.store.Submit(batch, func(r store.Result) { s.written(name, r.Err) })
}

func (s *states) written(name string, err error) {
	again := false
	defer func() {
		if again {
			s.write(name)
		}
	}()
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.of[name]
	done := bytes.Equal(w.writing, w.record)
	w.writing = nil
	switch {
	case err == nil && done:
		delete(s.of, name)
	case err == nil:
		w.failed = false
		again = true
		return
	case !s.closing:
		s.h.opt.Clock.AfterFunc(stateRetry, func() { s.write(name) })
		fallthrough
	default:
		if !w.failed {
			s.h.log.Error("the state of a script could not be written; it is tried again", slog.String("script", name), slog.Any("err", err))
		}
		w.failed = true
	}
	s.idle.Broadcast()
}

// close waits until everything is written, or cannot be. No save may follow.
func (s *states) close() {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	s.settle()
}

// settle waits until everything is written, or could not be.
func (s *states) settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.busy() {
		s.idle.Wait()
	}
}

func (s *states) busy() bool {
	for _, w := range s.of {
		if w.writing != nil || !w.failed {
			return true
		}
	}
	return false
}

// LoadState reads what was kept of a script's state.
func (d door) LoadState(o script.Origin) ([]byte, error) {
	if err := d.h.permit(o, engine.GrantStore, "keep a state"); err != nil {
		return nil, err
	}
	return d.h.states.load(o.Script)
}

// SaveState keeps the state of a script.
func (d door) SaveState(o script.Origin, record []byte, begun []engine.EventID) {
	if len(record) > script.MaxState || !json.Valid(record) || !d.h.grantsOf(o.Script).Has(engine.GrantStore) {
		return // a process that is no longer what it was
	}
	held := d.h.ledger.holds(o.Script, begun, d.h.seen.Unsettled(), d.h.opt.Clock.Now())
	d.h.states.save(o.Script, record, held)
}
