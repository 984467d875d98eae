package main

import (
	"encoding/json"
	"fmt"
	"maps"

	"botd/adapters/hctv/hctvtest"
	"botd/engine"
)

// hctvSim is a chat of hackclub.tv with the people of [hctvtest.New]. What happens in the
// room of its user is printed as the user sees it, elsewhere as the clients send it.
type hctvSim struct {
	*hctvtest.Server
	user *hctvtest.User
}

func newHctvSim(room string, print func(string)) (simulator, error) {
	srv := hctvtest.New(hctvtest.Options{Watch: func(r hctvtest.Request) {
		if line := hctvRequest(room, r); line != "" {
			print(line)
		}
	}})
	if !hctvtest.ValidChannel(room) {
		return nil, engine.Errorf(engine.Invalid, "room %q: it is 1 to 20 of a-z, 0-9, _ and -", room)
	}
	srv.AddChannel(room, hctvtest.Settings{})
	user, _ := srv.Attend(room, "sim", func(f map[string]any) {
		if line := hctvFrame(f); line != "" {
			print(line)
		}
	})
	return &hctvSim{srv, user}, nil
}

// Greeting says how a session reaches it.
func (s *hctvSim) Greeting(addr string) string {
	return fmt.Sprintf("serving ws://%s/ws\ntoken %s for modbot, a moderator, or %s for plainbot", addr, hctvtest.ModBotKey, hctvtest.PlainBotKey)
}

func (s *hctvSim) Say(text string) { s.user.Say(text) }

// hctvFrame is what the user sees of a frame, "" if it is not worth a line.
func hctvFrame(f map[string]any) string {
	text, _ := f["message"].(string)
	switch f["type"] {
	case "message":
		user, _ := f["user"].(map[string]any)
		name, _ := user["username"].(string)
		return printable(name) + "> " + printable(text)
	case "systemMsg", "moderationError":
		return "- " + printable(text)
	case "messageDeleted":
		return fmt.Sprintf("- message %v was deleted", f["msgId"])
	}
	return ""
}

// hctvRequest is a line about a frame of a client in another room than the user's, or that
// asks for something nobody else sees.
func hctvRequest(room string, r hctvtest.Request) string {
	if r.Type == "" || r.Type == "message" && r.Channel == room {
		return ""
	}
	params := maps.Clone(r.Frame)
	delete(params, "type")
	data, _ := json.Marshal(params) // it came as JSON
	return fmt.Sprintf("[%s] %s %s %s", printable(r.Channel), printable(r.Account), printable(r.Type), printable(string(data)))
}
