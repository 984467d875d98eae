package config_test

import (
	"errors"
	"strings"
	"testing"

	"botd/engine"
	"botd/engine/config"
)

func TestProblems(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string // without the name of the file
	}{
		{"unknown key", "log: {level: info}\nsesions: []\n", []string{`2: unknown key "sesions", did you mean "sessions"?`}},
		{"unknown key, other case", "Data_Dir: x\n", []string{`1: unknown key "Data_Dir", did you mean "data_dir"?`}},
		{"unknown key, nothing near", "log:\n  colour: x\n", []string{`2: unknown key "colour" in log; there are level, format`}},
		{"unknown key in a list", "sessions:\n- name: a\n  adapter: b\n  setings: {}\n", []string{`4: unknown key "setings" in sessions[0], did you mean "settings"?`}},
		{"unknown limit of a script", "scripts: [{name: a, limits: {step: 5}}]\n", []string{`1: unknown key "step" in scripts[0].limits, did you mean "steps"?`}},
		{"key given twice", "data_dir: a\nlog: {}\ndata_dir: b\n", []string{`3: key "data_dir" is given twice, first on line 1; keep one of them`}},
		{"key that is a list", "? [a]\n: b\n", []string{`1: a key must be one word, got a list`}},
		{"file that is a list", "- a\n", []string{`1: the file: want keys and values, got a list`}},
		{"text for a section", "admin: x\n", []string{`1: admin: want keys and values, got text`}},
		{"section for a text", "data_dir: {a: b}\n", []string{`1: data_dir: want one value, got keys and values`}},
		{"text for a list", "sessions:\n- {name: a, adapter: b, rooms: x}\n", []string{`2: sessions[0].rooms: want a list such as [a, b], got text`}},
		{"empty entry", "sessions:\n-\n", []string{`2: sessions[0]: the entry is empty; fill it or take it out`}},
		{"boolean for a text", "data_dir: true\n", []string{`1: data_dir: want text, got true; put it in quotes if the word is meant`}},
		{"text for a boolean", "scripts: [{name: a, enabled: yes}]\n", []string{`1: scripts[0].enabled: want true or false, got "yes"`}},
		{"text for a number", "limits: {steps: many}\n", []string{`1: limits.steps: want a whole number, got "many"`}},
		{"fraction", "limits: {steps: 1.5}\n", []string{`1: limits.steps: want a whole number, got "1.5"`}},
		{"number too large", "limits: {steps: 99999999999999999999}\n", []string{`1: limits.steps: want a whole number from -9223372036854775808 to 9223372036854775807, got "99999999999999999999"`}},
		{"zero", "limits: {mailbox: 0}\n", []string{`1: limits.mailbox: must be more than 0; leave the key out for the default`}},
		{"negative", "limits: {waiting: -5}\n", []string{`1: limits.waiting: must be more than 0; leave the key out for the default`}},
		{"zero for a script", "scripts: [{name: a, limits: {alloc: 0B}}]\n", []string{`1: scripts[0].limits.alloc: must be more than 0; leave the key out for the default`}},
		{"bare duration", "limits: {handler_time: 500}\n", []string{`1: limits.handler_time: want a duration such as "500ms", "2s" or "5m", got "500"`}},
		{"negative duration", "limits: {load_time: -1s}\n", []string{`1: limits.load_time: want a duration such as "500ms", "2s" or "5m", got "-1s"`}},
		{"decimal size", "limits: {alloc: 64MB}\n", []string{`1: limits.alloc: want a size such as "64KiB", "64MiB" or "1GiB", got "64MB"`}},
		{"level", "log: {level: loud}\n", []string{`1: log.level: want one of debug, info, warn, error, got "loud"`}},
		{"format", "log: {format: xml}\n", []string{`1: log.format: want "text" or "json"`}},
		{"listen", "admin: {listen: 8420}\n", []string{`1: admin.listen: want host:port such as "127.0.0.1:8420", or "" to turn it off`}},
		{"port", "admin: {listen: \":99999\"}\n", []string{`1: admin.listen: want host:port such as "127.0.0.1:8420", or "" to turn it off`}},
		{"empty folder", "data_dir: \"\"\n", []string{`1: data_dir: must name a folder; leave the key out for the default`}},
		{"same folder", "data_dir: x\nscripts_dir: ./x\n", []string{`2: scripts_dir: is the same folder as data_dir; give each its own`}},
		{"prefix", "commands:\n  prefix: \" \"\n  rooms: [{room: \"lobby/*\"}]\n", []string{
			`2: commands.prefix: want characters without space around them, such as "!", or "" to answer to the bot's name alone`,
			`3: prefix: want characters without space around them, such as "!", or "" to answer to the bot's name alone`}},
		{"suggest", "commands: {suggest: maybe}\n", []string{`1: commands.suggest: want "addressed", "always" or "never"`}},
		{"bad pattern", "commands: {rooms: [{room: \"hc\", prefix: x}]}\n", []string{`1: room: "hc" is no pattern of rooms; write session/room, as in "hc/*" or "*/lobby"`}},
		{"messages", "messages:\n  keep: 30m\n  size: 1KiB\n  rooms:\n  - {room: hc, enabled: false}\n  - {room: \"lobby/*\"}\n", []string{
			`2: messages.keep: must be at least 1h; messages.enabled: false keeps nothing at all`,
			`3: messages.size: must be at least 1MiB; messages.enabled: false keeps nothing at all`,
			`5: room: "hc" is no pattern of rooms; write session/room, as in "hc/*" or "*/lobby"`,
			`6: enabled is missing; write true or false`}},
		{"session name", "sessions:\n- name: a/b\n  adapter: x\n", []string{`2: name: "a/b" must have none of / * ?, because they mean something in "session/room" and "session/*"`}},
		{"session name with space", "sessions:\n- name: a b\n  adapter: x\n", []string{`2: name: "a b" must be one word`}},
		{"session twice", "sessions:\n- {name: a, adapter: x}\n- {name: a, adapter: x}\n", []string{`3: name: there are two sessions named "a", the first on line 2; rename one`}},
		{"room twice", "sessions:\n- {name: a, adapter: x, rooms: [r, r, \"\"]}\n", []string{`2: rooms: "r" is there twice`, `2: rooms: a room's name is empty`}},
		{"script twice", "scripts:\n- name: a\n- name: a\n", []string{`3: name: there are two scripts named "a", the first on line 2; rename one`}},
		{"script with suffix", "scripts: [{name: a.lua}]\n", []string{`1: name: leave out the .lua of "a.lua"`}},
		{"store_value", "limits: {store_value: 2MiB}\n", []string{"1: limits.store_value: must not be more than 1MiB, the most that the store takes"}},
		{"store_value of one", "scripts: [{name: a, limits: {store_value: 2MiB}}]\n", []string{"1: limits.store_value: must not be more than 1MiB, the most that the store takes"}},
		{"isolation", "scripts: [{name: a, isolation: container}]\n", []string{`1: isolation: want "none" or "process"`}},
		{"script path", "scripts: [{name: lib/a}]\n", []string{`1: name: "lib/a" must have none of / \, because it is the name of a file or folder, not a path`}},
		{"grant for hosts", "scripts: [{name: a, grants: [http(10.0.0.1), http(public), \"http(http://x)\", chat(all)]}]\n", []string{
			`1: grants: "http://x" is no host: want public, a name such as api.example.com or *.example.com, an address, or a range such as 10.0.0.0/8`,
			`1: grants: the grant chat holds everywhere; write it without (all)`}},
		{"grant", "scripts: [{name: a, grants: [chat, modrate, fly]}]\n", []string{
			`1: grants: there is no grant "modrate", did you mean "moderate"?`,
			`1: grants: there is no grant "fly"; there are ` + strings.Join(engine.GrantNames(), ", ")}},
		{"pattern of a script", "scripts: [{name: a, rooms: [\"\"]}]\n", []string{`1: rooms: "" is no pattern of rooms; write session/room, as in "hc/*" or "*/lobby"`}},
		{"infinite free number", "scripts: [{name: a, config: {x: .inf}}]\n", []string{`1: want a finite number, got .inf`}},
		{"second document", "data_dir: a\n---\ndata_dir: b\n", []string{`2: a second document starts here; one file holds one configuration`}},
		{"merge of text", "log: {<<: x}\n", []string{`1: << takes keys and values, or a list of such, got text`}},
		{"alias to itself", "scripts: [{name: a, config: {x: &a [*a]}}]\n", []string{`1: values are nested deeper than 64 levels here`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for i := range tt.want {
				tt.want[i] = "config.yaml:" + tt.want[i]
			}
			diff(t, problems(t, tt.text), tt.want)
		})
	}
}

