package dispatch

import (
	"cmp"
	"slices"

	"botd/engine"
	"botd/engine/trace"
)

// Screen makes a subscription a filter, bot.filter in scripts: it is asked about messages
// before anybody gets them, and may drop them or give them another text.
type Screen struct {
	Priority int    // those with more come first
	Closed   bool   // what it fails to decide about is dropped; else it goes on
	Order    uint64 // among those of the script, growing; given by [Builder.Add] if 0
}

// Place is where a filter stands in the order of all filters: more Priority first, then by the
// names of the scripts, then in the order in which a script added them.
type Place struct {
	Priority int
	Script   string
	Order    uint64
}

// Compare orders places; less than 0 is before.
func (p Place) Compare(q Place) int {
	return cmp.Or(cmp.Compare(q.Priority, p.Priority), cmp.Compare(p.Script, q.Script), cmp.Compare(p.Order, q.Order))
}

// Stage is a filter that an event has to pass.
type Stage struct {
	Place
	Closed bool
	Title  string // for people: "filter at calm.lua:3"
	// Ask lets the filter decide. It does not block, and done is called once, from any
	// goroutine, before Ask returns perhaps. After giveUp nobody waits for that any more.
	Ask func(p *Prepared, done func(Ruling)) (giveUp func())
}

// Ruling is what a filter decided. The zero value lets the event go on as it is.
type Ruling struct {
	Drop    bool   `json:",omitempty"`
	Changed bool   `json:",omitempty"` // to Text
	Text    string `json:",omitempty"`
	// Failed tells that it did not decide, and Why has more.
	Failed trace.Reason `json:",omitempty"`
	Why    string       `json:",omitempty"`
	// Unasked: it failed before its function was called.
	Unasked bool `json:",omitempty"`
	// Again: it was not asked, for its script was replaced; there may be another one.
	Again bool `json:"-"`
}

// MaxText bounds what a filter may make of a text, in bytes: it waits in the mailboxes of
// all scripts.
const MaxText = 16 << 10

// screened reports whether filters are asked about an event: about what others say, in
// rooms and in private, as it happens.
func screened(ev *engine.Event) bool {
	_, ok := ev.Body.(engine.Message)
	return ok && !ev.Self && !ev.History
}

// Screens is how many filters there are in the table.
func (t *Table) Screens() int {
	if t == nil {
		return 0
	}
	return len(t.screens)
}

// EachScreen calls fn with every filter, in their order.
func (t *Table) EachScreen(fn func(*Sub)) {
	for _, e := range t.screens {
		fn(&e.Sub)
	}
}

// NextScreen finds the first filter behind a place that wants an event, if the table is
// that of script; nil if there is none.
func (t *Table) NextScreen(p *Prepared, script string, after *Place) *Sub {
	if len(t.screens) == 0 || !t.sees(p.Event) {
		return nil
	}
	for _, e := range t.screens {
		if after != nil && e.place(script).Compare(*after) <= 0 {
			continue
		}
		if e.filter.accepts(p) {
			return &e.Sub
		}
	}
	return nil
}

// FirstScreen finds the first filter behind a place that an event has to pass, of the scripts
// that may have any. What holds a script is an S: table gives its name and what it waits for,
// ask puts a question to one of its filters, as [Stage.Ask].
func FirstScreen[S any](
	all []S, table func(S) (script string, t *Table), p *Prepared, after *Place, may func(script string) bool,
	ask func(s S, filter *Sub, p *Prepared, done func(Ruling)) (giveUp func()),
) (st Stage, ok bool) {
	for _, s := range all {
		script, t := table(s)
		if t.Screens() == 0 || !may(script) {
			continue
		}
		sub := t.NextScreen(p, script, after)
		if sub == nil || ok && sub.Place(script).Compare(st.Place) >= 0 {
			continue
		}
		ok = true
		st = Stage{Place: sub.Place(script), Closed: sub.Screen.Closed, Title: sub.Title(), Ask: func(p *Prepared, done func(Ruling)) func() {
			return ask(s, sub, p, done)
		}}
	}
	return st, ok
}

// Place is where a filter of a script stands.
func (s *Sub) Place(script string) Place { return Place{s.Screen.Priority, script, s.Screen.Order} }

func (e *entry) place(script string) Place { return e.Sub.Place(script) }

func sortScreens(list []*entry) {
	slices.SortFunc(list, func(a, b *entry) int { return a.place("").Compare(b.place("")) })
}
