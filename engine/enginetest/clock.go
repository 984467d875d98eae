package enginetest

import (
	"context"
	"sync"
	"time"

	"botd/engine"
	"botd/engine/soonest"
)

// Clock stands still until Advance moves it. Its methods may be called from any
// goroutine, also from the functions of its timers.
type Clock struct {
	mu     sync.Mutex
	now    time.Time
	timers soonest.Queue[func()]
	asleep map[context.Context]int // who is in Sleep, by the context that may end it
}

var _ engine.Clock = (*Clock)(nil)

// NewClock makes a clock that shows start.
func NewClock(start time.Time) *Clock { return &Clock{now: start} }

func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc has f called by the Advance that reaches now + d, on its goroutine. A d
// of 0 or less waits for the next Advance too.
func (c *Clock) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &soonest.Item[func()]{Value: f}
	c.timers.Set(t, c.now.Add(max(d, 0)))
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.timers.Drop(t)
	}
}

func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	woken := make(chan struct{})
	stop := c.AfterFunc(d, func() {
		c.sleeps(ctx, -1) // before anybody can see that it has woken
		close(woken)
	})
	c.sleeps(ctx, 1)
	select {
	case <-woken:
		return nil
	case <-ctx.Done():
		if stop() {
			c.sleeps(ctx, -1)
		}
		return ctx.Err()
	}
}

func (c *Clock) sleeps(ctx context.Context, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asleep == nil {
		c.asleep = make(map[context.Context]int)
	}
	if c.asleep[ctx] += n; c.asleep[ctx] == 0 {
		delete(c.asleep, ctx)
	}
}

// Sleepers is how many goroutines are in Sleep and have no reason to wake up.
func (c *Clock) Sleepers() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for ctx, of := range c.asleep {
		if ctx.Err() == nil {
			n += of
		}
	}
	return n
}

// Step moves the clock to the first timer that is due by until, and calls that timer
// alone. If there is none it moves the clock to until and returns false.
func (c *Clock) Step(until time.Time) bool {
	c.mu.Lock()
	f := c.due(until)
	c.mu.Unlock()
	if f != nil {
		f()
	}
	return f != nil
}

// due takes the first timer that is due by until, and moves the clock to it; without one it
// moves it to until. mu is held.
func (c *Clock) due(until time.Time) func() {
	t := c.timers.First()
	if t == nil || t.At.After(until) {
		c.reach(until)
		return nil
	}
	c.timers.Drop(t)
	c.reach(t.At)
	return t.Value
}

func (c *Clock) reach(t time.Time) {
	if t.After(c.now) {
		c.now = t
	}
}

// Advance moves the clock by d and calls the timers due on the way, each at its own
// time, in the order of their times and then of their making; timers made on the way
// included. It does not wait for goroutines that Sleep let go.
func (c *Clock) Advance(d time.Duration) {
	end := c.Now().Add(d)
	for c.Step(end) {
	}
}

// Timers is how many timers are set, sleepers included.
func (c *Clock) Timers() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.timers.Len()
}

// Next is when the first timer is due; ok is false if none is set.
func (c *Clock) Next() (at time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.timers.First(); t != nil {
		return t.At, true
	}
	return time.Time{}, false
}
