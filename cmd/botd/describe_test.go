package main

import (
	"strings"
	"testing"
	"time"

	"botd/engine"
)

func TestDescribe(t *testing.T) {
	ann, bob := engine.User{Name: "ann"}, engine.User{Name: "bob"}
	tests := []struct {
		body engine.Body
		want string
	}{
		{engine.Joined{}, "ann joined"},
		{engine.Left{Reason: "ping timeout"}, "ann left (ping timeout)"},
		{engine.Renamed{From: "anna"}, "anna is now ann"},
		{engine.Kicked{Target: bob}, "ann kicked bob"},
		{engine.Banned{Target: bob, Length: time.Hour, Reason: "spam"}, "ann banned bob for 1h0m0s (spam)"},
		{engine.RoleChanged{Target: bob, Role: engine.Moderator}, "bob is now moderator"},
		{engine.Roster{Users: []engine.User{ann, bob}}, "here: ann, bob"},
		{engine.Edited{Text: "two\nlines"}, "ann changed a message to: two\n    lines"},
		{engine.ModeChanged{Mode: "slow", On: true, Value: 30}, "mode slow: on, 30"},
		{engine.Connected{Me: bob}, "connected as bob"},
		{engine.Disconnected{Reason: "reset", Retry: 1500 * time.Millisecond}, "disconnected (reset), next attempt in 1.5s"},
		{engine.Failure{Code: engine.Denied, Message: "wrong password"}, "error denied: wrong password"},
		{engine.TopicSet{Text: "\x1b]0;title\x07"}, "topic: \uFFFD]0;title\uFFFD"},
		{engine.Custom{Name: "a.b", Data: 1.0}, `a.b {"name":"a.b","data":1}`},
	}
	for _, tt := range tests {
		if got := describe(&engine.Event{User: ann, Body: tt.body}); got != tt.want {
			t.Errorf("%T: got %q, want %q", tt.body, got, tt.want)
		}
	}
}

// Every kind of event has a line, and only one that has no better falls back to its data.
func TestDescribeEveryKind(t *testing.T) {
	data := map[engine.Kind]bool{"message": true, "raw": true, "poll": true, "raffle": true, "contact": true, "file": true, engine.Custom{}.Kind(): true}
	for _, b := range engine.Bodies() {
		got := describe(&engine.Event{Body: b})
		if got == "" || strings.Contains(got, "{") != data[b.Kind()] {
			t.Errorf("%s: %q", b.Kind(), got)
		}
	}
}
