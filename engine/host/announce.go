package host

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"botd/engine"
	"botd/engine/outbox"
	"botd/engine/store"
)

// outboxSpace is where lines wait that outlive a restart, under keys in the order they
// came.
const outboxSpace = "outbox"

// announcer keeps actions that are to outlive a restart. Each is written down when it is
// accepted, marked before it is sent and forgotten when its receipt is here; all of that
// beside, in the order of the calls, so that whoever has written to the store since,
// and knows that to be durable, knows it of the action too.
//
// After a restart what is not marked is sent. What is marked may have been seen: it is sent
// only if the room's history, where the network replays it, shows that it was not. A line
// missing after a crash does less harm than one said twice, and only those that were on
// their way in the moment of the crash can be missing.
type announcer struct {
	h *Host

	mu      sync.Mutex
	last    int64           // number of the last key
	live    map[string]bool // keys of what is on its way in this run
	waiting []kept
}

// kept is a record with its key.
type kept struct {
	key string
	keptAction
}

// keptAction is an action as it is kept.
type keptAction struct {
	Session engine.SessionID `json:"session"`
	Script  string           `json:"script,omitempty"`
	Action  json.RawMessage  `json:"action"`
	Lane    engine.Lane      `json:"lane"`
	Split   bool             `json:"split,omitempty"`
	Until   time.Time        `json:"until"`         // not sent after that
	Sent    time.Time        `json:"sent,omitzero"` // when it was about to be
}

// keep writes an item down, in one commit with other operations, and returns it with what follows it up.
func (a *announcer) keep(s engine.SessionID, script string, it outbox.Item, with ...store.Op) outbox.Item {
	action, err := engine.MarshalAction(it.Action)
	if err != nil { // the gate has made sure that it is valid
		return it
	}
	if it.DropAfter <= 0 {
		it.DropAfter = outbox.DropAfter(it.Lane)
	}
	now := a.now()
	k := kept{a.key(now), keptAction{
		Session: s, Script: script, Action: action, Lane: it.Lane, Split: it.Split, Until: now.Add(it.DropAfter),
	}}
	a.write(k, nil, with...)
	return a.follow(k, it)
}

func (a *announcer) now() time.Time { return a.h.opt.Clock.Now().UTC().Round(0) }

// key is larger than all keys before it, also over restarts unless the clock was set back.
func (a *announcer) key(now time.Time) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last = max(a.last+1, now.UnixNano())
	return fmt.Sprintf("%020d", a.last)
}

// follow has the record of an item that is to be sent tell how far that is.
func (a *announcer) follow(k kept, it outbox.Item) outbox.Item {
	a.mu.Lock()
	if a.live == nil {
		a.live = map[string]bool{}
	}
	a.live[k.key] = true
	a.mu.Unlock()
	it.Mark = func(done func()) {
		k.Sent = a.h.opt.Clock.Now().UTC().Round(0)
		a.write(k, done)
	}
	done := it.Done
	it.Done = func(r engine.Receipt) {
		a.mu.Lock()
		delete(a.live, k.key)
		a.mu.Unlock()
		// The session was stopped: what was not sent is sent after the restart.
		if engine.CodeOf(r.Error()) != engine.Cancelled {
			a.forget(k.key)
		}
		if done != nil {
			done(r)
		}
	}
	return it
}

// write keeps a record; done is called whether that worked or not: nobody has anything of a
// line that is not sent because the disk is full.
func (a *announcer) write(k kept, done func(), with ...store.Op) {
	op, err := a.put(k)
	if err != nil {
		a.complain(err)
		return
	}
	a.submit(append(store.Batch{op}, with...), done)
}

func (a *announcer) put(k kept) (store.Op, error) {
	return store.Space[keptAction]{Store: a.h.store, Name: outboxSpace}.Op(k.key, k.keptAction)
}

// accept sends what was kept elsewhere until now; with is what ends that, in the same commit.
func (a *announcer) accept(rec keptAction, with store.Op) {
	k := kept{a.key(a.now()), rec}
	action, err := engine.UnmarshalAction(rec.Action)
	left := rec.Until.Sub(a.h.opt.Clock.Now())
	if err != nil || left <= 0 {
		a.submit(store.Batch{with}, nil)
		return
	}
	op, err := a.put(k)
	if err != nil {
		a.complain(err)
		return
	}
	a.h.store.Submit(store.Batch{op, with}, func(r store.Result) {
		if r.Err != nil {
			a.complain(r.Err)
			return
		}
		a.send(k, action, left)
	})
}

func (a *announcer) forget(key string) { a.submit(store.Batch{store.Delete(outboxSpace, key)}, nil) }

func (a *announcer) submit(b store.Batch, done func()) {
	a.h.store.Submit(b, func(r store.Result) {
		if r.Err != nil {
			a.complain(r.Err)
		}
		if done != nil {
			done()
		}
	})
}

