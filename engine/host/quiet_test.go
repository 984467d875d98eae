package host_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/config"
	"botd/engine/enginetest"
	"botd/engine/host"
	"botd/luaapi"
)

// start runs a host with one session s on a network, in room r, and one script.
func start(t *testing.T, network *enginetest.Network, conf, code string) *host.Host {
	t.Helper()
	return startWith(t, network, conf, code, func(*host.Options) {})
}

func startWith(t *testing.T, network *enginetest.Network, conf, code string, change func(*host.Options)) *host.Host {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "scripts"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "scripts", "a.lua"), []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Parse(filepath.Join(dir, "config.yaml"), []byte("sessions: [{name: s, adapter: fake, rooms: [r, q]}]\n"+conf), nil)
	if err != nil {
		t.Fatal(err)
	}
	opt := host.Options{Config: cfg, Adapters: []engine.Adapter{network.Adapter()}, Library: luaapi.New()}
	change(&opt)
	h, err := host.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	<-h.Ready()
	return h
}

func TestWaitQuiet(t *testing.T) {
	network := &enginetest.Network{}
	h := start(t, network, "", `bot.on("message", function(ev)
		ev:reply("first")
		ev.room:wait("join")
		ev:reply("second")
	end)`)
	if err := h.WaitOnline(t.Context(), "s/r"); err != nil {
		t.Fatal(err)
	}
	said := func() int { return len(network.In("r").Actions()) }
	network.In("r").Hear("r", "ann", "hello")
	if err := h.WaitQuiet(t.Context()); err != nil || said() != 1 {
		t.Fatalf("%d lines said, %v", said(), err)
	}
	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := h.WaitIdle(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("idle while a handler of an event waits: %v", err)
	}
	network.In("r").Emit(engine.Event{Room: engine.Room{ID: "r"}, User: engine.User{Name: "bob"}, Body: engine.Joined{}})
	if err := h.WaitIdle(t.Context()); err != nil || said() != 2 {
		t.Errorf("%d lines said, %v", said(), err)
	}
}

func TestWaitOnline(t *testing.T) {
	let := make(chan struct{})
	h := start(t, &enginetest.Network{Run: func(ctx context.Context, s *enginetest.Session, emit func(engine.Event)) error {
		<-let
		return s.Serve(ctx, emit)
	}}, "", "")
	waited := make(chan error, 1)
	go func() { waited <- h.WaitOnline(context.Background(), "s/r") }()
	close(let)
	if err := <-waited; err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.WaitOnline(ctx, "s/nowhere"); !errors.Is(err, context.Canceled) {
		t.Errorf("err %v", err)
	}
}

func TestWaitOnlineOfASessionThatGaveUp(t *testing.T) {
	h := start(t, &enginetest.Network{Run: func(context.Context, *enginetest.Session, func(engine.Event)) error {
		return engine.Errorf(engine.Denied, "wrong password")
	}}, "", "")
	if err := h.WaitOnline(t.Context(), "s/r"); engine.CodeOf(err) != engine.NotConnected {
		t.Errorf("err %v", err)
	}
}

func TestCommands(t *testing.T) {
	h := start(t, &enginetest.Network{}, "commands: {prefix: '!', rooms: [{room: 's/q', prefix: '?'}]}",
		`bot.command("roll", print) bot.command("ping", print)`)
	if got := h.Commands("s/r"); !slices.Equal(got, []string{"!ping", "!roll"}) {
		t.Errorf("got %q", got)
	}
	if got := h.Commands("s/q"); !slices.Equal(got, []string{"?ping", "?roll"}) {
		t.Errorf("got %q", got)
	}
}
