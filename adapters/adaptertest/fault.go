package adaptertest

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"botd/engine"
)

// testNotConnected: without a connection every action fails at once, before the first
// Run and after the last.
func testNotConnected(r *rig) {
	r.open(r.sim.Settings())
	say := engine.Say{Room: r.room, Text: "too early"}
	r.do(say).expectFailure(r, engine.NotConnected)
	l := r.start()
	r.await("Connected", l, kind[engine.Connected](r.room))
	l.stop()
	say.Text = "too late"
	r.do(say).expectFailure(r, engine.NotConnected)
	r.log.reset()
	r.checkWorks(r.start())
	if got := r.sim.Lines(r.room); len(got) != 1 {
		r.Errorf("the room read %q; what failed must not be sent", got)
	}
}

// testIdle: silence of the room is no reason to give up.
func testIdle(r *rig) {
	l := r.login()
	time.Sleep(10 * time.Minute)
	l.alive()
	r.checkHears(l)
	r.checkSays(l, "still here")
	l.stop()
}

// breaks does damage, or says that there is nothing to break and ends the case.
func (r *rig) breaks(f Fault, l *life) bool {
	r.Helper()
	if r.sim.Break(f) {
		return true
	}
	r.Logf("not applicable: this network knows no fault %q", f)
	l.stop()
	return false
}

// testDrop: a lost connection ends Run, and the same session can run again.
func testDrop(r *rig) {
	l := r.login()
	if !r.breaks(Drop, l) {
		return
	}
	l.endsForRetry(patience)
	r.do(engine.Say{Room: r.room, Text: "lost"}).expectFailure(r, engine.NotConnected)
	r.log.reset()
	r.checkWorks(r.start())
}

// testDropBusy: whatever an action was doing when the connection went, it is answered
// once. Who hands over the action in the middle breaks the connection, so that there is
// something under way however the senders are scheduled.
func testDropBusy(r *rig) {
	const senders, each = 8, 20
	l := r.login()
	var (
		sending sync.WaitGroup
		sent    atomic.Int64
		broken  bool
	)
	for range senders {
		sending.Go(func() {
			for range each {
				r.doNow(context.Background(), engine.Say{Room: r.room, Text: "busy"})
				if sent.Add(1) == senders*each/2 {
					broken = r.sim.Break(Drop)
				}
			}
		})
	}
	sending.Wait()
	if !broken {
		r.Logf("not applicable: this network knows no fault %q", Drop)
		l.cancel()
	}
	l.ends(patience) // which looks at all receipts
}

// testUnconfirmed: what was written when the connection died, but not confirmed, is
// unknown; sent is as much as a network without echo can say. A session that keeps one
// line back until the one before is confirmed knows that it was never written.
func testUnconfirmed(r *rig) {
	l := r.login()
	if !r.breaks(HalfOpen, l) {
		return
	}
	var outcomes []*outcome
	for range 3 {
		outcomes = append(outcomes, r.do(engine.Say{Room: r.room, Text: "anybody?"}))
	}
	r.sim.Break(Drop)
	l.endsForRetry(patience)
	for i, o := range outcomes {
		if rc := o.receipt(r); i > 0 && rc.Status == engine.Failed && engine.CodeOf(rc.Error()) == engine.NotConnected {
			continue
		}
		r.checkUnproved(o)
	}
	r.log.reset()
	r.checkWorks(r.start())
}

func (r *rig) checkUnproved(o *outcome) {
	r.Helper()
	want := engine.Sent
	if r.echoes(o.action) {
		want = engine.Unknown
	}
	if rc := o.receipt(r); rc.Status != want {
		r.Errorf("%s written to a dead connection: receipt is %q (%v), want %q", engine.ActionName(o.action), rc.Status, rc.Err, want)
	}
}

// testActionContext: the context of an action bounds the wait for its proof.
func testActionContext(r *rig) {
	l := r.login()
	if !r.breaks(HalfOpen, l) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	o := r.doNow(ctx, engine.Say{Room: r.room, Text: "anybody?"})
	time.Sleep(4 * time.Second)
	if o.count() == 0 {
		r.Errorf("no receipt a second after the action's context ended")
	} else {
		r.checkUnproved(o)
	}
	l.stop()
}

// testHalfOpen: a connection on which nothing comes any more is given up in time.
func testHalfOpen(r *rig) {
	l := r.login()
	if !r.breaks(HalfOpen, l) {
		return
	}
	l.endsForRetry(liveness)
	r.log.reset()
	r.checkWorks(r.start())
}

// testLag: a slow server is a live one.
func testLag(r *rig) {
	l := r.login()
	if !r.breaks(Lag, l) {
		return
	}
	for range 4 {
		time.Sleep(time.Minute)
		l.alive()
		r.checkHears(l)
	}
	r.checkSays(l, "slow")
	l.stop()
}

// testBadFrames: after frames that make no sense the session goes on, or ends so that
// another one can begin.
func testBadFrames(f Fault) func(*rig) {
	return func(r *rig) {
		l := r.login()
		for range 3 {
			if !r.breaks(f, l) {
				return
			}
		}
		time.Sleep(10 * time.Second)
		select {
		case <-l.done:
			l.endsForRetry(cancelTime)
			r.log.reset()
			l = r.start()
		default:
		}
		r.checkWorks(l)
	}
}

// testCancel: the end of the context ends Run, and it can run again.
func testCancel(r *rig) {
	for range 3 {
		if r.session == nil {
			r.open(r.sim.Settings())
		}
		r.log.reset()
		r.checkWorks(r.start())
	}
}

// testCancelEarly: Run with a context that has ended returns.
func testCancelEarly(r *rig) {
	r.open(r.sim.Settings())
	l := r.startWith(cancelled())
	l.ends(cancelTime)
}

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// testCancelDial: also while Dial waits.
func testCancelDial(r *rig) {
	r.dialer = hanging
	r.open(r.sim.Settings())
	l := r.start()
	if r.wired(l) {
		l.stop()
	}
}

// testCancelLogin: also while the server keeps it waiting.
func testCancelLogin(r *rig) {
	r.dialer = silent(r)
	r.open(r.sim.Settings())
	l := r.start()
	if r.wired(l) {
		l.stop()
	}
}

// testCancelFlood: also while everybody talks and the bot, too.
func testCancelFlood(r *rig) {
	users := r.enter(r.room, "ann", "bob")
	l := r.login()
	talk(users, "flood", 500)
	for range 5 {
		r.doNow(context.Background(), engine.Say{Room: r.room, Text: "me too"})
	}
	l.stop()
}

// testCancelDead: also when the connection is dead and something is not confirmed yet.
func testCancelDead(r *rig) {
	l := r.login()
	if !r.breaks(HalfOpen, l) {
		return
	}
	o := r.do(engine.Say{Room: r.room, Text: "anybody?"})
	l.stop()
	r.checkUnproved(o)
}
