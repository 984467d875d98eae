package outbox

import (
	"slices"
	"sync"
	"time"

	"botd/engine"
)

// Bucket is the token bucket of an [engine.Rate], which several may draw from. Who has
// to wait stands in a line. The rate may change while the bucket keeps its level. The
// zero Bucket is full; its methods may be called from any goroutine.
type Bucket struct {
	mu    sync.Mutex
	rate  engine.Rate
	taken float64 // and not back yet
	at    time.Time
	line  []turn
}

// turn is a place in the line.
type turn struct {
	who  any
	cost float64
	due  time.Time // when it was told to ask again
}

// lateness is how long after its turn somebody may ask and still find the place kept.
const lateness = time.Second

// Take draws cost points for who and returns 0, or how long to wait before who asks
// again. Until then who has a place in the line, and those behind get nothing.
func (b *Bucket) Take(now time.Time, r engine.Rate, cost float64, who any) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill(now, r)
	wait := b.wait(now, cost, who)
	place := slices.IndexFunc(b.line, func(t turn) bool { return t.who == who })
	if wait == 0 {
		b.spend(cost)
		if place >= 0 {
			b.line = slices.Delete(b.line, place, place+1)
		}
		return 0
	}
	t := turn{who, cost, now.Add(wait)}
	if place < 0 {
		b.line = append(b.line, t)
	} else {
		b.line[place] = t
	}
	return wait
}

// Try is Take for who does not want to wait.
func (b *Bucket) Try(now time.Time, r engine.Rate, cost float64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill(now, r)
	if b.wait(now, cost, nil) > 0 {
		return false
	}
	b.spend(cost)
	return true
}

// Wait is how long Take would have who wait. Nothing is drawn.
func (b *Bucket) Wait(now time.Time, r engine.Rate, cost float64, who any) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill(now, r)
	return b.wait(now, cost, who)
}

// Leave gives up who's place in the line.
func (b *Bucket) Leave(who any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.line = slices.DeleteFunc(b.line, func(t turn) bool { return t.who == who })
}

// Full reports whether everything is back.
func (b *Bucket) Full(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.rate.Paced() || b.rate.Wait(b.rate.Left(b.taken, now.Sub(b.at)), b.rate.Burst) == 0
}

// refill brings the level up to now, by the rate that held until now.
func (b *Bucket) refill(now time.Time, r engine.Rate) {
	if b.rate.Paced() && b.taken > 0 {
		b.taken = b.rate.Left(b.taken, max(0, now.Sub(b.at)))
	}
	b.rate, b.at = r, now
}

// wait is how long until cost can be paid after those ahead in the line.
func (b *Bucket) wait(now time.Time, cost float64, who any) (wait time.Duration) {
	if !b.rate.Paced() || cost <= 0 {
		return 0
	}
	b.line = slices.DeleteFunc(b.line, func(t turn) bool { return t.who != who && now.Sub(t.due) > lateness })
	taken := b.taken
	for _, t := range b.line {
		if t.who == who {
			break
		}
		d := b.rate.Wait(taken, t.cost)
		taken = b.rate.Left(taken, d) + t.cost
		wait += d
	}
	return wait + b.rate.Wait(taken, cost)
}

func (b *Bucket) spend(cost float64) {
	if b.rate.Paced() {
		b.taken += max(0, cost)
	}
}
