package hackchat

import (
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
	// unanswered requests are never on the way: nothing on the wire proves them.
	unanswered bool
	answer     answer // of a Call, if a frame of its own answers it
	// done is nil for requests of the session's own.
	done func(engine.Receipt)
}

// finish gives the receipt. It must be called once, after p was taken off the list,
// without locks that Do needs.
func (p *pending) finish(r engine.Receipt) {
	if p.done == nil {
		return
	}
	if r.At.IsZero() {
		r.At = time.Now()
	}
	if r.Err != nil && r.Err.Op == "" {
		e := *r.Err
		e.Op = p.cmd
		r.Err = &e
	}
	p.done(r)
}

// own says that nobody but the session waits for the answer.
func (p *pending) own() bool { return p.done == nil }

// prove finishes the first request on the way that matches as echoed.
func (l *link) prove(r engine.Receipt, match func(*pending) bool) bool {
	p, ok := l.asked.Take(match)
	if !ok {
		return false
	}
	r.Status = engine.Echoed
	p.finish(r)
	return true
}
