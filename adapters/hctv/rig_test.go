package hctv_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"botd/adapters/hctv"
	"botd/adapters/hctv/hctvtest"
	"botd/engine"
	"botd/engine/enginetest"
)

// rig is a session in a simulated channel, inside a bubble.
type rig struct {
	*testing.T
	*network
	settings *hctv.Settings
	room     engine.RoomID
	keep     enginetest.Keep
	told     enginetest.Told
	session  engine.Session
	cancel   context.CancelFunc
	done     chan struct{}
	err      error // of Run, once done is closed

	mu     sync.Mutex
	events []engine.Event
}

// in runs a test in a bubble with plainbot's session in lounge, not started yet.
func in(t *testing.T, f func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{T: t, network: newNetwork(t), settings: settingsWith(hctvtest.PlainBotKey), room: "lounge"}
		f(r)
		if r.cancel != nil {
			r.stop()
		}
	})
}

// as makes the session log in as a person.
func (r *rig) as(user string) {
	r.settings = settingsWith("")
	r.settings.Cookie = engine.Secret(hctvtest.Cookie(user))
}

// make makes the session, as after a restart.
func (r *rig) make() {
	r.Helper()
	s, err := hctv.Adapter.New(r.settings, engine.Env{Session: "test", Rooms: []engine.RoomID{r.room}, Keep: &r.keep, Delivered: r.told.Delivered,
		Log: slog.New(slog.DiscardHandler), Clock: engine.SystemClock{}, Dial: r.wire.Dial})
	if err != nil {
		r.Fatal(err)
	}
	r.session = s
}

// start makes the session and runs it.
func (r *rig) start() {
	r.Helper()
	r.make()
	r.run()
}

func (r *rig) run() {
	ctx, cancel := context.WithCancel(r.Context())
	r.cancel, r.done = cancel, make(chan struct{})
	go func() {
		defer close(r.done)
		r.err = r.session.Run(ctx, func(ev engine.Event) {
			if !r.told.Fresh(ev) {
				return
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			r.events = append(r.events, ev)
		})
	}()
	r.settle()
}

// settle waits until everything has arrived.
func (r *rig) settle() {
	time.Sleep(50 * time.Millisecond)
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
	return strings.TrimSuffix(b.String(), "\n")
}

func telling(ev engine.Event) string {
	who := ev.User.Name
	switch {
	case ev.Self:
		who = "me"
	case who == "":
		who = "nobody"
	}
	switch body := ev.Body.(type) {
	case engine.Connected:
		return "connect " + body.Me.Name
	case engine.Message:
		if ev.History {
			return fmt.Sprintf("%s said: %s", who, body.Text)
		}
		return fmt.Sprintf("%s: %s", who, body.Text)
	case engine.Deleted:
		return fmt.Sprintf("delete of %q by %s: %v", body.Author.Name, who, ev.Extra["message"])
	case engine.TimedOut:
		return fmt.Sprintf("timeout %s(%s) %v by %s", body.Target.Name, body.Target.ID, body.Length, who)
	case engine.Banned:
		return fmt.Sprintf("ban %s(%s) by %s", body.Target.Name, body.Target.ID, who)
	case engine.Unbanned:
		return fmt.Sprintf("unban %s(%s) by %s", body.Target.Name, body.Target.ID, who)
	case engine.ModeChanged:
		return fmt.Sprintf("mode %s %v %v", body.Mode, body.On, body.Value)
	case engine.AccessChanged:
		until := "for ever"
		if !body.Until.IsZero() {
			until = time.Until(body.Until).Round(time.Second).String()
		}
		return strings.TrimSpace(fmt.Sprintf("access %s say=%v ban=%v %s %s", body.Role, body.Can.Has(engine.CapSay), body.Can.Has(engine.CapBan), until, body.Reason))
	case engine.Failure:
		return fmt.Sprintf("error %s %v: %s", body.Code, ev.Extra["code"], body.Message)
	case engine.Notice:
		return "notice " + body.Text
	case engine.Gap:
		return fmt.Sprintf("gap of %v", body.To.Sub(body.From).Round(time.Minute))
	case engine.Raw:
		return fmt.Sprintf("raw %q %s", body.Name, body.Data)
	}
	return string(ev.Kind())
}

// tells expects the story since the last time.
func (r *rig) tells(want ...string) {
	r.Helper()
	if got := r.story(); got != strings.Join(want, "\n") {
		r.Errorf("got:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}

// does carries out an action, waits for the receipt and expects a status and a code.
func (r *rig) does(a engine.Action, status engine.Status, code engine.Code) engine.Receipt {
	r.Helper()
	rc := engine.Do(r.Context(), r.session, a)
	if rc.Status != status || engine.CodeOf(rc.Error()) != code {
		r.Errorf("%s: %s %v (code %q), want %s with code %q", engine.ActionName(a), rc.Status, rc.Err, engine.CodeOf(rc.Error()), status, code)
	}
	return rc
}

func (r *rig) say(text string) engine.Say { return engine.Say{Room: r.room, Text: text} }
func (r *rig) says(text string)           { r.Helper(); r.does(r.say(text), engine.Echoed, "") }

// sent counts the frames of a type that clients sent.
func (r *rig) sent(kind string) (n int) {
	for _, q := range r.Server.Requests() {
		if q.Type == kind {
			n++
		}
	}
	return n
}
