package simplex_test

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"botd/adapters/adaptertest"
	"botd/adapters/simplex"
	"botd/adapters/simplex/internal/api"
	"botd/adapters/simplex/simplextest"
	"botd/engine"
	"botd/engine/enginetest"
)

// rig is a session in all chats of a simulated program, inside a bubble.
type rig struct {
	*adaptertest.Driver
	*network
	settings *simplex.Settings
	dir      string
	keep     enginetest.Keep
}

func in(t *testing.T, change func(*simplex.Settings), f func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{Driver: &adaptertest.Driver{T: t, Pause: 5 * time.Second}, network: newNetwork(t, simplextest.Options{}, "owner"), dir: t.TempDir()}
		r.settings = r.Settings().(*simplex.Settings)
		if change != nil {
			change(r.settings)
		}
		r.begin()
		f(r)
		r.Stop()
	})
}

// begin makes a session, as the daemon does when it starts, and runs it.
func (r *rig) begin() {
	r.Helper()
	var err error
	r.Session, err = simplex.Adapter().New(r.settings, engine.Env{Session: "test", Keep: &r.keep, Dir: r.dir, Delivered: r.Told.Delivered,
		Log: slog.New(slog.DiscardHandler), Clock: engine.SystemClock{}, Dial: r.network.Dial})
	if err != nil {
		r.Fatal(err)
	}
	r.Begin()
}

func (r *rig) do(a engine.Action) engine.Receipt {
	r.Helper()
	got := make(chan engine.Receipt, 1)
	r.Session.Do(context.Background(), a, func(rc engine.Receipt) { got <- rc })
	return <-got
}

func of[B engine.Body](evs []engine.Event) (list []B) {
	for _, ev := range evs {
		if b, ok := ev.Body.(B); ok {
			list = append(list, b)
		}
	}
	return list
}

// TestEveryEvent sends an example of each event there is. Each becomes what the adapter's
// list says, or raw; the examples of some are about nothing that changed.
func TestEveryEvent(t *testing.T) {
	unchanged := []string{"contactUpdated", "groupMemberUpdated", "chatItemsStatusesUpdated", "contactSndReady", "newMemberContactReceivedInv", "sentGroupInvitation",
		"rcvFileWarning", "sndFileWarning", "rcvFileAccepted", "joinedGroupMember", "connectedToGroupMember", "memberAcceptedByOther"}
	kinds := map[string][]engine.Kind{}
	for _, o := range simplex.Adapter().Events {
		kinds[o.Wire] = append(kinds[o.Wire], o.Kind)
	}
	table := api.Load()
	for _, e := range table.Events {
		t.Run(e.Tag, func(t *testing.T) {
			in(t, nil, func(r *rig) {
				r.Take()
				sample := table.SampleOf(e.Tag, e.Fields)
				if u, ok := sample["user"].(map[string]any); ok {
					u["userId"] = r.UserID()
				}
				r.Emit(sample)
				evs := r.Take()
				if len(evs) == 0 && !slices.Contains(unchanged, e.Tag) {
					t.Error("nothing came of it")
				}
				for _, ev := range evs {
					if k := ev.Kind(); k != "raw" && !slices.Contains(kinds[e.Tag], k) && k != "connect" && k != "users" {
						t.Errorf("it became %s, want one of %v", k, kinds[e.Tag])
					}
				}
			})
		})
	}
}

// TestKilledInTheMiddle: what was on its way when the process went is unknown, and said
// once at most; the session comes back.
func TestKilledInTheMiddle(t *testing.T) {
	in(t, nil, func(r *rig) {
		r.Delay(10 * time.Second)
		var mu sync.Mutex
		got := map[string]engine.Receipt{}
		for _, text := range []string{"one", "two", "three"} {
			r.Session.Do(context.Background(), engine.Say{Room: "#team", Text: text}, func(rc engine.Receipt) {
				mu.Lock()
				defer mu.Unlock()
				got[text] = rc
			})
		}
		r.Settle()
		r.Drop()
		r.Wait()
		if engine.CodeOf(r.Wait()) != engine.NotConnected {
			t.Errorf("Run returned %v, want one that is worth another try", r.Wait())
		}
		if rc := got["one"]; rc.Status != engine.Unknown {
			t.Errorf("the line on its way: %+v, want unknown", rc)
		}
		for _, text := range []string{"two", "three"} {
			if rc := got[text]; rc.Status != engine.Failed || rc.Err.Code != engine.NotConnected {
				t.Errorf("%s was never sent: %+v", text, rc)
			}
		}
		r.Delay(0)
		r.Begin()
		if rc := r.do(engine.Say{Room: "#team", Text: "back"}); rc.Status != engine.Echoed {
			t.Errorf("after the return: %+v", rc)
		}
		lines := r.Lines(r.Rooms()[0])
		if n := strings.Count(strings.Join(lines, " "), "one"); n > 1 || slices.Contains(lines, "two") || !slices.Contains(lines, "back") {
			t.Errorf("the group read %q", lines)
		}
	})
}

