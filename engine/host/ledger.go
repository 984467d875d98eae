package host

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"botd/engine"
	"botd/engine/script"
	"botd/engine/store"
)

// ledger knows which scripts have begun to act on which events that may be delivered
// again. Networks that can do that give their events a key ([engine.Event.Key]) and go back
// to what was not handled when the daemon died. A script's first write because of such an
// event carries a mark with it, in the same commit; when the event comes again the script
// is left out. So a write happens once, whenever the daemon dies. Other effects are marked
// as they leave, a moment before the network has them.
type ledger struct {
	store store.Store
	log   *slog.Logger

	mu     sync.Mutex
	keys   map[engine.EventID]string // of the latest events that have one
	order  []engine.EventID          // of keys, oldest first
	marked map[string]time.Time      // by mark, when it was made
	sweep  time.Time
}

const (
	ledgerSpace = "handled"
	// markLife is far longer than any network looks back.
	markLife = time.Hour
	// knownEvents is for how many of the latest events the key is known: handlers that take
	// longer to act than it takes for so many to come leave no mark.
	knownEvents = 20_000
)

// open reads the marks of the runs before.
func (l *ledger) open(ctx context.Context, s store.Store, now time.Time) error {
	l.store, l.sweep = s, now
	l.keys, l.marked = map[engine.EventID]string{}, map[string]time.Time{}
	for q := (store.Query{Space: ledgerSpace}); ; {
		page, err := s.List(ctx, q)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, e := range page {
			l.marked[e.Key] = now
		}
		q.After = page[len(page)-1].Key
	}
}

// note remembers the key of an event on its way to the scripts, and returns who is to be
// left out; nil if nobody is.
func (l *ledger) note(ev *engine.Event) (had func(script string) bool) {
	if ev.Key == "" {
		return nil
	}
	key := string(ev.Session) + "/" + ev.Key
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys[ev.ID] = key
	l.order = append(l.order, ev.ID)
	if len(l.order) > knownEvents {
		delete(l.keys, l.order[0])
		l.order = l.order[1:]
	}
	if len(l.marked) == 0 {
		return nil
	}
	return func(script string) bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		_, ok := l.marked[markOf(script, key)]
		return ok
	}
}

func markOf(script, key string) string { return script + "/" + key }

// missing is the mark that something done on behalf of o should leave, "" for none.
func (l *ledger) missing(o script.Origin) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	key, ok := l.keys[o.Event]
	mark := markOf(o.Script, key)
	if _, done := l.marked[mark]; !ok || done || len(mark) > store.MaxKey {
		return ""
	}
	return mark
}

// made takes note of a mark that is in the store, or on its way.
func (l *ledger) made(mark string, now time.Time) {
	if mark == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.marked[mark] = now
	if now.Sub(l.sweep) < markLife {
		return
	}
	l.sweep = now
	for m, at := range l.marked {
		if now.Sub(at) > markLife {
			delete(l.marked, m)
		}
	}
}

// with adds the mark to a write.
func (l *ledger) with(b store.Batch, mark string) store.Batch {
	if mark == "" {
		return b
	}
	return append(b, store.Put(ledgerSpace, mark, []byte("1")).For(markLife))
}

// leaves marks the event of an action that is about to leave. It does not wait: a network
// takes longer than the store.
func (l *ledger) leaves(o script.Origin, now time.Time) {
	mark := l.missing(o)
	if mark == "" {
		return
	}
	l.made(mark, now)
	l.store.Submit(l.with(nil, mark), func(r store.Result) {
		if r.Err != nil {
			l.log.Warn("an event could not be marked as handled; after a crash it may be handled twice", slog.String("script", o.Script), slog.Any("err", r.Err))
		}
	})
}

// waiterTime is how long an event counts as not handled because a handler of it waits:
// for the store it need not long, for people it may for hours.
const waiterTime = 5 * time.Second

// handled is [engine.Env.Handled]: it waits until scripts have handled all events so far.
func (h *Host) handled(ctx context.Context) error {
	for {
		if err := h.delivered(ctx); err != nil {
			return err
		}
		if err := h.scripts.WaitQuiet(ctx); err != nil {
			return err
		}
		if err := h.awaitWaiters(ctx); err != nil {
			return err
		}
		if h.bus.Idle() && h.sieve.Idle() && h.scripts.Quiet() {
			break
		}
	}
	if h.ending.Load() {
		return engine.Errorf(engine.Cancelled, "the scripts have ended")
	}
	return nil
}

// awaitWaiters gives handlers that wait some time to end.
func (h *Host) awaitWaiters(ctx context.Context) error {
	bounded, cancel := context.WithCancel(ctx)
	defer cancel()
	defer h.opt.Clock.AfterFunc(waiterTime, cancel)()
	if h.scripts.WaitIdle(bounded) != nil {
		return ctx.Err()
	}
	return nil
}
