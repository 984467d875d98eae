package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"botd/adapters/local"
	"botd/engine"
)

// TestThrownOut: a session lives as long as it is in a room.
func TestThrownOut(t *testing.T) {
	w := newWorld(t)
	b := w.bot("lobby", "den")
	owner := w.owner("you")
	owner.must(engine.Kick{User: engine.UserRef{Name: "botd"}})
	if k, _ := next[engine.Kicked](w, b); k.Target.Name != "botd" {
		t.Errorf("the bot heard %+v", k)
	}
	w.says(b, "den", "still here")
	if rc := b.do(engine.Join{Room: "lobby"}); rc.Status != engine.Echoed {
		t.Fatalf("a kick is no ban: %v", rc.Err)
	}
	b.do(engine.Leave{Room: "den"})
	owner.must(engine.Ban{User: engine.UserRef{Name: "botd"}})
	<-b.ended
	if engine.CodeOf(b.err) != engine.NotConnected {
		t.Errorf("thrown out of its last room: %v", b.err)
	}
	if rc := b.do(engine.Say{Room: "lobby", Text: "hey"}); engine.CodeOf(rc.Error()) != engine.NotConnected {
		t.Errorf("say after that: %+v", rc)
	}
	if err := b.Run(t.Context(), func(engine.Event) {}); engine.CodeOf(err) != engine.Denied {
		t.Errorf("Run of a banned bot: %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	for name, set := range map[string]local.Settings{
		"empty nick": {},
		"bad nick":   {Nick: "two words"},
		"bad role":   {Nick: "botd", Role: engine.Owner + 1},
	} {
		_, err := local.Adapter(local.NewHub(local.Options{})).New(&set, engine.Env{})
		if engine.CodeOf(err) != engine.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTwoSessions(t *testing.T) {
	w := newWorld(t)
	one := w.bot("lobby")
	twin := w.session(local.Settings{Nick: "Botd"}, "lobby")
	if err := twin.Run(t.Context(), func(engine.Event) {}); engine.CodeOf(err) != engine.Conflict {
		t.Errorf("second session of the same nick: %v", err)
	}
	two := w.run(w.session(local.Settings{Nick: "other"}, "lobby"), 1)
	w.says(two, "lobby", "hello colleague")
	if m, ev := next[engine.Message](w, one); m.Text != "hello colleague" || !ev.User.IsBot || ev.Self {
		t.Errorf("the first bot heard %+v", ev)
	}
	if err := one.Session.Run(t.Context(), func(engine.Event) {}); engine.CodeOf(err) != engine.Conflict {
		t.Errorf("second Run of a session: %v", err)
	}
	w.says(one, "lobby", "still here")
	if two.Caps("lobby").Can.Has(engine.CapKick) {
		t.Error("a guest bot can kick")
	}
	if rc := two.do(engine.Kick{Room: "lobby", User: engine.UserRef{Name: "botd"}}); engine.CodeOf(rc.Error()) != engine.Denied {
		t.Errorf("a guest bot kicks: %+v", rc)
	}
}

// TestNoRooms: a session without rooms is online all the same.
func TestNoRooms(t *testing.T) {
	w := newWorld(t)
	b := w.run(w.session(local.Settings{Nick: "botd"}), 1)
	if rc := b.do(engine.Join{Room: "lobby"}); rc.Status != engine.Echoed {
		t.Fatal(rc.Err)
	}
	w.says(b, "lobby", "hello")
}

func TestContextOfAction(t *testing.T) {
	w := newWorld(t)
	b := w.bot("lobby")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var rc engine.Receipt
	b.Do(ctx, engine.Say{Room: "lobby", Text: "too late"}, func(r engine.Receipt) { rc = r })
	if rc.Status != engine.Failed || engine.CodeOf(rc.Error()) != engine.Cancelled {
		t.Errorf("receipt %+v", rc)
	}
}

// TestActWhileHearing: a listener may act, on the goroutine that delivers, and all
// hear everything in the same order.
func TestActWhileHearing(t *testing.T) {
	w := newWorld(t)
	s := w.session(local.Settings{Nick: "botd", Role: engine.Admin}, "lobby")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	online := make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- s.Run(ctx, func(ev engine.Event) {
			switch m := ev.Body.(type) {
			case engine.Connected:
				close(online)
			case engine.Message:
				if !ev.Self {
					s.Do(ctx, engine.Say{Room: "lobby", Text: "re: " + m.Text}, func(engine.Receipt) {})
				}
			}
		})
	}()
	<-online
	ann := w.guest("ann")
	bob := w.guest("bob")
	for i := range 100 {
		ann.Say(fmt.Sprint(i))
	}
	var texts []string
	for _, m := range heard[engine.Message](ann) {
		texts = append(texts, m.Text)
	}
	for i := range 100 {
		if texts[2*i] != fmt.Sprint(i) || texts[2*i+1] != fmt.Sprint("re: ", i) {
			t.Fatalf("line %d: %q", i, texts[2*i:2*i+2])
		}
	}
	if len(texts) != 200 || len(heard[engine.Message](bob)) != 200 {
		t.Errorf("%d messages", len(texts))
	}
	stop()
	<-ended
}

// TestCrowd: whatever many do at once, everybody hears the same in the same order.
func TestCrowd(t *testing.T) {
	const people, each = 8, 200
	w := newWorld(t)
	b := w.bot("lobby")
	crowd := make([]*person, people)
	for i := range crowd {
		crowd[i] = w.guest(fmt.Sprint("user", i))
	}
	for _, p := range crowd {
		p.inbox.Take()
	}
	var talking sync.WaitGroup
	for _, p := range crowd {
		talking.Go(func() {
			for i := range each {
				p.Say(fmt.Sprint(p.User().Name, " ", i))
			}
		})
	}
	talking.Go(func() {
		for i := range each {
			b.do(engine.Say{Room: "lobby", Text: fmt.Sprint("bot ", i)})
		}
	})
	talking.Wait()
	var first []engine.Message
	for range (people + 1) * each {
		m, _ := next[engine.Message](w, b)
		first = append(first, m)
	}
	for _, p := range crowd {
		var got []engine.Message
		for len(got) < len(first) {
			ev, err := p.inbox.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, ev.Body.(engine.Message))
		}
		if !slices.Equal(got, first) {
			t.Errorf("%s heard it in another order than the bot", p.User().Name)
		}
	}
}

// TestNothingAfterRun: under fire, the last event comes before Run returns.
func TestNothingAfterRun(t *testing.T) {
	w := newWorld(t)
	s := w.session(local.Settings{Nick: "botd"}, "lobby")
	ann := w.guest("ann")
	stopTalking := make(chan struct{})
	var talking sync.WaitGroup
	talking.Go(func() {
		for {
			select {
			case <-stopTalking:
				return
			default:
				ann.Say("bla")
				ann.inbox.Take()
			}
		}
	})
	for range 200 {
		var running atomic.Bool
		running.Store(true)
		ctx, cancel := context.WithCancel(t.Context())
		s.Run(ctx, func(ev engine.Event) {
			if !running.Load() {
				t.Error("emitted after Run returned")
			}
			if ev.Kind() == "message" {
				cancel()
			}
		})
		running.Store(false)
	}
	close(stopTalking)
	talking.Wait()
}

// TestFlooded: while somebody does not listen, the hub takes so much and no more, and
// forgets nothing of it.
func TestFlooded(t *testing.T) {
	w := newWorld(t)
	stuck, release := make(chan struct{}), make(chan struct{})
	var inbox local.Inbox
	hear := func(ev engine.Event) {
		if m, ok := ev.Body.(engine.Message); ok && m.Text == "stop" {
			close(stuck)
			<-release
		}
		inbox.Put(ev)
	}
	if _, err := w.hub.Room("lobby").Join(local.Visit{User: engine.User{Name: "deaf"}, Hear: hear}); err != nil {
		t.Fatal(err)
	}
	ann, err := w.hub.Room("lobby").Join(local.Visit{User: engine.User{Name: "ann"}})
	if err != nil {
		t.Fatal(err)
	}
	inbox.Take()
	delivered := make(chan struct{})
	go func() {
		defer close(delivered)
		ann.Say("stop")
	}()
	<-stuck
	said := 1
	for {
		_, err := ann.Say(fmt.Sprint(said))
		if engine.CodeOf(err) == engine.RateLimited {
			break
		}
		if err != nil || said > 1<<20 {
			t.Fatalf("after %d lines: %v", said, err)
		}
		said++
	}
	close(release)
	<-delivered
	for i := range said {
		ev, err := inbox.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if m := ev.Body.(engine.Message); i > 0 && m.Text != fmt.Sprint(i) {
			t.Fatalf("line %d is %q", i, m.Text)
		}
	}
	for { // the last events have been heard, so there is room soon
		if _, err := ann.Say("again"); err == nil {
			return
		}
		runtime.Gosched()
	}
}

// TestHandOver: whoever starts two bots that answer each other does not have to listen
// to all of it.
func TestHandOver(t *testing.T) {
	const most = 20_000
	w := newWorld(t)
	done := make(chan struct{})
	said := 0
	for _, name := range []string{"ping", "pong"} {
		var p *local.Participant
		var err error
		p, err = w.hub.Room("lobby").Join(local.Visit{User: engine.User{Name: name}, Hear: func(ev engine.Event) {
			if _, ok := ev.Body.(engine.Message); !ok || ev.Self {
				return
			}
			if said++; said == most {
				close(done)
			}
			if said < most {
				p.Say("your turn")
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	p, err := w.hub.Room("lobby").Join(local.Visit{User: engine.User{Name: "starter"}})
	if err != nil {
		t.Fatal(err)
	}
	p.Whisper(engine.UserRef{Name: "ping"}, "go")
	<-done
}

// TestWildActions: no action, however it is filled, brings the hub down or makes an
// event that JSON changes.
func TestWildActions(t *testing.T) {
	for _, text := range []string{"", "1", "ann", "lobby", "vote", "draw", "\xff", "a\xffb", "\x00"} {
		for _, zero := range engine.Actions() {
			w := newWorld(t)
			owner := w.owner("you")
			w.guest("ann")
			owner.Say("first")
			owner.must(engine.OpenPoll{Question: "?", Options: []string{"a", "b"}})
			owner.must(engine.OpenRaffle{Prize: "p"})
			a := fill(zero, text)
			rc := owner.Do(a)
			if (rc.Status == engine.Failed) != (rc.Err != nil) || engine.CodeOf(rc.Error()) == engine.Internal {
				t.Errorf("%+v: %+v", a, rc)
			}
			for _, ev := range owner.inbox.Take() {
				survives(t, ev)
			}
		}
	}
}

// fill puts text into all strings of an action but its room, 1 into all numbers, and
// true into all flags.
func fill(zero engine.Action, text string) engine.Action {
	p := reflect.New(reflect.TypeOf(zero)).Elem()
	fillValue(p, text)
	if room := p.FieldByName("Room"); room.IsValid() {
		if _, join := zero.(engine.Join); !join {
			room.SetString("lobby")
		}
	}
	return p.Interface().(engine.Action)
}

func fillValue(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint8:
		v.SetUint(1)
	case reflect.Struct:
		for i := range v.NumField() {
			fillValue(v.Field(i), text)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fillValue(v.Index(i), text)
		}
	}
}

func survives(t *testing.T, ev engine.Event) {
	t.Helper()
	data, err := json.Marshal(ev)
	if err != nil {
		t.Fatalf("%+v: %v", ev, err)
	}
	var back engine.Event
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	if diff := cmp.Diff(ev, back, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("event changes on its way through JSON:\n%s", diff)
	}
}