// TestOneSessionForEachProgram: a second one would take half of the events.
func TestOneSessionForEachProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, a := newNetwork(t, simplextest.Options{}, "owner"), simplex.Adapter()
		var runs sync.WaitGroup
		ctx, cancel := context.WithCancel(context.Background())
		start := func(name engine.SessionID, url string) (err error) {
			set := n.Settings().(*simplex.Settings)
			set.URL = url
			s, err := a.New(set, engine.Env{Session: name, Log: slog.New(slog.DiscardHandler), Clock: engine.SystemClock{}, Dial: n.Dial, Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			runs.Go(func() { err = s.Run(ctx, func(engine.Event) {}) })
			time.Sleep(time.Second)
			synctest.Wait()
			return err
		}
		if err := start("first", "ws://127.0.0.1:5225"); err != nil {
			t.Errorf("first: %v", err)
		}
		if err := start("second", "ws://localhost:5225/x"); engine.CodeOf(err) != engine.Conflict || !strings.Contains(err.Error(), `"first"`) {
			t.Errorf("second: %v, want a conflict that names the first", err)
		}
		cancel()
		runs.Wait()
	})
}

// TestSupportBot: the address accepts, welcomes and has a menu; a customer gets a group,
// a colleague is invited into it and given a role.
func TestSupportBot(t *testing.T) {
	change := func(s *simplex.Settings) {
		s.Address, s.AutoAccept, s.Business, s.Welcome = true, true, true, "Hello!"
		s.Menu = []simplex.MenuItem{{Keyword: "help", Label: "How to use"}, {Label: "More", Menu: []simplex.MenuItem{{Keyword: "agent", Label: "Talk to a person", Params: "<topic>"}}}}
	}
	in(t, change, func(r *rig) {
		link, settings := r.Address()
		if link == "" || settings["autoAccept"] == nil || settings["businessAddress"] != true {
			t.Fatalf("the address is %q with %v", link, settings)
		}
		if prefs, _ := r.Profile()["preferences"].(map[string]any); prefs["commands"] == nil {
			t.Errorf("the profile has no menu: %v", r.Profile())
		}
		r.Take()
		r.Use(link, "customer")
		evs := r.Take()
		if got := of[engine.Contacted](evs); len(got) != 1 {
			t.Fatalf("%d contact events, want 1: %v", len(got), evs)
		}
		var room engine.RoomID
		for _, ev := range evs {
			if _, ok := ev.Body.(engine.Contacted); ok {
				room = ev.Room.ID
			}
		}
		agent := r.Contact("agent")
		r.Take()
		if rc := r.do(engine.Invite{Room: room, User: engine.UserRef{Name: "agent"}}); rc.Status != engine.Echoed {
			t.Fatalf("invite: %+v", rc)
		}
		g := r.FindGroup(mustID(t, room))
		if agent.Accept(g) == nil {
			t.Fatal("there is no invitation")
		}
		joined := r.Take()
		if len(of[engine.Joined](joined)) != 1 {
			t.Errorf("no join of the agent: %v", joined)
		}
		if rc := r.do(engine.SetRole{Room: room, User: engine.UserRef{ID: engine.UserID("c" + strconv.FormatInt(agent.ID(), 10))}, Role: engine.Admin}); rc.Status != engine.Echoed {
			t.Errorf("role: %+v", rc)
		}
		if got := of[engine.RoleChanged](r.Take()); len(got) != 1 || got[0].Role != engine.Admin {
			t.Errorf("role events %v", got)
		}
	})
}

func mustID(t *testing.T, room engine.RoomID) (id int64) {
	t.Helper()
	for _, c := range strings.TrimPrefix(string(room), "#") {
		id = id*10 + int64(c-'0')
	}
	return id
}

// TestDeafProgram: a program without servers answers as ever; scripts are told, once, and
// when it is over.
func TestDeafProgram(t *testing.T) {
	in(t, nil, func(r *rig) {
		r.Take()
		r.Offline(true)
		time.Sleep(time.Hour)
		if f := of[engine.Failure](r.Take()); len(f) != 1 || f[0].Code != engine.NotConnected {
			t.Errorf("told %+v", f)
		}
		r.Offline(false)
		time.Sleep(time.Hour)
		if n := of[engine.Notice](r.Take()); len(n) != 1 || n[0].Code != "agentSubs" {
			t.Errorf("told %+v", n)
		}
	})
}

// TestActingAtOnce: whoever hears that the bot is in a room may speak there.
func TestActingAtOnce(t *testing.T) {
	in(t, nil, func(r *rig) {
		r.Stop()
		var receipts []func() []engine.Receipt
		r.Heard = func(ev engine.Event) {
			if _, ok := ev.Body.(engine.Connected); ok {
				receipts = append(receipts, r.begun(engine.Say{Room: ev.Room.ID, Text: "here"}))
			}
		}
		r.Begin()
		r.Settle()
		if len(receipts) != 2 {
			t.Fatalf("in %d rooms", len(receipts))
		}
		for _, got := range receipts {
			r.receipt("here", got(), engine.Echoed, "")
		}
	})
}
