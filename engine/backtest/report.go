package backtest

import (
	"maps"
	"slices"
	"strings"
	"time"

	"botd/engine"
)

// Report is what a trial found.
type Report struct {
	From   time.Time     `json:"from,omitzero"` // of the first entry in rooms that the rules cover
	To     time.Time     `json:"to,omitzero"`
	Window time.Duration `json:"window"` // in ns, see [Options]
	Lines  int           `json:"lines"`  // that people said there

	// Hit are the lines that a rule hits, by who else did something about them; Pass the others.
	Hit  Outcomes `json:"hit"`
	Pass Outcomes `json:"pass"`

	Actions  int `json:"actions"`  // of moderators
	Unplaced int `json:"unplaced"` // those about nothing that was said within the window
	// Steps compares what the rules and the moderators did, where both did something.
	Steps Steps `json:"steps"`

	Rules  []*RuleReport `json:"rules"`
	Misses []Example     `json:"misses"` // lines that moderators acted on and no rule hits
}

// Outcomes counts lines by who did something about them.
type Outcomes struct {
	Moderators int `json:"moderators"`
	TakenBack  int `json:"taken_back"` // the bot did, and a moderator took it back
	Bot        int `json:"bot"`        // only the bot did
	Nobody     int `json:"nobody"`
}

// All is how many lines there are.
func (o Outcomes) All() int { return o.Moderators + o.TakenBack + o.Bot + o.Nobody }

// Steps compares steps of rules with those of moderators.
type Steps struct {
	Gentler int `json:"gentler"` // the rules were
	Same    int `json:"same"`
	Harsher int `json:"harsher"`
}

// RuleReport is about one rule. A line counts for the first rule that it breaks.
type RuleReport struct {
	Script string         `json:"script"`
	Rules  string         `json:"rules"`
	Rule   int            `json:"rule"` // its number, from 1
	Kind   string         `json:"kind"`
	Hits   Outcomes       `json:"hits"`
	Steps  map[string]int `json:"steps"`  // that would have been taken
	Alarms []Example      `json:"alarms"` // hits that no moderator acted on, or that were taken back
}

// StepNames lists the steps that would have been taken, the most frequent first.
func (r *RuleReport) StepNames() []string {
	return slices.SortedFunc(maps.Keys(r.Steps), func(a, b string) int {
		if d := r.Steps[b] - r.Steps[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
}

// Example is a line with what was done about it.
type Example struct {
	At     time.Time       `json:"time"`
	Room   engine.RoomPath `json:"room"`
	User   string          `json:"user"`
	Text   string          `json:"text"`             // its beginning
	Detail string          `json:"detail,omitempty"` // what the rule found
	Step   string          `json:"step,omitempty"`   // of the rules
	Done   string          `json:"done,omitempty"`   // by the moderator
	By     string          `json:"by,omitempty"`
	Reason string          `json:"reason,omitempty"`
}

const maxExcerpt = 160 // runes

func excerpt(s string) string {
	if r := []rune(s); len(r) > maxExcerpt {
		return string(r[:maxExcerpt]) + "…"
	}
	return s
}

// Report ends the trial.
func (t *Trial) Report() *Report {
	t.forget(t.clock.now.Add(1))
	return &t.report
}

// tally counts a line, or with n = -1 takes that back.
func (t *Trial) tally(l *line, n int) {
	did := l.deeds[moderator]
	if did == nil && l.deeds[bot] == nil {
		if did = l.deeds[somebody]; did != nil && !did.action {
			did.action = true
			t.report.Actions++
		}
	}
	t.report.Lines += n
	if l.hit == nil {
		l.outcome(&t.report.Pass, did, n)
		if did != nil && n > 0 && len(t.report.Misses) < t.opt.Examples {
			t.report.Misses = append(t.report.Misses, l.example(did))
		}
		return
	}
	r := t.rules[ruleKey{l.hit.Script, l.hit.Rules, l.hit.Rule}]
	l.outcome(&t.report.Hit, did, n)
	l.outcome(&r.Hits, did, n)
	r.Steps[l.hit.Wanted.String()] += n
	switch {
	case did != nil:
		t.report.Steps.add(compare(l.hit.Wanted, did.step), n)
	case n > 0 && (l.undone || l.deeds[bot] == nil) && len(r.Alarms) < t.opt.Examples:
		r.Alarms = append(r.Alarms, l.example(nil))
	}
}

func (l *line) outcome(o *Outcomes, did *deed, n int) {
	switch {
	case did != nil:
		o.Moderators += n
	case l.undone:
		o.TakenBack += n
	case l.deeds[bot] != nil:
		o.Bot += n
	default:
		o.Nobody += n
	}
}

func (s *Steps) add(order, n int) {
	switch order {
	case -1:
		s.Gentler += n
	case 0:
		s.Same += n
	default:
		s.Harsher += n
	}
}

func (l *line) example(did *deed) Example {
	x := Example{At: l.at, Room: l.in.path, User: l.user, Text: excerpt(l.text)}
	if l.hit != nil {
		x.Detail, x.Step = l.hit.Detail, l.hit.Wanted.String()
	}
	if did != nil {
		x.Done, x.By, x.Reason = did.step.String(), did.by, did.reason
	}
	return x
}
