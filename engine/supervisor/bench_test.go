package supervisor_test

import (
	"context"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/enginetest"
	"botd/engine/outbox"
	"botd/engine/supervisor"
)

// bench runs one session until the benchmark ends.
func bench(b *testing.B) (*supervisor.Supervisor, *enginetest.Session) {
	online := make(chan struct{}, 1)
	net := &enginetest.Network{Do: func(*enginetest.Session, engine.Action) engine.Receipt { return engine.Receipt{Status: engine.Sent} }}
	s := supervisor.New(supervisor.Options{Emit: func(ev *engine.Event) {
		if ev.Kind() == "connect" {
			online <- struct{}{}
		}
	}})
	if err := s.Start(supervisor.Spec{Name: "s", Adapter: net.Adapter(), Rooms: []engine.RoomID{"a"}}); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error)
	go func() { ran <- s.Run(ctx) }()
	b.Cleanup(func() {
		cancel()
		<-ran
	})
	<-online
	return s, net.In("a")
}

func BenchmarkDo(b *testing.B) {
	s, _ := bench(b)
	it := outbox.Item{Action: engine.Say{Room: "a", Text: "pong"}, Lane: engine.LaneReply}
	b.ReportAllocs()
	for b.Loop() {
		s.Do("s", it)
	}
}

func BenchmarkEmit(b *testing.B) {
	_, session := bench(b)
	ev := engine.Event{At: time.Now().UTC(), Room: engine.Room{ID: "a"}, Body: engine.Message{Text: "!ping"}}
	b.ReportAllocs()
	for b.Loop() {
		session.Emit(ev)
	}
}
