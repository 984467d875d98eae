package actions_test

import (
	"testing"
	"time"

	"botd/engine"
)

// sound has each action with just what it cannot do without.
var sound = map[string]engine.Action{
	"say":              hello,
	"whisper":          engine.Whisper{User: ann, Text: "hi"},
	"emote":            engine.Emote{Room: "lobby", Text: "waves"},
	"edit":             engine.Edit{Room: "lobby", Message: "1", Text: "hi"},
	"delete":           engine.Delete{Room: "lobby", Message: "1"},
	"delete own":       engine.Delete{Room: "lobby", Message: "1", Own: true},
	"react":            engine.React{Room: "lobby", Message: "1", Emoji: "👍"},
	"kick":             engine.Kick{Room: "lobby", User: ann},
	"ban":              engine.Ban{Room: "lobby", User: ann},
	"ban address":      engine.Ban{Room: "lobby", User: ann, Address: true, Length: time.Hour},
	"unban":            engine.Unban{Room: "lobby", User: ann},
	"unban address":    engine.Unban{Room: "lobby", Address: "1.2.3.4"},
	"timeout":          engine.TimeOut{Room: "lobby", User: ann, Length: time.Minute},
	"mute":             engine.Mute{Room: "lobby", User: ann},
	"unmute":           engine.Unmute{Room: "lobby", User: ann},
	"set_role":         engine.SetRole{Room: "lobby", User: ann, Role: engine.Owner},
	"set_topic":        engine.SetTopic{Room: "lobby"},
	"slow":             engine.Slow{Room: "lobby"},
	"subscribers_only": engine.SubscribersOnly{Room: "lobby"},
	"lock":             engine.Lock{Room: "lobby"},
	"clear":            engine.Clear{Room: "lobby"},
	"invite":           engine.Invite{Room: "lobby", User: ann},
	"join":             engine.Join{Room: "lobby"},
	"leave":            engine.Leave{Room: "lobby"},
	"move":             engine.Move{Room: "lobby", To: "attic"},
	"move somebody":    engine.Move{Room: "lobby", User: ann, To: "attic"},
	"rename":           engine.Rename{Name: "botd2"},
	"users":            engine.ListUsers{Room: "lobby"},
	"user_info":        engine.UserInfo{Room: "lobby", User: ann},
	"open_poll":        engine.OpenPoll{Room: "lobby", Question: "?", Options: []string{"a", "b"}},
	"set_poll":         engine.SetPoll{Room: "lobby", Verb: "vote", Option: 1},
	"open_raffle":      engine.OpenRaffle{Room: "lobby", Prize: "cake"},
	"set_raffle":       engine.SetRaffle{Room: "lobby", Verb: "draw"},
	"send_file":        engine.SendFile{Room: "lobby", Path: "a.png"},
	"receive_file":     engine.ReceiveFile{File: "1"},
	"emoji":            engine.Emoji{Room: "lobby", Names: []string{"yay"}},
	"search_emoji":     engine.SearchEmoji{Room: "lobby", Term: "ya"},
	"call":             engine.Call{Name: "ping"},
}

