package hctv_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"botd/adapters/hctv"
	"botd/adapters/hctv/hctvtest"
	"botd/engine"
)

// Variables for TestInterop: the address of a running server without the channel, the key
// of a bot, and a channel it may write into.
const (
	urlVariable   = "BOTD_HCTV_URL"
	tokenVariable = "BOTD_HCTV_TOKEN"
	roomVariable  = "BOTD_HCTV_ROOM"
)

// TestInterop holds two sessions of one bot against each other on a server over TCP: the
// simulator, and a real one if the environment names it.
func TestInterop(t *testing.T) {
	t.Run("simulator", func(t *testing.T) {
		srv := hctvtest.New(hctvtest.Options{})
		ts := httptest.NewServer(srv)
		t.Cleanup(ts.Close) // after the sessions, which end by cleanup, too
		t.Cleanup(srv.Close)
		set := settingsWith(hctvtest.PlainBotKey)
		set.URL = "ws" + strings.TrimPrefix(ts.URL, "http") + "/ws"
		interop(t, set, "lounge")
	})
	set := settingsWith(engine.Secret(os.Getenv(tokenVariable)))
	if set.URL = os.Getenv(urlVariable); set.URL == "" {
		t.Logf("set %s, %s and %s to try a real server", urlVariable, tokenVariable, roomVariable)
		return
	}
	t.Run("real server", func(t *testing.T) { interop(t, set, engine.RoomID(os.Getenv(roomVariable))) })
}

// party is one session of the interop test, and what it has seen.
type party struct {
	*testing.T
	session engine.Session
	events  chan engine.Event
}

// interop is kept small enough for the rate limit of one account.
func interop(t *testing.T, set *hctv.Settings, room engine.RoomID) {
	first := enter(t, set, room)
	second := enter(t, set, room)
	text := fmt.Sprintf("botd interop %d <b>&amp;</b> :yay: ünï 👋\nsecond line", time.Now().UnixNano())
	rc := first.does(engine.Say{Room: room, Text: "\ufeff " + text + "\n"})
	second.sees("the message", func(ev engine.Event) bool {
		m, ok := ev.Body.(engine.Message)
		return ok && ev.Self && !ev.History && m.Text == text && m.ID == rc.Message
	})
	late := enter(t, set, room)
	late.sees("the message in the history", func(ev engine.Event) bool {
		m, ok := ev.Body.(engine.Message)
		return ok && ev.Self && ev.History && m.ID == rc.Message
	})
	if rc := first.does(engine.SearchEmoji{Room: room, Term: "yay"}); rc.Answer == nil {
		t.Errorf("a search gave %v", rc.Answer)
	}
	if rc := first.does(engine.Emoji{Room: room, Names: []string{"no such emoji here"}}); len(rc.Answer.(map[string]any)) != 0 {
		t.Errorf("a lookup gave %v", rc.Answer)
	}
	if first.session.Caps(room).Can.Has(engine.CapDelete) {
		first.does(engine.Delete{Room: room, Message: rc.Message})
		second.sees("the deletion", func(ev engine.Event) bool {
			d, ok := ev.Body.(engine.Deleted)
			return ok && d.ID == rc.Message
		})
	}
	bad := *set
	bad.Token = "hctvb_ffffffffffffffffffffffffffffffff"
	s := newSession(t, &bad, room)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.Run(ctx, func(engine.Event) {}); engine.CodeOf(err) != engine.NotConnected || engine.AsError(err).RetryAfter == 0 {
		t.Errorf("a bad key: %v", err)
	}
}

func newSession(t *testing.T, set *hctv.Settings, room engine.RoomID) engine.Session {
	t.Helper()
	s, err := hctv.Adapter.New(set, engine.Env{Session: "interop", Rooms: []engine.RoomID{room}, Log: slog.New(slog.DiscardHandler), Clock: engine.SystemClock{}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// enter runs a session until the test ends and waits until it is in the channel.
func enter(t *testing.T, set *hctv.Settings, room engine.RoomID) *party {
	t.Helper()
	p := &party{T: t, session: newSession(t, set, room), events: make(chan engine.Event, 1000)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.session.Run(ctx, func(ev engine.Event) { p.events <- ev }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != context.Canceled {
			t.Errorf("Run returned %v", err)
		}
	})
	p.sees("connect", func(ev engine.Event) bool { _, ok := ev.Body.(engine.Connected); return ok })
	return p
}

// sees waits for an event. The limit is there only to end a test that has failed.
func (p *party) sees(what string, match func(engine.Event) bool) {
	p.Helper()
	limit := time.After(time.Minute)
	for {
		select {
		case ev := <-p.events:
			if match(ev) {
				return
			}
		case <-limit:
			p.Fatalf("no %s", what)
		}
	}
}

func (p *party) does(a engine.Action) engine.Receipt {
	p.Helper()
	rc := engine.Do(p.Context(), p.session, a)
	if rc.Status != engine.Echoed {
		p.Fatalf("%s: %s %v", engine.ActionName(a), rc.Status, rc.Err)
	}
	return rc
}
