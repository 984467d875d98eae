package host

import (
	"fmt"
	"slices"
	"time"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/script"
	"botd/engine/supervisor"
	"botd/engine/trace"
)

// Way is what became of one event.
type Way struct {
	Event   *engine.Event `json:"event"`
	Command string        `json:"command,omitempty"` // the command word, if it is one
	// Reason is the most telling reason why nothing came of it, "" if something did; or why
	// the event was taken out, whatever was done about it.
	Reason trace.Reason `json:"reason,omitempty"`
	Text   string       `json:"text,omitempty"`   // more about it
	Script string       `json:"script,omitempty"` // whose reason it is
	// Filters are what filters of scripts did to it: dropped it, or gave it another text.
	Filters []trace.Step `json:"filters,omitempty"`
	Scripts []ScriptWay  `json:"scripts"`
	Omitted int          `json:"omitted,omitempty"` // steps that were too many to remember
}

// ScriptWay is what one script made of an event. The daemon's own answers are under the
// name botd.
type ScriptWay struct {
	Script string `json:"script"`
	State  string `json:"state,omitempty"` // as of now: running, failed, suspended …
	Saw    bool   `json:"saw"`             // one of its handlers was called
	// Reason is the most telling reason why nothing came of it here, "" if something did.
	Reason   trace.Reason `json:"reason,omitempty"`
	Text     string       `json:"text,omitempty"`
	Handlers []trace.Step `json:"handlers,omitempty"` // those that were called, and why others were not
	Actions  []trace.Step `json:"actions,omitempty"`  // what it sent or tried, and what the network said
	Note     string       `json:"note,omitempty"`
}

// Why tells what became of an event: which scripts saw it, what stopped which of them,
// what they sent. NotFound if the event is of another run, or too long ago. What was not
// noted when it happened, such as a filter that left the event out, is worked out from the
// scripts as they are now.
func (h *Host) Why(id engine.EventID) (Way, error) {
	ev := h.bus.Find(id)
	if ev == nil {
		return Way{}, engine.Errorf(engine.NotFound, "no event %q is remembered: it is of another run, or too long ago; 'botd why' lists the latest", id)
	}
	q := investigation{h: h, ev: ev, p: h.prepare(ev)}
	var steps []trace.Step
	var w Way
	steps, w.Omitted, q.known = h.trace.Of(id)
	w.Filters = q.filtered(steps)
	if before, held := h.sieve.Holds(ev); held {
		steps = append(steps, trace.Step{Reason: trace.Waiting, Text: fmt.Sprintf("it waits for the filters of the room, behind %d others", before)})
	}
	w.Event, w.Command = ev, q.p.Command
	w.Scripts = q.scripts(steps)
	q.judge(&w, steps)
	return w, nil
}

// Latest returns up to n of the latest events, oldest first.
func (h *Host) Latest(n int) []*engine.Event { return h.bus.Last(n) }

// investigation is about one event.
type investigation struct {
	h     *Host
	ev    *engine.Event
	p     dispatch.Prepared
	known bool // nothing noted about it was forgotten
}

// filtered finds what filters did to the event. From there on it is about the text they made.
func (q *investigation) filtered(steps []trace.Step) (out []trace.Step) {
	for _, s := range steps {
		if s.Script != "" || !slices.Contains(filterReasons, s.Reason) {
			continue
		}
		out = append(out, s)
		if m, ok := q.ev.Body.(engine.Message); ok && s.Reason == trace.Changed {
			changed := *q.ev
			m.Text = s.Became
			changed.Body = m
			q.p = q.h.prepare(&changed)
		}
	}
	return out
}

// filterReasons are what filters do.
var filterReasons = []trace.Reason{trace.Dropped, trace.FilterFailed, trace.Overflow, trace.Changed}

// scripts asks all there are, and those that were there.
func (q *investigation) scripts(steps []trace.Step) []ScriptWay {
	of := map[string][]trace.Step{}
	for _, s := range steps {
		of[s.Script] = append(of[s.Script], s)
	}
	ofAll := slices.DeleteFunc(of[""], func(s trace.Step) bool { return !s.Reason.TakesOut() && s.Reason != trace.Waiting })
	out := []ScriptWay{}
	for _, st := range q.h.scripts.Status() {
		out = append(out, q.script(st, slices.Concat(of[st.Name], ofAll)))
		delete(of, st.Name)
	}
	delete(of, "")
	for name, list := range of {
		out = append(out, q.script(script.Status{Name: name}, list))
	}
	return out
}

