package supervisor

import (
	"context"
	"slices"
	"sync"

	"botd/engine"
	"botd/engine/outbox"
)

// Do has a session carry out an action. It never blocks; it.Done gets the receipt,
// perhaps before Do returns. NotFound and Unsupported are answered before anything is
// queued. Join, Leave and the bot's own Move of a session with a connection for each room
// start and end such a connection; their receipts come when it is online or has ended.
func (s *Supervisor) Do(name engine.SessionID, it outbox.Item) {
	if it.Done == nil {
		it.Done = func(engine.Receipt) {}
	}
	s.mu.Lock()
	ss := s.sessions[name]
	if ss == nil {
		s.mu.Unlock()
		s.fail(it, noSession(name))
		return
	}
	if ss.Adapter.PerRoom {
		switch a := it.Action.(type) {
		case engine.Join:
			s.join(ss, a.Room, it) // lets go of s.mu, as leave does
			return
		case engine.Leave:
			s.leave(ss, a.Room, it)
			return
		case engine.Move:
			if a.User == (engine.UserRef{}) {
				s.move(ss, a, it)
				return
			}
		}
	}
	u := ss.unit(it.Action.In())
	s.mu.Unlock()
	if u == nil {
		s.fail(it, engine.Errorf(engine.NotFound, "session %q is not in room %q", name, it.Action.In()))
		return
	}
	u.put(it)
}

func (s *Supervisor) fail(it outbox.Item, err error) {
	r := engine.Fail(err)
	r.At = s.now()
	it.Done(r)
}

// unit is the one for a room; for "" any, if possible an online one.
func (ss *session) unit(room engine.RoomID) *unit {
	if len(ss.units) == 0 {
		return nil
	}
	if !ss.Adapter.PerRoom {
		return ss.units[0]
	}
	for _, u := range ss.units {
		if u.home() == room || room == "" && u.state() == Online {
			return u
		}
	}
	if room == "" {
		return ss.units[0]
	}
	return nil
}

func (u *unit) state() State {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.health.State
}

// put queues an item if the session can do such a thing. While it is offline the
// session may not know what it can do; then the adapter's word counts.
func (u *unit) put(it outbox.Item) {
	caps := u.session.Adapter.Caps
	switch u.state() {
	case Failed:
		u.sup.fail(it, engine.Errorf(engine.NotConnected, "session %q has given up connecting", u.session.Name))
		return
	case Online:
		caps = u.caps(it.Action.In())
	}
	if !able(caps.Can, it.Action) {
		u.sup.fail(it, engine.UnsupportedError(it.Action))
		return
	}
	switch a := it.Action.(type) {
	case engine.Join:
		it.Done = u.then(it.Done, func() { u.enter(a.Room) })
	case engine.Leave:
		it.Done = u.then(it.Done, func() { u.quit(a.Room) })
	}
	u.out.Put(it)
}

// able reports whether an action is possible; who may delete anything may delete
// their own.
func able(can engine.CapSet, a engine.Action) bool {
	need := a.Needs()
	return can.Has(need) || need == engine.CapDeleteOwn && can.Has(engine.CapDelete)
}

// then has f called before done, if the action was sent.
func (u *unit) then(done func(engine.Receipt), f func()) func(engine.Receipt) {
	return func(r engine.Receipt) {
		if r.Status == engine.Sent || r.Status == engine.Echoed {
			f()
		}
		done(r)
	}
}

// enter and quit keep the list of rooms to be in after a reconnect.
func (u *unit) enter(room engine.RoomID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !slices.Contains(u.rooms, room) {
		u.rooms = append(slices.Clip(u.rooms), room)
	}
}

func (u *unit) quit(room engine.RoomID) {
	u.mu.Lock()
	u.rooms = slices.DeleteFunc(slices.Clone(u.rooms), func(r engine.RoomID) bool { return r == room })
	p, in := u.in[room]
	delete(u.in, room)
	delete(u.lost, room)
	u.mu.Unlock()
	u.out.Hold(room, false)
	if in {
		u.tell(p.room, engine.Disconnected{Reason: "left"})
	}
}

// do and caps are the session as the outbox sees it.
func (u *unit) do(_ context.Context, a engine.Action, done func(engine.Receipt)) {
	u.mu.Lock()
	ctx, conn := u.ctx, u.conn // this ctx ends with the connection, so before the outbox's
	u.mu.Unlock()
	conn.Do(ctx, a, done)
}

func (u *unit) caps(room engine.RoomID) engine.Capabilities {
	u.mu.Lock()
	conn := u.conn
	u.mu.Unlock()
	return conn.Caps(room)
}

// join starts a unit for a room, or has one that gave up try again. s.mu is held on
// entry and not on return.
func (s *Supervisor) join(ss *session, room engine.RoomID, it outbox.Item) {
	if room == "" {
		s.mu.Unlock()
		s.fail(it, engine.Errorf(engine.Invalid, "join: no room named"))
		return
	}
	i := slices.IndexFunc(ss.units, func(u *unit) bool { return u.home() == room })
	if i < 0 {
		u, err := s.newUnit(ss, []engine.RoomID{room})
		if err != nil {
			s.mu.Unlock()
			s.fail(it, err)
			return
		}
		i = len(ss.units)
		ss.units = append(ss.units, u)
		s.launch(u)
	}
	u := ss.units[i]
	s.mu.Unlock()
	if u.state() == Failed {
		u.retry()
	}
	u.whenOnline(it)
}

