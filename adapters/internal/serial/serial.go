// Package serial makes what happens to one connection happen in turn: the frames it
// reads and the timers it sets.
package serial

import (
	"context"
	"sync"
	"time"
)

// Loop runs functions one at a time, until it ends. It has no goroutine. The zero value is
// ready for use.
type Loop struct {
	in    sync.Mutex // held while a function runs
	ended bool
	named map[string]func()

	mu      sync.Mutex // After may be called from anywhere
	timers  map[*timer]struct{}
	over    bool
	running sync.WaitGroup // timers that have not stopped, and what Go has begun
}

type timer struct{ *time.Timer }

// Do runs f when no other function runs, unless the loop has ended. It must not be called
// from such a function.
func (l *Loop) Do(f func()) {
	l.in.Lock()
	defer l.in.Unlock()
	if !l.ended {
		f()
	}
}

// After has f run in d as with [Loop.Do], unless it is stopped before. It may be called from
// anywhere.
func (l *Loop) After(d time.Duration, f func()) (stop func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return func() {}
	}
	l.running.Add(1)
	t := new(timer)
	t.Timer = time.AfterFunc(d, func() {
		defer l.running.Done()
		l.forget(t)
		l.Do(f)
	})
	if l.timers == nil {
		l.timers = map[*timer]struct{}{}
	}
	l.timers[t] = struct{}{}
	return func() {
		if t.Stop() {
			l.forget(t)
			l.running.Done()
		}
	}
}

func (l *Loop) forget(t *timer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.timers, t)
}

// Set has f run in d, in place of what was set under that name. It is called from a
// function of the loop, as is Clear.
func (l *Loop) Set(name string, d time.Duration, f func()) {
	l.Clear(name)
	if l.named == nil {
		l.named = map[string]func(){}
	}
	l.named[name] = l.After(d, f)
}

// Clear stops what was set under a name.
func (l *Loop) Clear(name string) {
	if stop := l.named[name]; stop != nil {
		stop()
		delete(l.named, name)
	}
}

// Go runs f beside the loop; End waits for it. It must not be called after End.
func (l *Loop) Go(f func()) { l.running.Go(f) }

// End waits for the function that runs and for all that Go has begun. No other begins.
// It must not be called from one of them.
func (l *Loop) End() {
	l.in.Lock()
	l.ended = true
	l.in.Unlock()
	l.mu.Lock()
	l.over = true
	for t := range l.timers {
		if t.Stop() {
			delete(l.timers, t)
			l.running.Done()
		}
	}
	l.mu.Unlock()
	l.running.Wait()
}

// CloseWith calls close when ctx ends. The function it returns ends that, and waits for it.
func CloseWith(ctx context.Context, close func()) (release func()) {
	closed := make(chan struct{}, 1)
	stop := context.AfterFunc(ctx, func() {
		close()
		closed <- struct{}{}
	})
	return func() {
		if !stop() {
			<-closed
		}
	}
}
