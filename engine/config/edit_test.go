package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"botd/engine"
	"botd/engine/config"
)

// An edit changes what it is about and nothing else, whatever the file looks like.
func TestEdit(t *testing.T) {
	grant := config.Edit{Script: "greeter", Grants: []string{"chat", "http(a.example.com)"}}
	both := config.Edit{Script: "greeter", Grants: []string{"chat"}, Enable: true}
	const added = "[chat, http(a.example.com)]"
	for _, tt := range []struct {
		name      string
		edit      config.Edit
		old, want string
	}{
		{"no file", both, "", "scripts:\n  - {name: greeter, enabled: true, grants: [chat]}\n"},
		{"no list", grant, "# mine\nlog:\n  level: debug # loud\n", "# mine\nlog:\n  level: debug # loud\n\nscripts:\n  - {name: greeter, grants: " + added + "}\n"},
		{"no value", grant, "scripts:  # none yet\nlog: {}\n", "scripts:  # none yet\n  - {name: greeter, grants: " + added + "}\nlog: {}\n"},
		{"empty list", grant, "# all\nscripts: []  # none\n# - {name: x}\n", "# all\nscripts: \n  - {name: greeter, grants: " + added + "}  # none\n# - {name: x}\n"},
		{"list of others", grant, "scripts:\n# the first\n- name: b\n  rooms: [\"hc/*\"]\n", "scripts:\n- {name: greeter, grants: " + added + "}\n# the first\n- name: b\n  rooms: [\"hc/*\"]\n"},
		{"list in brackets", grant, "scripts: [{name: b}]\n", "scripts: [{name: greeter, grants: " + added + "}, {name: b}]\n"},
		{"entry without grants", grant, "scripts:\n  # greets\n  - name: greeter  # the plugin\n    enabled: true\n\n  - name: b\n",
			"scripts:\n  # greets\n  - name: greeter  # the plugin\n    grants: " + added + "\n    enabled: true\n\n  - name: b\n"},
		{"grants in brackets", grant, "scripts:\n  - name: greeter\n    grants: [store,   # kv\n      cron]  # what it may\n",
			"scripts:\n  - name: greeter\n    grants: [store, cron, chat, http(a.example.com)]  # what it may\n"},
		{"grants below each other", grant, "scripts:\n  - name: greeter\n    grants:\n      - store # kv\n      - chat\n    # end\n",
			"scripts:\n  - name: greeter\n    grants:\n      - store # kv\n      - chat\n      - http(a.example.com)\n    # end\n"},
		{"empty grants", grant, "scripts:\n  - name: greeter\n    grants: [] # none\n", "scripts:\n  - name: greeter\n    grants: " + added + " # none\n"},
		{"grants without a value", grant, "scripts:\n  - grants:\n    name: greeter\n", "scripts:\n  - grants: " + added + "\n    name: greeter\n"},
		{"entry in braces", both, "scripts:\n  - {name: greeter, rooms: ['a]b/*']} # x\n", "scripts:\n  - {name: greeter, grants: [chat], enabled: true, rooms: ['a]b/*']} # x\n"},
		{"entry in braces with grants", both, "scripts: [ {grants: [\"store\"], name: \"greeter\", enabled: false} ]\n", "scripts: [ {grants: [store, chat], name: \"greeter\", enabled: true} ]\n"},
		{"umlauts", both, "scripts:\n  - {config: {text: 'größer'}, name: greeter}\n", "scripts:\n  - {config: {text: 'größer'}, name: greeter, grants: [chat], enabled: true}\n"},
		{"nothing to do", both, "scripts:\n- name: greeter\n  enabled: true\n  grants: [chat]\n", "scripts:\n- name: greeter\n  enabled: true\n  grants: [chat]\n"},
		{"a host with a star", config.Edit{Script: "a", Grants: []string{"http(*.example.com)"}}, "", "scripts:\n  - {name: a, grants: [\"http(*.example.com)\"]}\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.edit.Apply("config.yaml", []byte(tt.old))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			again, err := tt.edit.Apply("config.yaml", got)
			if err != nil || string(again) != string(got) {
				t.Errorf("the second time: %v\n%s", err, again)
			}
		})
	}
}

