package adaptertest

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/enginetest"
)

const (
	patience   = 30 * time.Second // how long anything healthy may take
	cancelTime = time.Second      // how long Run may take to return once ctx ended
)

// rig is what a case works with: the simulator, a session, and a record of all the
// session emitted, answered, dialled and started.
type rig struct {
	testing.TB
	adapter engine.Adapter
	sim     Simulator
	session engine.Session
	room    engine.RoomID // the simulator's first
	log     *eventLog
	keep    enginetest.Keep // of all its sessions
	label   string          // on every goroutine the session starts
	labels  context.Context // carries label
	dialer  dialer          // instead of the simulator's, unless nil
	dialled atomic.Bool     // the session has used Dial: it has a wire
	guests  int             // who came in checkHears

	mu       sync.Mutex
	outcomes []*outcome

	conns []*conn
}

type dialer func(ctx context.Context, network, addr string) (net.Conn, error)

var rigs atomic.Int64

func newRig(tb testing.TB, adapter engine.Adapter, sim Simulator) *rig {
	tb.Helper()
	if n := len(sim.Rooms()); n < 2 {
		tb.Fatalf("the simulator has %d rooms, the suite needs 2", n)
	}
	r := &rig{TB: tb, adapter: adapter, sim: sim, room: sim.Rooms()[0], log: newEventLog(tb, adapter.Events, adapter.Labels)}
	r.label = strconv.FormatInt(rigs.Add(1), 10)
	r.labels = pprof.WithLabels(context.Background(), pprof.Labels("adaptertest", r.label))
	return r
}

// labelled runs f, and marks what it starts as the session's.
func (r *rig) labelled(f func()) {
	pprof.SetGoroutineLabels(r.labels)
	defer pprof.SetGoroutineLabels(context.Background())
	f()
}

// open makes the session. Without rooms it is for the first one.
func (r *rig) open(settings any, rooms ...engine.RoomID) {
	r.Helper()
	if len(rooms) == 0 {
		rooms = []engine.RoomID{r.room}
	}
	var err error
	before := r.sim.Requests()
	r.labelled(func() {
		r.session, err = r.adapter.New(settings, engine.Env{
			Session: "test", Rooms: rooms, Clock: engine.SystemClock{}, Dial: r.dial,
			Pay:  func(engine.Rate, float64) bool { return true },
			Keep: &r.keep, Delivered: r.log.told.Delivered, Vault: &enginetest.Vault{}, Dir: r.TempDir(),
			Log: slog.New(slog.NewTextHandler(r.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})),
		})
	})
	if err != nil {
		r.Fatalf("New: %v", err)
	}
	if n := r.sim.Requests() - before; n != 0 {
		r.Errorf("New made %d requests; it must do no I/O", n)
	}
}

// dial wraps the simulator's so that what the simulator starts for a connection does
// not count as the session's, and connections left open are found.
func (r *rig) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	pprof.SetGoroutineLabels(context.Background())
	defer pprof.SetGoroutineLabels(r.labels)
	dial := r.sim.Dial
	if r.dialer != nil {
		dial = r.dialer
	}
	r.dialled.Store(true)
	c, err := dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns = append(r.conns, &conn{Conn: c})
	return r.conns[len(r.conns)-1], nil
}

// conn remembers whether it was closed.
type conn struct {
	net.Conn
	closed atomic.Bool
}

func (c *conn) Close() error {
	c.closed.Store(true)
	return c.Conn.Close()
}

// life is one call of Run.
type life struct {
	rig    *rig
	cancel context.CancelFunc
	done   chan struct{}
	err    error // once done is closed
}

// start calls Run on a goroutine.
func (r *rig) start() *life { return r.startWith(context.Background()) }

func (r *rig) startWith(ctx context.Context) *life {
	ctx, cancel := context.WithCancel(ctx)
	l := &life{rig: r, cancel: cancel, done: make(chan struct{})}
	r.Cleanup(cancel)
	r.log.open()
	go func() {
		defer close(l.done)
		r.labelled(func() {
			l.err = r.session.Run(ctx, r.log.emit)
		})
		r.log.close()
	}()
	return l
}

// alive fails the case if the session has ended.
func (l *life) alive() {
	l.rig.Helper()
	synctest.Wait()
	select {
	case <-l.done:
		l.rig.Fatalf("Run returned: %v; events:\n%s", l.err, l.rig.log)
	default:
	}
}

// login opens a session with good settings, starts it, and waits until it is in its
// rooms.
func (r *rig) login(rooms ...engine.RoomID) *life {
	r.Helper()
	r.open(r.sim.Settings(), rooms...)
	l := r.start()
	if len(rooms) == 0 {
		rooms = []engine.RoomID{r.room}
	}
	for _, room := range rooms {
		r.await("Connected to "+string(room), l, kind[engine.Connected](room))
	}
	return l
}

// ends waits until Run has returned and checks what it left behind.
func (l *life) ends(within time.Duration) error {
	r := l.rig
	r.Helper()
	t := time.NewTimer(within)
	defer t.Stop()
	select {
	case <-l.done:
	case <-t.C:
		r.Fatalf("Run has not returned after %v", within)
	}
	l.cancel()
	r.checkLeftovers()
	return l.err
}

// stop cancels Run and expects it to return in time, with everything settled.
func (l *life) stop() {
	l.rig.Helper()
	l.cancel()
	l.ends(cancelTime)
}