func (q *investigation) script(st script.Status, steps []trace.Step) ScriptWay {
	w := ScriptWay{Script: st.Name, State: st.State}
	whole := w.take(steps)
	for i, a := range w.Actions {
		if a.Status == "" {
			w.Actions[i] = q.pending(a)
		}
	}
	if table := q.h.scripts.Tables().Of(st.Name); table != nil {
		q.others(&w, st, table.Explain(&q.p), &whole)
	} else if whole.Reason == "" && !w.Saw && st.State != "" {
		whole = trace.Step{Reason: trace.NotLoaded, Text: st.Problem}
	}
	if st.Since.After(q.ev.At) && q.ev.At.After(q.h.started) {
		w.Note = "loaded again at " + st.Since.Local().Format(time.TimeOnly) + ", after the event: what it left out is told as it is now"
	}
	w.judge(whole)
	return w
}

// take sorts what was noted. What is about the script as a whole is returned.
func (w *ScriptWay) take(steps []trace.Step) (whole trace.Step) {
	for _, s := range steps {
		switch {
		case s.Action != "":
			i := slices.IndexFunc(w.Actions, func(a trace.Step) bool { return a.Call != 0 && a.Call == s.Call })
			if i < 0 {
				w.Actions = append(w.Actions, s)
			} else {
				w.Actions[i] = s
			}
		case s.Handler != "":
			w.Saw = w.Saw || !slices.Contains(leftOut, s.Reason)
			w.handler(s)
		default:
			whole = s
		}
	}
	return whole
}

// leftOut are the reasons for which a handler is not called at all.
var leftOut = []trace.Reason{trace.Stopped, trace.Filter, trace.OtherRoom, trace.OwnMessage, trace.History, trace.Role, trace.Pattern}

// handler joins what was noted about one handler.
func (w *ScriptWay) handler(s trace.Step) {
	i := slices.IndexFunc(w.Handlers, func(h trace.Step) bool { return h.Handler == s.Handler })
	if i < 0 {
		w.Handlers = append(w.Handlers, s)
		return
	}
	h := &w.Handlers[i]
	if s.Ended && s.Reason == "" && h.Reason != trace.Waiting { // why it did not go on has been said
		s.Reason, s.Text = h.Reason, h.Text
	}
	*h = s
}

// pending says what an action without a receipt waits for.
func (q *investigation) pending(a trace.Step) trace.Step {
	a.Queued = q.h.opt.Clock.Now().Sub(a.At)
	a.Reason, a.Text = trace.Flood, "it is on its way, or waits for its turn"
	session, _, _ := a.Room.Split()
	for _, s := range q.h.super.Status() {
		if s.Session == session && s.State != supervisor.Online {
			a.Reason, a.Text = trace.Offline, "the session is "+string(s.State)
		}
	}
	return a
}

// others adds the handlers that were not called.
func (q *investigation) others(w *ScriptWay, st script.Status, verdicts []dispatch.Verdict, whole *trace.Step) {
	if len(verdicts) == 0 && whole.Reason == "" && !w.Saw {
		*whole = trace.Step{Reason: trace.NoHandler}
	}
	for _, v := range verdicts {
		switch {
		case v.Sub == nil:
			*whole = trace.Step{Reason: v.Reason, Text: v.Text}
		case !slices.ContainsFunc(w.Handlers, func(h trace.Step) bool { return h.Handler == v.Sub.Title() }):
			s := trace.Step{Handler: v.Sub.Title(), Reason: v.Reason, Text: v.Text}
			if s.Reason == "" {
				s.Reason, s.Text = q.missed(w, st, v.Sub, *whole)
			}
			if s.Reason != "" {
				w.Handlers = append(w.Handlers, s)
			}
		}
	}
}

