package hackmud_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"botd/adapters/hackmud"
	"botd/adapters/hackmud/hackmudtest"
	"botd/engine"
	"botd/engine/enginetest"
)

// rig is a server and sessions on it, in virtual time.
type rig struct {
	*network
	t       *testing.T
	adapter engine.Adapter
	keep    enginetest.Keep
	vault   enginetest.Vault
}

// play runs f with a server on which botty, and users that are given, are in 0000 and
// trade.
func play(t *testing.T, quirks hackmudtest.Quirks, f func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f(&rig{network: newNetwork(t, hackmudtest.Options{Quirks: quirks}), t: t, adapter: hackmud.Adapter()})
	})
}

// run is one Run of a session.
type run struct {
	r       *rig
	session engine.Session
	cancel  context.CancelFunc
	done    chan struct{}
	err     error // once done is closed
	log     lockedBuffer

	mu     sync.Mutex
	events []engine.Event
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// start runs a session in both rooms, with the rig's memory.
func (r *rig) start(change func(*hackmud.Settings)) *run {
	r.t.Helper()
	s := r.settings(r.account.Token())
	if change != nil {
		change(s)
	}
	u := &run{r: r, done: make(chan struct{})}
	var err error
	u.session, err = r.adapter.New(s, engine.Env{
		Session: "hm", Rooms: r.Rooms(), Clock: engine.SystemClock{}, Dial: r.Dial, Keep: &r.keep, Vault: &r.vault,
		Log: slog.New(slog.NewTextHandler(&u.log, nil)),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	u.again()
	return u
}

// again runs the session once more and lets it settle.
func (u *run) again() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	u.cancel, u.done = cancel, done
	go func() {
		defer close(done)
		u.err = u.session.Run(ctx, func(ev engine.Event) {
			u.mu.Lock()
			defer u.mu.Unlock()
			u.events = append(u.events, ev)
		})
	}()
	u.r.t.Cleanup(u.stop)
	time.Sleep(3 * time.Second)
}

func (u *run) stop() {
	u.cancel()
	<-u.done
}

// ended expects Run to have returned with a code.
func (u *run) ended(code engine.Code) {
	u.r.t.Helper()
	synctest.Wait()
	select {
	case <-u.done:
		if engine.CodeOf(u.err) != code {
			u.r.t.Errorf("Run returned %v, want code %s", u.err, code)
		}
	default:
		u.r.t.Errorf("Run goes on, want code %s", code)
	}
}

// say has the session say something and returns where the receipt goes.
func (u *run) say(room engine.RoomID, text string) *receipt {
	return u.do(engine.Say{Room: room, Text: text})
}

func (u *run) do(a engine.Action) *receipt { return u.doWith(context.Background(), a) }

func (u *run) doWith(ctx context.Context, a engine.Action) *receipt {
	rc := &receipt{t: u.r.t}
	u.session.Do(ctx, a, func(r engine.Receipt) {
		rc.mu.Lock()
		defer rc.mu.Unlock()
		rc.got = append(rc.got, r)
	})
	return rc
}

type receipt struct {
	t   *testing.T
	mu  sync.Mutex
	got []engine.Receipt
}

// want expects one receipt by now.
func (rc *receipt) want(status engine.Status, code engine.Code) engine.Receipt {
	rc.t.Helper()
	synctest.Wait()
	rc.mu.Lock()
	defer rc.mu.Unlock()
	if len(rc.got) != 1 {
		rc.t.Fatalf("%d receipts, want 1: %+v", len(rc.got), rc.got)
	}
	if r := rc.got[0]; r.Status != status || engine.CodeOf(r.Error()) != code {
		rc.t.Errorf("receipt %s %v, want %s %q", r.Status, r.Error(), status, code)
	}
	return rc.got[0]
}

// take returns what was emitted since the last call, in short.
func (u *run) take(kinds ...engine.Kind) []string {
	synctest.Wait()
	u.mu.Lock()
	defer u.mu.Unlock()
	var out []string
	for i := range u.events {
		if ev := &u.events[i]; len(kinds) == 0 || slices.Contains(kinds, ev.Kind()) {
			out = append(out, short(ev))
		}
	}
	u.events = nil
	return out
}

// short is an event in a line: room kind user details [marks].
func short(ev *engine.Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", ev.Room.ID, ev.Kind())
	if ev.User.Name != "" {
		fmt.Fprintf(&b, " %s", ev.User.Name)
	}
	switch body := ev.Body.(type) {
	case engine.Message:
		fmt.Fprintf(&b, ": %s", body.Text)
		if body.Private {
			b.WriteString(" [private]")
		}
		if body.MentionsMe {
			b.WriteString(" [mention]")
		}
	case engine.Roster:
		for _, m := range body.Users {
			fmt.Fprintf(&b, " %s", m.Name)
		}
	case engine.Notice:
		fmt.Fprintf(&b, " %s", body.Code)
	case engine.Failure:
		fmt.Fprintf(&b, " %s", body.Message)
	}
	for mark, on := range map[string]bool{"self": ev.Self, "history": ev.History, "synthetic": ev.Extra["synthetic"] == true, "late": ev.Extra["late"] == true} {
		if on {
			fmt.Fprintf(&b, " [%s]", mark)
		}
	}
	return b.String()
}

func equal(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\ngot  %q\nwant %q", what, got, want)
	}
}

func calls(r *rig, endpoint string) int {
	n := 0
	for _, q := range r.Server.Requests() {
		if q.Endpoint == endpoint {
			n++
		}
	}
	return n
}
