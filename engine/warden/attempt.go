package warden

import (
	"fmt"
	"slices"
	"sync"

	"botd/engine"
	"botd/engine/moderate"
)

// attempt is a case on its way. It ends when the network has answered all that was asked
// of it.
type attempt struct {
	ev   engine.EventID
	told string
	rest []engine.MessageID          // further lines of the same offence, to be deleted with a step beyond a word
	done func(*moderate.Case, error) // nil if nobody waits

	mu       sync.Mutex
	c        *moderate.Case
	caps     engine.Capabilities // as of the beginning, without what was refused
	clearing bool                // the line is deleted besides the step
	left     int                 // answers that are missing
	err      error               // why the step failed
}

// begin writes a case down, and does what it wants, or what the network has of it.
func (w *Warden) begin(a *attempt) {
	c := a.c
	caps, ok := w.opt.Caps(c.Session, c.Room)
	if a.caps = caps; c.Message == "" {
		a.caps.Can = caps.Can.Without(engine.CapDelete) // there is nothing to name it by
	}
	if ok {
		ok = a.plan()
	} else {
		a.refuse(engine.NotFound, "the bot is not in %s", engine.Path(c.Session, c.Room))
	}
	w.open(c) // with the step: if botd ends before the answer it is known what may have been done
	if !ok {
		w.end(a)
		return
	}
	lines := a.lines()
	a.left = 1 + len(lines)
	w.try(a)
	for _, id := range lines {
		w.act(c, a.ev, engine.Delete{Room: c.Room, Message: id, Author: c.User.Ref(), Reason: c.Why}, func(r engine.Receipt) { w.deleted(a, id, r) })
	}
}

// plan finds the step that the network has.
func (a *attempt) plan() bool {
	c, ok := a.c, false
	if c.Taken, ok = c.Wanted.On(a.caps); !ok {
		a.refuse(engine.Unsupported, "%s can do nothing like %s here", network(c), c.Wanted)
		return false
	}
	if c.Taken != c.Wanted {
		note(c, "%s has no %s here, so: %s", network(c), c.Wanted, c.Taken)
	}
	return true
}

func (a *attempt) refuse(code engine.Code, format string, args ...any) {
	a.c.Status = moderate.Failed
	note(a.c, format, args...)
	a.err = engine.Errorf(code, format, args...)
}

func network(c *moderate.Case) string {
	if c.Platform == "" {
		return "the network"
	}
	return c.Platform
}

// lines are what is deleted besides the step: the line that led to it, and the others.
func (a *attempt) lines() []engine.MessageID {
	c := a.c
	if !c.Taken.Beyond() || c.Message == "" || !a.caps.Can.Has(engine.CapDelete) {
		return nil
	}
	if c.Taken.Do == "delete" {
		return a.rest
	}
	a.clearing = true
	return append([]engine.MessageID{c.Message}, a.rest...)
}

func (w *Warden) try(a *attempt) {
	a.mu.Lock()
	step, action := a.c.Taken, actionFor(a.c, a.c.Taken, a.told, a.caps.Can)
	a.mu.Unlock()
	w.act(a.c, a.ev, action, func(r engine.Receipt) {
		if w.after(a, step, action, r) {
			w.try(a)
			return
		}
		w.answered(a)
	})
}

// after takes the receipt of a step. What a network turns out not to have is tried more
// gently; what it refuses otherwise is not: a gentler step would not reach the same person.
func (w *Warden) after(a *attempt, step moderate.Step, action engine.Action, r engine.Receipt) (again bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.c
	switch err := r.Error(); {
	case r.Status == engine.Failed && engine.CodeOf(err) == engine.Unsupported:
		note(c, "%s was refused", step)
		a.caps.Can = a.caps.Can.Without(action.Needs())
		if !a.plan() || a.clearing && c.Taken.Do == "delete" { // which is on its way
			return false
		}
		w.keep(c)
		return true
	case r.Status == engine.Failed:
		c.Status, a.err = moderate.Failed, err
		note(c, "%s failed: %s", step, engine.AsError(err).Msg)
		return false
	case r.Status == engine.Unknown:
		c.Status = moderate.Unknown
		note(c, "it is not known whether it took place")
	default:
		c.Status = moderate.Done
	}
	if step.Do == "delete" && c.Status == moderate.Done {
		c.Deleted = append(c.Deleted, c.Message)
	}
	if step.For > 0 {
		c.Until = w.opt.Clock.Now().Add(step.For).UTC()
	}
	return false
}

// deleted takes the receipt of a line that went besides the step. What somebody else has
// deleted is gone too.
func (w *Warden) deleted(a *attempt, id engine.MessageID, r engine.Receipt) {
	a.mu.Lock()
	if r.Status != engine.Failed && r.Status != engine.Unknown || engine.CodeOf(r.Error()) == engine.NotFound {
		a.c.Deleted = append(a.c.Deleted, id)
	}
	a.mu.Unlock()
	w.answered(a)
}

// answered ends the attempt with the last answer.
func (w *Warden) answered(a *attempt) {
	a.mu.Lock()
	a.left--
	over := a.left == 0
	if c := a.c; over && c.Status == moderate.Pending { // the step became the deletion that was on its way
		c.Status = moderate.Done
		if !slices.Contains(c.Deleted, c.Message) {
			a.refuse(engine.Unsupported, "the line was not deleted either")
		}
	}
	a.mu.Unlock()
	if over {
		w.end(a)
	}
}

func (w *Warden) end(a *attempt) {
	w.settle(a.c)
	if a.done != nil {
		a.done(a.c, a.err)
	}
}

func (w *Warden) act(c *moderate.Case, ev engine.EventID, action engine.Action, done func(engine.Receipt)) {
	o := Action{Script: c.Script, Event: ev, Session: c.Session, Action: action}
	w.opt.Do(o, w.aloud(o, done))
}

// note adds to what is to be known of a case.
func note(c *moderate.Case, format string, args ...any) {
	if c.Note != "" {
		c.Note += "; "
	}
	c.Note += fmt.Sprintf(format, args...)
}

func ids(list []engine.MessageID) []string {
	out := make([]string, len(list))
	for i, id := range list {
		out[i] = string(id)
	}
	return out
}
