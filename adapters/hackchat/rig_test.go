package hackchat_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"botd/adapters/hackchat"
	"botd/adapters/hackchat/hackchattest"
	"botd/engine"
	"botd/engine/enginetest"
)

const room = "botdev"

// rig is a session in a simulated channel, inside a bubble.
type rig struct {
	*testing.T
	*network
	settings hackchat.Settings
	keep     engine.Keep
	session  engine.Session
	cancel   context.CancelFunc
	done     chan struct{}
	err      error // of Run, once done is closed

	mu     sync.Mutex
	events []engine.Event
}

// in runs a test in a bubble with a plain user's session, not started yet.
func in(t *testing.T, opts hackchattest.Options, f func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{T: t, network: newNetwork(t, opts), keep: &enginetest.Keep{}}
		r.settings = hackchat.Settings{URL: "ws://simulator/chat-ws", Nick: "botd", Password: "bot-pass"}
		f(r)
		if r.cancel != nil {
			r.stop()
		}
	})
}

// start runs the session and waits for what comes of it.
func (r *rig) start() {
	r.Helper()
	s, err := hackchat.Adapter.New(&r.settings, engine.Env{Session: "test", Rooms: []engine.RoomID{room},
		Log: slog.New(slog.DiscardHandler), Clock: engine.SystemClock{}, Dial: r.wire.Dial, Keep: r.keep})
	if err != nil {
		r.Fatal(err)
	}
	r.session = s
	r.run()
}

func (r *rig) run() {
	ctx, cancel := context.WithCancel(r.Context())
	r.cancel, r.done = cancel, make(chan struct{})
	go func() {
		defer close(r.done)
		r.err = r.session.Run(ctx, func(ev engine.Event) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.events = append(r.events, ev)
		})
	}()
	r.settle()
}

// settle waits until everything has arrived, held departures included.
func (r *rig) settle() {
	time.Sleep(100 * time.Millisecond)
	synctest.Wait()
}

func (r *rig) stop() {
	r.Helper()
	r.cancel()
	<-r.done
	r.cancel = nil
}

// ended expects Run to have returned by now.
func (r *rig) ended(code engine.Code, text string) {
	r.Helper()
	select {
	case <-r.done:
		if engine.CodeOf(r.err) != code || !strings.Contains(fmt.Sprint(r.err), text) {
			r.Errorf("Run returned %v (code %q), want %q with code %q", r.err, engine.CodeOf(r.err), text, code)
		}
	default:
		r.Errorf("Run has not returned; events:\n%s", r.story())
	}
}

// story is the events since the last call of it, one a line.
func (r *rig) story() string {
	r.settle()
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	for _, ev := range r.events {
		fmt.Fprintln(&b, telling(ev))
	}
	r.events = nil
	return b.String()
}

func telling(ev engine.Event) string {
	who := ev.User.Name
	if ev.Self {
		who = "me"
	}
	switch body := ev.Body.(type) {
	case engine.Roster:
		var names []string
		for _, u := range body.Users {
			names = append(names, u.Name)
		}
		return "users " + strings.Join(names, " ")
	case engine.Connected:
		return "connect " + body.Me.Name
	case engine.TopicSet:
		return fmt.Sprintf("topic motd=%v", body.MOTD)
	case engine.Message:
		how := ""
		if body.Private {
			how += " privately"
		}
		if body.Emote {
			how += " emotes"
		}
		return fmt.Sprintf("%s%s: %s", who, how, body.Text)
	case engine.Edited:
		return fmt.Sprintf("%s edits: %s", who, body.Text)
	case engine.Renamed:
		return fmt.Sprintf("%s from %s", ev.User.Name, body.From)
	case engine.Kicked:
		return fmt.Sprintf("kick %s to %s", body.Target.Name, body.To)
	case engine.Banned:
		return fmt.Sprintf("ban %s by %s", body.Target.Name, who)
	case engine.Muted:
		return fmt.Sprintf("mute %s by %s", body.Target.Name, who)
	case engine.Unmuted:
		return fmt.Sprintf("unmute %s by %s", body.Target.Name, who)
	case engine.AccessChanged:
		return fmt.Sprintf("access %s %s", body.Role, body.Reason)
	case engine.Notice:
		return fmt.Sprintf("notice %s %s", body.Code, body.Text)
	case engine.Invited:
		return fmt.Sprintf("%s invites %s to %s", who, body.Target.Name, body.To)
	case engine.CaptchaAsked:
		return "captcha"
	case engine.Raw:
		return fmt.Sprintf("raw %s", body.Name)
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s", ev.Kind(), who))
}

// tells expects the story since the last time.
func (r *rig) tells(want ...string) {
	r.Helper()
	if got := r.story(); got != strings.Join(want, "\n")+"\n" && got != strings.Join(want, "\n") {
		r.Errorf("got:\n%swant:\n%s", got, strings.Join(want, "\n"))
	}
}

// do carries out an action and waits for the receipt.
func (r *rig) do(a engine.Action) engine.Receipt {
	r.Helper()
	return engine.Do(r.Context(), r.session, a)
}

// does expects a status, and a code with it.
func (r *rig) does(a engine.Action, status engine.Status, code engine.Code) engine.Receipt {
	r.Helper()
	rc := r.do(a)
	if rc.Status != status || engine.CodeOf(rc.Error()) != code {
		r.Errorf("%s: %s %v (code %q), want %s with code %q", engine.ActionName(a), rc.Status, rc.Err, engine.CodeOf(rc.Error()), status, code)
	}
	return rc
}

func (r *rig) sent(cmd string) (n int) {
	for _, q := range r.Server.Requests() {
		if q.Cmd == cmd {
			n++
		}
	}
	return n
}
