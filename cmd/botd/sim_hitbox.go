package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"botd/adapters/hitbox/hitboxtest"
	"botd/engine"
)

// hitboxSim is a hitbox service. What happens in the channel of its user is printed as the
// user sees it, elsewhere as the clients send it.
type hitboxSim struct {
	*hitboxtest.Server
	room string
	user *hitboxtest.User
}

func newHitboxSim(room string, print func(string)) (simulator, error) {
	room = strings.ToLower(room)
	if room == "" || strings.ContainsAny(room, " /\t\n") {
		return nil, engine.Errorf(engine.Invalid, "room %q is not the name of an account", room)
	}
	srv := hitboxtest.New(hitboxtest.Options{Watch: func(r hitboxtest.Request) {
		if r.Channel != room && r.Channel != "" {
			print(hitboxRequest(r))
		}
	}})
	user := srv.Attend(room, "sim", func(f hitboxtest.Frame) {
		if line := hitboxFrame(f); line != "" {
			print(line)
		}
	})
	return &hitboxSim{srv, room, user}, nil
}

// Greeting says how a session reaches it.
func (s *hitboxSim) Greeting(addr string) string {
	return fmt.Sprintf("serving http://%s\nany name is an account, its password is name-pass; the account %q owns the channel %q", addr, s.room, s.room)
}

func (s *hitboxSim) Say(text string) { s.user.Say(text) }

// hitboxFrame is what the user sees of a frame, "" if it is not worth a line.
func hitboxFrame(f hitboxtest.Frame) string {
	text := func(key string) string {
		s, _ := f.Params[key].(string)
		return printable(s)
	}
	switch f.Method {
	case "chatMsg":
		return text("name") + "> " + text("text")
	case "directMsg":
		return "- " + text("from") + " whispers: " + text("text")
	case "infoMsg", "slowMsg":
		return "- " + text("text")
	case "motdMsg":
		return "- sticky: " + text("text")
	case "pollMsg":
		return "- poll " + text("question") + " " + text("status")
	case "raffleMsg":
		return "- giveaway of " + text("prize") + " " + text("status")
	case "winnerRaffle":
		return "- the winner is " + text("winner_name")
	}
	return ""
}

// hitboxRequest is a line about a client in another channel than the user's.
func hitboxRequest(r hitboxtest.Request) string {
	params := maps.Clone(r.Params)
	delete(params, "channel")
	delete(params, "token")
	data, _ := json.Marshal(params) // it came as JSON
	return fmt.Sprintf("[%s] %s %s %s", printable(r.Channel), printable(r.Name), printable(r.Method), printable(string(data)))
}
