package plugin_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"botd/engine"
	"botd/engine/plugin"
)

const sound = `name: greeter
version: 1.2.0
description: Greets who comes.
botd: "0.1"
grants: [chat, http(api.example.com)]
config:
  text: {default: "Hi {name}", max: 100}
`

func TestParse(t *testing.T) {
	p, err := plugin.Parse("plugins.d/greeter", []byte(sound))
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "greeter" || p.Version != "1.2.0" || len(p.Grants) != 2 || len(p.Schema) != 1 || p.File("main.lua") != "greeter/main.lua" {
		t.Errorf("plugin %+v", p)
	}
	if roots := p.Roots(); !slices.Equal(roots, []string{"plugins.d/greeter", "plugins.d/greeter/lib"}) {
		t.Errorf("roots %v", roots)
	}
}

// Each fault of a manifest is shown with its line and a cure.
func TestParseFaults(t *testing.T) {
	for _, tt := range []struct{ name, old, new, want string }{
		{"unknown key", "description:", "descripton:", `plugin.yaml:3: unknown key "descripton", did you mean "description"?`},
		{"syntax", "grants: [chat", "grants: [[chat", "plugin.yaml:"},
		{"no name", "name: greeter\n", "", "name is missing; it is that of the folder, greeter"},
		{"another name", "name: greeter", "name: meeter", `plugin.yaml:1: name: "meeter" is not that of the folder, "greeter"; rename one`},
		{"no version", "version: 1.2.0\n", "", "version is missing; write one such as 1.0.0"},
		{"bad version", "1.2.0", "one", `plugin.yaml:2: version: "one" is none; write one such as 1.0.0`},
		{"bad botd", `"0.1"`, "new", `plugin.yaml:4: botd: "new" is no version`},
		{"unknown grant", "chat,", "chatt,", `plugin.yaml:5: grants: there is no grant "chatt", did you mean "chat"?`},
		{"bad host", "(api.example.com)", "(a b)", `plugin.yaml:5: grants: "a b" is no host`},
		{"bad schema", "max: 100", "maxx: 100", `plugin.yaml:7: config.text.maxx: there is no such key of a setting, did you mean "max"?`},
		{"default", `default: "Hi {name}", max: 100`, "type: int, default: x", "plugin.yaml:7: config.text.default: want a whole number, got text"},
		{"wrong type", "[chat, http(api.example.com)]", "chat", "plugin.yaml:5: grants: want a list"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := plugin.Parse("plugins.d/greeter", []byte(strings.Replace(sound, tt.old, tt.new, 1)))
			if engine.CodeOf(err) != engine.Invalid || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	if _, err := plugin.Read(filepath.Join(dir, "x")); engine.CodeOf(err) != engine.Invalid || !strings.Contains(err.Error(), "plugin.yaml is missing") {
		t.Errorf("without a manifest: %v", err)
	}
	for name, text := range map[string]string{"greeter/plugin.yaml": sound, "broken/main.lua": "", "other/readme": "", ".git/main.lua": "", "file.lua": ""} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if names := plugin.Names(dir); !slices.Equal(names, []string{"broken", "greeter"}) {
		t.Errorf("names %v", names)
	}
	if _, err := plugin.Read(filepath.Join(dir, "greeter")); err != nil {
		t.Error(err)
	}
	if names := plugin.Names(filepath.Join(dir, "nowhere")); names != nil {
		t.Errorf("names %v", names)
	}
}

func TestNeedsNewer(t *testing.T) {
	for _, tt := range []struct {
		wants, version string
		newer          bool
	}{
		{"", "v0.1.0", false}, {"0.1", "(devel)", false}, {"9", "v0.0.0-20260101000000-abcdefabcdef", false}, {"1.2", "", false},
		{"1.2", "v1.2.0", false}, {"1.2", "v1.10.0", false}, {"1.2", "v1.1.9", true}, {"1.2", "1.1.9", true}, {"1.2.1", "v1.2.0+dirty", true},
	} {
		p := plugin.Plugin{Manifest: plugin.Manifest{Botd: tt.wants}}
		if got := p.NeedsNewer(tt.version); got != tt.newer {
			t.Errorf("wants %q, is %q: %v", tt.wants, tt.version, got)
		}
	}
}

func TestGrants(t *testing.T) {
	words := func(s string) []string { return strings.Fields(s) }
	for _, tt := range []struct{ wants, granted, withheld, effective string }{
		{"chat store", "", "chat store", ""},
		{"chat store", "chat moderate", "store", "chat"},
		{"chat", "chat", "", "chat"},
		{"http(api.example.com)", "http", "", "http(api.example.com)"},
		{"http(api.example.com)", "http(*.example.com)", "", "http(api.example.com)"},
		{"http(api.example.com) http(b.example.com)", "http(api.example.com)", "http(b.example.com)", "http(api.example.com)"},
		{"http", "http(api.example.com) http(10.0.0.1)", "", "http(api.example.com) http(10.0.0.1)"},
		{"http", "chat", "http", ""},
		{"http(public)", "http(api.example.com)", "http(public)", ""},
	} {
		if got := plugin.Withheld(words(tt.wants), words(tt.granted)); !slices.Equal(got, words(tt.withheld)) {
			t.Errorf("wants %s, granted %s: withheld %v", tt.wants, tt.granted, got)
		}
		if got := plugin.Effective(words(tt.wants), words(tt.granted)); !slices.Equal(got, words(tt.effective)) {
			t.Errorf("wants %s, granted %s: may %v", tt.wants, tt.granted, got)
		}
	}
}
