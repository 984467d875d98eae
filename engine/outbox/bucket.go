package outbox

import (
	"math"
	"time"

	"botd/engine"

	"golang.org/x/time/rate"
)

// tokens in one point of an [engine.Rate]: the limiter counts in whole ones.
const tokens = 1000

// bucket is a token bucket whose rate may change while it keeps its level. The zero
// bucket lets everything pass.
type bucket struct {
	rate  engine.Rate
	limit *rate.Limiter
}

// set takes over a rate; without Burst or PerSecond nothing is paced.
func (b *bucket) set(r engine.Rate, now time.Time) {
	if r == b.rate {
		return
	}
	b.rate = r
	if !b.paced() {
		return
	}
	perSecond, burst := rate.Limit(r.PerSecond*tokens), scale(r.Burst)
	if b.limit == nil {
		b.limit = rate.NewLimiter(perSecond, burst)
		return
	}
	b.limit.SetLimitAt(now, perSecond)
	b.limit.SetBurstAt(now, burst)
}

func (b *bucket) paced() bool { return b.rate.Burst > 0 && b.rate.PerSecond > 0 }

func scale(points float64) int {
	return int(math.Ceil(min(points*tokens, math.MaxInt32)))
}

// cost is what an action with a text of n units takes.
func (b *bucket) cost(n int) int { return min(scale(b.rate.Cost(n)), b.limit.Burst()) }

// wait is how long until an action can go; 0 means now.
func (b *bucket) wait(now time.Time, n int) time.Duration {
	if !b.paced() {
		return 0
	}
	missing := float64(b.cost(n)) - b.limit.TokensAt(now)
	if missing < 1e-3 { // of a token, itself a thousandth: rounding
		return 0
	}
	seconds := missing / float64(b.limit.Limit())
	return time.Duration(min(math.Ceil(seconds*1e9), math.MaxInt64/4))
}

// take is called after wait returned 0.
func (b *bucket) take(now time.Time, n int) {
	if b.paced() {
		b.limit.ReserveN(now, b.cost(n))
	}
}

func (b *bucket) full(now time.Time) bool {
	return !b.paced() || b.limit.TokensAt(now) >= float64(b.limit.Burst())
}
