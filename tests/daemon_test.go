// Package tests checks botd as a whole: the joined parts, the command line, and the
// rules the source tree keeps.
package tests

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"botd/adapters/local"
	"botd/engine"
	"botd/engine/config"
	"botd/engine/host"
	"botd/engine/script"
	"botd/engine/supervisor"
	"botd/luaapi"
)

// patience is how long a test waits for something that must come. It is generous,
// because what it waits for comes at once unless the machine is busy elsewhere, or the
// race detector watches: each process it is in takes a second to end.
const patience = 2 * time.Minute

// daemon is a host with the local network, its folders and its log.
type daemon struct {
	t    testing.TB
	dir  string
	hub  *local.Hub
	host *host.Host
	log  lockedBuffer
	stop func() error

	mu     sync.Mutex
	faults []*script.Error
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write forgets the beginning of a log that grows too long.
func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.buf.Len() > 1<<20 {
		b.buf.Next(b.buf.Len() / 2)
	}
	return b.buf.Write(p)
}

func (b *lockedBuffer) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.buf.Reset()
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// start runs a daemon on files, by their names below its folder. config.yaml may be
// among them. extra adapters stand beside the local one.
func start(t testing.TB, files map[string]string, extra ...engine.Adapter) *daemon {
	t.Helper()
	return startIn(t, t.TempDir(), files, extra...)
}

// startIn is start in a folder that may have been used before.
func startIn(t testing.TB, dir string, files map[string]string, extra ...engine.Adapter) *daemon {
	t.Helper()
	return startWith(t, dir, files, func(*host.Options) {}, extra...)
}

// startWith is startIn with options of the host changed.
func startWith(t testing.TB, dir string, files map[string]string, change func(*host.Options), extra ...engine.Adapter) *daemon {
	t.Helper()
	d := &daemon{t: t, dir: dir, hub: local.NewHub(local.Options{})}
	for name, text := range files {
		d.write(name, text)
	}
	if _, ok := files["config.yaml"]; !ok {
		d.write("config.yaml", "sessions: [{name: lobby, adapter: local, rooms: [lobby]}]\n")
	}
	load := func() (*config.Config, error) { return config.Load(filepath.Join(d.dir, "config.yaml"), nil) }
	cfg, err := load()
	if err != nil {
		t.Fatal(err)
	}
	opt := host.Options{
		Config: cfg, Reload: load, Adapters: append([]engine.Adapter{local.Adapter(d.hub)}, extra...), Library: luaapi.New(),
		Log: slog.New(slog.NewTextHandler(&d.log, &slog.HandlerOptions{Level: slog.LevelInfo})), Version: "test",
		ShowError: func(e *script.Error) { d.mu.Lock(); d.faults = append(d.faults, e); d.mu.Unlock() },
		Backoff:   supervisor.Backoff{Min: time.Millisecond, Max: 20 * time.Millisecond},
	}
	change(&opt)
	if d.host, err = host.New(opt); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.host.Run(ctx) }()
	d.stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() {
		if err := d.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	select {
	case <-d.host.Ready():
	case <-time.After(patience):
		t.Fatalf("not ready\n%s", &d.log)
	}
	return d
}

func (d *daemon) write(name, text string) {
	d.t.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(path+".tmp", []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		d.t.Fatal(err)
	}
}

func (d *daemon) remove(name string) {
	d.t.Helper()
	if err := os.Remove(filepath.Join(d.dir, name)); err != nil {
		d.t.Fatal(err)
	}
}

func (d *daemon) fault() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.faults) == 0 {
		return ""
	}
	return d.faults[len(d.faults)-1].Error()
}

// until waits for a condition.
func (d *daemon) until(what string, ok func() bool) {
	d.t.Helper()
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	tooLate := time.After(patience)
	for !ok() {
		select {
		case <-look.C:
		case <-tooLate:
			d.t.Fatalf("not in %s: %s\nlast fault: %s\n%s", patience, what, d.fault(), &d.log)
		}
	}
}

func (d *daemon) idle() {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := d.host.WaitIdle(ctx); err != nil {
		d.t.Fatal(err)
	}
}

// quiet waits until nothing runs, though handlers may wait for something.
func (d *daemon) quiet() {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := d.host.WaitQuiet(ctx); err != nil {
		d.t.Fatal(err)
	}
}

// guest is somebody in a room who notes what the bot says.
type guest struct {
	d *daemon
	p *local.Participant

	mu    sync.Mutex
	heard []string
	said  int // lines given to say
	own   int // of them, those that have gone round the room
}

func (d *daemon) join(room engine.RoomID, name string) *guest {
	d.t.Helper()
	return d.joinAs(room, engine.User{Name: name, Role: engine.Owner})
}

// joinAs joins a room once the bot is there, which so sees it.
func (d *daemon) joinAs(room engine.RoomID, u engine.User) *guest {
	d.t.Helper()
	d.until("the bot is in "+string(room), func() bool {
		for _, s := range d.host.Status().Sessions {
			for _, r := range s.Rooms {
				if r.Room == room && r.State == supervisor.Online {
					return true
				}
			}
		}
		return false
	})
	g, name := &guest{d: d}, u.Name
	var err error
	g.p, err = d.hub.Room(room).Join(local.Visit{User: u, Hear: func(ev engine.Event) {
		m, ok := ev.Body.(engine.Message)
		if !ok {
			return
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		switch ev.User.Name {
		case "botd":
			g.heard = append(g.heard, m.Text)
		case name:
			g.own++
		}
	}})
	if err != nil {
		d.t.Fatal(err)
	}
	return g
}

func (g *guest) say(format string, args ...any) {
	g.d.t.Helper()
	g.mu.Lock()
	g.said++
	g.mu.Unlock()
	if _, err := g.p.Say(fmt.Sprintf(format, args...)); err != nil {
		g.d.t.Fatal(err)
	}
}

// ask says a line and returns what the bot's scripts answered, in alphabetical order
// because scripts run beside each other, joined by " | ".
func (g *guest) ask(line string) string {
	g.d.t.Helper()
	return g.settled(line, g.d.idle)
}

// asks is ask while other handlers of the scripts wait.
func (g *guest) asks(line string) string {
	g.d.t.Helper()
	return g.settled(line, g.d.quiet)
}

// settled says a line, lets settle, and returns what the bot has said meanwhile.
func (g *guest) settled(line string, settle func()) string {
	g.d.t.Helper()
	g.mu.Lock()
	g.heard = nil
	g.mu.Unlock()
	g.say("%s", line)
	// Another goroutine may be the one that delivers it; the bot hears it before us.
	g.d.until("the line has gone round", func() bool { g.mu.Lock(); defer g.mu.Unlock(); return g.own == g.said })
	settle()
	g.mu.Lock()
	defer g.mu.Unlock()
	slices.Sort(g.heard)
	return strings.Join(g.heard, " | ")
}