func TestSoundActionsAreLetThrough(t *testing.T) {
	tried := make(map[string]bool)
	g := gate(everything())
	for name, a := range sound {
		tried[engine.ActionName(a)] = true
		if err := g.Check(ask(a)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, a := range engine.Actions() {
		if !tried[engine.ActionName(a)] {
			t.Errorf("no sound %s is among the cases", engine.ActionName(a))
		}
	}
}

func TestZeroActionsAreRefused(t *testing.T) {
	g := gate(everything())
	for _, a := range engine.Actions() {
		if err := g.Check(ask(a)); engine.CodeOf(err) != engine.Invalid {
			t.Errorf("%s without anything: %v; want invalid", engine.ActionName(a), err)
		}
	}
}

func TestSane(t *testing.T) {
	tests := []struct {
		name   string
		action engine.Action
		want   string
	}{
		{"say nothing", engine.Say{Room: "lobby"}, "no text given"},
		{"say spaces", engine.Say{Room: "lobby", Text: " \n\t"}, "no text given"},
		{"say it nowhere", engine.Say{Text: "hi"}, "no room given"},
		{"whisper nothing", engine.Whisper{User: ann}, "no text given"},
		{"whisper to nobody", engine.Whisper{Text: "hi"}, "no user given"},
		{"emote nothing", engine.Emote{Room: "lobby"}, "no text given"},
		{"edit nothing", engine.Edit{Room: "lobby", Text: "hi"}, "no message given"},
		{"edit to nothing", engine.Edit{Room: "lobby", Message: "1"}, "no text given"},
		{"delete nothing", engine.Delete{Room: "lobby"}, "no message given"},
		{"react with nothing", engine.React{Room: "lobby", Message: "1"}, "no emoji given"},
		{"react to nothing", engine.React{Room: "lobby", Emoji: "👍"}, "no message given"},
		{"kick nobody", engine.Kick{Room: "lobby"}, "no user given"},
		{"ban nobody", engine.Ban{Room: "lobby"}, "no user given"},
		{"ban for less than nothing", engine.Ban{Room: "lobby", User: ann, Length: -1}, "the length of a ban cannot be negative"},
		{"unban nobody", engine.Unban{Room: "lobby"}, "no user given"},
		{"timeout without a length", engine.TimeOut{Room: "lobby", User: ann}, "a timeout needs a length"},
		{"timeout for nobody", engine.TimeOut{Room: "lobby", Length: 1}, "no user given"},
		{"mute nobody", engine.Mute{Room: "lobby"}, "no user given"},
		{"unmute nobody", engine.Unmute{Room: "lobby"}, "no user given"},
		{"promote nobody", engine.SetRole{Room: "lobby", Role: engine.Admin}, "no user given"},
		{"promote beyond the ladder", engine.SetRole{Room: "lobby", User: ann, Role: 99}, "no such role"},
		{"slow backwards", engine.Slow{Room: "lobby", Interval: -1}, "the interval cannot be negative"},
		{"invite nobody", engine.Invite{Room: "lobby"}, "no user given"},
		{"join nowhere", engine.Join{}, "no room given"},
		{"move nowhere", engine.Move{Room: "lobby"}, "no room to move to given"},
		{"rename to nothing", engine.Rename{Name: " "}, "no name given"},
		{"ask about nobody", engine.UserInfo{Room: "lobby"}, "no user given"},
		{"poll about nothing", engine.OpenPoll{Room: "lobby", Options: []string{"a", "b"}}, "no question given"},
		{"poll without a choice", engine.OpenPoll{Room: "lobby", Question: "?", Options: []string{"a"}}, "a poll needs two options or more"},
		{"poll for less than nothing", engine.OpenPoll{Room: "lobby", Question: "?", Options: []string{"a", "b"}, Length: -1}, "the length of a poll cannot be negative"},
		{"poll verb", engine.SetPoll{Room: "lobby", Verb: "explode"}, `a poll can vote, pause, resume, end, not "explode"`},
		{"vote for nothing", engine.SetPoll{Room: "lobby", Verb: "vote"}, "options count from 1"},
		{"raffle of nothing", engine.OpenRaffle{Room: "lobby"}, "no prize given"},
		{"raffle verb", engine.SetRaffle{Room: "lobby"}, `a raffle can pause, resume, end, draw, hide, cleanup, not ""`},
		{"raffle answer", engine.SetRaffle{Room: "lobby", Verb: "draw", Answer: -1}, "answers count from 1"},
		{"send no file", engine.SendFile{Room: "lobby"}, "no path given"},
		{"receive no file", engine.ReceiveFile{}, "no file given"},
		{"call nothing", engine.Call{}, "no command given"},
	}
	g := gate(everything())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := engine.AsError(g.Check(ask(tt.action)))
			if err == nil || err.Code != engine.Invalid || err.Msg != tt.want || err.Op != engine.ActionName(tt.action) {
				t.Errorf("got %#v; want %q", err, tt.want)
			}
		})
	}
}