// checkLeftovers looks for goroutines and connections that should be gone once Run has
// returned, and for receipts that should be there.
func (r *rig) checkLeftovers() {
	r.Helper()
	synctest.Wait()
	if left := goroutines(r.label); left != "" {
		r.Errorf("goroutines left after Run returned:\n%s", left)
	}
	time.Sleep(time.Second) // for emits and receipts that come late
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.conns {
		if !c.closed.Load() {
			r.Errorf("a connection is still open after Run returned")
		}
	}
	for _, o := range r.outcomes {
		o.check(r)
	}
}

// goroutines returns the stacks of those the session started, directly or not.
func goroutines(label string) string {
	var all bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
		return err.Error()
	}
	var left []string
	for g := range strings.SplitSeq(all.String(), "\n\n") {
		if strings.Contains(g, `"adaptertest":"`+label+`"`) {
			left = append(left, g)
		}
	}
	return strings.Join(left, "\n\n")
}

// outcome collects what became of one action.
type outcome struct {
	action engine.Action
	mu     sync.Mutex
	got    []engine.Receipt
}

// do asks the session for an action, after the pause its rate limits ask for.
func (r *rig) do(a engine.Action) *outcome {
	r.pace(a)
	return r.doNow(context.Background(), a)
}

func (r *rig) doNow(ctx context.Context, a engine.Action) *outcome {
	o := &outcome{action: a}
	r.mu.Lock()
	r.outcomes = append(r.outcomes, o)
	r.mu.Unlock()
	r.labelled(func() {
		r.session.Do(ctx, a, func(rc engine.Receipt) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.got = append(o.got, rc)
		})
	})
	return o
}

// pace waits until token buckets that were empty could pay for a.
func (r *rig) pace(a engine.Action) {
	caps := r.session.Caps(a.In())
	for _, rate := range []engine.Rate{caps.Rate, caps.RoomRate} {
		time.Sleep(rate.Wait(rate.Burst, caps.Cost(rate, a, engine.TextOf(a))))
	}
}

// receipt waits for the answer.
func (o *outcome) receipt(r *rig) engine.Receipt {
	r.Helper()
	r.eventually("receipt of "+engine.ActionName(o.action), func() bool { return o.count() > 0 })
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.got[0]
}

func (o *outcome) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.got)
}

// check expects exactly one well-formed receipt.
func (o *outcome) check(r *rig) {
	r.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	name := engine.ActionName(o.action)
	if len(o.got) != 1 {
		r.Errorf("done of %s was called %d times: %v; it must be called exactly once", name, len(o.got), o.got)
		return
	}
	switch rc := o.got[0]; rc.Status {
	case engine.Echoed, engine.Sent:
		if rc.Err != nil {
			r.Errorf("the receipt of %s is %q with an error: %v", name, rc.Status, rc.Err)
		}
	case engine.Failed, engine.Unknown:
		if rc.Err == nil {
			r.Errorf("the receipt of %s is %q without an error", name, rc.Status)
		}
	default:
		r.Errorf("the receipt of %s has status %q", name, rc.Status)
	}
}

// expect waits for the receipt and wants the action done.
func (o *outcome) expect(r *rig) engine.Receipt {
	r.Helper()
	rc := o.receipt(r)
	switch {
	case rc.Status != engine.Echoed && rc.Status != engine.Sent:
		r.Fatalf("%+v: %s: %v", o.action, rc.Status, rc.Err)
	case rc.Status == engine.Sent && r.echoes(o.action):
		r.Errorf("%+v: sent, though the network echoes what is said", o.action)
	}
	return rc
}

// echoes reports whether a comes back to the bot and so has to be proved.
func (r *rig) echoes(a engine.Action) bool {
	switch a.(type) {
	case engine.Say, engine.Emote:
		return r.session.Caps(a.In()).Echo
	}
	return false
}

// expectFailure waits for the receipt and wants one of the codes.
func (o *outcome) expectFailure(r *rig, codes ...engine.Code) {
	r.Helper()
	rc := o.receipt(r)
	if rc.Status != engine.Failed || rc.Err == nil || !slices.Contains(codes, rc.Err.Code) {
		r.Errorf("%s: receipt is %q with error %v (code %q); want failed with code %v",
			engine.ActionName(o.action), rc.Status, rc.Err, engine.CodeOf(rc.Error()), codes)
	}
}

// eventually waits until ok, as long as the suite has patience.
func (r *rig) eventually(what string, ok func() bool) {
	r.Helper()
	start := time.Now()
	for {
		synctest.Wait()
		if ok() {
			return
		}
		waited := time.Since(start)
		if waited > patience {
			r.Fatalf("no %s within %v; events so far:\n%s", what, patience, r.log)
		}
		time.Sleep(20*time.Millisecond + waited/10) // looking may be dear, virtual time is not
	}
}

// await waits for an event, and fails early when the session ends before it.
func (r *rig) await(what string, l *life, match func(engine.Event) bool) engine.Event {
	r.Helper()
	var found engine.Event
	r.eventually(what, func() bool {
		var ok bool
		if found, ok = r.log.find(match); ok {
			return true
		}
		select {
		case <-l.done:
			r.Fatalf("no %s: Run returned: %v; events:\n%s", what, l.err, r.log)
		default:
		}
		return false
	})
	return found
}

// kind matches events of one kind in a room.
func kind[B engine.Body](room engine.RoomID) func(engine.Event) bool {
	return func(ev engine.Event) bool {
		_, ok := ev.Body.(B)
		return ok && ev.Room.ID == room
	}
}
