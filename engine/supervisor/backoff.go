package supervisor

import (
	"cmp"
	"time"
)

// Backoff says how long a unit waits before it connects again. The n-th wait in a row
// is random between 0 and Min·2ⁿ or Max, whichever is less, so that units which
// lost their server together do not come back together; but never under a tenth of
// Min, so that nobody is hammered.
type Backoff struct {
	Min    time.Duration // 2 s if 0
	Max    time.Duration // 5 min if 0
	Stable time.Duration // a unit online this long starts over with n = 0; 60 s if 0
}

func (b Backoff) withDefaults() Backoff {
	b.Min = cmp.Or(b.Min, 2*time.Second)
	b.Max = cmp.Or(b.Max, 5*time.Minute)
	b.Stable = cmp.Or(b.Stable, time.Minute)
	return b
}

// delay is the wait after n failures in a row came before; random is in [0, 1).
func (b Backoff) delay(n int, random float64) time.Duration {
	top := b.Min
	for ; n > 0 && top < b.Max; n-- {
		top *= 2
	}
	top = min(top, b.Max)
	return max(b.floor(), time.Duration(random*float64(top)))
}

func (b Backoff) floor() time.Duration { return b.Min / 10 }
