package hctv

import (
	"strconv"

	"botd/engine"
)

// maxPeople bounds how many people of a channel are remembered.
const maxPeople = 2000

// people are those who were seen to say something. There is no other way to learn ids,
// which moderation needs.
type people struct {
	byID   map[engine.UserID]*person
	byName map[string]*person // humans, who alone can be moderated
	clock  uint64
}

type person struct {
	user  engine.User
	extra map[string]any
	seen  uint64
}

func newPeople() people {
	return people{byID: map[engine.UserID]*person{}, byName: map[string]*person{}}
}

// meet takes note of the author of a message.
func (p *people) meet(a *author) *person {
	who := p.byID[a.ID]
	if who == nil || a.ID == "" {
		if len(p.byID) >= maxPeople {
			p.forget()
		}
		who = &person{}
		p.byID[a.ID] = who
	}
	p.clock++
	fresh := person{user: a.user(), seen: p.clock}
	if a.PfpURL != "" {
		fresh.extra = map[string]any{"pfpUrl": a.PfpURL}
	}
	if old := who.user.Name; old != fresh.user.Name && p.byName[old] == who {
		delete(p.byName, old)
	}
	*who = fresh
	if !a.IsBot {
		p.byName[a.Username] = who
	}
	return who
}

// forget drops who was silent longest.
func (p *people) forget() {
	var oldest *person
	for _, who := range p.byID {
		if oldest == nil || who.seen < oldest.seen {
			oldest = who
		}
	}
	delete(p.byID, oldest.user.ID)
	if p.byName[oldest.user.Name] == oldest {
		delete(p.byName, oldest.user.Name)
	}
}

// named is the human of a name as an event shows them; only the name if nobody knows.
func (p *people) named(name string) engine.User {
	if who := p.byName[name]; who != nil {
		return who.user
	}
	return engine.User{Name: name, Role: engine.Member}
}

// find looks for whom an action means.
func (p *people) find(ref engine.UserRef) (engine.User, bool) {
	who := p.byID[ref.ID]
	if ref.ID == "" {
		who = p.byName[ref.Name]
	}
	if who == nil {
		return engine.User{}, false
	}
	return who.user, true
}

// target is whom a command is to act on. An id nobody knows is believed: it may be from
// another channel, or from before a restart. A name is not.
func (p *people) target(ref engine.UserRef) (engine.User, error) {
	who, known := p.find(ref)
	switch {
	case known && who.IsBot:
		return who, engine.Errorf(engine.Invalid, "%s is a bot: bots cannot be moderated here, only their messages deleted", who.Name)
	case known:
		return who, nil
	case ref.ID != "":
		return engine.User{ID: ref.ID}, nil
	}
	return who, strangerError(ref)
}

func strangerError(ref engine.UserRef) *engine.Error {
	name := strconv.Quote(ref.Name)
	if ref.Name == "" {
		name = strconv.Quote(string(ref.ID))
	}
	return engine.Errorf(engine.NotFound, "%s has said nothing here that the bot saw, so the id is not known", name)
}
