package moderate

import (
	"reflect"
	"slices"
	"time"
	"unicode/utf8"

	"botd/engine"
)

// Line is a message as rules see it.
type Line struct {
	At      time.Time
	Session engine.SessionID
	Room    engine.Room
	User    engine.User
	Text    string
	Edited  bool // a message that was changed: rules that count lines leave it out
}

// Who is who said it, for what is counted by user: by what makes them the same one
// tomorrow, where there is such a thing.
func (l *Line) Who() string { return Who(l.Session, l.User) }

// Who names a user of a session for what is remembered of them.
func Who(s engine.SessionID, u engine.User) string {
	switch {
	case u.Identity != "":
		return "p:" + u.Identity
	case u.Account != "":
		return string(s) + "/a:" + u.Account
	case u.Trip != "":
		return string(s) + "/t:" + u.Trip
	case u.ID != "":
		return string(s) + "/i:" + string(u.ID)
	}
	return string(s) + "/n:" + u.Name
}

// Hit is a rule that a line breaks.
type Hit struct {
	Set    string `json:"rules"`
	Rule   int    `json:"rule"` // its number, from 1
	Kind   string `json:"kind"` // one of [Kinds]
	Why    string `json:"why"`  // what people are told
	Detail string `json:"detail,omitempty"`
	Ladder Ladder `json:"-"`
	Shadow bool   `json:"shadow,omitempty"`
	// Within: it took several lines, the others within that time before; 0 if one was enough.
	Within time.Duration `json:"-"`
	text   string        // that all of them have, "" if any will do
}

// Like reports whether a line that came before can be one of those that it took.
func (h Hit) Like(text string) bool {
	return h.text == "" || viewOf(&Line{Text: clip(text)}).gist() == h.text
}

// Set is a compiled [Config]. One goroutine at a time uses it: it remembers the last lines
// for what depends on them.
type Set struct {
	cfg      Config
	rooms    []engine.RoomGlob
	notRooms []engine.RoomGlob
	exempt   exemption
	rules    []compiled
	recent   *recent
}

// Config is what the set was made of.
func (s *Set) Config() Config { return s.cfg }

// Follow has the set remember the lines that another one heard, if both have the same
// rules: so that loading a script anew does not begin the count of a flood anew.
func (s *Set) Follow(old *Set) {
	if reflect.DeepEqual(s.cfg.Rules, old.cfg.Rules) {
		s.recent = old.recent
	}
}

// Covers reports whether the rules are for a room.
func (s *Set) Covers(id engine.SessionID, r engine.Room) bool {
	in := func(g engine.RoomGlob) bool { return g.Match(id, r) }
	return (len(s.rooms) == 0 || slices.ContainsFunc(s.rooms, in)) && !slices.ContainsFunc(s.notRooms, in)
}

// exemption is a list of who may do as they please.
type exemption struct {
	above  bool // those of role and above
	role   engine.Role
	labels []string // groups, and the network's words for what a user is
}

func exempt(list []string) (e exemption) {
	for _, name := range list {
		r, err := engine.ParseRole(name)
		switch {
		case err != nil:
			e.labels = append(e.labels, name)
		case !e.above || r < e.role:
			e.above, e.role = true, r
		}
	}
	return e
}

func (e *exemption) of(u *engine.User) bool {
	if e.above && u.Role >= e.role {
		return true
	}
	return slices.ContainsFunc(e.labels, func(name string) bool { return slices.Contains(u.Groups, name) || slices.Contains(u.Roles, name) })
}

// MaxText is how many bytes of a line are looked at; a longer one is looked at up to
// there.
const MaxText = 8192

// Judge looks at a line, of which those of a room must come in the order of their times. It returns the first rule
// that the line breaks. permit, which may be nil, is asked whether the user may do what a kind of rule
// forbids, and told so; it takes one of a number of permits.
func (s *Set) Judge(l Line, permit func(kind string) bool) (Hit, bool) {
	if !s.Covers(l.Session, l.Room) || s.exempt.of(&l.User) {
		return Hit{}, false
	}
	l.Text = clip(l.Text)
	v := viewOf(&l)
	s.recent.sweep(l.At)
	var found *compiled
	var detail string
	number := 0
	for i := range s.rules {
		r := &s.rules[i]
		if r.Off || found != nil && !r.counts() || l.Edited && r.counts() || r.exempt.of(&l.User) {
			continue
		}
		d, hit := r.check(s, v) // those that count must see every line
		if hit && found == nil && (permit == nil || !permit(r.kind)) {
			found, detail, number = r, d, i+1
		}
	}
	if found == nil {
		return Hit{}, false
	}
	hit := Hit{Set: s.cfg.Name, Rule: number, Kind: found.kind, Why: found.why, Detail: detail, Ladder: s.cfg.Ladder, Shadow: s.cfg.Shadow}
	if found.Ladder != nil {
		hit.Ladder = *found.Ladder
	}
	if hit.Within = found.within; found.Repeats != nil {
		hit.text = v.gist()
	}
	return hit, true
}

func (c *compiled) counts() bool { return c.Rule.Repeats != nil || c.Rule.Flood != nil }

func clip(text string) string {
	if len(text) <= MaxText {
		return text
	}
	text = text[:MaxText]
	for len(text) > 0 {
		if r, n := utf8.DecodeLastRuneInString(text); r != utf8.RuneError || n != 1 {
			break
		}
		text = text[:len(text)-1]
	}
	return text
}

// shorten is a detail fit to be shown.
func shorten(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	n := most
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
