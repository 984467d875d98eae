package adaptertest

import (
	"context"
	"errors"
	"net"
	"slices"
	"time"

	"botd/engine"
)

// testLogin: the session comes into the room, says who it is, and has listed who else
// is there before.
func testLogin(r *rig) {
	ann := r.sim.Enter(r.room, "ann")
	l := r.login()
	r.checkConnected(l, r.room)
	if r.session.Caps(r.room).Can.Has(engine.CapUsers) {
		r.checkRoster(ann.Ref())
	}
	l.stop()
}

func (r *rig) checkConnected(l *life, room engine.RoomID) {
	r.Helper()
	ev := r.await("Connected", l, kind[engine.Connected](room))
	if me := ev.Body.(engine.Connected).Me; me.Name == "" {
		r.Errorf("Connected.Me has no name: %+v", me)
	}
}

// checkRoster expects the room's roster before Connected, with the user in it.
func (r *rig) checkRoster(who engine.UserRef) {
	r.Helper()
	evs := r.log.all(func(ev engine.Event) bool {
		return kind[engine.Roster](r.room)(ev) || kind[engine.Connected](r.room)(ev)
	})
	roster, ok := evs[0].Body.(engine.Roster)
	if !ok {
		r.Fatalf("Connected came before the roster; events:\n%s", r.log)
	}
	if !slices.ContainsFunc(roster.Users, func(u engine.User) bool { return sameUser(u, who) }) {
		r.Errorf("%+v is not in the roster: %+v", who, roster.Users)
	}
}

// sameUser compares by what the reference has.
func sameUser(u engine.User, ref engine.UserRef) bool {
	if ref.ID != "" {
		return u.ID == ref.ID
	}
	return u.Name == ref.Name
}

// testTwoRooms: one session serves several rooms, unless it is the adapter's way to
// have one for each.
func testTwoRooms(r *rig) {
	if r.adapter.PerRoom {
		r.Log("not applicable: a session has one room")
		return
	}
	rooms := r.sim.Rooms()[:2]
	l := r.login(rooms...)
	for _, room := range rooms {
		r.checkConnected(l, room)
	}
	l.stop()
}

// deniedTries is how often a session may try a login that is refused for good, where the
// network does not tell that from a fault that passes.
const deniedTries = 5

// testDenied: a login refused for good ends Run with the code that stops retries, after
// a few tries at the latest.
func testDenied(r *rig) {
	settings := r.sim.Denied()
	if settings == nil {
		r.Log("not applicable: this network refuses nobody")
		return
	}
	r.open(settings)
	var err error
	for range deniedTries {
		if err = r.start().ends(patience); engine.CodeOf(err) == engine.Denied {
			break
		}
	}
	if engine.CodeOf(err) != engine.Denied {
		r.Errorf("Run returned %v (code %q) after %d tries, want code denied", err, engine.CodeOf(err), deniedTries)
	}
	if _, ok := r.log.find(kind[engine.Connected](r.room)); ok {
		r.Errorf("Connected was emitted though the login was denied")
	}
}

// testUnreachable: a network that is down is worth another try.
func testUnreachable(r *rig) {
	r.dialer = func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	}
	r.open(r.sim.Settings())
	l := r.start()
	if !r.wired(l) {
		return
	}
	l.endsForRetry(patience)
	r.dialer = nil
	r.checkWorks(r.start())
}

// wired reports whether the session has dialled. If it went online without, the case
// is over.
func (r *rig) wired(l *life) bool {
	r.Helper()
	r.eventually("call of Dial", func() bool {
		_, online := r.log.find(kind[engine.Connected](r.room))
		return online || r.dialled.Load()
	})
	if r.dialled.Load() {
		return true
	}
	r.Log("not applicable: this network has no wire")
	l.stop()
	return false
}

// endsForRetry waits until Run returns with an error that makes the supervisor try
// again.
func (l *life) endsForRetry(within time.Duration) {
	l.rig.Helper()
	err := l.ends(within)
	if err == nil {
		l.rig.Errorf("Run returned nil, want the reason")
	}
	if code := engine.CodeOf(err); code == engine.Denied || code == engine.Invalid {
		l.rig.Errorf("Run returned %v with code %s, as if trying again could not help", err, code)
	}
}

// liveness is how long a session may take to notice that nobody is there any more.
const liveness = 2 * time.Minute

// testSilentServer: a server that accepts and then says nothing is given up.
func testSilentServer(r *rig) {
	r.dialer = silent(r)
	r.open(r.sim.Settings())
	l := r.start()
	if r.wired(l) {
		l.endsForRetry(liveness)
	}
}

// silent dials a server that reads everything and answers nothing.
func silent(r *rig) dialer {
	return func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		r.Cleanup(func() { far.Close() })
		go drain(far)
		return near, nil
	}
}

// testCutOff: a connection that is lost before anything came is worth another try.
func testCutOff(r *rig) {
	r.dialer = func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		go func() {
			far.Read(make([]byte, 1))
			far.Close()
		}()
		return near, nil
	}
	r.open(r.sim.Settings())
	l := r.start()
	if !r.wired(l) {
		return
	}
	l.endsForRetry(patience)
	r.dialer = nil
	r.checkWorks(r.start())
}

func drain(c net.Conn) {
	buf := make([]byte, 4096)
	for {
		if _, err := c.Read(buf); err != nil {
			return
		}
	}
}

// hanging dials a server that does not even accept. The system gives up after an hour.
func hanging(ctx context.Context, _, _ string) (net.Conn, error) {
	if err := (engine.SystemClock{}).Sleep(ctx, time.Hour); err != nil {
		return nil, err
	}
	return nil, errors.New("connection timed out")
}
