package hitbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"botd/adapters/hitbox"
	"botd/adapters/hitbox/hitboxtest"
	"botd/engine"
)

// rig is a session in a simulated channel, inside a bubble.
type rig struct {
	*testing.T
	*network
	settings hitbox.Settings
	room     engine.RoomID
	session  engine.Session
	cancel   context.CancelFunc
	done     chan struct{}
	err      error // of Run, once done is closed
	log      bytes.Buffer

	mu     sync.Mutex
	events []engine.Event
}

// in runs a test in a bubble with the broadcaster's own session, not started yet.
func in(t *testing.T, opts hitboxtest.Options, f func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{T: t, network: newNetwork(t, opts), room: channel}
		r.settings = *hitboxSettings(r.network)
		f(r)
		if r.cancel != nil {
			r.stop()
		}
	})
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
	r.run()
}

func (r *rig) open() {
	r.Helper()
	s, err := hitbox.Adapter.New(&r.settings, engine.Env{Session: "test", Rooms: []engine.RoomID{r.room}, Clock: engine.SystemClock{}, Dial: r.Dial,
		Log: slog.New(slog.NewTextHandler(&r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		r.Fatal(err)
	}
	r.session = s
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

// settle waits until everything has arrived, copies for viewers included.
func (r *rig) settle() {
	time.Sleep(400 * time.Millisecond)
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
	synctest.Wait()
	select {
	case <-r.done:
		if engine.CodeOf(r.err) != code || !strings.Contains(fmt.Sprint(r.err), text) {
			r.Errorf("Run returned %v (code %q), want %q with code %q", r.err, engine.CodeOf(r.err), text, code)
		}
	default:
		r.Errorf("Run has not returned; events:\n%s", r.story())
	}
}

// take returns the events since the last time.
func (r *rig) take() []engine.Event {
	r.settle()
	r.mu.Lock()
	defer r.mu.Unlock()
	events := r.events
	r.events = nil
	return events
}

// story is the events since the last time, one a line.
func (r *rig) story() string {
	var b strings.Builder
	for _, ev := range r.take() {
		fmt.Fprintln(&b, telling(ev))
	}
	return b.String()
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

// tells expects the story since the last time.
func (r *rig) tells(want ...string) {
	r.Helper()
	if got := strings.TrimSuffix(r.story(), "\n"); got != strings.Join(want, "\n") {
		r.Errorf("got:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}

// does carries an action out and expects a status, and a code with it.
func (r *rig) does(a engine.Action, status engine.Status, code engine.Code) engine.Receipt {
	r.Helper()
	rc := engine.Do(r.Context(), r.session, a)
	if rc.Status != status || engine.CodeOf(rc.Error()) != code {
		r.Errorf("%s %+v: %s %v (code %q), want %s with code %q", engine.ActionName(a), a, rc.Status, rc.Err, engine.CodeOf(rc.Error()), status, code)
	}
	return rc
}

func (r *rig) call(method string, params map[string]any, status engine.Status, code engine.Code) engine.Receipt {
	r.Helper()
	return r.does(engine.Call{Room: r.room, Name: method, Params: params}, status, code)
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
