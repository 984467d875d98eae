package isolate

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"botd/engine"
	"botd/engine/moderate"
	"botd/engine/script"
)

// ruled is the body of kindRules: rules under a number that the child gave them. The
// rooms are those that the script sees, which the daemon knows.
type ruled struct {
	Number uint64
	Origin origin
	Config moderate.Config
}

// maxChildRules bounds what is kept for a child: it is more than what a script may have, with
// those that are about to be replaced.
const maxChildRules = 1000

// desk asks whether the script may moderate.
func (c *child) desk(o origin) (none, error) {
	_, err := c.m.opt.Door.Moderation(c.origin(o))
	return none{}, err
}

// rules has rules hold while the child serves, until it takes them back: at once, or as soon
// as it takes over.
func (c *child) rules(r ruled) (none, error) {
	desk, err := c.m.opt.Door.Moderation(c.origin(r.Origin))
	if err != nil {
		return none{}, err
	}
	c.s.mu.Lock()
	bad := c.ruling[r.Number] != nil || len(c.ruling) >= maxChildRules
	c.s.mu.Unlock()
	if bad {
		return none{}, engine.Errorf(engine.Quota, "the script has %d sets of rules already", maxChildRules)
	}
	r.Config.Name = script.Printable(r.Config.Name)
	rules, err := desk.Prepare(c.source.Rooms, r.Config)
	if err != nil {
		return none{}, err
	}
	c.s.mu.Lock()
	over := c.ended
	if c.ruling == nil {
		c.ruling = map[uint64]script.Rules{}
	}
	c.ruling[r.Number] = rules
	if c.s.cur == c && !over {
		rules.Begin()
	}
	c.s.mu.Unlock()
	if over {
		c.closeRules()
	}
	return none{}, nil
}

// rule begins the rules of a child that takes over, in the order in which it made them. mu of
// the slot is held.
func (c *child) rule() {
	for _, n := range slices.Sorted(maps.Keys(c.ruling)) {
		c.ruling[n].Begin()
	}
}

// unrule ends rules. A child that is about to be replaced takes back all it has, which is
// to hold until the next one's do: the slot ends it then.
func (c *child) unrule(n uint64, _ none) error {
	c.s.mu.Lock()
	if c.s.swapping && c.s.cur == c {
		c.s.mu.Unlock()
		return nil
	}
	rules := c.ruling[n]
	delete(c.ruling, n)
	c.s.mu.Unlock()
	if rules != nil {
		rules.End()
	}
	return nil
}

// closeRules ends all rules of a child that is gone, or replaced.
func (c *child) closeRules() {
	c.s.mu.Lock()
	all := slices.Collect(maps.Values(c.ruling))
	clear(c.ruling)
	c.s.mu.Unlock()
	for _, rules := range all {
		rules.End()
	}
}

// moderation is the body of kindModerate: exactly one of the pointers is set.
type moderation struct {
	Origin  origin
	Session engine.SessionID `json:",omitempty"` // where, of an act or a nuke
	Room    engine.RoomID    `json:",omitempty"`
	Person  string           `json:",omitempty"` // who wants it, of a nuke or an undo
	Permit  *moderate.Permit `json:",omitempty"`
	Act     *moderate.Order  `json:",omitempty"`
	Nuke    *moderate.Nuke   `json:",omitempty"`
	Case    *string          `json:",omitempty"` // its number
	Cases   *moderate.Query  `json:",omitempty"`
	Undo    *string          `json:",omitempty"` // its number
}

// moderated is the body of kindModerated.
type moderated struct {
	Err   *failure `json:",omitempty"`
	Case  *moderate.Case
	Cases []moderate.Case
	Nuked *moderate.Nuked
}

