package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"botd/adapters/hackchat/hackchattest"
	"botd/engine"
)

// hackchatSim is a hack.chat server. What happens in the room of its user is printed as
// the user sees it, elsewhere as the clients send it.
type hackchatSim struct {
	*hackchattest.Server
	user *hackchattest.User
}

// hackchatSims are servers of each generation.
func hackchatSims(gen hackchattest.Generation) func(string, func(string)) (simulator, error) {
	return func(room string, print func(string)) (simulator, error) { return newHackchatSim(gen, room, print) }
}

func newHackchatSim(gen hackchattest.Generation, room string, print func(string)) (simulator, error) {
	srv := hackchattest.New(hackchattest.Options{Generation: gen, Watch: func(r hackchattest.Request) {
		if line := hackchatRequest(room, r); line != "" {
			print(line)
		}
	}})
	srv.Own("ownedroom", "")
	reason := "it has 1 to 120 characters"
	user, ok := srv.Attend(room, "sim", func(f map[string]any) {
		if f["cmd"] == "warn" {
			reason = fmt.Sprint(f["text"])
		}
		if line := hackchatFrame(f); line != "" {
			print(line)
		}
	})
	if !ok {
		return nil, engine.Errorf(engine.Invalid, "room %q: %s", room, reason)
	}
	return &hackchatSim{srv, user}, nil
}

func (s *hackchatSim) Say(text string) { s.user.Say(text) }

// hackchatFrame is what the user sees of a frame, "" if it is not worth a line.
func hackchatFrame(f map[string]any) string {
	text := func(key string) string {
		s, _ := f[key].(string)
		return printable(s)
	}
	switch f["cmd"] {
	case "chat":
		return text("nick") + "> " + text("text")
	case "onlineAdd":
		return "- " + text("nick") + " joined"
	case "onlineRemove":
		return "- " + text("nick") + " left"
	case "emote":
		return text("text")
	case "info", "warn":
		return "- " + text("text")
	}
	return ""
}

// hackchatRequest is a line about a frame of a client in another room than the user's.
func hackchatRequest(room string, r hackchattest.Request) string {
	channel, _ := r.Frame["channel"].(string)
	if r.Channel != "" {
		channel = r.Channel
	}
	if channel == room || r.Cmd == "" || r.Cmd == "ping" || r.Cmd == "session" {
		return ""
	}
	params := maps.Clone(r.Frame)
	delete(params, "cmd")
	delete(params, "channel")
	delete(params, "pass")
	if nick, ok := params["nick"].(string); ok { // a password may follow it
		params["nick"], _, _ = strings.Cut(nick, "#")
	}
	data, _ := json.Marshal(params) // it came as JSON
	return fmt.Sprintf("[%s] %s %s %s", printable(channel), printable(r.Nick), printable(r.Cmd), printable(string(data)))
}
