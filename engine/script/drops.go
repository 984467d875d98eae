package script

import (
	"log/slog"
	"sync"
	"time"
)

// drops counts the events that scripts did not take and the lines they had too many of,
// and says so once a minute: a flood must not flood the log too.
type drops struct {
	mu     sync.Mutex
	counts map[drop]int
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
	}
	d.counts[drop{script, what, why}]++
}

func (d *drops) run(done <-chan struct{}, log *slog.Logger) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-done:
			d.say(log)
			return
		case <-tick.C:
			d.say(log)
		}
	}
}

func (d *drops) say(log *slog.Logger) {
	d.mu.Lock()
	counts := d.counts
	d.counts = nil
	d.mu.Unlock()
	for of, n := range counts {
		log.Warn(of.what, slog.String("script", of.script), slog.Int("count", n), slog.String("reason", of.why))
	}
}
