package hackchat_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"botd/adapters/adaptertest"
	"botd/adapters/hackchat"
	"botd/adapters/hackchat/hackchattest"
	"botd/engine"
	"botd/engine/enginetest"
)

const room = "botdev"

// rig is a session in a simulated channel, inside a bubble.
type rig struct {
	*adaptertest.Driver
	*network
	settings hackchat.Settings
	keep     engine.Keep
}

// in runs a test in a bubble with a plain user's session, not started yet.
func in(t *testing.T, opts hackchattest.Options, f func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{Driver: &adaptertest.Driver{T: t, Pause: 100 * time.Millisecond, Telling: telling}, network: newNetwork(t, opts), keep: &enginetest.Keep{}}
		r.settings = hackchat.Settings{URL: "ws://simulator/chat-ws", Nick: "botd", Password: "bot-pass"}
		f(r)
		r.Stop()
	})
}

// start runs the session and waits for what comes of it.
func (r *rig) start() (end func()) {
	r.Helper()
	s, err := hackchat.Adapter.New(&r.settings, engine.Env{Session: "test", Rooms: []engine.RoomID{room},
		Log: slog.New(slog.DiscardHandler), Clock: engine.SystemClock{}, Dial: r.wire.Dial, Keep: r.keep})
	if err != nil {
		r.Fatal(err)
	}
	r.Session = s
	return r.Begin()
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

func (r *rig) sent(cmd string) (n int) {
	for _, q := range r.Server.Requests() {
		if q.Cmd == cmd {
			n++
		}
	}
	return n
}
