package tests

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"botd/adapters/local"
	"botd/engine"
	"botd/engine/config"
	"botd/engine/host"
	"botd/luaapi"
)

func TestHandlerErrorOnEveryMessage(t *testing.T) {
	d := start(t, map[string]string{
		"scripts/bad.lua":  "bot.on('message', function(ev) local x = nil; return x.y end)",
		"scripts/good.lua": ping("pong"),
	})
	ann := d.join("lobby", "ann")
	for range 50 {
		if got := ann.ask("!ping"); got != "pong" {
			t.Fatalf("got %q", got)
		}
	}
	if !strings.Contains(d.fault(), "bad.lua:1") {
		t.Errorf("fault %q", d.fault())
	}
}

func TestConfigurationIsHot(t *testing.T) {
	base := "commands: {prefix: '%'}\nsessions:\n- {name: lobby, adapter: local, rooms: [ROOMS]}\n"
	d := start(t, map[string]string{"config.yaml": strings.ReplaceAll(base, "ROOMS", "lobby"), "scripts/a.lua": ping("pong")})
	ann := d.join("lobby", "ann")
	if got := ann.ask("%ping"); got != "pong" {
		t.Fatalf("got %q", got)
	}
	d.write("config.yaml", strings.ReplaceAll(strings.ReplaceAll(base, "ROOMS", "lobby, attic"), "%", "?"))
	d.until("the prefix changed", func() bool { return ann.ask("?ping") == "pong" })
	bob := d.join("attic", "bob")
	if got := bob.ask("?ping"); got != "pong" {
		t.Errorf("in the new room: %q", got)
	}

	d.write("config.yaml", "commands: {prefx: '+'}\n")
	d.until("the fault is logged", func() bool { return strings.Contains(d.log.String(), "prefx") })
	if got := ann.ask("?ping"); got != "pong" {
		t.Errorf("after a bad configuration: %q", got)
	}
	d.write("config.yaml", "sessions: [{name: lobby, adapter: hackchap, rooms: [lobby]}]\n")
	d.until("the adapter is refused", func() bool { return strings.Contains(d.log.String(), "hackchap") })
	if got := ann.ask("?ping"); got != "pong" {
		t.Errorf("after an unknown adapter: %q", got)
	}
	d.write("config.yaml", strings.ReplaceAll(base, "ROOMS", "lobby")+"scripts: [{name: a, enabled: false}]\n")
	d.until("the script is off", func() bool { return len(d.host.Status().Scripts) == 0 })
}

func TestDataFolderThatCannotBe(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Parse(filepath.Join(dir, "config.yaml"), []byte("data_dir: file/data\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	h, err := host.New(host.Options{Config: cfg, Adapters: []engine.Adapter{local.Adapter(local.NewHub(local.Options{}))}, Library: luaapi.New()})
	if err != nil {
		t.Fatal(err)
	}
	err = h.Run(context.Background())
	if engine.CodeOf(err) != engine.Invalid || !strings.Contains(err.Error(), "BOTD_DATA_DIR") {
		t.Errorf("err %v", err)
	}
}

// A session whose Run ends in every bad way stays apart from the others.
func TestBadSessionsTouchNobody(t *testing.T) {
	bad := func(name string, run func(context.Context) error) engine.Adapter {
		return engine.Adapter{Name: name, Settings: func() any { return &struct{}{} }, New: func(any, engine.Env) (engine.Session, error) {
			return badSession{run}, nil
		}}
	}
	d := start(t, map[string]string{
		"scripts/a.lua": ping("pong"),
		"config.yaml": `sessions:
- {name: lobby, adapter: local, rooms: [lobby]}
- {name: p, adapter: panics, rooms: [x]}
- {name: e, adapter: fails, rooms: [x]}
- {name: d, adapter: denied, rooms: [x]}
`},
		bad("panics", func(context.Context) error { panic("adapter fault") }),
		bad("fails", func(context.Context) error { return errors.New("gone") }),
		bad("denied", func(context.Context) error { return engine.Errorf(engine.Denied, "wrong password") }),
	)
	ann := d.join("lobby", "ann")
	d.until("the others have failed a few times", func() bool {
		st := map[engine.SessionID]int{}
		for _, s := range d.host.Status().Sessions {
			st[s.Session] = s.Attempts
		}
		return st["p"] > 2 && st["e"] > 2
	})
	if got := ann.ask("!ping"); got != "pong" {
		t.Errorf("got %q", got)
	}
	for _, s := range d.host.Status().Sessions {
		if s.Session == "d" && (s.State != "failed" || !strings.Contains(s.Err, "wrong password")) {
			t.Errorf("denied session: %+v", s.Health)
		}
	}
}

type badSession struct{ run func(context.Context) error }

func (s badSession) Run(ctx context.Context, _ func(engine.Event)) error { return s.run(ctx) }
func (badSession) Do(_ context.Context, a engine.Action, done func(engine.Receipt)) {
	done(engine.Fail(engine.UnsupportedError(a)))
}
func (badSession) Caps(engine.RoomID) engine.Capabilities { return engine.Capabilities{} }
