package hitbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"botd/adapters/hitbox"
	"botd/adapters/hitbox/hitboxtest"
	"botd/adapters/internal/socketio09/realtest"
	"botd/engine"
)

// TestRealTransport has a whole session over the real socket.io 0.9.17, if `make interop`
// has installed it: the simulator's chat is behind that server, and the adapter before it.
// Half an hour of heartbeats, 72 at the usual 25 s, take a few seconds with an interval of
// 50 ms; the server itself counts what was answered.
func TestRealTransport(t *testing.T) {
	modules, ok := realtest.Modules(t)
	if !ok {
		return
	}
	const beats = 72
	service := hitboxtest.New(hitboxtest.Options{Unlimited: true})
	bridge, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go service.Bridge(bridge)
	rest := httptest.NewServer(service)
	t.Cleanup(func() {
		bridge.Close()
		rest.Close()
		service.Close()
	})
	server, base := realtest.Server(t, modules, bridge.Addr().String(), 50*time.Millisecond, time.Minute)
	service.Hosts(strings.TrimPrefix(base, "http://"))

	ann := service.Join(channel, "ann")
	ann.Say("before you came")
	p := realSession(t, rest.URL)
	p.sees("backlog", func(ev engine.Event) bool {
		m, ok := ev.Body.(engine.Message)
		return ok && ev.History && m.Text == "before you came"
	})
	ref := ann.Name()
	user := engine.UserRef{Name: ref}
	p.does(engine.Say{Text: "hello <b>&</b> ü 😀 \u2028"})
	ann.Say("hi")
	p.sees("a line", func(ev engine.Event) bool { m, ok := ev.Body.(engine.Message); return ok && m.Text == "hi" })
	for _, a := range []engine.Action{
		engine.Whisper{User: user, Text: "psst"}, engine.ListUsers{}, engine.UserInfo{User: user}, engine.SetTopic{Text: "be nice"}, engine.SetTopic{},
		engine.SetRole{User: user, Role: engine.Moderator}, engine.SetRole{User: user, Role: engine.Moderator, Revoke: true},
		engine.TimeOut{User: user, Length: time.Second}, engine.Ban{User: user}, engine.Unban{User: user}, engine.Ban{User: user, Address: true}, engine.Unban{User: user},
		engine.Slow{Interval: time.Second}, engine.SubscribersOnly{On: true}, engine.Slow{Interval: 2 * time.Second}, engine.Slow{},
		engine.OpenPoll{Question: "Tea?", Options: []string{"yes", "no"}}, engine.SetPoll{Verb: "vote", Option: 1},
		engine.SetPoll{Verb: "pause"}, engine.SetPoll{Verb: "resume"}, engine.SetPoll{Verb: "end"},
		engine.OpenRaffle{Prize: "mug", Answers: []string{"A", "B"}}, engine.SetRaffle{Verb: "pause"}, engine.SetRaffle{Verb: "resume"},
	} {
		p.does(a)
	}
	ann.Send("voteRaffle", map[string]any{"choice": "1"})
	p.sees("an entry", func(ev engine.Event) bool { r, ok := ev.Body.(engine.RaffleChanged); return ok && r.Entries == 1 })
	p.does(engine.SetRaffle{Verb: "draw", Answer: 2})
	p.sees("a winner", func(ev engine.Event) bool {
		r, ok := ev.Body.(engine.RaffleChanged)
		return ok && r.Status == "drawn" && r.Email.Reveal() == hitboxtest.Email("ann")
	})
	p.does(engine.SetRaffle{Verb: "hide"})
	p.does(engine.SetRaffle{Verb: "cleanup"})
	p.does(engine.Call{Name: "mediaLog", Params: map[string]any{"type": "image"}})
	for i, sent := 0, 0; sent < beats; i++ {
		p.does(engine.Say{Text: fmt.Sprintf("line %d", i)})
		var answered int
		if sent, answered = server.Beats(); answered < sent-1 {
			t.Fatalf("%d heartbeats sent, %d answered", sent, answered)
		}
	}
	p.does(engine.Say{Text: "still here"})
}

// party is a session that runs until the test ends, and what it has heard.
type party struct {
	*testing.T
	session engine.Session
	events  chan engine.Event
}

