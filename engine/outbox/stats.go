package outbox

import (
	"log/slog"
	"maps"
	"sync"
	"time"

	"botd/engine"
)

// The reasons for which an outbox itself fails an item, as Stats and the log name them.
const (
	dropFull    = "full"    // Quota
	dropOffline = "offline" // NotConnected
	dropLate    = "late"    // Timeout: no tokens in time
	dropClosed  = "closed"  // Cancelled
)

// Stats are what an outbox holds and has done. The maps have no entry for zero.
type Stats struct {
	Queued   map[string]int `json:"queued,omitempty"` // items by lane
	InFlight int            `json:"in_flight"`        // messages written, proof outstanding

	Sent    uint64            `json:"sent"`              // items with proof, or on a network that gives none
	Unknown uint64            `json:"unknown"`           // written and lost sight of
	Failed  uint64            `json:"failed"`            // all that did not happen, dropped ones included
	Dropped map[string]uint64 `json:"dropped,omitempty"` // by reason: full, offline, late, closed

	queued [engine.LaneCount]int
}

func (s *Stats) count(e *entry) {
	switch e.result.Status {
	case engine.Echoed, engine.Sent:
		s.Sent++
	case engine.Unknown:
		s.Unknown++
	default:
		s.Failed++
	}
	if e.cause != "" {
		if s.Dropped == nil {
			s.Dropped = make(map[string]uint64)
		}
		s.Dropped[e.cause]++
	}
}

// Add returns the sum of both.
func (s Stats) Add(t Stats) Stats {
	s.InFlight += t.InFlight
	s.Sent += t.Sent
	s.Unknown += t.Unknown
	s.Failed += t.Failed
	s.Queued = sum(s.Queued, t.Queued)
	s.Dropped = sum(s.Dropped, t.Dropped)
	return s
}

func sum[N int | uint64](a, b map[string]N) map[string]N {
	if len(b) == 0 {
		return a
	}
	out := maps.Clone(b)
	for k, n := range a {
		out[k] += n
	}
	return out
}

// Stats returns a copy that nothing changes any more.
func (o *Outbox) Stats() Stats {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.stats
	s.InFlight = o.inflight
	s.Dropped = maps.Clone(s.Dropped)
	for l, n := range s.queued {
		if n > 0 {
			s.Queued = sum(s.Queued, map[string]int{engine.Lane(l).String(): n})
		}
	}
	return s
}

// Queued is how many items wait for one room.
func (o *Outbox) Queued(id engine.RoomID) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	if q := o.rooms[id]; q != nil {
		return q.n
	}
	return 0
}

// dropLog names drops in the log: the first at once, the others summed up once a
// minute.
type dropLog struct {
	log   *slog.Logger
	clock engine.Clock

	mu    sync.Mutex
	since map[string]uint64 // by cause, not logged yet
	stop  func() bool       // of the timer that ends the minute; nil while none runs
}

const dropInterval = time.Minute

func (d *dropLog) add(cause string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stop == nil {
		d.log.Warn("actions dropped", "cause", cause, "count", 1)
		d.stop = d.clock.AfterFunc(dropInterval, d.minute)
		return
	}
	if d.since == nil {
		d.since = make(map[string]uint64)
	}
	d.since[cause]++
}

// minute goes on with another one only if there was something to say.
func (d *dropLog) minute() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stop == nil {
		return // closed meanwhile
	}
	d.stop = nil
	if d.flush() {
		d.stop = d.clock.AfterFunc(dropInterval, d.minute)
	}
}

func (d *dropLog) flush() bool {
	some := len(d.since) > 0
	for cause, n := range d.since {
		d.log.Warn("actions dropped", "cause", cause, "count", n)
	}
	d.since = nil
	return some
}

func (d *dropLog) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stop != nil {
		d.stop()
		d.stop = nil
	}
	d.flush()
}
