package local_test

import (
	"context"
	"testing"

	"botd/adapters/local"
	"botd/engine"
)

// BenchmarkHear is a message of a user on its way to the bot.
func BenchmarkHear(b *testing.B) {
	w := newWorld(b)
	heard := 0
	stop := benchBot(b, w, func(ev engine.Event) { heard++ })
	defer stop()
	ann, err := w.hub.Room("lobby").Join(local.Visit{User: engine.User{Name: "ann"}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		ann.Say("!ping 7")
	}
}

// BenchmarkSay is a message of the bot, with its echo and its receipt, to a room with
// one listener.
func BenchmarkSay(b *testing.B) {
	w := newWorld(b)
	var s engine.Session
	stop := benchSession(b, w, &s, func(engine.Event) {})
	defer stop()
	if _, err := w.hub.Room("lobby").Join(local.Visit{User: engine.User{Name: "ann"}, Hear: func(engine.Event) {}}); err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	done := func(rc engine.Receipt) {
		if rc.Err != nil {
			b.Error(rc.Err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		s.Do(ctx, engine.Say{Room: "lobby", Text: "pong 7"}, done)
	}
}

// BenchmarkPingPong is a message to the bot and its answer from inside emit.
func BenchmarkPingPong(b *testing.B) {
	w := newWorld(b)
	var s engine.Session
	ctx := context.Background()
	done := func(engine.Receipt) {}
	stop := benchSession(b, w, &s, func(ev engine.Event) {
		if _, ok := ev.Body.(engine.Message); ok && !ev.Self {
			s.Do(ctx, engine.Say{Room: "lobby", Text: "pong 7"}, done)
		}
	})
	defer stop()
	answers := 0
	ann, err := w.hub.Room("lobby").Join(local.Visit{User: engine.User{Name: "ann"}, Hear: func(ev engine.Event) {
		if _, ok := ev.Body.(engine.Message); ok && !ev.Self {
			answers++
		}
	}})
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		ann.Say("!ping 7")
		n++
	}
	if answers != n {
		b.Errorf("%d answers to %d pings", answers, n)
	}
}

func benchBot(b *testing.B, w *world, emit func(engine.Event)) (stop func()) {
	var s engine.Session
	return benchSession(b, w, &s, emit)
}

func benchSession(b *testing.B, w *world, s *engine.Session, emit func(engine.Event)) (stop func()) {
	*s = w.session(local.Settings{Nick: "botd", Role: engine.Admin}, "lobby")
	ctx, cancel := context.WithCancel(context.Background())
	online, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		(*s).Run(ctx, func(ev engine.Event) {
			if _, ok := ev.Body.(engine.Connected); ok {
				close(online)
			}
			emit(ev)
		})
	}()
	<-online
	return func() {
		cancel()
		<-ended
	}
}
