package enginetest

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"botd/engine"
)

// Clock stands still until Advance moves it. Its methods may be called from any
// goroutine, also from the functions of its timers.
type Clock struct {
	mu     sync.Mutex
	now    time.Time
	seq    uint64
	timers timers
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
	c.seq++
	t := &timer{at: c.now.Add(max(d, 0)), seq: c.seq, f: f}
	heap.Push(&c.timers, t)
	return func() bool { return c.remove(t) }
}

func (c *Clock) remove(t *timer) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.index < 0 {
		return false
	}
	heap.Remove(&c.timers, t.index)
	return true
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
	if len(c.timers) == 0 || c.timers[0].at.After(until) {
		if until.After(c.now) {
			c.now = until
		}
		c.mu.Unlock()
		return false
	}
	t := heap.Pop(&c.timers).(*timer)
	if t.at.After(c.now) {
		c.now = t.at
	}
	c.mu.Unlock()
	t.f()
	return true
}

// Advance moves the clock by d and calls the timers due on the way, each at its own
// time, in the order of their times and then of their making; timers made on the way
// included. It does not wait for goroutines that Sleep let go.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	end := c.now.Add(d)
	for len(c.timers) > 0 && !c.timers[0].at.After(end) {
		t := heap.Pop(&c.timers).(*timer)
		if t.at.After(c.now) {
			c.now = t.at
		}
		c.mu.Unlock()
		t.f()
		c.mu.Lock()
	}
	if end.After(c.now) {
		c.now = end
	}
	c.mu.Unlock()
}

// Timers is how many timers are set, sleepers included.
func (c *Clock) Timers() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.timers)
}

// Next is when the first timer is due; ok is false if none is set.
func (c *Clock) Next() (at time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.timers) == 0 {
		return time.Time{}, false
	}
	return c.timers[0].at, true
}

type timer struct {
	at    time.Time
	seq   uint64
	f     func()
	index int // in the heap, -1 outside
}

// timers is a heap by time, then by age.
type timers []*timer

func (h timers) Len() int { return len(h) }
func (h timers) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].seq < h[j].seq
	}
	return h[i].at.Before(h[j].at)
}

func (h timers) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push and Pop are for container/heap only.
func (h *timers) Push(x any) {
	t := x.(*timer)
	t.index = len(*h)
	*h = append(*h, t)
}

func (h *timers) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.index = -1
	return t
}
