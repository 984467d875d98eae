package doctor_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/config"
	"botd/engine/doctor"
	"botd/engine/store"
)

// settings are those of a network with a server.
type settings struct {
	URL string `config:"url"`
}

var adapters = []engine.Adapter{{Name: "fake", Settings: func() any { return &settings{URL: "wss://chat.example/ws"} }}}

// patient is a folder with all that is looked at, and what is wrong with it.
type patient struct {
	t    *testing.T
	dir  string
	opts doctor.Options
}

func (p *patient) write(name, text string, mode os.FileMode) {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		p.t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		p.t.Fatal(err)
	}
}

const sound = "sessions: [{name: hc, adapter: fake, rooms: [a]}]\n"

// examine makes a folder that is sound, lets change spoil it, and returns what is found.
func examine(t *testing.T, conf string, change func(*patient)) []doctor.Line {
	t.Helper()
	p := &patient{t: t, dir: t.TempDir()}
	p.write("scripts/hello.lua", "", 0o600)
	p.write("data/.keep", "", 0o600)
	s, err := store.Open(t.Context(), filepath.Join(p.dir, "data/botd.db"), engine.SystemClock{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	p.opts = doctor.Options{
		Adapters: adapters, Now: time.Now,
		Claim:   func(string) (func(), error) { return func() {}, nil },
		Resolve: func(context.Context, string) ([]string, error) { return []string{"192.0.2.1"}, nil },
		Dial: func(context.Context, string, string) (net.Conn, error) {
			c, _ := net.Pipe()
			return c, nil
		},
		Free:  func(string) (uint64, bool) { return 1 << 40, true },
		Files: func() (uint64, bool) { return 1024, true },
	}
	if change != nil {
		change(p)
	}
	cfg, err := config.Parse(filepath.Join(p.dir, "config.yaml"), []byte(strings.ReplaceAll(conf, "DIR", p.dir)), nil)
	if err != nil {
		t.Fatal(err)
	}
	p.opts.Config = cfg
	return doctor.Examine(t.Context(), p.opts)
}

// TestSound: nothing is found where nothing is wrong, and everything was looked at.
func TestSound(t *testing.T) {
	seen := map[string]bool{}
	for _, l := range examine(t, sound, nil) {
		if seen[l.Check] = true; l.Verdict != doctor.Fine || l.Cure != "" {
			t.Errorf("%+v", l)
		}
	}
	for _, check := range []string{"config", "data", "lock", "store", "clock", "limits", "scripts", "session hc"} {
		if !seen[check] {
			t.Errorf("nothing was said of %s", check)
		}
	}
}

// TestFindings: each thing that can be wrong is found, and what to do is said.
func TestFindings(t *testing.T) {
	data := func(p *patient, name string) string { return filepath.Join(p.dir, "data", name) }
	tests := []struct {
		name, config string
		change       func(*patient)
		check        string
		verdict      doctor.Verdict
		text, cure   string
	}{
		{"data folder is a file", sound + "data_dir: DIR/scripts/hello.lua", nil, "data", doctor.Bad, "it is no folder", "data_dir"},
		{"data folder cannot be made", sound + "data_dir: DIR/scripts/hello.lua/data", nil, "data", doctor.Bad, "", "data_dir"},
		{"data folder is to be made", sound + "data_dir: DIR/new/deep", nil, "data", doctor.Fine, "botd makes it", ""},
		{"others may read the data", sound, func(p *patient) {
			if err := os.Chmod(filepath.Join(p.dir, "data"), 0o755); err != nil {
				p.t.Fatal(err)
			}
		}, "data", doctor.Warn, "others may read", "chmod 700"},
		{"no room", sound, func(p *patient) { p.opts.Free = func(string) (uint64, bool) { return 5 << 20, true } }, "data", doctor.Warn, "only 5 MiB", "make room"},
		{"a botd runs", sound, func(p *patient) {
			p.opts.Claim = func(string) (func(), error) {
				return nil, engine.Errorf(engine.Conflict, "botd runs already with the data folder x, process 7; stop it first")
			}
		}, "lock", doctor.Fine, "process 7", ""},
		{"lock of another", sound, func(p *patient) {
			p.opts.Claim = func(string) (func(), error) { return nil, errors.New("permission denied") }
		}, "lock", doctor.Bad, "permission denied", "belong"},
		{"store is damaged", sound, func(p *patient) {
			text, err := os.ReadFile(data(p, "botd.db"))
			if err != nil {
				p.t.Fatal(err)
			}
			for i := 4096; i < len(text); i++ {
				text[i] = 0xee
			}
			p.write("data/botd.db", string(text), 0o600)
		}, "store", doctor.Bad, "botd.db", "backup"},
		{"store is something else", sound, func(p *patient) { p.write("data/botd.db", "hello", 0o600) }, "store", doctor.Bad, "botd.db", "backup"},
		{"secret others can read", sound + "scripts: [{name: hello, secrets: {a: \"${file:DIR/token}\"}}]", func(p *patient) { p.write("token", "x", 0o644) }, "secrets", doctor.Warn, "others may read", "chmod 600"},
		{"secret nobody else can read", sound + "scripts: [{name: hello, secrets: {a: \"${file:DIR/token}\"}}]", func(p *patient) { p.write("token", "x", 0o600) }, "secrets", doctor.Fine, "1 file", ""},
		{"clock of long ago", sound, func(p *patient) { p.opts.Now = func() time.Time { return time.Unix(0, 0) } }, "clock", doctor.Bad, "1970", "set the clock"},
		{"clock behind the store", sound, func(p *patient) { p.opts.Now = func() time.Time { return time.Now().Add(-24 * time.Hour) } }, "clock", doctor.Bad, "the store was written", "set the clock"},
		{"few files", sound, func(p *patient) { p.opts.Files = func() (uint64, bool) { return 20, true } }, "limits", doctor.Warn, "20 files", "ulimit"},
		{"entry of nothing", sound + "scripts: [{name: helo}]", nil, "scripts", doctor.Warn, `"helo" is of no script`, "remove"},
		{"no scripts", sound, func(p *patient) { os.Remove(filepath.Join(p.dir, "scripts/hello.lua")) }, "scripts", doctor.Warn, "no scripts", "botd init"},
		{"plugin with a fault", sound, func(p *patient) {
			p.write("plugins.d/bad/plugin.yaml", "nmae: bad", 0o600)
			p.write("plugins.d/bad/main.lua", "", 0o600)
		}, "scripts", doctor.Bad, "plugin bad", "botd check"},
		{"grant that is withheld", sound + "scripts: [{name: good, enabled: true, grants: [chat]}]", func(p *patient) {
			p.write("plugins.d/good/plugin.yaml", "name: good\nversion: 1.0.0\ndescription: good\ngrants: [chat, store]\n", 0o600)
			p.write("plugins.d/good/main.lua", "", 0o600)
		}, "scripts", doctor.Warn, "store", "botd plugin grant good"},
		{"unknown adapter", "sessions: [{name: hc, adapter: fakee, rooms: [a]}]", nil, "session hc", doctor.Bad, "fakee", "botd check"},
		{"wrong setting", "sessions: [{name: hc, adapter: fake, rooms: [a], settings: {ur: x}}]", nil, "session hc", doctor.Bad, "ur", "docs/adapters"},
		{"session is off", "sessions: [{name: hc, adapter: fake, enabled: false, rooms: [a]}]", nil, "session hc", doctor.Fine, "off", ""},
		{"not asked", sound, nil, "session hc", doctor.Fine, "--network", ""},
		{"answers", sound, func(p *patient) { p.opts.Network = true }, "session hc", doctor.Fine, "chat.example:443 answers", ""},
		{"no such host", sound, func(p *patient) {
			p.opts.Network = true
			p.opts.Resolve = func(_ context.Context, host string) ([]string, error) { return nil, fmt.Errorf("no such host") }
		}, "session hc", doctor.Bad, "chat.example is not known", "name servers"},
		{"does not answer", sound, func(p *patient) {
			p.opts.Network = true
			p.opts.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("refused") }
		}, "session hc", doctor.Bad, "does not answer: refused", "firewall"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lines := examine(t, tt.config, tt.change)
			for _, l := range lines {
				if l.Check == tt.check && l.Verdict == tt.verdict && strings.Contains(l.Text, tt.text) && strings.Contains(l.Cure, tt.cure) && (l.Cure == "") == (l.Verdict == doctor.Fine) {
					return
				}
			}
			t.Errorf("not found among %+v", lines)
		})
	}
}
