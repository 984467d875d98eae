package hitbox

import (
	"encoding/json"
	"time"

	"botd/adapters/internal/inflight"
	"botd/engine"
)

// proofTime is how long an action may be without an answer before its fate counts as
// unknown. The service answered at once, or never; slow connections need some more.
const proofTime = 10 * time.Second

// order is an envelope to the server.
type order struct {
	Method string         `json:"method"`
	Params map[string]any `json:"params"`
}

// step is an order and what proves it: a frame of the server, decoded.
type step struct {
	order
	proof func(method string, params any) bool
}

// pending is a request on its way: one step, or several of which each waits for the proof
// of the one before.
type pending struct {
	steps      []step
	text       string // of a chatMsg or directMsg
	unanswered bool   // nothing on the wire proves it
	answered   bool   // the asker wants the parameters of the proof
	// finish completes the receipt with what the proof tells.
	finish func(params any, r *engine.Receipt)
	done   func(engine.Receipt) // nil for requests of the session's own
}

func (p *pending) first() *step { return &p.steps[0] }

// give gives the receipt. It must be called once, after p was taken off the list, without
// locks that Do needs.
func (p *pending) give(r engine.Receipt) {
	if p.done == nil {
		return
	}
	if r.At.IsZero() {
		r.At = time.Now()
	}
	if r.Err != nil && r.Err.Op == "" {
		e := *r.Err
		e.Op = p.first().Method
		r.Err = &e
	}
	p.done(r)
}

// giveUp is the end of a request that nothing has proved.
func (l *link) giveUp(p *pending, r engine.Receipt) {
	l.forget(p.text)
	p.give(r)
}

// settle gives a frame to the first request it proves. It reports whether there was one.
func (l *link) settle(method string, params any, raw json.RawMessage) bool {
	var next order
	p, v := l.asked.Sift(func(p *pending) inflight.Verdict {
		switch {
		case !p.first().proof(method, params):
			return inflight.Other
		case len(p.steps) == 1:
			return inflight.Taken
		}
		p.steps = p.steps[1:]
		next = p.first().order
		return inflight.Renewed
	})
	switch v {
	case inflight.Renewed:
		l.write(next)
	case inflight.Taken:
		p.echoed(params, raw)
	}
	return v != inflight.Other
}

// echoed gives the receipt of what a frame has proved.
func (p *pending) echoed(params any, raw json.RawMessage) {
	r := engine.Receipt{Status: engine.Echoed}
	if p.answered {
		r.Answer = answer(raw)
	}
	if p.finish != nil {
		p.finish(params, &r)
	}
	p.give(r)
}

// private are the members of an answer that are for scripts with a grant alone. They come
// with the event.
var private = []string{"winner_email"}

// answer is the parameters as encoding/json decodes them.
func answer(raw json.RawMessage) any {
	var params map[string]any
	if json.Unmarshal(raw, &params) != nil {
		return nil // it has been decoded before, into less
	}
	for _, name := range private {
		delete(params, name)
	}
	return params
}
