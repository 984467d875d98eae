package tests

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"botd/engine"
	"botd/engine/i18n"
	"botd/engine/plugin"
)

const shipped = "../plugins.d"

// Each plugin of the repository has what one should have: settings that explain themselves,
// tests, docs, and every text in English and Italian at least.
func TestShippedPlugins(t *testing.T) {
	names := plugin.Names(shipped)
	if len(names) < 6 {
		t.Errorf("plugins %v", names)
	}
	docs, err := os.ReadFile("../docs/plugins.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !strings.Contains(string(docs), "\n### "+name+"\n") {
			t.Errorf("docs/plugins.md says nothing of %s", name)
		}
		p, err := plugin.Read(filepath.Join(shipped, name))
		if err != nil {
			t.Error(err)
			continue
		}
		if p.Description == "" || len(p.Schema) == 0 || len(p.Grants) == 0 {
			t.Errorf("%s: %+v", name, p.Manifest)
		}
		for _, f := range p.Schema {
			if f.Help == "" {
				t.Errorf("%s: the setting %s has no help", name, f.Name)
			}
		}
		if found, _ := filepath.Glob(filepath.Join(p.Dir, plugin.TestsDir, "*_test.lua")); len(found) == 0 {
			t.Errorf("%s has no tests", name)
		}
		sameTexts(t, p)
	}
}

// Where botd is tried first polls and raffles are on, in the lobby and in no other session; all
// others are off until somebody switches them on.
func TestShippedPluginsAreInTheLobbyAlone(t *testing.T) {
	if got := plugin.Names(shipped); !slices.Equal(got, []string{"announcements", "customcommands", "greeter", "moderation", "polls", "quotes", "raffles", "reminders", "stats"}) {
		t.Errorf("plugins %v", got)
	}
	conf, err := os.ReadFile("../config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.Abs(shipped)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("plugins_dir: plugins.d", "plugins_dir: "+dir, "listen: 127.0.0.1:8420", `listen: ""`,
		"    rooms: [lobby]\n", "    rooms: [lobby]\n  - {name: elsewhere, adapter: local, rooms: [attic]}\n").Replace(string(conf))
	files := map[string]string{"config.yaml": text}
	scripts, _ := filepath.Glob("../scripts/*.lua")
	for _, file := range scripts {
		code, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		files["scripts/"+filepath.Base(file)] = string(code)
	}
	d := start(t, files)
	list := d.host.Status().Plugins
	if len(list) != 9 {
		t.Errorf("%d plugins", len(list))
	}
	for _, p := range list {
		if want := p.Name == "polls" || p.Name == "raffles"; p.Enabled != want || (p.Running != "") != want || p.Problem != "" {
			t.Errorf("%s: %+v", p.Name, p)
		}
	}
	for _, tt := range []struct {
		room   string
		answer bool
	}{{"lobby", true}, {"attic", false}} {
		you := d.joinAs(engine.RoomID(tt.room), engine.User{Name: "you", Account: "you", Role: engine.Owner})
		for _, talk := range [][2]string{
			{`!poll "Lunch?" soup salad`, "Poll: Lunch? 1) soup 2) salad. Say the number or !vote 1. Ends in 5m."},
			{"!endpoll", "Poll has ended: Lunch? nobody voted (1) soup: 0, 2) salad: 0)"},
			{"!raffles", "No raffle is open here."},
		} {
			got, want := you.answered(talk[0], tt.answer), talk[1]
			if !tt.answer {
				want = ""
			}
			if got != want {
				t.Errorf("%s: %s: got %q, want %q", tt.room, talk[0], got, want)
			}
		}
	}
}

// sameTexts checks that all languages have the same texts, with the same names in braces.
func sameTexts(t *testing.T, p *plugin.Plugin) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(p.Dir, "i18n", "*.yaml"))
	if len(files) < 2 {
		t.Errorf("%s speaks %d languages", p.Name, len(files))
	}
	var first i18n.Catalogue
	for _, file := range files {
		var tree map[string]any
		text, err := os.ReadFile(file)
		if err == nil {
			err = yaml.Unmarshal(text, &tree)
		}
		if err != nil {
			t.Fatal(err)
		}
		c, at, err := i18n.Parse(tree)
		if err != nil {
			t.Fatalf("%s: %s: %v", file, at, err)
		}
		if first == nil {
			first = c
		}
		for key := range first {
			if _, ok := c[key]; !ok {
				t.Errorf("%s lacks %s", file, key)
			}
		}
		if len(c) != len(first) {
			t.Errorf("%s has %d texts, another language %d", file, len(c), len(first))
		}
	}
}

