package hackchat

import (
	"context"
	"slices"
	"time"

	"botd/engine"
)

// proofTime is how long an action may be without an answer before its fate counts as
// unknown. The server answers at once, or never.
const proofTime = 20 * time.Second

// pending is a request on its way that something on the wire will answer.
type pending struct {
	cmd  string // on the wire
	id   string // its customId
	text string // as the server will repeat it
	nick string // whom it concerns; for changenick the new name
	hash string // whom an unban or unmute concerns, "" if that is not known
	// unanswered requests never get on the list: nothing on the wire proves them.
	unanswered bool
	answer     answer // of a Call, if a frame of its own answers it
	// done is nil for requests of the session's own.
	done  func(engine.Receipt)
	stop  func() bool // ends the watch over the caller's context
	since time.Time
}

// finish gives the receipt. It must be called once, after p was taken off the list,
// without locks that Do needs.
func (p *pending) finish(r engine.Receipt) {
	if p.stop != nil {
		p.stop()
	}
	if p.done != nil {
		p.done(r)
	}
}

// own says that nobody but the session waits for the answer.
func (p *pending) own() bool { return p.done == nil }

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
				p.finish(unproven(ctx.Err()))
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

// prove finishes the first pending request that matches as echoed.
func (l *link) prove(r engine.Receipt, match func(*pending) bool) bool {
	p := l.take(match)
	if p == nil {
		return false
	}
	r.Status = engine.Echoed
	p.finish(r)
	return true
}

// expire gives up on what has waited too long.
func (l *link) expire() {
	old := time.Now().Add(-proofTime)
	for {
		p := l.take(func(p *pending) bool { return !p.since.After(old) })
		if p == nil {
			break
		}
		p.finish(unproven(nil))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expiring = false
	if len(l.pending) > 0 {
		l.expiring = true
		l.loop.After(time.Until(l.pending[0].since.Add(proofTime)), l.expire)
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
		p.finish(engine.Receipt{Status: engine.Unknown, At: time.Now(), Err: &engine.Error{
			Code: engine.NotConnected, Op: p.cmd, Msg: "the connection ended before the server confirmed it",
		}})
	}
}

func unproven(cause error) engine.Receipt {
	return engine.Receipt{Status: engine.Unknown, At: time.Now(), Err: &engine.Error{
		Code: engine.Timeout, Msg: "no proof in time", Err: cause,
	}}
}

func notConnected() *engine.Error {
	return &engine.Error{Code: engine.NotConnected, Msg: "not in the channel now"}
}
