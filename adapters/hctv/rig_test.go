package hctv_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"botd/adapters/adaptertest"
	"botd/adapters/hctv"
	"botd/adapters/hctv/hctvtest"
	"botd/engine"
	"botd/engine/enginetest"
)

// rig is a session in a simulated channel, inside a bubble.
type rig struct {
	*adaptertest.Driver
	*network
	settings *hctv.Settings
	room     engine.RoomID
	keep     enginetest.Keep
}

// in runs a test in a bubble with plainbot's session in lounge, not started yet.
func in(t *testing.T, f func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{Driver: &adaptertest.Driver{T: t, Pause: 50 * time.Millisecond, Telling: telling}, network: newNetwork(t), settings: settingsWith(hctvtest.PlainBotKey), room: "lounge"}
		f(r)
		r.Stop()
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
	s, err := hctv.Adapter.New(r.settings, engine.Env{Session: "test", Rooms: []engine.RoomID{r.room}, Keep: &r.keep, Delivered: r.Told.Delivered,
		Log: slog.New(slog.DiscardHandler), Clock: engine.SystemClock{}, Dial: r.wire.Dial})
	if err != nil {
		r.Fatal(err)
	}
	r.Session = s
}

// start makes the session and runs it.
func (r *rig) start() {
	r.Helper()
	r.make()
	r.Begin()
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

func (r *rig) say(text string) engine.Say { return engine.Say{Room: r.room, Text: text} }
func (r *rig) says(text string)           { r.Helper(); r.Does(r.say(text), engine.Echoed, "") }

// sent counts the frames of a type that clients sent.
func (r *rig) sent(kind string) (n int) {
	for _, q := range r.Server.Requests() {
		if q.Type == kind {
			n++
		}
	}
	return n
}
