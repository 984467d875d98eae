package hackmud

import "time"

// clock knows the server's time as an interval: the Date header has whole seconds and
// an answer takes its time. It works on the monotonic clock, so that a step of the
// system's is none here.
type clock struct {
	base   time.Time
	lo, hi millis // the server's time is between local + lo and local + hi
	at     millis // when they were learnt, local
	known  bool   // from a Date, not guessed
}

const (
	// guess is how far the clock of a server without a Date header may be off.
	guess millis = 30_000
	// drift is how much the interval grows: a millisecond each ten seconds, more than
	// the clocks of two computers part.
	drift = 10_000
)

func newClock(now time.Time) clock { return clock{base: now, lo: -guess, hi: guess} }

// local is a moment in milliseconds, by the monotonic clock.
func (c *clock) local(t time.Time) millis {
	return millis(c.base.UnixMilli()) + millisOf(t.Sub(c.base))
}

// expect takes over what a process before knew: the system's clock may have moved a little
// since, and if it was set the first Date shows.
func (c *clock) expect(lo, hi millis) {
	const moved = 2_000
	c.lo, c.hi = lo-moved, hi+moved
}

// learn takes in what an answer tells of the time.
func (c *clock) learn(when timing) {
	if when.date.IsZero() {
		return
	}
	d := millis(when.date.UnixMilli())
	now := c.local(when.got)
	lo, hi := d-now-1, d+1000-c.local(when.sent)+1
	grown := (now - c.at) / drift
	if c.known {
		lo, hi = max(lo, c.lo-grown), min(hi, c.hi+grown)
	}
	if lo > hi { // the server's clock was set: only the newest counts
		lo, hi = d-now-1, d+1000-c.local(when.sent)+1
	}
	*c = clock{base: c.base, lo: lo, hi: hi, at: now, known: true}
}

// saw takes in that a message of the time t was in an answer that came at got: it was
// not from the future. Beside a Date a message proves nothing new unless the clock
// was set, and that a Date shows.
func (c *clock) saw(t millis, got time.Time) {
	if c.known {
		return
	}
	c.lo = max(c.lo, t-c.local(got)-1)
	c.hi = max(c.hi, c.lo)
}

// earliest and latest bound the server's time at a local moment.
func (c *clock) earliest(local millis) millis { return local + c.lo }
func (c *clock) latest(local millis) millis   { return local + c.hi }
