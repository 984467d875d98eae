package adaptertest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/enginetest"
)

// Driver runs one session inside a bubble of testing/synctest, for an adapter's own tests:
// it acts, and says what the session told. The suite of [Run] has its own.
type Driver struct {
	*testing.T
	// Session is the one that runs.
	Session engine.Session
	// Pause is how long [Driver.Settle] lets pass: what the network takes its time for.
	Pause time.Duration
	// Telling is an event in a line of a story.
	Telling func(engine.Event) string
	// Told knows what was told: as in the daemon, nothing is told twice. It is for
	// [engine.Env.Delivered].
	Told enginetest.Told
	// Heard, which may be nil, is called with each event as the session tells it.
	Heard func(engine.Event)

	end  func() // of the run begun last, as is done
	done chan struct{}

	mu     sync.Mutex
	err    error // of the Run that returned last
	events []engine.Event
}

// Begin runs the session and waits for what comes of it. end ends this run and waits for
// that; [Driver.Stop] does for the last one.
func (d *Driver) Begin() (end func()) {
	ctx, cancel := context.WithCancel(d.Context())
	done := make(chan struct{})
	d.end, d.done = func() { cancel(); <-done }, done
	go func(s engine.Session) {
		defer close(done)
		err := s.Run(ctx, func(ev engine.Event) {
			if !d.Told.Fresh(ev) {
				return
			}
			d.mu.Lock()
			defer d.mu.Unlock()
			d.events = append(d.events, ev)
			if d.Heard != nil {
				d.Heard(ev)
			}
		})
		d.mu.Lock()
		defer d.mu.Unlock()
		d.err = err
	}(d.Session)
	d.Settle()
	return d.end
}

// Settle waits until everything has arrived.
func (d *Driver) Settle() {
	time.Sleep(d.Pause)
	synctest.Wait()
}

// Stop ends the session, if it was begun.
func (d *Driver) Stop() {
	if d.end != nil {
		d.end()
	}
}

// Running reports whether Run has not returned yet.
func (d *Driver) Running() bool {
	synctest.Wait()
	select {
	case <-d.done:
		return false
	default:
		return true
	}
}

// Wait waits until Run returns, and returns its error.
func (d *Driver) Wait() error {
	<-d.done
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

// Ended expects Run to have returned by now, with a code and a text.
func (d *Driver) Ended(code engine.Code, text string) {
	d.Helper()
	if d.Running() {
		d.Errorf("Run has not returned; events:\n%s", d.Story())
		return
	}
	if err := d.Wait(); engine.CodeOf(err) != code || !strings.Contains(fmt.Sprint(err), text) {
		d.Errorf("Run returned %v (code %q), want %q with code %q", err, engine.CodeOf(err), text, code)
	}
}

// Take returns the events since the last time, once everything has arrived.
func (d *Driver) Take() []engine.Event {
	d.Settle()
	d.mu.Lock()
	defer d.mu.Unlock()
	events := d.events
	d.events = nil
	return events
}

// Story is [Driver.Take], a line for each event.
func (d *Driver) Story() string {
	var b strings.Builder
	for _, ev := range d.Take() {
		fmt.Fprintln(&b, d.Telling(ev))
	}
	return b.String()
}

// Tells expects the story since the last time.
func (d *Driver) Tells(want ...string) {
	d.Helper()
	if got := strings.TrimSuffix(d.Story(), "\n"); got != strings.Join(want, "\n") {
		d.Errorf("got:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}

// Does carries out an action and expects a status, and a code with it.
func (d *Driver) Does(a engine.Action, status engine.Status, code engine.Code) engine.Receipt {
	d.Helper()
	rc := engine.Do(d.Context(), d.Session, a)
	if rc.Status != status || engine.CodeOf(rc.Error()) != code {
		d.Errorf("%s %+v: %s %v (code %q), want %s with code %q", engine.ActionName(a), a, rc.Status, rc.Err, engine.CodeOf(rc.Error()), status, code)
	}
	return rc
}
