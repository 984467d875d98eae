// Package localtest is the simulator of the local network for the conformance suite:
// a hub with a witness in each room who sees what the bot does.
package localtest

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/fstest"

	"botd/adapters/adaptertest"
	"botd/adapters/local"
	"botd/engine"
)

// New returns an adapter, and what makes simulators for it. The adapter's sessions
// live on the hub of the simulator made last.
func New() (engine.Adapter, func(testing.TB) adaptertest.Simulator) {
	hub := local.NewHub(local.Options{})
	adapter := local.Adapter(hub)
	adapter.New = func(settings any, env engine.Env) (engine.Session, error) {
		return local.Adapter(hub).New(settings, env)
	}
	return adapter, func(tb testing.TB) adaptertest.Simulator {
		s := newSimulator(tb)
		hub = s.hub
		return s
	}
}

const (
	nick     = "botd"
	outlaw   = "outlaw" // the nick of the bot that is banned
	fileName = "hello.txt"
)

type simulator struct {
	tb    testing.TB
	hub   *local.Hub
	rooms []engine.RoomID

	mu   sync.Mutex
	seen []engine.Event   // what the bot did, as the witnesses saw it
	told []engine.Message // what it whispered
	last *user            // who came last
}

var _ adaptertest.Simulator = (*simulator)(nil)

func newSimulator(tb testing.TB) *simulator {
	s := &simulator{
		tb: tb,
		hub: local.NewHub(local.Options{Files: fstest.MapFS{fileName: {Data: []byte("hello")}},
			Emoji: map[string]string{"yay": "https://emoji.example.test/yay.png"}}),
		rooms: []engine.RoomID{"one", "two"},
	}
	for _, id := range s.rooms {
		w := s.join(id, local.Visit{User: engine.User{Name: "witness", Role: engine.Owner}, Hear: s.witness})
		if rc := w.Do(engine.Ban{User: engine.UserRef{Name: outlaw}}); rc.Err != nil {
			tb.Fatal(rc.Err)
		}
	}
	return s
}

func (s *simulator) join(room engine.RoomID, v local.Visit) *local.Participant {
	s.tb.Helper()
	p, err := s.hub.Room(room).Join(v)
	if err != nil {
		s.tb.Fatal(err)
	}
	return p
}

// witness keeps what bots do in the two rooms.
func (s *simulator) witness(ev engine.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ev.User.IsBot {
		s.seen = append(s.seen, ev)
	}
}

func (s *simulator) Settings() any { return &local.Settings{Nick: nick, Role: engine.Admin} }
func (s *simulator) Denied() any   { return &local.Settings{Nick: outlaw, Role: engine.Admin} }

func (s *simulator) Rooms() []engine.RoomID { return s.rooms }

func (s *simulator) Dial(context.Context, string, string) (net.Conn, error) {
	return nil, errors.New("the local network has no wire")
}

// Enter gives each user an address, so that it can be banned.
func (s *simulator) Enter(room engine.RoomID, name string) adaptertest.User {
	u := &user{sim: s}
	u.p = s.join(room, local.Visit{User: engine.User{Name: name}, Address: "home of " + name, Hear: u.hear})
	s.last = u
	return u
}

func (s *simulator) Lines(room engine.RoomID) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var texts []string
	for _, ev := range s.seen {
		if m, ok := ev.Body.(engine.Message); ok && ev.Room.ID == room && !m.Emote {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

func (s *simulator) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.seen) + len(s.told)
}

func (s *simulator) Prepare(a engine.Action) engine.Action {
	switch a := a.(type) {
	case engine.ReceiveFile:
		id, err := s.last.p.Offer("cat.png", []byte("meow"))
		if err != nil {
			s.tb.Fatal(err)
		}
		a.File = id
		return a
	case engine.Call:
		a.Name = "stats"
		return a
	}
	return a
}

// Break has only a cut to offer: without a wire nothing hangs, lags or is garbled.
func (s *simulator) Break(f adaptertest.Fault) bool {
	if f != adaptertest.Drop {
		return false
	}
	s.hub.Drop()
	return true
}

func (s *simulator) Saw(a engine.Action) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch a := a.(type) {
	case engine.ListUsers, engine.UserInfo, engine.Call, engine.ReceiveFile, engine.Emoji, engine.SearchEmoji:
		return true // it concerns the bot alone; the receipt is the proof
	case engine.Whisper:
		return slices.ContainsFunc(s.told, func(m engine.Message) bool { return m.Text == a.Text })
	}
	return slices.ContainsFunc(s.seen, func(ev engine.Event) bool { return effect(a, ev) })
}

// user is a participant who reports what the bot tells them in private.
type user struct {
	sim *simulator
	p   *local.Participant
}

func (u *user) hear(ev engine.Event) {
	u.sim.mu.Lock()
	defer u.sim.mu.Unlock()
	switch m := ev.Body.(type) {
	case engine.Message:
		if m.Private && !ev.Self {
			u.sim.told = append(u.sim.told, m)
		}
	case engine.Invited:
		u.sim.seen = append(u.sim.seen, ev) // nobody else hears of it
	}
}

func (u *user) Ref() engine.UserRef { return u.p.User().Ref() }

func (u *user) Say(text string) { u.check(u.p.Say(text)) }

func (u *user) Whisper(text string) {
	u.check(u.p.Whisper(engine.UserRef{Name: nick}, text))
}

func (u *user) check(_ engine.MessageID, err error) {
	u.sim.tb.Helper()
	if err != nil {
		u.sim.tb.Fatal(err)
	}
}

func (u *user) Leave() {
	if err := u.p.Leave(); err != nil {
		u.sim.tb.Fatal(err)
	}
}
