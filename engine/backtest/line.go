package backtest

import (
	"cmp"
	"slices"
	"time"

	"botd/engine"
	"botd/engine/chatlog"
	"botd/engine/moderate"
)

// line is something that was said.
type line struct {
	at      time.Time
	in      *room
	user    string
	text    string
	id      engine.MessageID
	authors [len(names{})]*author // who said it, by each of their names, nil where there is none
	hit     *moderate.Case        // what the rules would have done, nil if nothing
	deeds   [doers]*deed          // the harshest of each
	undone  bool                  // what the bot did was taken back
	counted bool
}

// deed is what was done about a line.
type deed struct {
	at     time.Time
	step   moderate.Step
	by     string
	reason string
	action bool // it was counted as one of a moderator
}

// doer is who did it.
type doer int

const (
	moderator doer = iota
	somebody       // the network does not tell who: perhaps the bot
	bot            // by rules or a script, or another bot
	doers
)

func (t *Trial) add(r *room, e *chatlog.Entry) *line {
	l := &line{at: t.clock.now, in: r, user: e.User.Name, text: e.Text, id: e.Message}
	t.recent = append(t.recent, l)
	if l.id != "" {
		r.byID[l.id] = l
	}
	for i, n := range namesOf(&e.User) {
		if n.value == "" {
			continue
		}
		a := r.byUser[n]
		if a == nil {
			a = &author{name: n}
			r.byUser[n] = a
		}
		a.said = append(a.said, l)
		l.authors[i] = a
	}
	return l
}

// room is what was said lately in one.
type room struct {
	path    engine.RoomPath
	covered bool // by any rules: what moderators do elsewhere is no miss
	byID    map[engine.MessageID]*line
	byUser  map[name]*author
}

// name is what somebody is found by in a room.
type name struct {
	id    bool
	value string
}

// names are the ID and what people call somebody, the surest first.
type names [2]name

func namesOf(u *engine.User) names { return names{{true, string(u.ID)}, {false, u.Name}} }

// author is somebody with what they said within the window, oldest first.
type author struct {
	name name
	said []*line
}

// forget counts the lines from before a time, about which nothing more can be done.
func (t *Trial) forget(before time.Time) {
	for len(t.recent) > 0 && t.recent[0].at.Before(before) {
		l := t.recent[0]
		t.recent[0] = nil
		t.recent = t.recent[1:]
		if l.in.byID[l.id] == l {
			delete(l.in.byID, l.id)
		}
		for _, a := range l.authors {
			if a == nil {
				continue
			}
			if a.said = a.said[1:]; len(a.said) == 0 { // it was the oldest of theirs as well
				delete(l.in.byUser, a.name)
			}
		}
		l.counted = true
		t.tally(l, 1)
	}
}

// act takes note of what was done.
func (t *Trial) act(r *room, e *chatlog.Entry) {
	if e.Kind == chatlog.KindCase && e.Status == moderate.Undone {
		t.undo(e.Case)
		return
	}
	if e.Kind == "delete" && e.Target != nil && e.Target.Ref() == e.User.Ref() {
		return // of one's own line
	}
	d, who := deedOf(e)
	lines := r.about(e)
	switch {
	case who == bot:
	case len(lines) == 0:
		t.report.Actions++
		t.report.Unplaced++
	case who == moderator:
		t.report.Actions++ // of others it shows later whether the bot was it
	}
	for _, l := range lines {
		if old := l.deeds[who]; old == nil || compare(old.step, d.step) < 0 {
			l.deeds[who] = d
		}
		if e.Case != "" {
			t.cases[e.Case] = l
		}
	}
}

// undo is a case that a moderator took back, perhaps long after.
func (t *Trial) undo(number string) {
	l := t.cases[number]
	if l == nil {
		return
	}
	if l.counted {
		t.tally(l, -1)
	}
	if l.undone = true; l.counted {
		t.tally(l, 1)
	}
}

func deedOf(e *chatlog.Entry) (*deed, doer) {
	d := &deed{at: e.At, step: moderate.Step{Do: string(e.Kind), For: e.Length}, by: e.User.Name, reason: e.Reason}
	switch {
	case e.Kind == chatlog.KindCase:
		d.step.Do, d.by = e.Step, e.Person
		if e.Person == "" {
			return d, bot
		}
	case e.Self || e.User.IsBot:
		return d, bot
	case e.User.Ref() == (engine.UserRef{}):
		return d, somebody
	}
	return d, moderator
}

// oneDecision is within how long a moderator does several things for one reason, such as a
// deletion and a timeout.
const oneDecision = time.Minute

// about are the lines that something was done about: the message that is named; else, of who it was
// done to, what the rules found within the window and nothing was done about before, or if that
// is nothing the last they said.
func (r *room) about(e *chatlog.Entry) []*line {
	if lines := r.named(e); len(lines) > 0 {
		return lines
	}
	if e.Target == nil || e.Kind == "delete" {
		return nil
	}
	for _, n := range namesOf(e.Target) {
		by := r.byUser[n]
		if by == nil {
			continue
		}
		found := slices.DeleteFunc(slices.Clone(by.said), func(l *line) bool {
			d := l.deeds[moderator]
			return l.hit == nil || d != nil && e.At.Sub(d.at) > oneDecision
		})
		if len(found) == 0 {
			found = by.said[len(by.said)-1:]
		}
		return found
	}
	return nil
}

// named are the lines of the messages that an entry names.
func (r *room) named(e *chatlog.Entry) (lines []*line) {
	for _, id := range append([]engine.MessageID{e.Message}, e.Deleted...) {
		if l := r.byID[id]; l != nil && !slices.Contains(lines, l) {
			lines = append(lines, l)
		}
	}
	return lines
}

// compare tells which of two steps is the harsher.
func compare(a, b moderate.Step) int {
	long := func(s moderate.Step) time.Duration {
		if s.For == 0 {
			return 1<<63 - 1
		}
		return s.For
	}
	return cmp.Or(cmp.Compare(slices.Index(moderate.Steps(), a.Do), slices.Index(moderate.Steps(), b.Do)), cmp.Compare(long(a), long(b)))
}
