package host

import (
	"context"
	"log/slog"
	"time"

	"botd/engine"
)

const (
	// settleAfter is how long after it was handled it is written down that an event was: by then
	// scripts have written what they keep in their states because of it, and what came
	// meanwhile shares the write.
	settleAfter = time.Second
	settleRetry = 5 * time.Second // after an error of the disk
)

// settle writes down which events were handled.
func (h *Host) settle(ctx context.Context) {
	for {
		select {
		case <-h.seen.Waits():
		case <-ctx.Done():
			return
		}
		last := h.seen.Newest()
		if h.handled(ctx) != nil || h.opt.Clock.Sleep(ctx, settleAfter) != nil {
			return
		}
		h.states.settle()
		for failed := false; ; failed = true {
			err := h.seen.Settle(ctx, last)
			if err == nil || ctx.Err() != nil {
				break
			}
			if !failed {
				h.log.Warn("which events were handled cannot be written down; after a crash they may be told again", slog.Any("err", err))
			}
			if h.opt.Clock.Sleep(ctx, settleRetry) != nil {
				return
			}
		}
	}
}

// lastHandled is the last event that was handled before botd stops. Handlers that still wait
// are about to be ended.
func (h *Host) lastHandled() uint64 {
	last := h.seen.Newest()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer h.opt.Clock.AfterFunc(farewell, cancel)()
	if h.arrived(ctx) != nil || h.scripts.WaitQuiet(ctx) != nil {
		return 0
	}
	return last
}

// settleLast writes down which events were handled when the scripts have ended.
func (h *Host) settleLast(ctx context.Context, last uint64) {
	if err := h.seen.Settle(context.WithoutCancel(ctx), last); err != nil {
		h.log.Warn("which events were handled cannot be written down; they will be told again", slog.Any("err", err))
	}
	h.seen.End()
}

// writtenDown is [engine.Env.Handled].
func (h *Host) writtenDown(ctx context.Context) error {
	if err := h.arrived(ctx); err != nil {
		return err
	}
	return h.seen.Wait(ctx, h.seen.Newest())
}

// hasSeen is [engine.Env.Delivered].
func (h *Host) hasSeen(session engine.SessionID) func(engine.RoomID, string) bool {
	return func(room engine.RoomID, key string) bool { return h.seen.Has(session, room, key) }
}

// waiterTime is how long an event counts as not handled because a handler of it waits:
// for the store it need not long, for people it may for hours.
const waiterTime = 5 * time.Second

// handled waits until scripts have handled all events so far.
func (h *Host) handled(ctx context.Context) error {
	for {
		if err := h.arrived(ctx); err != nil {
			return err
		}
		if err := h.scripts.WaitQuiet(ctx); err != nil {
			return err
		}
		if err := h.awaitWaiters(ctx); err != nil {
			return err
		}
		if h.passed() && h.scripts.Quiet() {
			return nil
		}
	}
}

// awaitWaiters gives handlers that wait some time to end.
func (h *Host) awaitWaiters(ctx context.Context) error {
	bounded, cancel := context.WithCancel(ctx)
	defer cancel()
	defer h.opt.Clock.AfterFunc(waiterTime, cancel)()
	if h.scripts.WaitIdle(bounded) != nil {
		return ctx.Err()
	}
	return nil
}

// arrivedPause is between two looks whether events have arrived: filters may hold them up for
// seconds.
const arrivedPause = 10 * time.Millisecond

// arrived waits until all events have reached the scripts. Unlike [Host.delivered] it is for those
// who have time.
func (h *Host) arrived(ctx context.Context) error {
	for !h.passed() {
		if err := h.opt.Clock.Sleep(ctx, arrivedPause); err != nil {
			return err
		}
	}
	return nil
}
