package hitbox

import (
	"context"
	"encoding/json"
	"slices"
	"time"

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
	stop   func() bool          // ends the watch over the caller's context
	since  time.Time
}

func (p *pending) first() *step { return &p.steps[0] }

// give gives the receipt. It must be called once, after p was taken off the list, without
// locks that Do needs.
func (p *pending) give(r engine.Receipt) {
	if p.stop != nil {
		p.stop()
	}
	if p.done != nil {
		if r.At.IsZero() {
			r.At = time.Now()
		}
		p.done(r)
	}
}

// expect puts p on the list; ctx is its caller's.
func (l *link) expect(ctx context.Context, p *pending) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return notConnected()
	}
	p.since = time.Now()
	if p.unanswered {
		return nil
	}
	l.pending = append(l.pending, p)
	if ctx.Done() != nil {
		p.stop = context.AfterFunc(ctx, func() {
			if l.claim(p) {
				p.give(unproven(ctx.Err()))
			}
		})
	}
	if !l.expiring {
		l.expiring = true
		l.loop.After(proofTime, l.expire)
	}
	return nil
}

// claim takes p off the list. It returns false if somebody else did.
func (l *link) claim(p *pending) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.pending, p)
	if i < 0 {
		return false
	}
	l.pending = slices.Delete(l.pending, i, i+1)
	return true
}

// take removes and returns the first pending request that matches, or nil.
func (l *link) take(match func(*pending) bool) *pending {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.pending, match)
	if i < 0 {
		return nil
	}
	p := l.pending[i]
	l.pending = slices.Delete(l.pending, i, i+1)
	return p
}

// settle gives a frame to the first request it proves. It reports whether there was one.
func (l *link) settle(method string, params any, raw json.RawMessage) bool {
	l.mu.Lock()
	i := slices.IndexFunc(l.pending, func(p *pending) bool { return p.first().proof(method, params) })
	if i < 0 {
		l.mu.Unlock()
		return false
	}
	p := l.pending[i]
	if len(p.steps) > 1 {
		p.steps = p.steps[1:]
		p.since = time.Now()
		next := p.first().order
		l.mu.Unlock()
		l.write(next)
		return true
	}
	l.pending = slices.Delete(l.pending, i, i+1)
	l.mu.Unlock()
	r := engine.Receipt{Status: engine.Echoed}
	if p.answered {
		r.Answer = answer(raw)
	}
	if p.finish != nil {
		p.finish(params, &r)
	}
	p.give(r)
	return true
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

// expire gives up on what has waited too long.
func (l *link) expire() {
	old := time.Now().Add(-proofTime)
	for {
		p := l.take(func(p *pending) bool { return !p.since.After(old) })
		if p == nil {
			break
		}
		l.forget(p.text)
		p.give(unproven(nil))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expiring = false
	if len(l.pending) > 0 {
		oldest := slices.MinFunc(l.pending, func(a, b *pending) int { return a.since.Compare(b.since) })
		l.expiring = true
		l.loop.After(time.Until(oldest.since.Add(proofTime)), l.expire)
	}
}

// abandon finishes everything with the end of the connection.
func (l *link) abandon() {
	l.mu.Lock()
	l.closed = true
	left := l.pending
	l.pending = nil
	l.mu.Unlock()
	for _, p := range left {
		p.give(engine.Receipt{Status: engine.Unknown, Err: &engine.Error{
			Code: engine.NotConnected, Op: p.first().Method, Msg: "the connection ended before the server confirmed it",
		}})
	}
}

func unproven(cause error) engine.Receipt {
	return engine.Receipt{Status: engine.Unknown, Err: &engine.Error{
		Code: engine.Timeout, Msg: "the server did not confirm it; it answers nothing it refuses", Err: cause,
	}}
}

func notConnected() *engine.Error {
	return &engine.Error{Code: engine.NotConnected, Msg: "not in the channel now"}
}