// missed says why a handler that would take the event was not called.
func (q *investigation) missed(w *ScriptWay, st script.Status, sub *dispatch.Sub, whole trace.Step) (trace.Reason, string) {
	before, queued := q.h.scripts.Queued(st.Name, q.ev.ID)
	switch {
	case queued:
		return trace.Waiting, fmt.Sprintf("it is in the mailbox of the script, behind %d others", before)
	case whole.Reason != "":
		return whole.Reason, whole.Text
	case st.Process != 0 && len(w.Handlers) > 0: // the daemon knows only roughly what a process waits for
		return "", ""
	case sub.Filter.Text != nil && w.Saw:
		return trace.Pattern, ""
	case !q.known:
		return trace.Forgotten, ""
	case st.Since.After(q.ev.At):
		return trace.NotLoaded, "it was loaded at " + st.Since.Local().Format(time.TimeOnly) + ", after the event"
	case sub.Filter.Text != nil:
		return trace.Pattern, ""
	}
	return trace.NotLoaded, "it did not wait for it at that time"
}

// telling has the reasons in the order in which they are worth telling: what is nearest to
// an effect first.
var telling = []trace.Reason{
	trace.Failed, trace.Unknown, trace.Offline, trace.Flood, trace.OutboxFull, trace.Grant, trace.Capability, trace.BadAction,
	trace.FilterFailed, trace.HandlerError, trace.Limit, trace.Cooldown, trace.Busy, trace.Usage, trace.Role, trace.Cancelled, trace.Waiting, trace.DryRun,
	trace.Suspended, trace.MailboxFull, trace.Stopped, trace.Moderated, trace.Dropped, trace.Overflow, trace.Answer, trace.Repeated, trace.OwnMessage, trace.History,
	trace.Changed, trace.NotLoaded,
	trace.UnknownCommand, trace.Quiet, trace.Pattern, trace.Filter, trace.OtherRoom, trace.NoHandler, trace.NoScript, trace.Forgotten,
}

func worthTelling(a, b trace.Reason) bool {
	return b == "" || slices.Index(telling, a) < slices.Index(telling, b)
}

// done reports whether something came of an action.
func done(a trace.Step) bool { return a.Status == engine.Echoed || a.Status == engine.Sent }

// judge finds the most telling reason of a script.
func (w *ScriptWay) judge(whole trace.Step) {
	if slices.ContainsFunc(w.Actions, func(a trace.Step) bool { return done(a) && a.Reason == "" }) {
		for _, h := range w.Handlers { // a usage message is an answer, and not the one hoped for
			if h.Reason == trace.Usage {
				w.Reason, w.Text = h.Reason, h.Text
			}
		}
		return
	}
	w.Reason, w.Text = whole.Reason, whole.Text
	for _, s := range slices.Concat(w.Actions, w.Handlers) {
		reason := s.Reason
		if reason == "" {
			reason = trace.Quiet
		}
		if worthTelling(reason, w.Reason) {
			w.Reason, w.Text = reason, s.Text
		}
	}
}

// judge finds the most telling reason of all.
func (q *investigation) judge(w *Way, steps []trace.Step) {
	reasons := []ScriptWay{}
	takenOut := slices.ContainsFunc(steps, func(s trace.Step) bool { return s.Script == "" && s.Reason.TakesOut() })
	for _, s := range w.Scripts {
		if s.Reason == "" && takenOut {
			continue // it did something about the event, and did not get it either
		}
		if s.Reason == "" {
			return // somebody did something
		}
		reasons = append(reasons, s)
	}
	for _, s := range steps {
		if s.Script == "" {
			reasons = append(reasons, ScriptWay{Reason: s.Reason, Text: s.Text})
		}
	}
	if len(w.Scripts) == 0 {
		reasons = append(reasons, ScriptWay{Reason: trace.NoScript})
	}
	if w.Command != "" && !q.h.isCommand(&q.p) {
		reasons = append(reasons, ScriptWay{Reason: trace.UnknownCommand, Text: q.p.Prefix + clip(w.Command)})
	}
	for _, r := range reasons {
		if worthTelling(r.Reason, w.Reason) {
			w.Reason, w.Text, w.Script = r.Reason, r.Text, r.Script
		}
	}
}