// The lines are those a person would point at, not where the parser gave up.
func TestSyntaxErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"open brace", "log: {}\nadmin: {listen: 1\nsessions:\n  - name: x\n", "2: did not find expected ',' or '}'; close the { of this line, and quote a text with { or }"},
		{"open bracket", "log: {}\nsessions: [1, 2\nadmin: {}\n", "2: did not find expected ',' or ']'; close the [ of this line, and quote a text with [ or ]"},
		{"open quote", "log: {}\ndata_dir: \"foo\nadmin: {}\n", "2: found unexpected end of stream; close the quote that opens on this line"},
		{"too deep", "data_dir: x\n  log: {}\n", "2: mapping values are not allowed in this context; check the indentation, and quote a text that holds \": \""},
		{"in between", "data_dir: x\nlog:\n  level: info\n format: x\nadmin: {}\n", "4: did not find expected key; check the indentation of this line"},
		{"list item out of line", "sessions:\n  - name: a\n    adapter: b\n   rooms: [x]\n", "4: did not find expected '-' indicator; check the indentation of this line"},
		{"tab", "log:\n\tlevel: info\n", "2: found character that cannot start any token; indent with spaces, and quote a text that starts with a special character"},
		{"no colon", "data_dir: x\nlog: {}\nadmin\nscripts: []\n", "3: could not find expected ':'; write a key as \"key: value\""},
		{"on the first line", "data_dir: @x\n", "1: found character that cannot start any token; indent with spaces, and quote a text that starts with a special character"},
		{"unknown anchor", "data_dir: x\nlog: *a\n", "2: unknown anchor 'a' referenced"},
		{"control character", "data_dir: x\nlog: \x01\n", "2: control characters are not allowed"},
		{"not UTF-8", "data_dir: x\nlog: \xc3\x28\n", "2: invalid trailing UTF-8 octet"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			diff(t, problems(t, tt.text), []string{"config.yaml:" + tt.want})
		})
	}
}

