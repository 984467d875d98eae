package rehearse

import (
	"context"
	"sync"
	"time"

	"botd/engine"
	"botd/engine/enginetest"
	"botd/engine/store"
)

// life is one run of the daemon: from its start to the crash or the end of the test. What it
// does after that has no effect any more, and no time passes for it.
type life struct {
	*enginetest.Clock
	store.Store // in memory, and of all lives

	ctx    context.Context // ends with it
	cancel context.CancelFunc

	mu     sync.Mutex
	over   bool
	timers map[*lifeTimer]struct{}
}

type lifeTimer struct {
	stop func() bool
	f    func()
}

func newLife(c *enginetest.Clock, s store.Store) *life {
	l := &life{Clock: c, Store: s, timers: map[*lifeTimer]struct{}{}}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

// end lets everything that waits for time go on at once, so that the daemon comes to its end
// without any passing.
func (l *life) end() {
	l.mu.Lock()
	l.over = true
	timers := l.timers
	l.timers = nil
	l.mu.Unlock()
	l.cancel()
	for t := range timers {
		if t.stop() {
			go t.f()
		}
	}
}

// AfterFunc is that of the clock. After the end the time is that of the machine, and short.
func (l *life) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return time.AfterFunc(afterlife(d), f).Stop
	}
	t := &lifeTimer{}
	t.f = func() {
		l.forget(t)
		f()
	}
	cancel := l.Clock.AfterFunc(d, t.f)
	t.stop = cancel
	l.timers[t] = struct{}{}
	return func() bool {
		l.forget(t)
		return cancel()
	}
}

// afterlife is how long something waits in a daemon that has ended. What is short is in
// nobody's way any more; what is long is the limit of something that has to end, and does
// on a busy machine too.
func afterlife(d time.Duration) time.Duration {
	if d < 10*time.Second {
		return min(d, time.Millisecond)
	}
	return d
}

func (l *life) forget(t *lifeTimer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.timers, t)
}

// Sleep is that of the clock, ended by the end.
func (l *life) Sleep(ctx context.Context, d time.Duration) error {
	if l.dead() {
		return engine.SystemClock{}.Sleep(ctx, afterlife(d))
	}
	bounded, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.ctx, cancel)()
	if err := l.Clock.Sleep(bounded, d); err != nil {
		return ctx.Err()
	}
	return nil
}

func (l *life) dead() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.over
}

// Submit writes nothing after the end.
func (l *life) Submit(b store.Batch, done func(store.Result)) {
	if l.dead() {
		done(store.Result{Err: engine.Errorf(engine.Cancelled, "the daemon has crashed")})
		return
	}
	l.Store.Submit(b, done)
}

// Close leaves the store to the next life.
func (l *life) Close() error { return nil }
