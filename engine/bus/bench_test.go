package bus_test

import (
	"fmt"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/bus"
)

// BenchmarkPublish goes round a set of events larger than the ring, so that it
// measures the bus and not the making of events.
func BenchmarkPublish(b *testing.B) {
	for _, observers := range []int{0, 1} {
		b.Run(fmt.Sprintf("sinks=2/observers=%d", observers), func(b *testing.B) {
			bs := bus.New(bus.Options{Ring: 1000})
			bs.Attach(func(*engine.Event) {})
			bs.Attach(func(*engine.Event) {})
			for range observers {
				defer bs.Subscribe(1).Close()
			}
			events := make([]*engine.Event, 2000)
			for i := range events {
				events[i] = message(fmt.Sprint("room", i%16), "a line of chat")
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				ev := events[i%len(events)]
				ev.At = time.Time{}
				bs.Publish(ev)
			}
		})
	}
}

func BenchmarkPublishParallel(b *testing.B) {
	bs := bus.New(bus.Options{})
	bs.Attach(func(*engine.Event) {})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			bs.Publish(message("lobby", "a line of chat"))
		}
	})
}
