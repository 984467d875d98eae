package supervisor

import (
	"cmp"
	"slices"
	"time"

	"botd/engine"
)

// emit is what a session calls with its events.
func (u *unit) emit(ev engine.Event) {
	u.mu.Lock()
	u.last = u.sup.now()
	u.mu.Unlock()
	switch b := ev.Body.(type) {
	case engine.Connected:
		u.connected(ev, b.Me)
		return
	case engine.Disconnected:
		if !u.left(ev.Room.ID) {
			return // everybody knows
		}
	}
	u.send(ev)
}

// send stamps an event and passes it on.
func (u *unit) send(ev engine.Event) {
	ev.Session = u.session.Name
	ev.Platform = u.session.Adapter.Name
	if ev.At.IsZero() {
		ev.At = u.sup.opt.Clock.Now()
	}
	ev.At = ev.At.UTC().Round(0)
	if g, ok := ev.Body.(engine.Gap); ok {
		u.noteGap(ev.Room.ID, g)
	}
	u.sup.opt.Emit(&ev)
}

func (u *unit) noteGap(room engine.RoomID, g engine.Gap) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.gaps[room] = Gaps{u.gaps[room].Count + 1, g}
}

func (u *unit) tell(room engine.Room, b engine.Body) {
	u.send(engine.Event{Room: room, Body: b})
}

// connected passes the event on, tells of the gap behind it, and only then lets the
// outbox loose: what it sends comes back as events that belong after these.
func (u *unit) connected(ev engine.Event, me engine.User) {
	id := ev.Room.ID
	u.mu.Lock()
	since, gap := u.lost[id]
	delete(u.lost, id)
	u.in[id] = presence{ev.Room, me}
	first := u.health.State != Online
	if first {
		u.set(Online, nil)
		u.slot()
	}
	now := u.sup.now()
	rooms := slices.Clone(u.rooms)
	u.mu.Unlock()
	if first {
		u.log.Info("session online")
	}
	u.send(ev)
	if gap && !u.session.Adapter.TellsGaps {
		u.tell(ev.Room, engine.Gap{From: since, To: now})
	}
	if slices.Contains(rooms, id) {
		rooms = []engine.RoomID{id}
	} // else the session does not tell about rooms one by one
	for _, r := range rooms {
		u.out.Hold(r, false)
	}
	u.out.Online(true)
	u.joined(nil)
}

// left notes that the unit is no longer in a room; false means that it was not.
func (u *unit) left(id engine.RoomID) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, ok := u.in[id]; !ok {
		return false
	}
	delete(u.in, id)
	u.lost[id] = u.last
	if slices.Contains(u.rooms, id) {
		u.out.Hold(id, true)
	}
	return true
}

// disconnected emits Disconnected for each room the unit was in.
func (u *unit) disconnected(reason string, retry time.Duration) {
	u.mu.Lock()
	rooms := make([]engine.Room, 0, len(u.in))
	for id, p := range u.in {
		rooms = append(rooms, p.room)
		u.lost[id] = u.last
	}
	clear(u.in)
	u.mu.Unlock()
	slices.SortFunc(rooms, func(a, b engine.Room) int { return cmp.Compare(a.ID, b.ID) })
	for _, r := range rooms {
		u.tell(r, engine.Disconnected{Reason: reason, Retry: retry})
	}
}

// joined answers those who wait for the unit to be online.
func (u *unit) joined(err error) {
	u.mu.Lock()
	joiners := u.joiners
	u.joiners = nil
	u.mu.Unlock()
	for _, f := range joiners {
		f(err)
	}
}

// now is the time as events hold it.
func (s *Supervisor) now() time.Time { return s.opt.Clock.Now().UTC().Round(0) }
