package dispatch

import (
	"fmt"
	"slices"
	"strings"

	"botd/engine"
	"botd/engine/trace"
)

// Verdict is what a subscription makes of an event.
type Verdict struct {
	Sub    *Sub         // nil if it is about the whole table
	Reason trace.Reason // "" if it wants the event; its pattern has not been tried then
	Text   string       // more about the reason
}

// Explain says of each subscription that might want an event whether it does, a command's
// first and then in the order in which they were added, and at most [MaxVerdicts] of
// them. No verdict at all means that nothing waits for such an event. It is for people
// who ask, never on the way of an event.
func (t *Table) Explain(p *Prepared) []Verdict {
	var entries []*entry
	if e := t.commands[p.Command]; p.Command != "" && e != nil {
		entries = append(entries, e)
	}
	if t.mask&p.bit != 0 {
		entries = append(entries, t.byKind[p.Kind]...)
	}
	if len(entries) > 0 && !t.sees(p.Event) {
		return []Verdict{{Reason: trace.OtherRoom, Text: "the rooms of the script are " + globNames(t.rooms)}}
	}
	var out []Verdict
	for _, e := range entries[:min(len(entries), MaxVerdicts)] {
		reason, text := e.filter.explain(p)
		out = append(out, Verdict{&e.Sub, reason, text})
	}
	return out
}

// MaxVerdicts bounds an explanation.
const MaxVerdicts = 50

// explain puts a refusal into words.
func (f *filter) explain(p *Prepared) (trace.Reason, string) {
	u := &p.Event.User
	switch f.refuse(p) {
	case byBot:
		return trace.OwnMessage, "self=true in the filter lets it through"
	case tooOld:
		return trace.History, "history=true in the filter lets it through"
	case otherBot:
		return trace.Filter, u.Name + " is a bot (not_from_bots)"
	case privacy:
		if *f.Private {
			return trace.Filter, "it is not private"
		}
		return trace.Filter, "it is private"
	case role:
		return trace.Role, fmt.Sprintf("%s is %s, and it takes %s", u.Name, u.Role, strings.Join(f.Roles, " or "))
	case platform:
		return trace.Filter, fmt.Sprintf("the network is %s, and it takes %s", p.Event.Platform, strings.Join(f.Platforms, " or "))
	case user:
		return trace.Filter, u.Name + " is none of its users"
	case room:
		return trace.OtherRoom, "its rooms are " + globNames(f.rooms)
	}
	return "", ""
}

func globNames(globs []engine.RoomGlob) string {
	var names []string
	for _, g := range globs {
		names = append(names, g.String())
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// Title names a subscription to people: "command roll at dice.lua:3".
func (s *Sub) Title() string {
	title := "on " + string(s.Kind)
	switch {
	case s.Screen != nil:
		title = "filter"
	case len(s.Commands) > 0:
		title = "command " + s.Commands[0]
	}
	if s.Where != "" {
		title += " at " + s.Where
	}
	return title
}