func TestAllProblemsSortedByLine(t *testing.T) {
	text := "limits: {steps: x, mailbox: -1}\nadmin: {listen: x}\nscripts:\n- {name: a, limits: {alloc: 1}}\n- {nam: b}\nlog: {level: x}\nfoo: 1\n"
	var ps config.Problems
	_, err := config.Parse("dir/config.yaml", []byte(text), []string{"BOTD_LOG_FORMAT=xml", "BOTD_LIMITS_ALLOC=1"})
	if !errors.As(err, &ps) {
		t.Fatal(err)
	}
	var got []string
	for _, p := range ps {
		message, _, _ := strings.Cut(p.String(), ",")
		got = append(got, message)
		if p.Env == "" && p.Column == 0 {
			t.Errorf("no column: %+v", p)
		}
	}
	diff(t, got, []string{
		"dir/config.yaml:1: limits.steps: want a whole number",
		"dir/config.yaml:1: limits.mailbox: must be more than 0; leave the key out for the default",
		"dir/config.yaml:2: admin.listen: want host:port such as \"127.0.0.1:8420\"",
		"dir/config.yaml:4: scripts[0].limits.alloc: want a size such as \"64KiB\"",
		"dir/config.yaml:5: name is missing; every script needs one",
		"dir/config.yaml:5: unknown key \"nam\" in scripts[1]",
		"dir/config.yaml:6: log.level: want one of debug",
		"dir/config.yaml:7: unknown key \"foo\"; there are data_dir",
		"BOTD_LIMITS_ALLOC: want a size such as \"64KiB\"",
		"BOTD_LOG_FORMAT: want \"text\" or \"json\"",
	})
}

func TestPatternWarnings(t *testing.T) {
	cfg := parse(t, `
sessions: [{name: hc, adapter: hackchat}]
scripts:
- {name: a, rooms: ["hx/*"]}
- {name: b, rooms: ["other/x"]}
- {name: c, rooms: ["*", "*/x", "h?/x"]}
`)
	var got []string
	for _, w := range cfg.Warnings {
		got = append(got, w.String())
	}
	diff(t, got, []string{
		`config.yaml:4: rooms: "hx/*" matches no session, did you mean "hc"?`,
		`config.yaml:5: rooms: "other/x" matches no session`,
	})
}

func TestBombs(t *testing.T) {
	laughs := "scripts:\n- name: a\n  config:\n    a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c <= 'i'; c++ {
		a := string(c - 1)
		laughs += "    " + string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+a+", ", 10) + "]\n"
	}
	for name, text := range map[string]string{
		"aliases":  laughs,
		"deep":     "data_dir: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
		"too deep": "data_dir: " + strings.Repeat("[", 500000),
		"large":    "data_dir: " + strings.Repeat("x", 5<<20),
	} {
		t.Run(name, func(t *testing.T) {
			if got := problems(t, text); !strings.HasPrefix(got[0], "config.yaml:") {
				t.Errorf("no position: %s", got)
			}
		})
	}
}
