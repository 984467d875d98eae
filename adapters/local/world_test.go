package local_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"testing"
	"testing/fstest"

	"botd/adapters/local"
	"botd/engine"
)

// world is a hub with what the tests need around it.
type world struct {
	testing.TB
	hub *local.Hub
}

func newWorld(tb testing.TB) *world {
	return &world{tb, local.NewHub(local.Options{
		Rand:  rand.New(rand.NewPCG(1, 2)),
		Files: fstest.MapFS{"cat.txt": {Data: []byte("meow")}, "dir/a": {}},
	})}
}

// person is a participant with an inbox.
type person struct {
	*local.Participant
	world *world
	inbox *local.Inbox
}

func (w *world) join(room engine.RoomID, u engine.User, address string) *person {
	w.Helper()
	p := &person{world: w, inbox: &local.Inbox{}}
	var err error
	p.Participant, err = w.hub.Room(room).Join(local.Visit{User: u, Address: address, Hear: p.inbox.Put})
	if err != nil {
		w.Fatal(err)
	}
	return p
}

// guest, mod and owner join the lobby.
func (w *world) guest(name string) *person {
	w.Helper()
	return w.join("lobby", engine.User{Name: name}, "")
}

func (w *world) mod(name string) *person {
	w.Helper()
	return w.join("lobby", engine.User{Name: name, Account: name, Role: engine.Moderator}, "")
}

func (w *world) owner(name string) *person {
	w.Helper()
	return w.join("lobby", engine.User{Name: name, Account: name, Role: engine.Owner}, "")
}

// must does an action that works.
func (p *person) must(a engine.Action) engine.Receipt {
	p.world.Helper()
	rc := p.Do(a)
	if rc.Status != engine.Echoed || rc.Err != nil {
		p.world.Fatalf("%s: %+v: %s: %v", p.User().Name, a, rc.Status, rc.Err)
	}
	return rc
}

// fails does an action that fails with a code.
func (p *person) fails(code engine.Code, a engine.Action) {
	p.world.Helper()
	if rc := p.Do(a); rc.Status != engine.Failed || engine.CodeOf(rc.Error()) != code {
		p.world.Errorf("%s: %+v: %s: %v; want failed with code %s", p.User().Name, a, rc.Status, rc.Err, code)
	}
}

func (p *person) ref() engine.UserRef { return p.User().Ref() }

// heard returns the bodies of one kind among all events since the last call.
func heard[B engine.Body](p *person) []B {
	var out []B
	for _, ev := range p.inbox.Take() {
		if b, ok := ev.Body.(B); ok {
			out = append(out, b)
		}
	}
	return out
}

// only returns the one body of its kind the person heard.
func only[B engine.Body](p *person) B {
	p.world.Helper()
	bs := heard[B](p)
	if len(bs) != 1 {
		p.world.Fatalf("%s heard %d events of kind %T, want 1: %+v", p.User().Name, len(bs), *new(B), bs)
	}
	return bs[0]
}

// bot is a running session.
type bot struct {
	engine.Session
	inbox local.Inbox
	stop  context.CancelFunc
	ended chan struct{}
	err   error // what Run returned, once ended is closed
}

// session makes one that is not running.
func (w *world) session(set local.Settings, rooms ...engine.RoomID) engine.Session {
	w.Helper()
	s, err := local.Adapter(w.hub).New(&set, engine.Env{
		Session: "test", Rooms: rooms, Clock: engine.SystemClock{}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// bot runs a session until the test ends and waits until it is in its rooms.
func (w *world) bot(rooms ...engine.RoomID) *bot {
	w.Helper()
	return w.run(w.session(local.Settings{Nick: "botd", Role: engine.Admin}, rooms...), len(rooms))
}

func (w *world) run(s engine.Session, rooms int) *bot {
	w.Helper()
	ctx, stop := context.WithCancel(context.Background())
	b := &bot{Session: s, stop: stop, ended: make(chan struct{})}
	go func() {
		defer close(b.ended)
		b.err = s.Run(ctx, b.inbox.Put)
	}()
	w.Cleanup(func() {
		stop()
		<-b.ended
	})
	for online := 0; online < rooms; {
		ev, err := b.inbox.Next(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		if ev.Kind() == "connect" {
			online++
		}
	}
	return b
}

func (b *bot) do(a engine.Action) engine.Receipt { return engine.Do(context.Background(), b, a) }

// says has the bot say something that works.
func (w *world) says(b *bot, room engine.RoomID, text string) engine.MessageID {
	w.Helper()
	rc := b.do(engine.Say{Room: room, Text: text})
	if rc.Status != engine.Echoed {
		w.Fatalf("say %q: %s: %v", text, rc.Status, rc.Err)
	}
	return rc.Message
}

// next returns the bot's next event of a kind.
func next[B engine.Body](w *world, b *bot) (B, engine.Event) {
	w.Helper()
	for {
		ev, err := b.inbox.Next(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		if body, ok := ev.Body.(B); ok {
			return body, ev
		}
	}
}
