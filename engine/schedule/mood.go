package schedule

import (
	"slices"

	"botd/engine"
)

// Mood is what must have been said in some rooms since the last run for the next one to
// take place. The zero Mood is always reached.
type Mood struct {
	Speakers int               // so many different people, at least
	Lines    int               // so many lines of theirs
	Rooms    []engine.RoomGlob // in these rooms, taken together
	Within   []engine.RoomGlob // and in these, if there are any: what the owner may see
}

// Zero reports whether nothing is asked for.
func (m Mood) Zero() bool { return m.Speakers <= 0 && m.Lines <= 0 }

func (m Mood) hears(s engine.SessionID, r engine.Room) bool {
	in := func(globs []engine.RoomGlob) bool {
		return len(globs) == 0 || slices.ContainsFunc(globs, func(g engine.RoomGlob) bool { return g.Match(s, r) })
	}
	return in(m.Rooms) && in(m.Within)
}

// tally counts towards a mood. It keeps no more than that needs.
type tally struct {
	speakers map[speaker]struct{}
	lines    int
}

type speaker struct {
	session engine.SessionID
	id      engine.UserID
	name    string // of those without an ID
}

// add counts a line in a room.
func (t *tally) add(m Mood, ev *engine.Event) {
	if !m.hears(ev.Session, ev.Room) {
		return
	}
	t.lines = min(t.lines+1, max(m.Lines, 1))
	if len(t.speakers) >= m.Speakers {
		return
	}
	who := speaker{session: ev.Session, id: ev.User.ID}
	if who.id == "" {
		who.name = ev.User.Name
	}
	if t.speakers == nil {
		t.speakers = make(map[speaker]struct{}, m.Speakers)
	}
	t.speakers[who] = struct{}{}
}

func (t *tally) reached(m Mood) bool {
	return len(t.speakers) >= m.Speakers && t.lines >= m.Lines
}

// counts reports whether an event is a line that people in the room can read, and not
// the bot's own.
func counts(ev *engine.Event) bool {
	msg, ok := ev.Body.(engine.Message)
	return ok && !msg.Private && !ev.Self && !ev.History && ev.Room.ID != ""
}
