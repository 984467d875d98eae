package main

import (
	"fmt"
	"slices"
	"strings"

	"botd/adapters/simplex/simplextest"
	"botd/engine"
)

// simplexSim is a SimpleX Chat program with a bot's profile, which owns one group. Its user
// is a member of the group and a contact of the bot. What is said and done in chats is
// printed, and what a client asks for besides.
type simplexSim struct {
	*simplextest.Server
	print   func(string)
	group   *simplextest.Group
	member  *simplextest.Peer
	contact *simplextest.Peer
}

func newSimplexSim(room string, print func(string)) (simulator, error) {
	if room == "" || strings.ContainsAny(room, "#@'\n") {
		return nil, engine.Errorf(engine.Invalid, "room %q: the name of a group has no #, @ and '", room)
	}
	s := &simplexSim{print: print}
	s.Server = simplextest.New(simplextest.Options{
		Talk: func(t simplextest.Talk) { print(simplexTalk(t)) },
		Watch: func(c simplextest.Command) {
			if !slices.Contains(simplexQuiet, c.Name) {
				print("- " + printable(c.Text))
			}
		},
	})
	s.contact = s.Known("sim")
	s.group = s.Group(room, "owner")
	s.member = s.group.Present("sim", "member", false)
	return s, nil
}

// simplexQuiet are the commands that Talk tells of, and those that ask whether the program
// is there.
var simplexQuiet = []string{"APISendMessages", "APIUpdateChatItem", "APIDeleteChatItem", "APIDeleteMemberChatItem", "APIChatItemReaction", "APILeaveGroup", "ShowActiveUser"}

// simplexTalk is a line about something in a chat.
func simplexTalk(t simplextest.Talk) string {
	who := t.Who
	if who == "" {
		who = "botd"
	}
	line := fmt.Sprintf("[%s] %s", printable(t.Name), printable(who))
	if t.Verb == "says" {
		return line + "> " + printable(t.Text)
	}
	return strings.TrimSpace(line + " " + t.Verb + " " + printable(t.Text))
}

// Greeting says how a session reaches it, and what can be typed.
func (s *simplexSim) Greeting(addr string) string {
	return fmt.Sprintf("serving ws://%s\ngroup %s, contact %s; type TEXT for the group, @ TEXT for the bot alone, :join NAME to bring somebody in,\n:request NAME TEXT to ask at the bot's address",
		addr, s.group.Chat(), s.contact.Chat())
}

// Say does what was typed.
func (s *simplexSim) Say(line string) {
	verb, rest, _ := strings.Cut(line, " ")
	switch name, text, _ := strings.Cut(strings.TrimSpace(rest), " "); {
	case verb == "@":
		s.contact.Say(rest)
	case verb == ":join" && name != "":
		s.group.Join(name)
	case verb == ":request" && name != "":
		if s.Request(name, text) == nil {
			s.print("- the bot has no address")
		}
	default:
		s.member.Say(line)
	}
}
