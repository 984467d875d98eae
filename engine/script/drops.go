package script

import (
	"log/slog"
	"sync"
	"time"

	"botd/engine"
)

// drops counts the events that scripts did not take and the lines they had too many of,
// and says so once a minute: a flood must not flood the log too.
type drops struct {
	clock engine.Clock
	log   *slog.Logger

	mu     sync.Mutex
	counts map[drop]int // since the log was told last
	stop   func() bool  // of the timer that tells it
}

type drop struct{ script, what, why string }

const (
	eventsDropped = "events dropped"
	linesDropped  = "log lines dropped"
	faultsDropped = "errors not shown"

	tooMuch     = "there are too many"
	mailboxFull = "its mailbox is full: it is too slow or handles too much"
	isSuspended = "it is suspended"
)

func (d *drops) count(script, what, why string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.counts == nil {
		d.counts = map[drop]int{}
		d.stop = d.clock.AfterFunc(time.Minute, d.say)
	}
	d.counts[drop{script, what, why}]++
}

// say logs what was dropped.
func (d *drops) say() {
	d.mu.Lock()
	counts := d.counts
	d.counts = nil
	d.mu.Unlock()
	for of, n := range counts {
		d.log.Warn(of.what, slog.String("script", of.script), slog.Int("count", n), slog.String("reason", of.why))
	}
}

// end says it for the last time.
func (d *drops) end() {
	d.mu.Lock()
	stop := d.stop
	d.mu.Unlock()
	if stop != nil {
		stop()
	}
	d.say()
}
