package hackchat_test

import (
	"context"
	"log/slog"
	"net/http"
	"testing"

	"botd/adapters/adaptertest"
	"botd/adapters/hackchat"
	"botd/adapters/hackchat/hackchattest"
	"botd/adapters/internal/wsconn"
	"botd/engine"
)

var chatLine = []byte(`{"cmd":"chat","nick":"ann","uType":"user","userid":2,"channel":"botdev","text":"hi from a user with a trip","level":100,"flair":false,"id":763687,"trip":"cGbI/o","color":"6fed5e","time":1795290734950}`)

// flood runs a session over a wire in memory, whose server sends n chat lines.
func flood(b *testing.B, n int) engine.Session {
	wire := adaptertest.NewWire(b)
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := wsconn.Accept(w, r, wsconn.Config{})
		if err != nil {
			b.Error(err)
			return
		}
		defer conn.Abort()
		conn.Write(r.Context(), []byte(welcome))
		for range n {
			if conn.Write(context.Background(), chatLine) != nil {
				return
			}
		}
		for {
			if _, err := conn.Read(); err != nil {
				return
			}
		}
	})}
	go srv.Serve(wire)
	b.Cleanup(func() { srv.Close() })
	s, err := hackchat.Adapter.New(&hackchat.Settings{URL: "ws://simulator/", Nick: "botd"},
		engine.Env{Rooms: []engine.RoomID{room}, Log: slog.New(slog.DiscardHandler), Clock: engine.SystemClock{}, Dial: wire.Dial})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// BenchmarkReceive is a chat line from the server's write to the emitted event.
func BenchmarkReceive(b *testing.B) {
	ctx, cancel := context.WithCancel(b.Context())
	seen := 0
	s := flood(b, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	s.Run(ctx, func(ev engine.Event) {
		if _, ok := ev.Body.(engine.Message); ok {
			if seen++; seen == b.N {
				cancel()
			}
		}
	})
	cancel()
	if seen < b.N {
		b.Errorf("%d lines of %d", seen, b.N)
	}
}

// BenchmarkSay is a line from Do to its receipt, 256 at a time.
func BenchmarkSay(b *testing.B) {
	n := newNetwork(b, hackchattest.Options{Unlimited: true})
	s, err := hackchat.Adapter.New(n.Settings(), engine.Env{Rooms: []engine.RoomID{room},
		Log: slog.New(slog.DiscardHandler), Clock: engine.SystemClock{}, Dial: n.Dial})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	online, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx, func(ev engine.Event) {
			if _, ok := ev.Body.(engine.Connected); ok {
				close(online)
			}
		})
	}()
	<-online
	slots := make(chan struct{}, 256)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		slots <- struct{}{}
		s.Do(ctx, engine.Say{Room: room, Text: "hello to everybody here"}, func(r engine.Receipt) {
			if r.Status != engine.Echoed {
				b.Errorf("%s: %v", r.Status, r.Err)
			}
			<-slots
		})
	}
	for range cap(slots) {
		slots <- struct{}{}
	}
	b.StopTimer()
	cancel()
	<-done
}