// moderate carries out what a child wants of the moderation kit; the answer follows as
// kindModerated. A script may only do so in rooms that it sees.
func (c *child) moderate(id uint64, r moderation) error {
	answer := func(a moderated) { c.give(kindModerated, id, a) }
	if err := r.check(); err != nil {
		return err
	}
	desk, err := c.m.opt.Door.Moderation(c.origin(r.Origin))
	if err == nil && !c.mayAct() {
		err = engine.Errorf(engine.Quota, "%d requests wait for an answer already", maxActions)
	}
	if err != nil {
		answer(moderated{Err: failureOf(err)})
		return nil
	}
	var once sync.Once // done is called once, and the child is not to be believed about it
	c.dispense(desk, r, func(a moderated) {
		once.Do(func() {
			c.acted()
			answer(a)
		})
	})
	return nil
}

// check refuses what no child of this program sends.
func (r *moderation) check() error {
	set, texts := 0, []string{r.Person, string(r.Session), string(r.Room)}
	if p := r.Permit; p != nil {
		set++
		texts = append(texts, p.User.Name, string(p.User.ID), p.User.Account, p.User.Trip, p.User.Identity)
	}
	if o := r.Act; o != nil {
		set++
		texts = append(texts, o.User.Name, string(o.User.ID), o.User.Account, o.User.Trip, o.User.Identity, o.Person, string(o.Message))
	}
	for _, on := range []bool{r.Nuke != nil, r.Case != nil, r.Cases != nil, r.Undo != nil} {
		if on {
			set++
		}
	}
	if set != 1 {
		return fmt.Errorf("%d requests in one", set)
	}
	for _, text := range texts {
		if len(text) > maxEntryID {
			return fmt.Errorf("a text of %d bytes where a name should be", len(text))
		}
	}
	return nil
}

// dispense asks the desk.
func (c *child) dispense(desk script.Moderation, r moderation, done func(moderated)) {
	one := func(k moderate.Case, err error) { done(moderated{Err: failureOf(err), Case: &k}) }
	switch {
	case r.Permit != nil:
		desk.Permit(*r.Permit, func(err error) { done(moderated{Err: failureOf(err)}) })
	case r.Case != nil:
		c.seenCase(desk, *r.Case, one)
	case r.Cases != nil:
		desk.Cases(*r.Cases, c.seesCase, func(list []moderate.Case, err error) { done(moderated{Err: failureOf(err), Cases: list}) })
	case r.Undo != nil:
		c.seenCase(desk, *r.Undo, func(k moderate.Case, err error) {
			if err != nil {
				one(k, err)
				return
			}
			desk.Undo(k, script.Printable(r.Person), one)
		})
	case r.Act != nil:
		at, err := c.place(r.Session, r.Room)
		if err != nil {
			one(moderate.Case{}, err)
			return
		}
		o := *r.Act
		o.Person = script.Printable(o.Person)
		desk.Act(at, o, one)
	default:
		at, err := c.place(r.Session, r.Room)
		if err != nil {
			done(moderated{Err: failureOf(err)})
			return
		}
		desk.Nuke(at, *r.Nuke, script.Printable(r.Person), func(n moderate.Nuked, err error) { done(moderated{Err: failureOf(err), Nuked: &n}) })
	}
}

// seenCase looks up a case that the script may see.
func (c *child) seenCase(desk script.Moderation, id string, done func(moderate.Case, error)) {
	desk.Case(id, func(k moderate.Case, err error) {
		if err == nil && !c.seesCase(&k) {
			k, err = moderate.Case{}, engine.Errorf(engine.NotFound, "no case %s", script.Printable(id))
		}
		done(k, err)
	})
}

func (c *child) seesCase(k *moderate.Case) bool { return c.sees(k.Session, engine.Room{ID: k.Room}) }

func (c *child) sees(s engine.SessionID, r engine.Room) bool {
	seen := c.source.Rooms
	return len(seen) == 0 || slices.ContainsFunc(seen, func(g engine.RoomGlob) bool { return g.Match(s, r) })
}

// place is a room that the script sees, as the daemon knows it.
func (c *child) place(s engine.SessionID, id engine.RoomID) (script.RoomState, error) {
	at := script.RoomState{Session: s, Room: engine.Room{ID: id}}
	for _, r := range c.m.opt.Door.Rooms() {
		if r.Session == s && r.Room.ID == id {
			at = r
		}
	}
	if !c.sees(s, at.Room) {
		return at, engine.Errorf(engine.Denied, "the script does not have the room %s", engine.Path(s, id))
	}
	return at, nil
}

