package host

import (
	"context"
	goruntime "runtime"

	"botd/engine"
	"botd/engine/supervisor"
)

// WaitQuiet returns once every event so far has reached the scripts, none of them has
// anything to run, and what they said has left. Unlike after [Host.WaitIdle], handlers
// may still wait, for the next line of a conversation perhaps.
func (h *Host) WaitQuiet(ctx context.Context) error {
	for {
		if err := h.delivered(ctx); err != nil {
			return err
		}
		if err := h.scripts.WaitQuiet(ctx); err != nil {
			return err
		}
		if err := h.super.WaitIdle(ctx); err != nil {
			return err
		}
		if h.passed() && h.scripts.Quiet() {
			return nil
		}
	}
}

// passed reports whether all events so far have reached the scripts.
func (h *Host) passed() bool { return h.bus.Idle() && h.sieve.Idle() && h.contests.Idle() }

// delivered waits until the bus has nothing under way. It delivers on the goroutines
// of others and in microseconds, so looking again costs less than telling everybody.
func (h *Host) delivered(ctx context.Context) error {
	for !h.passed() {
		if err := ctx.Err(); err != nil {
			return err
		}
		goruntime.Gosched()
	}
	return nil
}

// WaitOnline returns once the bot is in a room, or NotConnected if its session has
// given up.
func (h *Host) WaitOnline(ctx context.Context, path engine.RoomPath) error {
	sub := h.bus.Subscribe(tailBuffer) // before the first look: nothing is missed in between
	defer sub.Close()
	for {
		if info, ok := h.roster.Room(path); ok && info.Online {
			return nil
		}
		if err := h.gaveUp(path); err != nil {
			return err
		}
		select {
		case <-sub.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (h *Host) gaveUp(path engine.RoomPath) error {
	session, _, _ := path.Split()
	for _, s := range h.super.Status() {
		if s.Session == session && s.State == supervisor.Failed {
			return engine.Errorf(engine.NotConnected, "the bot is not in %s: %s", path, s.Err)
		}
	}
	return nil
}