func (a *announcer) complain(err error) {
	a.h.log.Error("a line that should outlive a restart could not be written down", slog.Any("err", err))
}

// load reads what a run before this one left.
func (a *announcer) load(ctx context.Context) error {
	for after := ""; ; {
		page, err := a.h.store.List(ctx, store.Query{Space: outboxSpace, After: after})
		if err != nil {
			return err
		}
		for _, e := range page {
			k := kept{key: e.Key}
			if err := json.Unmarshal(e.Value, &k.keptAction); err != nil {
				return fmt.Errorf("%s: %w", e.Key, err)
			}
			a.waiting = append(a.waiting, k)
			after = e.Key
		}
		if len(page) < store.MaxList {
			return nil
		}
	}
}

// disown forgets lines that a restored backup brought back and that are not on their way:
// they have been sent since, or belong to another time.
func (a *announcer) disown(ctx context.Context) {
	if err := a.load(ctx); err != nil {
		a.complain(err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, k := range a.waiting {
		if !a.live[k.key] {
			a.forget(k.key)
		}
	}
	a.waiting = nil
}

// resume sends what load has found, in its order. The sessions have been started.
func (a *announcer) resume() {
	waiting := a.waiting
	a.waiting = nil
	if a.h.opt.DryRun {
		return // they wait for a run that sends
	}
	for _, k := range waiting {
		action, err := engine.UnmarshalAction(k.Action)
		left := k.Until.Sub(a.h.opt.Clock.Now())
		switch {
		case err != nil:
			a.giveUp(k, "it cannot be read", err)
		case left <= 0:
			a.giveUp(k, "too late", nil)
		case k.Sent.IsZero():
			a.send(k, action, left)
		default:
			a.inquire(k, action)
		}
	}
}

func (a *announcer) send(k kept, action engine.Action, left time.Duration) {
	a.h.super.Do(k.Session, a.follow(k, outbox.Item{
		Action: action, From: k.Script, Lane: k.Lane, DropAfter: left, Split: k.Split,
		Done: func(r engine.Receipt) {
			if err := r.Error(); err != nil && engine.CodeOf(err) != engine.Cancelled {
				a.log(k, "failed", err)
			}
		},
	}))
}

func (a *announcer) giveUp(k kept, why string, err error) {
	a.log(k, why, err)
	a.forget(k.key)
}

func (a *announcer) log(k kept, why string, err error) {
	attrs := []any{slog.String("session", string(k.Session)), slog.String("script", k.Script), slog.String("reason", why)}
	if err != nil {
		attrs = append(attrs, slog.Any("err", err))
	}
	a.h.log.Warn("a line from before the restart is not sent", attrs...)
}

// inquiry is how long a room's history may take to come after the bot has joined.
const inquiry = 10 * time.Second

// inquire finds out from the history of the room whether an action was done that was about
// to be when the run before this one ended.
func (a *announcer) inquire(k kept, action engine.Action) {
	a.h.beside.Go(func() {
		ctx, cancel := context.WithCancel(a.h.running)
		defer cancel()
		defer a.h.opt.Clock.AfterFunc(k.Until.Sub(a.h.opt.Clock.Now()), cancel)()
		seen, history := a.search(ctx, k, action)
		left := k.Until.Sub(a.h.opt.Clock.Now())
		switch {
		case a.h.running.Err() != nil: // the next run asks again
		case seen:
			a.forget(k.key)
		case history && left > 0:
			a.send(k, action, left)
		default:
			a.giveUp(k, "it was on its way when botd ended, and may have been seen", nil)
		}
	})
}

// search waits until the session is in the room and has had time to be told its history.
// It reports whether the line is in it, and whether there is any.
func (a *announcer) search(ctx context.Context, k kept, action engine.Action) (seen, history bool) {
	sub := a.h.bus.Subscribe(tailBuffer)
	defer sub.Close()
	path, text := engine.Path(k.Session, action.In()), engine.TextOf(action)
	look := func() {
		for _, ev := range a.h.bus.Recent(path, tailBuffer) {
			m, ok := ev.Body.(engine.Message)
			history = history || ev.History
			seen = seen || ok && ev.Self && m.Text == text && !ev.At.Before(k.Sent.Add(-time.Minute))
		}
	}
	var over chan struct{}
	for {
		if look(); seen {
			return
		}
		if info, ok := a.h.roster.Room(path); ok && info.Online && over == nil {
			over = make(chan struct{})
			defer a.h.opt.Clock.AfterFunc(inquiry, func() { close(over) })()
		}
		resume := a.h.beside.park(func() bool { return len(sub.C) > 0 || isClosed(over) || ctx.Err() != nil })
		select {
		case <-sub.C:
			resume()
		case <-over:
			resume()
			return
		case <-ctx.Done():
			resume()
			return
		}
	}
}