// What follows is the child's side.

// pipeDesk is a script's part of the moderation kit, which is in the daemon.
type pipeDesk struct {
	d *pipeDoor
	o origin
}

var _ script.Moderation = pipeDesk{}

func (d *pipeDoor) Moderation(o script.Origin) (script.Moderation, error) {
	if _, err := ask[none](d, kindDesk, originOf(o)); err != nil {
		return nil, err
	}
	return pipeDesk{d, originOf(o)}, nil
}

func (p pipeDesk) Prepare(_ []engine.RoomGlob, cfg moderate.Config) (script.Rules, error) {
	d := p.d
	d.mu.Lock()
	d.last++
	n := d.last
	d.mu.Unlock()
	if _, err := ask[none](d, kindRules, ruled{n, p.o, cfg}); err != nil {
		d.complain(err) // the rules themselves have been checked
		return nil, err
	}
	return pipeRules{d, n}, nil
}

// pipeRules are rules that the daemon has.
type pipeRules struct {
	d *pipeDoor
	n uint64
}

// Begin does nothing: the daemon knows when the script serves.
func (pipeRules) Begin() {}

func (r pipeRules) End() { _ = r.d.w.send(kindUnrule, r.n, none{}) } // without a daemon there are no rules

func (p pipeDesk) Permit(permit moderate.Permit, done func(error)) {
	p.send(moderation{Permit: &permit}, func(_ moderated, err error) { done(err) })
}

func (p pipeDesk) Act(at script.RoomState, o moderate.Order, done func(moderate.Case, error)) {
	p.send(moderation{Session: at.Session, Room: at.Room.ID, Act: &o}, ofCase(done))
}

func (p pipeDesk) Nuke(at script.RoomState, n moderate.Nuke, person string, done func(moderate.Nuked, error)) {
	p.send(moderation{Session: at.Session, Room: at.Room.ID, Person: person, Nuke: &n}, func(a moderated, err error) {
		if a.Nuked == nil {
			a.Nuked = &moderate.Nuked{}
		}
		done(*a.Nuked, err)
	})
}

func (p pipeDesk) Case(id string, done func(moderate.Case, error)) {
	p.send(moderation{Case: &id}, ofCase(done))
}

// Cases lists what the daemon lets the script see.
func (p pipeDesk) Cases(q moderate.Query, _ func(*moderate.Case) bool, done func([]moderate.Case, error)) {
	p.send(moderation{Cases: &q}, func(a moderated, err error) { done(a.Cases, err) })
}

func (p pipeDesk) Undo(k moderate.Case, person string, done func(moderate.Case, error)) {
	p.send(moderation{Person: person, Undo: &k.ID}, ofCase(done))
}

func ofCase(done func(moderate.Case, error)) func(moderated, error) {
	return func(a moderated, err error) {
		if a.Case == nil {
			a.Case = &moderate.Case{}
		}
		done(*a.Case, err)
	}
}

func (p pipeDesk) send(r moderation, done func(moderated, error)) {
	d := p.d
	r.Origin = p.o
	d.mu.Lock()
	d.last++
	id := d.last
	d.desks[id] = done
	d.mu.Unlock()
	if err := d.w.send(kindModerate, id, r); err != nil {
		d.moderated(id, &moderated{Err: failureOf(err)})
	}
}

// moderated hands an answer to whoever waits for it; nil is one that could not be sent.
func (d *pipeDoor) moderated(id uint64, a *moderated) {
	d.mu.Lock()
	done := d.desks[id]
	delete(d.desks, id)
	d.mu.Unlock()
	switch {
	case done == nil:
	case a == nil:
		done(moderated{}, engine.Errorf(engine.Quota, "too large: the answer about moderation"))
	case a.Err != nil:
		done(*a, a.Err.error())
	default:
		done(*a, nil)
	}
}
