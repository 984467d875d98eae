package main

import (
	"fmt"

	"botd/adapters/hackmud/hackmudtest"
	"botd/engine"
)

// hackmudSim is a hackmud server with one account, whose user botty is in the room of the
// user who says what is typed.
type hackmudSim struct {
	*hackmudtest.Server
	room    string
	account *hackmudtest.Account
	print   func(string)
}

// hackmudToken is the token of the simulator's account, always the same so that a
// configuration can stay as it is.
const hackmudToken = "SimulatorToken000000"

func newHackmudSim(room string, print func(string)) (simulator, error) {
	if !hackmudtest.ValidChannel(room) {
		return nil, engine.Errorf(engine.Invalid, "room %q: a channel has 1 to 50 letters, digits and underscores", room)
	}
	s := &hackmudSim{room: room, print: print}
	s.Server = hackmudtest.New(hackmudtest.Options{Watch: s.watch})
	s.account = s.AddAccount("botty")
	s.account.SetToken(hackmudToken)
	s.Put(room, "sim", "botty")
	return s, nil
}

// Greeting says how a session reaches it.
func (s *hackmudSim) Greeting(addr string) string {
	return fmt.Sprintf("serving http://%s/mobile\ntoken %s, or for botd login the pass %s", addr, hackmudToken, s.account.Pass())
}

func (s *hackmudSim) Say(text string) {
	s.Server.Say("sim", s.room, text)
	s.print("sim> " + printable(text))
}

// watch prints what is said by create_chat, and what went wrong.
func (s *hackmudSim) watch(r hackmudtest.Request) {
	switch {
	case r.Status >= 300:
		s.print(fmt.Sprintf("- %s refused with status %d", r.Endpoint, r.Status))
	case r.Endpoint == "create_chat" && r.Place == s.room:
		s.print(printable(r.User) + "> " + printable(r.Text))
	case r.Endpoint == "create_chat":
		s.print(fmt.Sprintf("[%s] %s> %s", printable(r.Place), printable(r.User), printable(r.Text)))
	}
}
