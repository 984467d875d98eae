package outbox

import (
	"slices"
	"time"

	"botd/engine"
)

// entry is an item on its way: in a lane while todo is not empty, and settled once
// all parts have their receipt.
type entry struct {
	Item
	seq      uint64
	put      time.Time     // when it came
	waited   time.Duration // from then until its first part left
	started  bool
	room     *room
	size     int // bytes of text
	deadline time.Time
	alarm    alarm // at deadline, while in a lane

	queued     bool
	marked     bool
	prev, next *entry

	todo    []*part // still to be sent, in order
	one     part    // the only part of an item that is not split
	oneTodo [1]*part
	left    int // parts without a final receipt; 0 before prepare

	result engine.Receipt // the worst so far
	cause  string         // why the outbox itself failed it, "" if it did not
}

// part is one message of an entry.
type part struct {
	e        *entry
	index    int
	text     string
	attempt  int // how often it was given to Do
	retries  int // chances it had after the first
	inflight bool
	alarm    alarm // for the proof, while in flight
}

func newEntry(it Item) *entry {
	e := &entry{Item: it, size: len(engine.TextOf(it.Action))}
	if e.DropAfter <= 0 {
		e.DropAfter = DropAfter(it.Lane)
	}
	e.Lane = min(e.Lane, engine.LaneCount-1)
	e.alarm.Value.entry = e
	return e
}

// home is the room in whose queue the item waits. A Join waits for no room: it is
// what ends the wait.
func (e *entry) home() engine.RoomID {
	if _, ok := e.Action.(engine.Join); ok {
		return ""
	}
	return e.Action.In()
}

// prepare makes the parts on the first call; false means the text is too long.
func (e *entry) prepare(l engine.Limit, split func(string, engine.Limit) []string) bool {
	if e.left > 0 {
		return true
	}
	text := engine.TextOf(e.Action)
	if l.Fits(text) {
		e.one = part{e: e, text: text, alarm: alarm{Value: late{part: &e.one}}}
		e.oneTodo[0] = &e.one
		e.todo, e.left = e.oneTodo[:], 1
		return true
	}
	if !e.Split || !splittable(e.Action) {
		return false
	}
	texts := split(text, l)
	parts := make([]part, len(texts))
	e.todo = make([]*part, len(texts))
	for i, s := range texts {
		parts[i] = part{e: e, index: i, text: s, alarm: alarm{Value: late{part: &parts[i]}}}
		e.todo[i] = &parts[i]
	}
	e.left = len(texts)
	return e.left > 0
}

// splittable reports whether an action means the same in several parts.
func splittable(a engine.Action) bool {
	switch a.(type) {
	case engine.Say, engine.Whisper, engine.Emote:
		return true
	}
	return false
}

func tooLong(e *entry, l engine.Limit) *engine.Error {
	text := engine.TextOf(e.Action)
	if e.Split && splittable(e.Action) {
		return engine.Errorf(engine.Invalid, "the text is blank and over the limit of %d %s", l.Max, l.Unit)
	}
	if l.Max > 0 && l.Unit.Count(text) > l.Max {
		return engine.Errorf(engine.Invalid, "the text has %d %s, the limit here is %d", l.Unit.Count(text), l.Unit, l.Max)
	}
	return engine.Errorf(engine.Invalid, "the text has more than the %d lines allowed here", l.Lines)
}

// action is what goes to the session.
func (p *part) action() engine.Action {
	if p == &p.e.one {
		return p.e.Action
	}
	return engine.WithText(p.e.Action, p.text)
}

// again puts p back among the parts to be sent, in its old place.
func (e *entry) again(p *part) {
	i, _ := slices.BinarySearchFunc(e.todo, p, func(a, b *part) int { return a.index - b.index })
	e.todo = slices.Insert(slices.Clip(e.todo), i, p)
}

// merge takes a part's receipt into the entry's: the worst status and what comes with
// it, but always the first part's message.
func (e *entry) merge(r engine.Receipt, first bool) {
	message := e.result.Message
	if first {
		message = r.Message
	}
	if e.result.Status == "" || rank(r.Status) > rank(e.result.Status) {
		e.result = r
	}
	e.result.Message = message
}

func rank(s engine.Status) int {
	switch s {
	case engine.Echoed:
		return 0
	case engine.Sent:
		return 1
	case engine.Unknown:
		return 2
	}
	return 3
}
