package outbox

import (
	"time"

	"botd/engine"
)

// bucketOf is the bucket the session draws from.
func (o *Outbox) bucketOf(r engine.Rate) *Bucket {
	if r.Shared != "" && o.cfg.Shared != nil {
		return o.cfg.Shared(r.Shared)
	}
	return &o.bucket
}

// draw takes points from the session's bucket, or a place in its line.
func (o *Outbox) draw(now time.Time, r engine.Rate, cost float64) time.Duration {
	b := o.bucketOf(r)
	if o.line != b {
		o.stepOut()
	}
	d := b.Take(now, r, cost, o)
	if o.line = nil; d > 0 {
		o.line = b
	}
	return d
}

// stepOut leaves the line, so that nobody waits for an outbox that has nothing to send.
func (o *Outbox) stepOut() {
	if o.line != nil {
		o.line.Leave(o)
		o.line = nil
	}
}

// Pay draws points for what the session does by itself, as [engine.Env] has it.
func (o *Outbox) Pay(r engine.Rate, points float64) bool {
	return o.bucketOf(r).Try(o.cfg.Clock.Now(), r, points)
}

// PayConnect draws the price of a connection and returns 0, or how long to wait before
// asking again.
func (o *Outbox) PayConnect(caps engine.Capabilities) time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.draw(o.cfg.Clock.Now(), caps.Rate, caps.Prices[engine.PriceConnect])
}
