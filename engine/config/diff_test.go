package config_test

import (
	"strings"
	"testing"

	"botd/engine"
	"botd/engine/config"
)

const before = `
data_dir: data
commands: {prefix: "!", rooms: [{room: "hc/*", prefix: "?"}]}
limits: {steps: 100}
sessions:
- {name: hc, adapter: hackchat, rooms: [a, b], settings: {nick: botd, password: "${env:PW}"}}
- {name: lobby, adapter: local}
scripts:
- {name: a, grants: [chat], config: {x: 1, key: "${env:PW}"}}
- {name: b, enabled: false}
`

func TestDiff(t *testing.T) {
	hc, lobby := engine.SessionID("hc"), engine.SessionID("lobby")
	tests := []struct {
		name, old, new string // replaced in before
		want           config.Changes
	}{
		{"nothing", "", "", config.Changes{}},
		{"another order", "nick: botd, password: \"${env:PW}\"", "password: \"${env:PW}\", nick: botd", config.Changes{}},
		{"moved lines", "sessions:", "\n\n# x\nsessions:", config.Changes{}},
		{"default written down", "limits:", "log: {level: info}\nlimits:", config.Changes{}},
		{"adapter", "adapter: hackchat", "adapter: local", config.Changes{SessionsChanged: []engine.SessionID{hc}}},
		{"settings", "nick: botd", "nick: bot", config.Changes{SessionsChanged: []engine.SessionID{hc}}},
		{"settings gone", ", settings: {nick: botd, password: \"${env:PW}\"}", "", config.Changes{SessionsChanged: []engine.SessionID{hc}}},
		{"type of a setting", "nick: botd", "nick: [botd]", config.Changes{SessionsChanged: []engine.SessionID{hc}}},
		{"rooms", "[a, b]", "[a, c]", config.Changes{SessionsRooms: []engine.SessionID{hc}}},
		{"renamed session", "name: hc", "name: hc2", config.Changes{SessionsAdded: []engine.SessionID{"hc2"}, SessionsRemoved: []engine.SessionID{hc}}},
		{"session off", "name: lobby,", "name: lobby, enabled: false,", config.Changes{SessionsRemoved: []engine.SessionID{lobby}}},
		{"script config", "x: 1", "x: 2", config.Changes{Scripts: []string{"a"}}},
		{"script off", "name: a", "enabled: false, name: a", config.Changes{Scripts: []string{"a"}}},
		{"script on", "enabled: false", "enabled: true", config.Changes{Scripts: []string{"b"}}},
		{"change of a script that is off", "enabled: false", "enabled: false, rooms: [\"*\"]", config.Changes{}},
		{"entry gone", "- {name: b, enabled: false}\n", "", config.Changes{Scripts: []string{"b"}}},
		{"renamed script", "name: a", "name: c", config.Changes{Scripts: []string{"a", "c"}}},
		{"limits", "steps: 100", "steps: 200", config.Changes{Limits: true}},
		{"script limits", "name: a", "limits: {steps: 5}, name: a", config.Changes{Scripts: []string{"a"}}},
		{"prefix", "prefix: \"!\"", "prefix: \"?\"", config.Changes{Commands: true}},
		{"suggestions", "prefix: \"!\"", "suggest: never, prefix: \"!\"", config.Changes{Commands: true}},
		{"help", "prefix: \"!\"", "help: false, prefix: \"!\"", config.Changes{Commands: true}},
		{"room prefix", "prefix: \"?\"}", "prefix: \".\"}", config.Changes{Commands: true}},
		{"people", "limits:", "people: {groups: [{name: crew, users: [hc/x]}]}\nlimits:", config.Changes{People: true}},
		{"regulars", "limits:", "people: {regular: {days: 3}}\nlimits:", config.Changes{People: true}},
		{"link", "prefix: \"!\"", "link: false, prefix: \"!\"", config.Changes{Commands: true}},
		{"language", "limits:", "language: {default: it}\nlimits:", config.Changes{Language: true}},
		{"language of a room", "limits:", "language: {rooms: [{room: \"hc/*\", language: it}]}\nlimits:", config.Changes{Language: true}},
		{"secret of a script", "name: a,", "name: a, secrets: {x: \"${env:PW}\"},", config.Changes{Scripts: []string{"a"}}},
		{"log", "limits:", "log: {level: debug}\nlimits:", config.Changes{Log: true}},
		{"messages", "limits:", "messages: {keep: 24h}\nlimits:", config.Changes{Messages: true}},
		{"messages of a room", "limits:", "messages: {rooms: [{room: \"hc/*\", enabled: false}]}\nlimits:", config.Changes{Messages: true}},
		{"admin", "limits:", "admin: {listen: \"\"}\nlimits:", config.Changes{Admin: true}},
		{"folders", "data_dir: data", "data_dir: state\nplugins_dir: x", config.Changes{Restart: []string{"data_dir", "plugins_dir"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(before, tt.old, tt.new, 1)
			if tt.old != "" && text == before {
				t.Fatal("nothing to replace")
			}
			got := config.Diff(parse(t, before, "PW=x"), parse(t, text, "PW=x"))
			diff(t, got, tt.want)
			if empty := tt.want.String() == ""; got.Empty() != empty {
				t.Errorf("Empty = %v", got.Empty())
			}
		})
	}
}

func TestDiffOfSecrets(t *testing.T) {
	got := config.Diff(parse(t, before, "PW=x"), parse(t, before, "PW=y"))
	diff(t, got, config.Changes{SessionsChanged: []engine.SessionID{"hc"}, Scripts: []string{"a"}})
	if want := "sessions changed [hc], scripts [a]"; got.String() != want {
		t.Errorf("String = %q, want %q", got, want)
	}
}
