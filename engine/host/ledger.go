package host

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"botd/engine"
	"botd/engine/script"
	"botd/engine/seen"
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

	mu      sync.Mutex
	latest  map[engine.EventID]keyed       // events that have a key
	earlier map[engine.EventID]keyed       // knownEvents before those
	marked  map[string]time.Time           // by mark, when it was made
	before  map[string]map[string]struct{} // by script, the events that its state of the run before holds
	held    map[string]map[string]struct{} // those of this run that may be told again after a crash
	began   time.Time                      // when what the run before left was read
	sweep   time.Time
}

// keyed is an event with a key, of which only its name matters ([seen.Name]).
type keyed struct {
	session engine.SessionID
	key     string
}

const (
	ledgerSpace = "handled"
	// markLife is far longer than any network looks back.
	markLife = time.Hour
	// knownEvents is for how many of the latest events, at least, the key is known: handlers that take
	// longer to act than it takes for so many to come leave no mark.
	knownEvents = 20_000
)

// open reads the marks of the runs before.
func (l *ledger) open(ctx context.Context, s store.Store, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.store, l.began, l.sweep = s, now, now
	l.latest, l.earlier, l.marked = map[engine.EventID]keyed{}, map[engine.EventID]keyed{}, map[string]time.Time{}
	for q := (store.Query{Space: ledgerSpace}); ; {
		page, err := s.List(ctx, q)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return l.openStates(ctx)
		}
		for _, e := range page {
			l.marked[e.Key] = now
		}
		q.After = page[len(page)-1].Key
	}
}

// openStates reads which events the states of scripts hold. mu is held.
func (l *ledger) openStates(ctx context.Context) error {
	l.before, l.held = map[string]map[string]struct{}{}, map[string]map[string]struct{}{}
	spaces, err := l.store.Spaces(ctx)
	if err != nil {
		return err
	}
	for _, space := range spaces {
		script, ok := strings.CutPrefix(space, stateSpace(""))
		if !ok {
			continue
		}
		names, found, err := heldRecords(l.store, script).Get(ctx, heldKey)
		if err != nil {
			return err
		}
		if found {
			l.before[script] = setOf(names)
		}
	}
	return nil
}

func setOf(names []string) map[string]struct{} {
	set := make(map[string]struct{}, len(names))
	for _, n := range names {
		set[n] = struct{}{}
	}
	return set
}

// note remembers an event with a key on its way to the scripts, and returns who is
// to be left out; nil if nobody is.
func (l *ledger) note(ev *engine.Event) (had func(script string) bool) {
	if ev.Key == "" {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.latest) >= knownEvents {
		clear(l.earlier)
		l.latest, l.earlier = l.earlier, l.latest
	}
	l.latest[ev.ID] = keyed{ev.Session, ev.Key}
	if len(l.marked)+len(l.before) == 0 {
		return nil
	}
	name := seen.Name(ev.Session, ev.Key)
	return func(script string) bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		if _, ok := l.before[script][name]; ok {
			return true
		}
		_, ok := l.marked[markOf(script, name)]
		return ok
	}
}

// name is that of an event, false if it has no key or is too long ago. mu is held.
func (l *ledger) name(id engine.EventID) (string, bool) {
	k, ok := l.latest[id]
	if !ok {
		k, ok = l.earlier[id]
	}
	return seen.Name(k.session, k.key), ok
}

// maxHeld bounds what is written with a state, with as many of the run before, to what a store
// takes. More do not come until it is settled that the first were handled.
const maxHeld = 2048

// holds returns the names of the events that the state of a script holds and that may be told again
// after a crash, now that it holds some more. unsettled are those of which it is not written
// down that they were handled.
func (l *ledger) holds(script string, begun []engine.EventID, unsettled map[string]struct{}, now time.Time) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	held := l.held[script]
	if held == nil {
		held = map[string]struct{}{}
		l.held[script] = held
	}
	maps.DeleteFunc(held, func(name string, _ struct{}) bool { _, waits := unsettled[name]; return !waits })
	for _, id := range begun {
		if name, ok := l.name(id); ok && len(held) < maxHeld {
			held[name] = struct{}{}
		}
	}
	if now.Sub(l.began) > markLife {
		delete(l.before, script)
	}
	return slices.AppendSeq(slices.Collect(maps.Keys(held)), maps.Keys(l.before[script]))
}

func markOf(script, name string) string { return script + "/" + name }

// missing is the mark that something done on behalf of o should leave, "" for none.
func (l *ledger) missing(o script.Origin) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	name, ok := l.name(o.Event)
	mark := markOf(o.Script, name)
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
