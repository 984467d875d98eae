// Package bus carries every event of the daemon, in one order, to the parts that
// act on events and to those that watch, and remembers the latest of them.
package bus

import (
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"botd/engine"
)

// Options of a [Bus]. Zero fields take the defaults named with them.
type Options struct {
	Ring    int          // events remembered over all rooms, 10,000
	PerRoom int          // messages remembered for each room, 100
	Bytes   int          // about what all of these may weigh, 32 MiB
	Clock   engine.Clock // the system's
	Log     *slog.Logger // where panics of sinks go; discarded
}

// Bus is the one way events take. All methods may be called from any goroutine.
//
// Events have one order over all rooms: that of the calls of Publish. One goroutine
// at a time delivers: the one whose Publish found nobody at it. It goes on until
// nothing is left, also with what others, or the sinks themselves, published
// meanwhile; their Publish has then returned already. So an event is never
// delivered inside the delivery of another, and no lock is held while sinks run.
type Bus struct {
	clock  engine.Clock
	log    *slog.Logger
	counts map[engine.Kind]*atomic.Uint64 // an entry for every kind; the map never changes

	mu         sync.Mutex
	ids        idMaker
	ring       ring
	history    history
	sinks      []func(*engine.Event) // replaced, never changed in place
	observers  []*Subscription       // likewise
	queue      []*engine.Event       // published, not yet taken for delivery
	spare      []*engine.Event       // the queue's other buffer
	delivering bool
}

// New makes a bus without sinks. It starts no goroutine and needs no closing.
func New(o Options) *Bus {
	if o.Ring <= 0 {
		o.Ring = 10_000
	}
	if o.PerRoom <= 0 {
		o.PerRoom = 100
	}
	if o.Bytes <= 0 {
		o.Bytes = 32 << 20
	}
	if o.Clock == nil {
		o.Clock = engine.SystemClock{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	counts := make(map[engine.Kind]*atomic.Uint64)
	for _, body := range engine.Bodies() {
		counts[body.Kind()] = new(atomic.Uint64)
	}
	return &Bus{
		clock:   o.Clock,
		log:     o.Log,
		counts:  counts,
		ids:     newIDMaker(o.Clock.Now()),
		ring:    ring{max: o.Ring, maxBytes: o.Bytes / 2},
		history: newHistory(o.PerRoom, o.Ring, o.Bytes/2),
	}
}

// Attach adds a sink, which gets every event published from now on, after the sinks
// attached before it. Sinks must not block: they hold up every event behind. They
// are never called concurrently, and may call Publish.
func (b *Bus) Attach(sink func(*engine.Event)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sinks = append(slices.Clone(b.sinks), sink)
}

// Publish numbers the event, gives it the time if it has none, remembers it and
// brings it to all sinks, then to all subscriptions. The event belongs to the bus
// from then on and must have a body. Publish never waits for a reader.
func (b *Bus) Publish(ev *engine.Event) {
	b.counts[ev.Body.Kind()].Add(1) // panics on an event without a body while no lock is held
	if ev.At.IsZero() {
		ev.At = b.clock.Now().Round(0) // without the monotonic part, which JSON would lose
	}
	ev.At = ev.At.UTC()
	bytes := ev.Weight()

	b.mu.Lock()
	ev.ID = b.ids.next()
	b.ring.add(ev, bytes)
	b.history.add(ev, bytes)
	b.queue = append(b.queue, ev)
	if b.delivering {
		b.mu.Unlock()
		return
	}
	b.delivering = true
	for len(b.queue) > 0 {
		b.deliverQueue()
	}
	b.delivering = false
	b.mu.Unlock()
}

// deliverQueue takes what is queued and delivers it. It is called with mu locked and
// returns so, but unlocks it in between.
func (b *Bus) deliverQueue() {
	batch, sinks, observers := b.queue, b.sinks, b.observers
	b.queue, b.spare = b.spare, nil
	b.mu.Unlock()
	for i, ev := range batch {
		for _, sink := range sinks {
			b.call(sink, ev)
		}
		for _, s := range observers {
			s.offer(ev)
		}
		batch[i] = nil
	}
	b.mu.Lock()
	if cap(batch) <= keepQueue {
		b.spare = batch[:0]
	}
}

// keepQueue bounds the buffers kept after a burst.
const keepQueue = 1024

// call outlives a panic of the sink: the goroutine is a publisher's, which did
// nothing wrong, and the events behind must not be stuck.
func (b *Bus) call(sink func(*engine.Event), ev *engine.Event) {
	defer func() {
		if p := recover(); p != nil {
			b.log.Error("event sink panicked", "event", ev.ID, "err", p, "stack", string(debug.Stack()))
		}
	}()
	sink(ev)
}

// Idle reports whether every event published so far has been delivered. Only a quiet
// bus stays so.
func (b *Bus) Idle() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.delivering
}

// Published is how many events there were so far.
func (b *Bus) Published() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ids.seq
}

// Counters tells how many events of each kind were published, for kinds that
// occurred. Events of scripts count together as "custom".
func (b *Bus) Counters() map[engine.Kind]uint64 {
	out := make(map[engine.Kind]uint64)
	for kind, count := range b.counts {
		if n := count.Load(); n > 0 {
			out[kind] = n
		}
	}
	return out
}

// Recent returns up to n of the latest messages of a room, oldest first. How many
// there can be is Options.PerRoom. Over all rooms no more than Options.Ring messages
// and half of Options.Bytes are remembered: beyond that the room that was silent
// longest loses its oldest.
func (b *Bus) Recent(room engine.RoomPath, n int) []*engine.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.history.recent(room, n)
}

// Last returns up to n of the latest events of all rooms, oldest first.
func (b *Bus) Last(n int) []*engine.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ring.last(n)
}

// Find returns an event that is remembered, nil if there is none with that ID.
func (b *Bus) Find(id engine.EventID) *engine.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, ok := b.ids.after(id)
	if !ok || n >= b.ring.n {
		return nil
	}
	return b.ring.buf[b.ring.index(b.ring.n-1-n)].Event
}