// Of what YAML takes for a line, an end or a name, an edit knows the usual. A file that is
// beyond it is left alone, whatever places come out.
func TestEditLosesItsPlace(t *testing.T) {
	edit := config.Edit{Script: "a", Grants: []string{"chat"}, Enable: true}
	for _, text := range []string{
		"\r\r\rscripts:\n- name: a\n  grants: \n- name[store]\n",
		"scripts:\r- name: 'a'\r",
		"scripts:\r- name: a\r  grants: [\"x\"]\r",
		"scripts:\u2028- name: \"a\"\u2028",
		"scripts:\n- name: !!binary YQ==\n  grants:\n  - chat\n  - store\n",
		"scripts:\n- name: !!binary a\n  grants:\n  - chat\n  - store\n",
		"scripts:\n- name: !!int a\n  grants:\n  - x\n  - store\n",
		"scripts:\n- {name: a, \"grants\":, enabled:}",
		"scripts:\n- {? name : a, ? grants : , ? enabled : }",
	} {
		got, err := edit.Apply("config.yaml", []byte(text))
		if err != nil {
			continue
		}
		if cfg, err := config.Parse("config.yaml", got, nil); err != nil || !cfg.Script("a").On() {
			t.Errorf("%q became %q: %v", text, got, err)
		}
	}
}

// The annotated configuration keeps all it says.
func TestEditAnnotated(t *testing.T) {
	got, err := config.Edit{Script: "quotes", Grants: []string{"chat"}, Enable: true}.Apply("config.yaml", []byte(config.Annotated))
	if err != nil {
		t.Fatal(err)
	}
	cfg := parse(t, string(got))
	if s := cfg.Script("quotes"); !s.On() || len(s.Grants) != 1 {
		t.Errorf("entry %+v", s)
	}
	if n := strings.Count(string(got), "#") - strings.Count(config.Annotated, "#"); n != 0 {
		t.Errorf("%d comments more than before", n)
	}
}

// What cannot be edited stays as it is, and the error says what to write.
func TestEditRefuses(t *testing.T) {
	e := config.Edit{Script: "greeter", Grants: []string{"chat"}}
	for name, old := range map[string]string{
		"anchors":  "base: &b {name: greeter}\nscripts: [*b]\n",
		"no list":  "scripts: {greeter: true}\n",
		"two docs": "a: 1\n---\nb: 1\n",
		"syntax":   "scripts: [\n",
	} {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, []byte(old), 0o600); err != nil {
			t.Fatal(err)
		}
		err := config.EditFile(path, e)
		if code := engine.CodeOf(err); code != engine.Unsupported && code != engine.Invalid {
			t.Errorf("%s: %v", name, err)
		}
		if code := engine.CodeOf(err); code == engine.Unsupported && !strings.Contains(err.Error(), "- {name: greeter, grants: [chat]}") {
			t.Errorf("%s: %v", name, err)
		}
		if now, _ := os.ReadFile(path); string(now) != old {
			t.Errorf("%s: the file is now\n%s", name, now)
		}
	}
}

// The file keeps its rights, and stays behind the link that leads to it.
func TestEditFile(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "real.yaml"), filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(path, []byte("log: {level: info}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := config.EditFile(link, config.Edit{Script: "a", Enable: true}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if text, _ := os.ReadFile(path); !strings.Contains(string(text), "- {name: a, enabled: true}") {
		t.Errorf("text\n%s", text)
	}
	if err := config.EditFile(filepath.Join(dir, "new.yaml"), config.Edit{Script: "a", Enable: true}); err != nil {
		t.Error(err)
	}
}

// FuzzEdit: whatever the file, an edit does what it should or nothing.
func FuzzEdit(f *testing.F) {
	for _, text := range []string{"", full, config.Annotated, "scripts:\n- name: a\n  grants: [store]\n", "scripts: [{name: a}]", "scripts:\n  - {'name': \"a\"}\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := config.Edit{Script: "a", Grants: []string{"chat"}, Enable: true}.Apply("c", []byte(text))
		if err != nil {
			return
		}
		if _, err := config.Parse("c", []byte(text), nil); err != nil {
			return
		}
		cfg, err := config.Parse("c", got, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, got)
		}
		if s := cfg.Script("a"); !s.On() || len(s.Grants) == 0 {
			t.Errorf("entry %+v\n%s", s, got)
		}
	})
}