// pluggedIn are the files of a daemon with plugins of the repository switched on.
func pluggedIn(t *testing.T, kind string, config map[string]string) map[string]string {
	t.Helper()
	conf := "sessions: [{name: lobby, adapter: local, rooms: [lobby, attic]}]\nlanguage: {rooms: [{room: lobby/attic, language: it}]}\nplugins_dir: "
	dir, err := filepath.Abs(shipped)
	if err != nil {
		t.Fatal(err)
	}
	conf += dir + "\nscripts:\n"
	for name, settings := range config {
		p, err := plugin.Read(filepath.Join(shipped, name))
		if err != nil {
			t.Fatal(err)
		}
		conf += "- {name: " + name + ", enabled: true, isolation: " + kind + ", grants: [" + strings.Join(p.Grants, ", ") + "], config: {" + settings + "}}\n"
	}
	return map[string]string{"config.yaml": conf}
}

// The plugins work in the daemon, in two languages, wherever they run.
func TestPluginsAtWork(t *testing.T) {
	for _, kind := range []string{"none", "process"} {
		t.Run(kind, func(t *testing.T) {
			files := pluggedIn(t, kind, map[string]string{
				"greeter": "wait: 0s", "quotes": "", "customcommands": "cooldown: 0s", "reminders": "", "stats": "",
				"announcements": "announcements: [{name: tips, texts: [one, two], every: 1h}]", "moderation": "filters: {flood: {on: false}, repeats: {on: false}}",
			})
			d := start(t, files)
			for _, p := range d.host.Status().Plugins {
				if slices.Contains([]string{"greeter", "quotes", "customcommands", "reminders", "stats", "announcements", "moderation"}, p.Name) && (p.Running != p.Version || p.Problem != "") {
					t.Fatalf("plugin %+v, fault %s", p, d.fault())
				}
			}
			mod := d.joinAs("lobby", engine.User{Name: "mod", Account: "m", Role: engine.Moderator})
			d.until("a greeting", func() bool { return mod.last() == "Welcome, @mod!" })
			ann := d.joinAs("lobby", engine.User{Name: "ann", Account: "a", Role: engine.Member})
			d.until("a greeting", func() bool { return ann.last() == "Welcome, @ann!" })
			for _, tt := range []struct {
				who        *guest
				line, want string
			}{
				{ann, "!quote", "there are no quotes yet; !addquote keeps one"}, {ann, "!addquote So it is", "quote #1 is kept"},
				{mod, "!q 1", ""}, // it rests in the room
				{ann, "!delquote 1", "quote #1 is gone"},
				{ann, "!addcom hi x", ""}, {mod, "!addcom quote x", "!quote is a command of quotes already; take another name"}, {mod, "!addcom hi Hello {user}", "!hi is there now"}, {ann, "!hi", "Hello ann"},
				{ann, "!remind 2h tea", "I will remind you in 2 hours"}, {mod, "!reminders", "there is nothing I should remind you of"},
				{ann, "!forget 1", "dropped: tea"},
				{mod, "!announce tips", "one"}, {mod, "!announce tips", "two"}, {mod, "!announce", "announcements: tips"},
				{ann, "!stats nobody", "I have not heard nobody here"},
				{mod, "!filter off caps", "caps is off"}, {mod, "!nuke nobody said this", "nobody said that"}, {mod, "!timeout ann 5m", "#1 ann: timeout 5m (done)"},
				{mod, "!cases", "#1 ann: timeout 5m (done)"}, {mod, "!undo 1", "#1 ann: timeout 5m (undone)"}, {mod, "!permit ann caps", "@ann, go ahead (caps)"},
			} {
				if got := tt.who.answered(tt.line, tt.want != ""); got != tt.want {
					t.Errorf("%s: got %q, want %q (%s)", tt.line, got, tt.want, d.fault())
				}
			}
			bob := d.joinAs("attic", engine.User{Name: "bob", Account: "b", Role: engine.Moderator})
			d.until("a greeting", func() bool { return bob.last() == "Benvenuto, @bob!" })
			if got := bob.answered("!addcom hi x", true); got != "!hi esiste già; !editcom lo cambia" {
				t.Errorf("in Italian: %q", got)
			}
			if err := d.stop(); err != nil {
				t.Fatal(err)
			}
			d = startIn(t, d.dir, files)
			ann = d.joinAs("lobby", engine.User{Name: "ann", Account: "a", Role: engine.Member})
			if got := ann.answered("!commands", true); got != "!hi" {
				t.Errorf("after a restart: %q", got)
			}
		})
	}
}
