package admin_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"botd/engine"
	"botd/engine/admin"
	"botd/engine/config"
	"botd/engine/enginetest"
	"botd/engine/host"
	"botd/engine/script"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds waits for what comes at once unless the machine is busy elsewhere.
const patience = 30 * time.Second

// daemon is a host with a fake network, behind a socket.
type daemon struct {
	*host.Host
	dir     string
	network *enginetest.Network
	client  *admin.Client
	stop    func()

	reload func(script string) error // instead of the host's, if set
	hang   func(context.Context)     // likewise
	tails  chan struct{}             // a tail began
}

func (d *daemon) Tail() *host.Tail {
	t := d.Host.Tail()
	d.tails <- struct{}{}
	return t
}

func (d *daemon) Reload(ctx context.Context, script string) error {
	if d.hang != nil {
		d.hang(ctx)
		return ctx.Err()
	}
	if d.reload != nil {
		return d.reload(script)
	}
	return d.Host.Reload(ctx, script)
}

func start(t *testing.T, files map[string]string) *daemon {
	t.Helper()
	return startWithGrace(t, files, patience)
}

func startWithGrace(t *testing.T, files map[string]string, grace time.Duration) *daemon {
	t.Helper()
	d := &daemon{dir: t.TempDir(), network: &enginetest.Network{}, tails: make(chan struct{}, 10)}
	for name, text := range files {
		d.write(t, name, text)
	}
	cfg, err := config.Parse(filepath.Join(d.dir, "config.yaml"), []byte("sessions: [{name: s, adapter: fake, rooms: [a, b]}]"), nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Host, err = host.New(host.Options{Config: cfg, Adapters: []engine.Adapter{d.network.Adapter()}, Library: &script.Library{}, Version: "1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Prepare(); err != nil {
		t.Fatal(err)
	}
	claim, err := admin.ClaimFolder(cfg.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	l, err := claim.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ran, served := make(chan error, 1), make(chan error, 1)
	go func() { ran <- d.Run(ctx) }()
	<-d.Ready()
	srv := admin.NewServer(d, slog.New(slog.DiscardHandler))
	srv.Grace = grace
	go func() { served <- srv.Serve(ctx, l) }()
	d.client = admin.NewClient(cfg.DataDir)
	stopped := false
	d.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := errors.Join(<-served, <-ran); err != nil {
			t.Errorf("stop: %v", err)
		}
		claim.Release()
	}
	t.Cleanup(d.stop)
	for _, room := range []engine.RoomPath{"s/a", "s/b"} {
		if err := d.WaitOnline(context.Background(), room); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func (d *daemon) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestStatus(t *testing.T) {
	d := start(t, map[string]string{"scripts/hello.lua": "local x = 1"})
	st, err := d.client.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if st.Version != "1.2.3" || st.PID != os.Getpid() || len(st.Sessions) != 1 || st.Sessions[0].State != "online" {
		t.Errorf("got %+v", st)
	}
	if len(st.Scripts) != 1 || st.Scripts[0].Name != "hello" || st.Scripts[0].State != "running" {
		t.Errorf("scripts %+v", st.Scripts)
	}
}

func TestReload(t *testing.T) {
	d := start(t, map[string]string{"scripts/a.lua": "x = 1", "scripts/b.lua": "y = 1"})
	if err := d.client.Reload(t.Context(), ""); err != nil {
		t.Error(err)
	}
	if err := d.client.Reload(t.Context(), "nobody"); engine.CodeOf(err) != engine.NotFound {
		t.Errorf("no such script: %v", err)
	}
	d.write(t, "scripts/a.lua", "x = 1\ny = = 2")
	d.write(t, "scripts/b.lua", "error('no')")
	faults := host.FaultsOf(d.client.Reload(t.Context(), "a"))
	if len(faults) != 1 || faults[0].File != "a.lua" || faults[0].Line != 2 || len(faults[0].Excerpt) == 0 {
		t.Errorf("faults of one: %+v", faults)
	}
	faults = host.FaultsOf(d.client.Reload(t.Context(), ""))
	if len(faults) != 2 || faults[1].Script != "b" || faults[1].Msg != "no" {
		t.Errorf("faults of all: %+v", faults)
	}
	d.reload = func(string) error {
		return &engine.Error{Code: engine.RateLimited, Msg: "slowly", RetryAfter: time.Minute}
	}
	var e *engine.Error
	if err := d.client.Reload(t.Context(), "a"); !errors.As(err, &e) || e.Code != engine.RateLimited || e.RetryAfter != time.Minute {
		t.Errorf("err %#v", err)
	}
}

func TestSay(t *testing.T) {
	d := start(t, nil)
	rec, err := d.client.Say(t.Context(), "s/a", "hello <b>")
	if err != nil || rec.Status != engine.Sent {
		t.Fatalf("%+v, %v", rec, err)
	}
	if got := d.network.In("a").Actions(); len(got) != 1 || engine.TextOf(got[0]) != "hello <b>" {
		t.Errorf("the network got %v", got)
	}
	if rec, err := d.client.Say(t.Context(), "nowhere", "x"); rec.Status != "" || engine.CodeOf(err) != engine.Invalid {
		t.Errorf("no room: %+v, %v", rec, err)
	}
	if rec, err := d.client.Say(t.Context(), "t/a", "x"); rec.Status != engine.Failed || engine.CodeOf(err) != engine.NotFound {
		t.Errorf("no session: %+v, %v", rec, err)
	}
}

// What an operator has asked for is answered although the daemon is about to stop.
func TestStopLetsRequestsFinish(t *testing.T) {
	d := start(t, nil)
	asked, answer := make(chan struct{}), make(chan struct{})
	d.reload = func(string) error { close(asked); <-answer; return nil }
	got := make(chan error, 1)
	go func() { got <- d.client.Reload(context.Background(), "a") }()
	<-asked
	stopped := make(chan struct{})
	go func() { d.stop(); close(stopped) }()
	for { // until it takes no more
		if _, err := d.client.Status(t.Context()); engine.CodeOf(err) == engine.NotConnected {
			break
		}
	}
	close(answer)
	if err := <-got; err != nil {
		t.Errorf("err %v", err)
	}
	<-stopped
}

func TestStopCutsRequestsThatTakeTooLong(t *testing.T) {
	d := startWithGrace(t, nil, time.Millisecond)
	asked := make(chan struct{})
	d.hang = func(ctx context.Context) { close(asked); <-ctx.Done() }
	got := make(chan error, 1)
	go func() { got <- d.client.Reload(context.Background(), "a") }()
	<-asked
	d.stop()
	if err := <-got; err == nil {
		t.Error("no error")
	}
}
