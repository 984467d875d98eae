package hitbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"botd/adapters/adaptertest"
	"botd/adapters/hitbox"
	"botd/adapters/hitbox/hitboxtest"
	"botd/engine"
)

// rig is a session in a simulated channel, inside a bubble.
type rig struct {
	*adaptertest.Driver
	*network
	settings hitbox.Settings
	room     engine.RoomID
	log      bytes.Buffer
}

// in runs a test in a bubble with the broadcaster's own session, not started yet.
func in(t *testing.T, opts hitboxtest.Options, f func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, newNetwork(t, opts), channel)
		f(r)
		r.Stop()
	})
}

// newRig makes a session that is not started. Copies for viewers take the longest.
func newRig(t *testing.T, n *network, room engine.RoomID) *rig {
	return &rig{
		Driver:  &adaptertest.Driver{T: t, Pause: 400 * time.Millisecond, Telling: telling},
		network: n, room: room, settings: *hitboxSettings(n),
	}
}

// hitboxSettings are those of the broadcaster, at the usual pace.
func hitboxSettings(n *network) *hitbox.Settings {
	s := n.Settings().(*hitbox.Settings)
	s.UsersEvery, s.Viewers = time.Minute, false
	return s
}

// as makes the bot somebody else in somebody else's channel: guest, anon, user or admin.
func (r *rig) as(role string) {
	r.room = "lounge"
	if role == "guest" {
		r.settings.Name, r.settings.Password = "", ""
		return
	}
	r.Rank("lounge", "botd", role)
}

// start runs the session and waits for what comes of it.
func (r *rig) start() {
	r.Helper()
	r.open()
	r.Begin()
}

func (r *rig) open() {
	r.Helper()
	s, err := hitbox.Adapter.New(&r.settings, engine.Env{Session: "test", Rooms: []engine.RoomID{r.room}, Clock: engine.SystemClock{}, Dial: r.Dial,
		Log: slog.New(slog.NewTextHandler(&r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		r.Fatal(err)
	}
	r.Session = s
}

// telling is an event in a line: its kind, who did it, what, and what only this network
// tells.
func telling(ev engine.Event) string {
	who := ev.User.Name
	if ev.Self {
		who = "me"
	}
	if ev.History {
		who += "(old)"
	}
	body, err := json.Marshal(short(ev.Body))
	if err != nil {
		return err.Error()
	}
	line := fmt.Sprintf("%s %s %s", ev.Kind(), who, body)
	if len(ev.Extra) > 0 {
		extra, _ := json.Marshal(ev.Extra)
		line += " " + string(extra)
	}
	return strings.Join(strings.Fields(line), " ")
}

// short leaves out what would make a line long: users are names.
func short(body engine.Body) any {
	names := func(users []engine.User) []string {
		var out []string
		for _, u := range users {
			out = append(out, u.Name+":"+u.Role.String())
		}
		return out
	}
	switch b := body.(type) {
	case engine.Roster:
		return names(b.Users)
	case engine.Connected:
		return names([]engine.User{b.Me})
	case engine.Banned:
		return "banned " + b.Target.Name
	case engine.Unbanned:
		return "unbanned " + b.Target.Name
	case engine.TimedOut:
		return "timed out " + b.Target.Name
	case engine.RoleChanged:
		return b.Target.Name + " is " + b.Role.String()
	case engine.AccessChanged:
		return b.Role
	case engine.RaffleChanged:
		b.Raffle = ""
		winners := names(b.Winners)
		b.Winners = nil
		return []any{b, winners}
	case engine.PollChanged:
		b.Poll = ""
		return b
	}
	return body
}

func (r *rig) call(method string, params map[string]any, status engine.Status, code engine.Code) {
	r.Helper()
	r.Does(engine.Call{Room: r.room, Name: method, Params: params}, status, code)
}

// sent are the envelopes since the last time, lists of users the session asks for aside.
func (r *rig) sent(from int) []string {
	var out []string
	for _, q := range r.Server.Requests()[from:] {
		params, _ := json.Marshal(q.Params)
		out = append(out, q.Method+" "+string(params))
	}
	return out
}
