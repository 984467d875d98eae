package roster

import "botd/engine"

// Apply takes note of an event. It is a sink of the bus and must not be called
// concurrently with itself. Events that say nothing about rooms and users cost
// nearly nothing.
func (r *Roster) Apply(ev *engine.Event) {
	switch body := ev.Body.(type) {
	case engine.Connected:
		r.connected(ev, body.Me)
	case engine.Disconnected:
		r.each(ev, (*room).goOffline)
	case engine.Roster:
		r.enter(ev, func(room *room) { room.replace(body.Users) })
	case engine.Joined:
		user := ev.User
		if user.Joined.IsZero() {
			user.Joined = ev.At
		}
		r.enter(ev, func(room *room) { room.put(user) })
	case engine.TopicSet:
		if !body.MOTD {
			r.enter(ev, func(room *room) { room.Topic = body.Text })
		}
	case engine.Left:
		r.left(ev)
	case engine.Kicked:
		r.each(ev, func(room *room) { room.kicked(body.Target) })
	case engine.Renamed:
		r.renamed(ev, body.From)
	case engine.RoleChanged:
		r.each(ev, func(room *room) { room.setRole(body.Target, body.Role, body.Labels) })
	case engine.AccessChanged:
		r.access(ev, body.Role)
	}
}

// enter calls f with the event's room, which becomes known if it is not.
func (r *Roster) enter(ev *engine.Event, f func(*room)) {
	if ev.Room.ID == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	f(r.session(ev.Session).enter(ev))
}

// each calls f with the event's room if it is known, or for an event without a room
// with all rooms of its session.
func (r *Roster) each(ev *engine.Event, f func(*room)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.sessions[ev.Session]
	if s == nil {
		return
	}
	if ev.Room.ID != "" {
		if room := s.rooms[ev.Room.ID]; room != nil {
			f(room)
		}
		return
	}
	for _, room := range s.rooms {
		f(room)
	}
}

// session is called with mu locked.
func (r *Roster) session(id engine.SessionID) *session {
	if r.sessions == nil {
		r.sessions = make(map[engine.SessionID]*session)
	}
	s := r.sessions[id]
	if s == nil {
		s = &session{rooms: make(map[engine.RoomID]*room)}
		r.sessions[id] = s
	}
	return s
}

// enter returns the event's room, with the name and topic the event has for it.
func (s *session) enter(ev *engine.Event) *room {
	in := s.rooms[ev.Room.ID]
	if in == nil {
		in = &room{
			Room:     engine.Room{ID: ev.Room.ID},
			session:  ev.Session,
			platform: ev.Platform,
			users:    make(map[engine.UserRef]member),
		}
		s.rooms[ev.Room.ID] = in
	}
	if ev.Room.Name != "" {
		in.Name = ev.Room.Name
	}
	if ev.Room.Topic != "" {
		in.Topic = ev.Room.Topic
	}
	return in
}

func (r *Roster) connected(ev *engine.Event, me engine.User) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.session(ev.Session)
	s.me = me
	if ev.Room.ID != "" {
		in := s.enter(ev)
		in.me, in.online = me, true
	}
}

// left forgets the room that the bot itself went out of.
func (r *Roster) left(ev *engine.Event) {
	if !ev.Self {
		r.each(ev, func(room *room) { room.remove(ev.User) })
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.sessions[ev.Session]; s != nil {
		delete(s.rooms, ev.Room.ID)
	}
}

func (r *room) kicked(target engine.User) {
	if same(r.me, target) {
		r.goOffline()
		return
	}
	r.remove(target)
}

func (r *Roster) renamed(ev *engine.Event, from string) {
	r.each(ev, func(room *room) {
		room.rename(from, ev.User)
		if ev.Self {
			room.me = renamed(room.me, ev.User)
		}
	})
	if !ev.Self {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.session(ev.Session)
	s.me = renamed(s.me, ev.User)
}

func (r *Roster) access(ev *engine.Event, role engine.Role) {
	r.each(ev, func(room *room) { room.me.Role = role })
	if ev.Room.ID != "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.session(ev.Session).me.Role = role
}
