package host

import (
	"context"
	goruntime "runtime"
)

// sleepers is a clock that knows how many goroutines are in its Sleep.
type sleepers interface{ Sleepers() int }

// WaitStill returns once nothing moves any more before time passes or something happens on a
// network: every event has reached the scripts, no script has anything to run, no session
// connects, nothing is sent, stored or fetched. Handlers may wait, and lines for their turn. It is
// for simulated networks, whose sessions are [supervisor.Quiescent], a store in memory and a
// clock that only the caller moves; then nothing happens from its return until the caller does
// something.
func (h *Host) WaitStill(ctx context.Context) error {
	for {
		if err := h.scripts.WaitQuiet(ctx); err != nil {
			return err
		}
		if h.still() {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		goruntime.Gosched() // what is left takes microseconds
	}
}

// still looks at all parts. Whatever makes a part begin to do something changes what moves
// returns: if that is the same before and after, all parts rested at once.
func (h *Host) still() bool {
	before, quiet := h.moves()
	if !quiet || !h.bus.Idle() || !h.scripts.Quiet() {
		return false
	}
	after, quiet := h.moves()
	return quiet && before == after
}

func (h *Host) moves() (n [5]uint64, still bool) {
	starts, busy := h.beside.busy()
	if s, ok := h.opt.Clock.(sleepers); ok {
		busy -= s.Sleepers()
	}
	stirs, quiet := h.super.Still()
	sifted, rests := h.sieve.Still()
	return [5]uint64{h.bus.Published(), h.scripts.here.Turns(), starts, stirs, sifted}, busy == 0 && quiet && rests && h.contests.Idle()
}

// Left is what scripts and sessions still have to do or wait for.
type Left struct {
	Waiting   map[string]int // handlers that wait, by script; without those of tasks and timers
	Questions int            // that nobody has answered
	Unsent    int            // actions on their way
	Requests  int            // to web servers, and reads of the store
}

// Left says what is left to do. After [Host.WaitStill] it all waits for time to pass or
// for somebody to do something.
func (h *Host) Left() Left {
	l := Left{Waiting: h.scripts.here.Parked(), Questions: h.questions.Len()}
	for _, s := range h.super.Status() {
		for _, n := range s.Outbox.Queued {
			l.Unsent += n
		}
		l.Unsent += s.Outbox.InFlight
	}
	_, l.Requests = h.beside.busy()
	return l
}
