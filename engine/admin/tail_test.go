package admin_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/admin"
)

// tail is a reader that runs beside the test.
type tail struct {
	t       *testing.T
	records chan admin.Record
	ended   chan error
	cancel  context.CancelFunc
}

func (d *daemon) tail(t *testing.T, f admin.Filter) *tail {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &tail{t, make(chan admin.Record), make(chan error, 1), cancel}
	go func() {
		r.ended <- d.client.Tail(ctx, f, func(rec admin.Record) error {
			select {
			case r.records <- rec:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	t.Cleanup(cancel)
	select {
	case <-d.tails: // nothing may happen before it watches
	case err := <-r.ended:
		t.Fatalf("tail ended: %v", err)
	}
	return r
}

// expect reads one record and describes it.
func (r *tail) expect(want string) {
	r.t.Helper()
	select {
	case rec := <-r.records:
		if got := brief(rec); got != want {
			r.t.Errorf("got %q, want %q", got, want)
		}
	case <-time.After(patience):
		r.t.Fatalf("no record, want %q", want)
	}
}

func brief(r admin.Record) string {
	switch {
	case r.Event != nil:
		m, _ := r.Event.Body.(engine.Message)
		return strings.TrimSpace(fmt.Sprintf("%s %s: %s %s", r.Event.Kind(), r.Event.Path(), r.Event.User.Name, m.Text))
	case r.Note != nil && r.Note.Error != nil:
		return "fault " + r.Note.Error.Error()
	case r.Note != nil:
		return "log " + r.Note.Script + " " + r.Note.Text
	}
	return fmt.Sprintf("dropped %d", r.Dropped)
}

func TestTailFilters(t *testing.T) {
	d := start(t, map[string]string{"scripts/a.lua": "x = 1", "scripts/b.lua": "x = 1"})
	all := d.tail(t, admin.Filter{})
	kinds := d.tail(t, admin.Filter{Kinds: []engine.Kind{"join", admin.KindFault}})
	room := d.tail(t, admin.Filter{Room: "*/b"})
	script := d.tail(t, admin.Filter{Script: "a"})
	logs := d.tail(t, admin.Filter{Kinds: []engine.Kind{admin.KindLog}})

	d.network.In("a").Hear("a", "ann", "hello")
	all.expect("message s/a: ann hello")
	d.network.In("a").Emit(engine.Event{Room: engine.Room{ID: "b", Name: "b"}, User: engine.User{Name: "bob"}, Body: engine.Joined{}})
	all.expect("join s/b: bob")
	kinds.expect("join s/b: bob")
	room.expect("join s/b: bob")

	d.write(t, "scripts/a.lua", "print('hi')")
	if err := d.client.Reload(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	all.expect("log a hi")
	script.expect("log a hi")
	logs.expect("log a hi")
	d.write(t, "scripts/b.lua", "error('no')")
	if err := d.client.Reload(t.Context(), "b"); err == nil {
		t.Fatal("loaded")
	}
	all.expect("fault b.lua:1: no")
	kinds.expect("fault b.lua:1: no")

	d.network.In("a").Hear("a", "ann", "last")
	all.expect("message s/a: ann last")
	for _, r := range []*tail{all, kinds, room, script, logs} {
		r.cancel()
		if err := <-r.ended; !errors.Is(err, context.Canceled) {
			t.Errorf("err %v", err)
		}
		select {
		case rec := <-r.records:
			t.Errorf("%s too many", brief(rec))
		default:
		}
	}
	if err := d.client.Tail(t.Context(), admin.Filter{Room: "no slash"}, nil); engine.CodeOf(err) != engine.Invalid {
		t.Errorf("a bad pattern: %v", err)
	}
}

func TestTailTellsWhatASlowReaderMisses(t *testing.T) {
	d := start(t, nil)
	r := d.tail(t, admin.Filter{Kinds: []engine.Kind{"message", "join"}})
	const n = 20_000
	line := strings.Repeat("x", 1000)
	for range n {
		d.network.In("a").Hear("a", "ann", line)
	}
	got, dropped := 0, uint64(0)
	for uint64(got)+dropped < n {
		select {
		case rec := <-r.records:
			if got++; rec.Dropped > 0 {
				got--
				dropped += rec.Dropped
			}
		case <-time.After(patience):
			t.Fatalf("%d received, %d dropped of %d", got, dropped, n)
		}
		if got == 1 { // it wakes up, and something must tell what it missed meanwhile
			d.network.In("a").Emit(engine.Event{Room: engine.Room{ID: "a"}, Body: engine.Joined{}})
		}
	}
	if dropped == 0 {
		t.Error("nothing was dropped: the test does not test")
	}
}

func TestStopEndsStreams(t *testing.T) {
	d := start(t, nil)
	r := d.tail(t, admin.Filter{})
	d.stop()
	for {
		select {
		case <-r.records:
			continue
		case err := <-r.ended:
			if err != nil {
				t.Errorf("err %v", err)
			}
		case <-time.After(patience):
			t.Error("the tail goes on")
		}
		break
	}
	if _, err := d.client.Status(t.Context()); engine.CodeOf(err) != engine.NotConnected {
		t.Errorf("after the end: %v", err)
	}
}

// A reader that reads nothing must not keep the daemon from stopping.
func TestStopWithAStalledReader(t *testing.T) {
	d := startWithGrace(t, nil, time.Millisecond)
	path, err := admin.SocketPath(filepath.Join(d.dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("GET /v1/tail HTTP/1.1\r\nHost: botd\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	<-d.tails
	for range 3000 {
		d.network.In("a").Hear("a", "ann", strings.Repeat("x", 1000))
	}
	d.stop()
}