// move brings the bot itself into another room, and when it is there out of the old one.
// s.mu is held on entry and not on return.
func (s *Supervisor) move(ss *session, a engine.Move, it outbox.Item) {
	if ss.unit(a.Room) == nil || a.Room == "" || a.Room == a.To {
		s.mu.Unlock()
		s.fail(it, engine.Errorf(engine.Invalid, "session %q cannot move from room %q to %q", ss.Name, a.Room, a.To))
		return
	}
	done := it.Done
	it.Done = func(r engine.Receipt) {
		if r.Err != nil {
			done(r)
			return
		}
		s.Do(ss.Name, outbox.Item{Action: engine.Leave{Room: a.Room}, Lane: it.Lane, Done: done})
	}
	s.join(ss, a.To, it)
}

// whenOnline answers a Join. The unit goes on trying after the answer has come.
func (u *unit) whenOnline(it outbox.Item) {
	var once sync.Once
	wait := it.DropAfter
	if wait <= 0 {
		wait = outbox.DropAfter(it.Lane)
	}
	answer := func(err error) {
		once.Do(func() {
			r := engine.Receipt{Status: engine.Echoed, At: u.sup.now(), Err: engine.AsError(err)}
			switch {
			case engine.CodeOf(err) == engine.Timeout:
				r.Status = engine.Unknown
			case err != nil:
				r.Status = engine.Failed
			}
			it.Done(r)
		})
	}
	stop := u.sup.opt.Clock.AfterFunc(wait, func() {
		answer(engine.Errorf(engine.Timeout, "not connected within %v; the session goes on trying", wait))
	})
	u.mu.Lock()
	online := u.health.State == Online
	if !online {
		u.joiners = append(u.joiners, func(err error) { stop(); answer(err) })
	}
	u.mu.Unlock()
	if online {
		stop()
		answer(nil)
	}
}

// leave ends the unit of a room. s.mu is held on entry and not on return.
func (s *Supervisor) leave(ss *session, room engine.RoomID, it outbox.Item) {
	i := slices.IndexFunc(ss.units, func(u *unit) bool { return u.home() == room })
	if i < 0 {
		s.mu.Unlock()
		s.fail(it, engine.Errorf(engine.NotFound, "session %q is not in room %q", ss.Name, room))
		return
	}
	u := ss.units[i]
	ss.units = slices.Delete(ss.units, i, i+1)
	u.mu.Lock()
	u.leavers = append(u.leavers, func() { it.Done(engine.Receipt{Status: engine.Echoed, At: s.now()}) })
	u.mu.Unlock()
	finish := s.halt(u)
	s.mu.Unlock()
	finish()
}

// Join brings a session into a room and waits for the outcome.
func (s *Supervisor) Join(ctx context.Context, name engine.SessionID, room engine.RoomID) error {
	return s.wait(ctx, name, engine.Join{Room: room})
}

// Leave takes a session out of a room and waits for the outcome.
func (s *Supervisor) Leave(ctx context.Context, name engine.SessionID, room engine.RoomID) error {
	return s.wait(ctx, name, engine.Leave{Room: room})
}

func (s *Supervisor) wait(ctx context.Context, name engine.SessionID, a engine.Action) error {
	got := make(chan engine.Receipt, 1)
	s.Do(name, outbox.Item{Action: a, Lane: engine.LaneOf(a), Done: func(r engine.Receipt) { got <- r }})
	select {
	case r := <-got:
		return r.Error()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Caps is what a session can do in a room now, or as a whole with room "". ok is
// false if there is no such session, or it is not in that room.
func (s *Supervisor) Caps(name engine.SessionID, room engine.RoomID) (caps engine.Capabilities, ok bool) {
	s.mu.Lock()
	ss := s.sessions[name]
	var u *unit
	if ss != nil {
		u = ss.unit(room)
	}
	s.mu.Unlock()
	switch {
	case ss == nil, u == nil && room != "":
		return engine.Capabilities{}, false
	case u == nil || u.state() != Online:
		caps = ss.Adapter.Caps
	default:
		caps = u.caps(room)
	}
	if ss.Adapter.PerRoom {
		caps.Can = caps.Can.With(engine.CapJoin, engine.CapLeave, engine.CapMove)
	}
	return caps, true
}

// Commands are the native commands of a session's network, nil if it has none.
func (s *Supervisor) Commands(name engine.SessionID) []engine.Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ss := s.sessions[name]; ss != nil {
		return ss.Adapter.Commands
	}
	return nil
}

// WaitIdle waits until no session has anything left to send or to hear about what it
// sent, or returns ctx.Err().
func (s *Supervisor) WaitIdle(ctx context.Context) error {
	for {
		busy := s.busy()
		if busy == nil {
			return nil
		}
		if err := busy.WaitIdle(ctx); err != nil {
			return err
		}
	}
}

func (s *Supervisor) busy() *outbox.Outbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ss := range s.sessions {
		for _, u := range ss.units {
			if !u.out.Idle() {
				return u.out
			}
		}
	}
	return nil
}
