package admin

import (
	"net/url"
	"slices"

	"botd/engine"
)

// Kinds of what is no event: lines of a script's log, and its faults, which go by the
// name of the events that tell of other errors.
const (
	KindLog   engine.Kind = "log"
	KindFault engine.Kind = "error"
)

// Filter chooses what a tail shows: what fits all fields that are set.
type Filter struct {
	Kinds  []engine.Kind
	Room   string // pattern over "session/room"; what has no room does not fit
	Script string // what the script wrote, got wrong or emitted
}

func (f Filter) query() url.Values {
	q := url.Values{}
	for _, k := range f.Kinds {
		q.Add("kind", string(k))
	}
	if f.Room != "" {
		q.Set("room", f.Room)
	}
	if f.Script != "" {
		q.Set("script", f.Script)
	}
	return q
}

// matcher is a Filter ready for use.
type matcher struct {
	Filter
	room engine.RoomGlob
}

func newMatcher(q url.Values) (matcher, error) {
	m := matcher{Filter: Filter{Room: q.Get("room"), Script: q.Get("script")}}
	for _, k := range q["kind"] {
		m.Kinds = append(m.Kinds, engine.Kind(k))
	}
	if m.Room == "" {
		return m, nil
	}
	var err error
	m.room, err = engine.ParseRoomGlob(m.Room)
	return m, err
}

func (m *matcher) match(r *Record) bool {
	if r.Note != nil {
		kind := KindLog
		if r.Note.Error != nil {
			kind = KindFault
		}
		return m.kind(kind) && m.Room == "" && (m.Script == "" || m.Script == r.Note.Script)
	}
	ev := r.Event
	if !m.kind(ev.Kind()) || m.Room != "" && (ev.Room.ID == "" || !m.room.Match(ev.Session, ev.Room)) {
		return false
	}
	custom, _ := ev.Body.(engine.Custom)
	return m.Script == "" || m.Script == custom.From
}

func (m *matcher) kind(k engine.Kind) bool { return len(m.Kinds) == 0 || slices.Contains(m.Kinds, k) }
