package hackmud

import (
	"context"
	"slices"
	"strings"
	"time"

	"botd/engine"
)

const (
	// echoTime is how long the poller looks for a message of which nobody knows whether
	// the server has it, before it is sent again.
	echoTime millis = 10_000
	// proofTime is how long for one the server says it has.
	proofTime millis = 30_000
	// sendSkew is how much earlier than its call a message may seem to have been sent.
	sendSkew millis = 2_000
	// tries is how often a message is offered that the server refuses as too early.
	tries = 4
)

// awaited is a message that was sent, or is about to be, and has not come back.
// create_chat tells no id and may be heard though its answer is lost, so only the echo
// proves anything. The link's mu guards it.
type awaited struct {
	createRequest
	job      *job // to settle; nil if another message of the job does
	accepted bool
	since    millis        // server time
	until    millis        // likewise; 0 until the call is over
	over     chan struct{} // closed when it is known to be there, or not to be
	found    bool
}

// end answers the job when no echo can come any more.
func (a *awaited) end() {
	switch {
	case a.job == nil:
	case a.accepted:
		a.job.settle(engine.Receipt{Status: engine.Sent})
	default:
		a.job.giveUp(noProof(nil))
	}
}

// matches reports whether a message is the echo.
func (a *awaited) matches(it *received) bool {
	if it.odd != "" || it.From != a.User || it.T < a.since || it.IsJoin || it.IsLeave {
		return false
	}
	if strings.TrimSpace(it.Msg) != strings.TrimSpace(a.Msg) {
		return false
	}
	if a.Tell != "" {
		return it.Channel == "" && (it.To == "" || it.To == a.Tell)
	}
	return it.Channel == a.Channel
}

// expect begins to look for the echo of a message that is about to be sent.
func (l *link) expect(r createRequest, j *job) *awaited {
	a := &awaited{createRequest: r, job: j, over: make(chan struct{})}
	l.mu.Lock()
	defer l.mu.Unlock()
	a.since = l.serverTime(false) - sendSkew
	l.awaited = append(l.awaited, a)
	return a
}

// serverTime is a bound of what the server's clock shows now, by what the poller knew
// last; mu is held.
func (l *link) serverTime(latest bool) millis {
	if latest {
		return l.clock.latest(l.clock.local(time.Now()))
	}
	return l.clock.earliest(l.clock.local(time.Now()))
}

// called takes note of how a call ended.
func (l *link) called(a *awaited, accepted bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a.accepted = accepted
	a.until = l.serverTime(true) + echoTime
	if accepted {
		a.until += proofTime - echoTime
	}
}

// forget ends the look for an echo.
func (l *link) forget(a *awaited) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.awaited = slices.DeleteFunc(l.awaited, func(b *awaited) bool { return a == b })
}

// heard settles what a message proves.
func (l *link) heard(it *received, ev engine.Event) {
	l.mu.Lock()
	i := slices.IndexFunc(l.awaited, func(a *awaited) bool { return a.matches(it) })
	if i < 0 {
		l.mu.Unlock()
		return
	}
	a := l.awaited[i]
	l.awaited = slices.Delete(l.awaited, i, i+1)
	a.found = true
	l.mu.Unlock()
	close(a.over)
	if a.job != nil {
		a.job.settle(engine.Receipt{Status: engine.Echoed, Message: engine.MessageID(ev.Key)})
	}
}

// expire ends the look for echoes that should have come by now: everything up to the
// cursor has been read.
func (l *link) expire() {
	l.mu.Lock()
	l.clock = l.reader.clock
	var late []*awaited
	l.awaited = slices.DeleteFunc(l.awaited, func(a *awaited) bool {
		if a.until == 0 || l.reader.cursor < a.until {
			return false
		}
		late = append(late, a)
		return true
	})
	l.mu.Unlock()
	for _, a := range late {
		close(a.over)
		if a.accepted {
			a.end()
		}
	}
}

// say sends one message. The receipt comes with its echo.
func (l *link) say(ctx context.Context, j *job, r createRequest) {
	err := l.deliverOnce(ctx, j, r, j)
	if e := asCallError(err); e != nil && e.reason == tooLong {
		err = l.saySmaller(ctx, j, r)
	}
	switch {
	case err == nil:
	case ctx.Err() != nil:
		j.giveUp(noProof(ctx.Err()))
	default:
		j.fail(err)
	}
}

// saySmaller is for a server that counts in a way of its own. The last part is the proof.
func (l *link) saySmaller(ctx context.Context, j *job, r createRequest) error {
	half := textLimit
	half.Max, half.Lines = half.Max/2, half.Lines/2
	parts := split(r.Msg, half)
	for i, part := range parts {
		r.Msg = part
		var proves *job
		if i == len(parts)-1 {
			proves = j
		}
		if err := l.deliverOnce(ctx, j, r, proves); err != nil {
			return err
		}
	}
	return nil
}

// deliverOnce has the server take a message, and never twice: one whose fate is unknown is
// looked for among what comes back, and sent again, once, only if it is not there.
func (l *link) deliverOnce(ctx context.Context, j *job, r createRequest, proves *job) error {
	for again := false; ; again = true {
		a := l.expect(r, proves)
		err := l.create(ctx, j, r)
		l.called(a, err == nil)
		if err == nil {
			return nil
		}
		if e := asCallError(err); e == nil || !e.reached {
			l.forget(a)
			return err
		}
		select {
		case <-a.over:
		case <-ctx.Done():
			return ctx.Err()
		}
		if a.found {
			return nil
		}
		if again {
			j.giveUp(engine.AsError(err))
			return nil
		}
	}
}

// create makes the call when the user's allowance has room. What the server refused as
// too early, or never got, is offered again.
func (l *link) create(ctx context.Context, j *job, r createRequest) error {
	gate := l.pace.user(r.User)
	if err := l.recallSends(ctx, r.User, gate); err != nil {
		return err
	}
	for try := 1; ; try++ {
		if err := gate.enter(ctx, l.env.Clock, sendGap, sendWindow); err != nil {
			return err
		}
		l.noteSend(ctx, r.User, gate)
		j.setWritten(true)
		err := l.client.create(ctx, r)
		e := asCallError(err)
		arrived := e == nil || e.reason != transient || e.reached
		gate.leave(time.Now(), arrived)
		if e == nil || e.reached {
			return err
		}
		j.setWritten(false)
		if try == tries || e.reason != tooFast && e.reason != transient {
			return err
		}
		pause := max(e.err.RetryAfter, 2*time.Second<<try)
		if err := l.env.Clock.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}
