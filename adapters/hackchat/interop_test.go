package hackchat_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"botd/adapters/hackchat"
	"botd/adapters/hackchat/hackchattest"
	"botd/engine"
)

// interopVariable names a running server, ws://host:port/path, for TestInterop.
const interopVariable = "BOTD_HACKCHAT_URL"

// TestInterop holds two sessions against each other on a server over TCP: the
// simulator of each generation, and a real one if the environment names it.
func TestInterop(t *testing.T) {
	for name, gen := range generations {
		t.Run("simulator "+name, func(t *testing.T) {
			srv := hackchattest.New(hackchattest.Options{Generation: gen})
			ts := httptest.NewServer(srv)
			t.Cleanup(ts.Close) // after the sessions, which end by cleanup, too
			t.Cleanup(srv.Close)
			interop(t, "ws"+strings.TrimPrefix(ts.URL, "http"))
		})
	}
	url := os.Getenv(interopVariable)
	if url == "" {
		t.Logf("set %s to the address of a server to try a real one", interopVariable)
		return
	}
	t.Run("real server", func(t *testing.T) { interop(t, url) })
}

// party is one session of the interop test, and what it has seen.
type party struct {
	*testing.T
	session engine.Session
	events  chan engine.Event
	nick    string
}

// interop is kept small enough for the score of one address.
func interop(t *testing.T, url string) {
	suffix := fmt.Sprintf("%05d", time.Now().UnixNano()/1e3%1e5)
	channel := engine.RoomID("botd-interop-" + suffix)
	ann := join(t, url, channel, "ann"+suffix)
	bot := join(t, url, channel, "bot"+suffix)
	ann.sees("join of the bot", func(ev engine.Event) bool { return is[engine.Joined](ev) && ev.User.Name == bot.nick })

	rc := bot.does(engine.Say{Room: channel, Text: "/hello & <good> morning 😀"})
	ann.reads("/hello & <good> morning 😀", false, false)
	bot.does(engine.Emote{Room: channel, Text: "waves"})
	ann.reads("waves", true, false)
	bot.does(engine.Whisper{Room: channel, User: engine.UserRef{Name: ann.nick}, Text: "psst"})
	ann.reads("psst", false, true)
	bot.does(engine.Invite{Room: channel, User: engine.UserRef{Name: ann.nick}})
	ann.sees("invitation", func(ev engine.Event) bool { return is[engine.Invited](ev) && ev.User.Name == bot.nick })
	if bot.session.Caps(channel).Can.Has(engine.CapEdit) {
		bot.does(engine.Edit{Room: channel, Message: rc.Message, Text: "!", Append: true})
		ann.sees("edit", func(ev engine.Event) bool {
			e, ok := ev.Body.(engine.Edited)
			return ok && e.Text == "/hello & <good> morning 😀!"
		})
	}
	bot.does(engine.Rename{Room: channel, Name: "b" + bot.nick})
	ann.sees("rename", func(ev engine.Event) bool { return is[engine.Renamed](ev) && ev.User.Name == "b"+bot.nick })
}

// join runs a session until the test ends and waits until it is in the channel.
func join(t *testing.T, url string, channel engine.RoomID, nick string) *party {
	t.Helper()
	s, err := hackchat.Adapter.New(
		&hackchat.Settings{URL: url, Nick: nick, Password: engine.Secret(nick + "-pass")},
		engine.Env{Session: "interop", Rooms: []engine.RoomID{channel}, Log: slog.New(slog.DiscardHandler), Clock: engine.SystemClock{}})
	if err != nil {
		t.Fatal(err)
	}
	p := &party{T: t, session: s, events: make(chan engine.Event, 1000), nick: nick}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, func(ev engine.Event) { p.events <- ev }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != context.Canceled {
			t.Errorf("%s: Run returned %v", nick, err)
		}
	})
	p.sees("connect", is[engine.Connected])
	return p
}

func is[B engine.Body](ev engine.Event) bool { _, ok := ev.Body.(B); return ok }

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
			p.Fatalf("%s saw no %s", p.nick, what)
		}
	}
}

func (p *party) reads(text string, emote, private bool) {
	p.Helper()
	p.sees(text, func(ev engine.Event) bool {
		m, ok := ev.Body.(engine.Message)
		return ok && !ev.Self && m.Text == text && m.Emote == emote && m.Private == private
	})
}

func (p *party) does(a engine.Action) engine.Receipt {
	p.Helper()
	rc := engine.Do(p.Context(), p.session, a)
	if rc.Status != engine.Echoed {
		p.Fatalf("%s: %s: %s %v", p.nick, engine.ActionName(a), rc.Status, rc.Err)
	}
	return rc
}
