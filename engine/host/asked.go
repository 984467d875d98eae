package host

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"botd/engine"
	"botd/engine/script"
	"botd/engine/store"
)

// questionSpace is where questions are kept while they are open. They do not outlive the
// script that asks, and nobody likes to answer into the void. So what is kept is what the user
// is to be told then, as a line of the outbox that nobody has accepted yet: when the
// question is lost, one commit makes it an accepted one. It is told once, also over crashes,
// and not when the time for the answer is over.
const questionSpace = "question"

// asked is a question that is open.
type asked struct {
	h   *Host
	key string
	q   script.Question

	mu   sync.Mutex // guards rec and over
	rec  keptAction
	over bool
}

// Question opens a question of a script, and keeps it.
func (d door) Question(o script.Origin, q script.Question, answer func(*engine.Event), kept func()) (func(lost bool), error) {
	a := &asked{h: d.h, key: d.h.lines.key(d.h.lines.now()), q: q}
	a.rec = keptAction{Session: q.Session, Script: o.Script, Lane: engine.LaneReply, Split: true}
	var err error
	if a.rec.Action, err = engine.MarshalAction(a.farewell()); err != nil {
		return nil, err
	}
	silent := q.Lost == "" || d.h.opt.DryRun
	end, err := d.h.questions.Open(q.Question, func(ev *engine.Event) {
		if !silent {
			a.keep(func() {}) // there will be as much time again
		}
		answer(ev)
	})
	if err != nil {
		return nil, err
	}
	if silent {
		kept()
		return func(bool) { end() }, nil
	}
	a.keep(kept)
	return func(lost bool) {
		end()
		a.end(lost)
	}, nil
}

func (a *asked) farewell() engine.Action {
	if a.q.Private {
		return engine.Whisper{Room: a.q.Room, User: a.q.User, Text: a.q.Lost}
	}
	return engine.Say{Room: a.q.Room, Text: a.q.Lost, ReplyTo: a.q.ReplyTo}
}

// keep writes the question down, for as long as there is time to answer.
func (a *asked) keep(done func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over {
		return
	}
	a.rec.Until = a.h.lines.now().Add(a.q.For)
	op, err := a.h.askedSpace().Op(a.key, a.rec)
	if err != nil { // its action has been encoded already
		done()
		return
	}
	a.h.store.Submit(store.Batch{op.Until(a.rec.Until)}, func(r store.Result) {
		if r.Err != nil {
			a.h.log.Warn("a question is not kept; after a crash nobody is told that it is lost", slog.String("script", a.rec.Script), slog.Any("err", r.Err))
		}
		done()
	})
}

// end forgets the question, or has the user told that it is lost: now, or after the restart
// if botd is about to stop.
func (a *asked) end(lost bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.over = true
	switch {
	case !lost:
		a.h.lines.submit(store.Batch{store.Delete(questionSpace, a.key)}, nil)
	case !a.h.ending.Load():
		a.h.lines.accept(a.rec, store.Delete(questionSpace, a.key))
	}
}

func (h *Host) askedSpace() store.Space[keptAction] {
	return store.Space[keptAction]{Store: h.store, Name: questionSpace}
}

// loseQuestions has those told whose questions were open when botd ended: the announcer
// finds it among what waits.
func (h *Host) loseQuestions(ctx context.Context) error {
	if h.opt.DryRun {
		return nil
	}
	return h.askedSpace().Each(ctx, "", func(key string, rec keptAction) error {
		op, err := h.lines.put(kept{h.lines.key(h.lines.now()), rec})
		if err == nil {
			_, err = store.Commit(ctx, h.store, store.Delete(questionSpace, key), op)
		}
		if err != nil {
			return fmt.Errorf("question %q: %w", key, err)
		}
		return nil
	})
}

// forgetQuestions removes those that a restored backup brought back: they belong to another
// time.
func (h *Host) forgetQuestions(ctx context.Context) error {
	return h.askedSpace().Each(ctx, "", func(key string, _ keptAction) error { return h.askedSpace().Delete(ctx, key) })
}
