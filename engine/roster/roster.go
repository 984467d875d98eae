// Package roster knows the rooms the bot is in and who is there, from the events
// that went by.
package roster

import (
	"cmp"
	"slices"
	"sync"

	"botd/engine"
)

// MaxUsers bounds the users kept for one room. Of a fuller room those who came
// later are not known.
const MaxUsers = 10_000

// RoomInfo is what is known of a room.
type RoomInfo struct {
	Path     engine.RoomPath  `json:"path"`
	Session  engine.SessionID `json:"session"`
	Platform string           `json:"platform,omitempty"`
	Room     engine.Room      `json:"room"` // with the topic as of now
	Online   bool             `json:"online"`
	Me       engine.User      `json:"me,omitzero"` // the bot there; zero before the first connection
	Users    int              `json:"users"`       // how many are known to be there
}

// Roster holds rooms by session. The zero value is empty and ready. Apply is a sink
// of the bus; everything else may be called from any goroutine.
//
// A room is known from the first sign of the bot being in it until the bot leaves
// it. A lost connection or a kick makes it offline and empties it of users.
type Roster struct {
	mu       sync.RWMutex
	sessions map[engine.SessionID]*session
}

type session struct {
	me    engine.User
	rooms map[engine.RoomID]*room
}

// Rooms lists the known rooms by path.
func (r *Roster) Rooms() []RoomInfo {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var out []RoomInfo
	for _, s := range r.sessions {
		for _, room := range s.rooms {
			out = append(out, room.info())
		}
	}
	slices.SortFunc(out, func(a, b RoomInfo) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

// Room finds a room by its path, else by its session and the name people know it
// under, unless several of the session have that name.
func (r *Roster) Room(path engine.RoomPath) (RoomInfo, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if room := r.find(path); room != nil {
		return room.info(), true
	}
	return RoomInfo{}, false
}

// Users lists who is in a room, found as Room finds it; those who came first are in
// front. It is empty for a room that is not online.
func (r *Roster) Users(path engine.RoomPath) []engine.User {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if room := r.find(path); room != nil {
		return room.list()
	}
	return nil
}

// Me is the bot itself as the session last described it; false before it was online
// for the first time.
func (r *Roster) Me(id engine.SessionID) (engine.User, bool) { return r.MeIn(id, "") }

// MeIn is the bot as it is known in one room, which may differ from others of the
// session; for a room that tells nothing about the bot it is [Roster.Me]. It does
// not allocate.
func (r *Roster) MeIn(id engine.SessionID, in engine.RoomID) (engine.User, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	s := r.sessions[id]
	if s == nil {
		return engine.User{}, false
	}
	if room := s.rooms[in]; room != nil && described(room.me) {
		return room.me, true
	}
	return s.me, described(s.me)
}

// Forget drops a session that is no longer configured, with its rooms.
func (r *Roster) Forget(id engine.SessionID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.sessions, id)
}

// find is called with mu held.
func (r *Roster) find(path engine.RoomPath) *room {
	id, in, ok := path.Split()
	s := r.sessions[id]
	if !ok || s == nil {
		return nil
	}
	if room := s.rooms[in]; room != nil {
		return room
	}
	var found *room
	for _, room := range s.rooms {
		if room.Name != "" && room.Name == string(in) {
			if found != nil {
				return nil
			}
			found = room
		}
	}
	return found
}

func described(u engine.User) bool { return u.ID != "" || u.Name != "" }
