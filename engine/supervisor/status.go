package supervisor

import (
	"cmp"
	"slices"
	"time"

	"botd/engine"
	"botd/engine/outbox"
)

// State is how a session, or its part in one room, is doing.
type State string

const (
	Connecting State = "connecting"
	Online     State = "online"
	Waiting    State = "waiting" // for the next attempt, or for its turn to connect
	Failed     State = "failed"  // given up; Restart or another configuration helps
)

// Health is a state and how it came about.
type Health struct {
	State    State     `json:"state"`
	Since    time.Time `json:"since"`
	Attempts int       `json:"attempts,omitempty"` // connections lost in a row, none of which lasted
	Retry    time.Time `json:"retry,omitzero"`     // of the next attempt, if Waiting
	Err      string    `json:"error,omitempty"`    // of the last connection
}

// Status is what there is to know about a session.
type Status struct {
	Session engine.SessionID `json:"session"`
	Adapter string           `json:"adapter"`
	// Health is the best of its units.
	Health
	Rooms  []RoomStatus `json:"rooms,omitempty"`
	Outbox outbox.Stats `json:"outbox"` // of all its units
}

// RoomStatus is a session's part in one room: those it is to be in, and others it
// finds itself in.
type RoomStatus struct {
	Room engine.RoomID `json:"room"`
	Health
	Me     engine.User `json:"me,omitzero"` // the bot itself, as of when it came in
	Queued int         `json:"queued"`      // items in the outbox for this room
	Gaps   Gaps        `json:"gaps,omitzero"`
}

// Gaps are how often messages of a room may have been missed since the session was
// made, and when that was last.
type Gaps struct {
	Count int        `json:"count"`
	Last  engine.Gap `json:"last"`
}

// Status describes all sessions, ordered by name.
func (s *Supervisor) Status() []Status {
	s.mu.Lock()
	sessions := make([]session, 0, len(s.sessions))
	for _, ss := range s.sessions {
		c := *ss
		c.units = slices.Clone(ss.units)
		sessions = append(sessions, c)
	}
	s.mu.Unlock()
	slices.SortFunc(sessions, func(a, b session) int { return cmp.Compare(a.Name, b.Name) })
	out := make([]Status, len(sessions))
	for i := range sessions {
		out[i] = sessions[i].status()
	}
	return out
}

func (ss *session) status() Status {
	st := Status{Session: ss.Name, Adapter: ss.Adapter.Name, Health: Health{State: Waiting}}
	for i, u := range ss.units {
		h, rooms := u.status()
		if i == 0 || h.State.rank() > st.State.rank() {
			st.Health = h
		}
		st.Rooms = append(st.Rooms, rooms...)
		st.Outbox = st.Outbox.Add(u.out.Stats())
	}
	return st
}

func (s State) rank() int { return slices.Index([]State{Failed, Waiting, Connecting, Online}, s) }

func (u *unit) status() (Health, []RoomStatus) {
	u.mu.Lock()
	defer u.mu.Unlock()
	h := u.health
	if h.State == Online && u.sup.now().Sub(h.Since) >= u.sup.opt.Backoff.Stable {
		h.Attempts = 0
	}
	ids := slices.Clone(u.rooms)
	for id := range u.in {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids[len(u.rooms):])
	rooms := make([]RoomStatus, len(ids))
	for i, id := range ids {
		rooms[i] = RoomStatus{Room: id, Health: h, Queued: u.out.Queued(id), Gaps: u.gaps[id]}
		p, in := u.in[id]
		if !in {
			_, in = u.in[""]
		}
		if rooms[i].Me = p.me; !in && h.State == Online {
			rooms[i].State = Connecting
		}
	}
	return h, rooms
}

// set changes the state; u.mu is held.
func (u *unit) set(s State, err error) {
	u.health = Health{State: s, Since: u.sup.now(), Attempts: u.health.Attempts, Err: u.health.Err}
	if s == Online {
		u.health.Err = ""
	}
	if err != nil {
		u.health.Err = err.Error()
	}
}
