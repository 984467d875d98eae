package main

import (
	"context"
	"strconv"
	"sync/atomic"

	"botd/adapters/local"
	"botd/engine"
)

// fences tell when everything that happened in a room so far was heard: the user
// whispers to themselves and waits until that comes back, behind all the rest.
type fences struct {
	sent    uint64
	others  uint64        // events of others heard so far; of the goroutine that hears
	state   atomic.Value  // of type crossing, the last one
	crossed chan struct{} // capacity 1: state has changed
}

type crossing struct{ fence, others uint64 }

// cross returns once what happened before it was heard, and how many events of others
// were heard by then. One goroutine at a time may call it.
func (f *fences) cross(ctx context.Context, user *local.Participant) (others uint64, err error) {
	f.sent++
	me := user.User()
	if _, err := user.Whisper(engine.UserRef{ID: me.ID, Name: me.Name}, strconv.FormatUint(f.sent, 10)); err != nil {
		return 0, err
	}
	for {
		if c, ok := f.state.Load().(crossing); ok && c.fence == f.sent {
			return c.others, nil
		}
		select {
		case <-f.crossed:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// heard is given the user's own events.
func (f *fences) heard(ev *engine.Event) {
	m, ok := ev.Body.(engine.Message)
	if !ok || !m.Private {
		return
	}
	n, _ := strconv.ParseUint(m.Text, 10, 64)
	f.state.Store(crossing{n, f.others})
	select {
	case f.crossed <- struct{}{}:
	default:
	}
}
