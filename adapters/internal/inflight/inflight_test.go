package inflight_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"botd/adapters/internal/inflight"
	"botd/adapters/internal/serial"
	"botd/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type ask struct {
	name  string
	steps int
}

// rig is a list in a bubble; told has what was settled.
type rig struct {
	*testing.T
	*inflight.Requests[*ask]
	loop serial.Loop
	mu   sync.Mutex
	told []string
}

func in(t *testing.T, f func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{T: t}
		r.Requests = inflight.New(&r.loop, 10*time.Second, "silence", func(a *ask, rc engine.Receipt) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.told = append(r.told, fmt.Sprintf("%s %s %s", a.name, rc.Status, engine.CodeOf(rc.Error())))
		})
		f(r)
		r.Close()
		r.loop.End()
	})
}

func (r *rig) send(ctx context.Context, name string) {
	r.Helper()
	if err := r.Send(ctx, &ask{name: name}, func() error { return nil }); err != nil {
		r.Fatal(err)
	}
}

func (r *rig) take(name string) bool {
	_, ok := r.Take(func(a *ask) bool { return a.name == name })
	return ok
}

func (r *rig) tells(want ...string) {
	r.Helper()
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.told, want) {
		r.Errorf("settled %q, want %q", r.told, want)
	}
	r.told = nil
}

// What is proved is the taker's; each of the others is settled once, as unknown: when its
// time is over, when its caller gives up, and when the connection ends.
func TestSettled(t *testing.T) {
	in(t, func(r *rig) {
		ctx, cancel := context.WithCancel(r.Context())
		r.send(r.Context(), "proved")
		r.send(ctx, "given up")
		time.Sleep(4 * time.Second)
		r.send(r.Context(), "silent")
		if !r.take("proved") || r.take("proved") {
			r.Error("a request was not taken once")
		}
		cancel()
		r.tells("given up unknown timeout")
		time.Sleep(9 * time.Second)
		r.tells()
		time.Sleep(time.Second)
		r.tells("silent unknown timeout")
		r.send(r.Context(), "cut off")
		r.Close()
		r.tells("cut off unknown not_connected")
		for _, err := range []error{
			r.Send(r.Context(), &ask{}, func() error { return nil }), r.Post(r.Context(), func() error { return nil }),
		} {
			if engine.CodeOf(err) != engine.NotConnected {
				r.Errorf("sending after the end: %v", err)
			}
		}
		r.tells()
	})
}

// A request on which work goes on waits as long as a new one.
func TestRenewed(t *testing.T) {
	in(t, func(r *rig) {
		if err := r.Send(r.Context(), &ask{name: "two steps", steps: 2}, func() error { return nil }); err != nil {
			r.Fatal(err)
		}
		r.send(r.Context(), "other")
		time.Sleep(6 * time.Second)
		step := func(a *ask) inflight.Verdict {
			switch a.steps--; {
			case a.steps > 0:
				return inflight.Renewed
			case a.steps == 0:
				return inflight.Taken
			}
			return inflight.Other
		}
		if a, v := r.Sift(step); v != inflight.Renewed || a.name != "two steps" {
			r.Error(a, v)
		}
		time.Sleep(6 * time.Second)
		r.tells("other unknown timeout")
		if a, v := r.Sift(step); v != inflight.Taken || a.name != "two steps" {
			r.Error(a, v)
		}
		if a, v := r.Sift(step); v != inflight.Other || a != nil {
			r.Error(a, v)
		}
		time.Sleep(time.Minute)
		r.tells()
	})
}

// What could not be written is not on the list, unless its fate was already settled.
func TestNotWritten(t *testing.T) {
	in(t, func(r *rig) {
		broken := errors.New("broken pipe")
		if err := r.Send(r.Context(), &ask{name: "lost"}, func() error { return broken }); !errors.Is(err, broken) || r.take("lost") {
			r.Error(err)
		}
		if err := r.Send(r.Context(), &ask{name: "early"}, func() error { r.take("early"); return broken }); err != nil {
			r.Error("an answered request failed:", err)
		}
		if err := r.Post(r.Context(), func() error { return broken }); !errors.Is(err, broken) {
			r.Error(err)
		}
		r.Try(&ask{name: "tried"}, func() error { return broken })
		if r.take("tried") {
			r.Error("it is on the list")
		}
		time.Sleep(time.Minute)
		r.tells()
	})
}

// One writes at a time. Callers wait for that as long as they want, the session never.
func TestTurns(t *testing.T) {
	in(t, func(r *rig) {
		writing := make(chan struct{})
		go r.Send(r.Context(), &ask{name: "slow"}, func() error { <-writing; return nil })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(r.Context(), time.Second)
		defer cancel()
		if err := r.Send(ctx, &ask{name: "late"}, func() error { return nil }); engine.CodeOf(err) != engine.Timeout {
			r.Error(err)
		}
		r.Try(&ask{name: "own"}, func() error { r.Error("written beside another"); return nil })
		close(writing)
		synctest.Wait()
		r.Try(&ask{name: "own"}, func() error { return nil })
		if !r.take("slow") || r.take("late") || !r.take("own") {
			r.Error("what is on the list is wrong")
		}
	})
}
