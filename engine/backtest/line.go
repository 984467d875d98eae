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
	room    engine.RoomPath
	user    string
	text    string
	key     place          // of its message
	authors []place        // keys of who said it
	hit     *moderate.Case // what the rules would have done, nil if nothing
	deeds   [doers]*deed   // the harshest of each
	undone  bool           // what the bot did was taken back
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

func (t *Trial) add(e *chatlog.Entry) *line {
	l := &line{at: t.clock.now, room: e.Where(), user: e.User.Name, text: e.Text, authors: userKeys(e, &e.User)}
	t.recent = append(t.recent, l)
	if e.Message != "" {
		l.key = messageKey(e)
		t.byID[l.key] = l
	}
	for _, key := range l.authors {
		t.byUser[key] = append(t.byUser[key], l)
	}
	return l
}

// place is what something is found by in a room: a message or a user by its ID, a user by
// the name.
type place struct {
	session engine.SessionID
	room    engine.RoomID
	what    byte
	value   string
}

func messageKey(e *chatlog.Entry) place { return place{e.Session, e.Room, 'm', string(e.Message)} }

// userKeys are what a user of a room is found by, the surest first.
func userKeys(e *chatlog.Entry, u *engine.User) []place {
	keys := make([]place, 0, 2)
	if u.ID != "" {
		keys = append(keys, place{e.Session, e.Room, 'i', string(u.ID)})
	}
	if u.Name != "" {
		keys = append(keys, place{e.Session, e.Room, 'n', u.Name})
	}
	return keys
}

// forget counts the lines from before a time, about which nothing more can be done.
func (t *Trial) forget(before time.Time) {
	for len(t.recent) > 0 && t.recent[0].at.Before(before) {
		l := t.recent[0]
		t.recent[0] = nil
		t.recent = t.recent[1:]
		if t.byID[l.key] == l {
			delete(t.byID, l.key)
		}
		for _, key := range l.authors { // the oldest of theirs as well
			if rest := t.byUser[key][1:]; len(rest) > 0 {
				t.byUser[key] = rest
			} else {
				delete(t.byUser, key)
			}
		}
		l.counted = true
		t.tally(l, 1)
	}
}

// act takes note of what was done.
func (t *Trial) act(e *chatlog.Entry) {
	if e.Kind == chatlog.KindCase && e.Status == moderate.Undone {
		t.undo(e.Case)
		return
	}
	if e.Kind == "delete" && e.Target != nil && e.Target.Ref() == e.User.Ref() {
		return // of one's own line
	}
	d, who := deedOf(e)
	lines := t.about(e)
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
func (t *Trial) about(e *chatlog.Entry) []*line {
	if lines := t.named(e); len(lines) > 0 {
		return lines
	}
	if e.Target == nil || e.Kind == "delete" {
		return nil
	}
	for _, key := range userKeys(e, e.Target) {
		said := t.byUser[key]
		if len(said) == 0 {
			continue
		}
		found := slices.DeleteFunc(slices.Clone(said), func(l *line) bool {
			d := l.deeds[moderator]
			return l.hit == nil || d != nil && e.At.Sub(d.at) > oneDecision
		})
		if len(found) == 0 {
			found = said[len(said)-1:]
		}
		return found
	}
	return nil
}

// named are the lines of the messages that an entry names.
func (t *Trial) named(e *chatlog.Entry) (lines []*line) {
	for _, id := range append([]engine.MessageID{e.Message}, e.Deleted...) {
		if l := t.byID[place{e.Session, e.Room, 'm', string(id)}]; id != "" && l != nil && !slices.Contains(lines, l) {
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
