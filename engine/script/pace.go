package script

import (
	"log/slog"
	"sync"
	"time"

	"botd/engine"
)

// What a script puts into places that it shares with others is paced: so many at once,
// and then so many a second. Each pace is far above what people can follow.
var (
	logPace   = pace{burst: 200, perSecond: 20}   // lines of log and print
	faultPace = pace{burst: 100, perSecond: 5}    // errors shown to the author
	emitPace  = pace{burst: 1000, perSecond: 100} // events for other scripts
)

type pace struct{ burst, perSecond float64 }

// paced keeps one script to a pace, over all its generations.
type paced struct {
	mu    sync.Mutex
	spent float64
	at    time.Time
}

// take reports whether one more is within the pace.
func (p *paced) take(now time.Time, at pace) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spent = max(0, p.spent-now.Sub(p.at).Seconds()*at.perSecond)
	p.at = now
	if p.spent+1 > at.burst {
		return false
	}
	p.spent++
	return true
}

// maxEmit bounds the data of an event, which waits in the mailboxes of all who want it.
const maxEmit = 64 << 10

// Emit publishes an event of the script for all scripts. It fails with Quota if the data
// is too much, with RateLimited if there are too many, with Denied without the grant.
func (c *Call) Emit(name string, data any) error {
	ev := engine.Event{Body: engine.Custom{Name: name, Data: data}}
	weight := ev.Weight()
	c.Charge(50 + weight/64)
	if weight > maxEmit {
		return engine.Errorf(engine.Quota, "the data of an event is limited to %d KiB", maxEmit>>10)
	}
	if s := c.vm.slot; !s.emits.take(c.Now(), emitPace) {
		err := engine.Errorf(engine.RateLimited, "the script emits too many events (limit %g at once, then %g a second)", emitPace.burst, emitPace.perSecond)
		err.RetryAfter = time.Second
		return err
	}
	c.vm.publish() // who has subscribed just before hears of it
	return c.vm.door.Emit(c.Origin(), name, data)
}

// Log writes a line of the script into the daemon's log. What is too long is cut, and of
// what is too many only the number is logged.
func (c *Call) Log(level slog.Level, msg string, fields map[string]any) {
	c.vm.logLine(c.t, level, msg, fields)
}

func (vm *VM) logLine(t *Task, level slog.Level, msg string, fields map[string]any) {
	if s := vm.slot; !s.logs.take(vm.m.clock.Now(), logPace) {
		vm.m.drops.count(s.name, linesDropped, tooMuch)
		return
	}
	vm.door.Log(vm.origin(t.event), level.String(), clean(msg), fields)
}

// show shows an error of a handler, unless there are too many.
func (vm *VM) show(e func() *Error) {
	if s := vm.slot; !vm.m.showAll && !s.faults.take(vm.m.clock.Now(), faultPace) {
		vm.m.drops.count(s.name, faultsDropped, tooMuch)
		return
	}
	vm.m.report(e())
}