func realSession(t *testing.T, url string) *party {
	t.Helper()
	set := hitbox.Adapter.Settings().(*hitbox.Settings)
	set.URL, set.Name, set.Password, set.Viewers = url, "Botd", engine.Secret(hitboxtest.Password("Botd")), false
	s, err := hitbox.Adapter.New(set, engine.Env{Session: "real", Rooms: []engine.RoomID{channel}, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Clock: engine.SystemClock{}})
	if err != nil {
		t.Fatal(err)
	}
	p := &party{T: t, session: s, events: make(chan engine.Event, 10_000)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, func(ev engine.Event) { p.events <- ev }) }()
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

func (p *party) does(a engine.Action) {
	p.Helper()
	if rc := engine.Do(p.Context(), p.session, a); rc.Status != engine.Echoed {
		p.Fatalf("%s %+v: %s %v", engine.ActionName(a), a, rc.Status, rc.Err)
	}
}

// TestRealClient lets the client hitbox-chat 0.1.5 talk to the simulator, if `make interop`
// has installed it. It knows the names of 2015, and ends when a giveaway is removed, which
// names no channel: so it leaves before.
func TestRealClient(t *testing.T) {
	modules, ok := realtest.Modules(t)
	if !ok {
		return
	}
	service := hitboxtest.New(hitboxtest.Options{Unlimited: true, OldNames: true, Strings: true})
	srv := httptest.NewServer(service)
	t.Cleanup(func() {
		srv.Close()
		service.Close()
	})
	service.Hosts(srv.Listener.Addr().String())
	boss := service.Join("demo", "demo")
	boss.Send("motdMsg", map[string]any{"text": "be nice", "nameColor": "ffffff"})
	boss.Say("before you came")
	boss.Send("createPoll", map[string]any{"question": "Tea?", "choices": []any{map[string]any{"text": "yes"}, map[string]any{"text": "no"}}, "start_time": "2015-01-02T05:55:37.399Z"})
	boss.Send("createRaffle", map[string]any{"question": "Pick", "prize": "mug", "choices": []any{map[string]any{"text": "A"}}, "start_time": "2015-01-02T05:55:37.399Z"})
	client := realtest.Start(t, modules, "hitbox-chat.cjs", "http_proxy="+srv.URL, "NAME=Botty", "TOKEN="+hitboxtest.Token("Botty"), "CHANNEL=demo")
	hears := func(want ...any) {
		t.Helper()
		line, _ := json.Marshal(want)
		if got := client.Line(); got != string(line) {
			t.Fatalf("the client heard %s, want %s", got, line)
		}
	}
	hears("login", "Botty", "anon")
	hears("chat", "demo", "before you came", "admin")
	hears("motd", "be nice")
	hears("poll", "Tea?", []string{"yes", "no"}, "started")
	hears("raffle", "Pick", "started")
	client.Tell(`["say","hello"]`)
	hears("chat", "Botty", "hello", "anon")
	client.Tell(`["vote",1]`)
	hears("poll vote", []int{0, 1}, []string{"Botty"})
	boss.Send("slowMode", map[string]any{"time": 10})
	hears("slow", 10)
	boss.Send("slowMode", map[string]any{"time": 0})
	hears("slow", 0)
	boss.Send("pausePoll", nil)
	hears("poll pause")
	boss.Send("endPoll", nil)
	hears("poll end")
	client.Tell(`["enter",0]`)
	for i := 0; !strings.Contains(fmt.Sprint(boss.Frames("raffleMsg")), "count:1"); i++ { // until the entry is there
		client.Tell(fmt.Sprintf(`["say","entered %d"]`, i))
		client.Line()
	}
	boss.Send("endRaffle", nil)
	for client.Line() != `["raffle end"]` {
		continue // echoes that were on their way
	}
	boss.Send("winnerRaffle", map[string]any{"answer": 0})
	hears("raffle win")
	boss.Send("kickUser", map[string]any{"name": "Botty", "timeout": "10"})
	hears("info", "Botty has been timed out")
	client.Tell(`["leave"]`)
	hears("disconnect")
	for _, name := range service.Names("demo") {
		if name == "Botty" {
			t.Error("the client has left and is still there")
		}
	}
}
