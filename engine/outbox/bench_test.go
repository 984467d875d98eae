package outbox_test

import (
	"context"
	"fmt"
	"testing"

	"botd/engine"
	"botd/engine/outbox"
)

func benchOutbox(rate engine.Rate) *outbox.Outbox {
	caps := engine.Capabilities{Text: engine.Limit{Max: 500, Unit: engine.UTF16}, Rate: rate}
	return outbox.New(outbox.Config{
		Session: "s",
		Caps:    func(engine.RoomID) engine.Capabilities { return caps },
		Do: func(_ context.Context, _ engine.Action, done func(engine.Receipt)) {
			done(engine.Receipt{Status: engine.Sent})
		},
		Max: 1 << 30, MaxBytes: 1 << 40,
	})
}

// The way of an action that nothing holds back.
func BenchmarkPut(b *testing.B) {
	for _, rate := range []engine.Rate{{}, {Burst: 1e6, PerSecond: 1e6, PerUnit: 0.01}} {
		b.Run(fmt.Sprintf("paced=%t", rate.Burst > 0), func(b *testing.B) {
			o := benchOutbox(rate)
			defer o.Close(nil)
			o.Online(true)
			it := outbox.Item{Action: engine.Say{Room: "r", Text: "pong"}, Lane: engine.LaneReply, Done: func(engine.Receipt) {}}
			b.ReportAllocs()
			for b.Loop() {
				o.Put(it)
			}
		})
	}
}

// One more behind 10,000 that wait.
func BenchmarkPutQueued(b *testing.B) {
	o := benchOutbox(engine.Rate{Burst: 1, PerSecond: 1e-3})
	defer o.Close(nil)
	o.Online(true)
	it := outbox.Item{Action: engine.Say{Room: "r", Text: "pong"}, Lane: engine.LaneReply}
	for range 10_000 {
		o.Put(it)
	}
	b.ReportAllocs()
	for b.Loop() {
		o.Put(it)
	}
}
