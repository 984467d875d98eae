package luaapi

import (
	"slices"

	"botd/engine/script"
	"botd/engine/trace"
)

// runs are the runs of a command that are under way, by whose they are. Only the holder
// of the baton touches them.
type runs map[string]*turn

// turn is what the runs of one user, of one room, or of all take in turns.
type turn struct {
	busy   bool
	queue  []*waiter
	job    *script.Job // of mode restart: the run that a new one ends
	newest int         // counts those who came to restart
	inside int         // handlers that use it
}

// waiter is a handler that waits for its turn. One that has been given it is busy, also
// while it does not know yet.
type waiter struct {
	wake  func()
	given bool
}

// maxQueue is how many runs of one user or room may wait for their turn.
const maxQueue = 100

// enter runs the command as its mode wants it.
func (r *runs) enter(c *script.Call, k *command, d *event, in []script.Value) {
	if k.spec.Mode == "" || k.spec.Mode == "parallel" {
		k.run(c, d, in)
		return
	}
	key := k.whose(d)
	t := r.turn(key)
	t.inside++
	defer func() { t.inside--; r.tidy(key) }()
	switch {
	case k.spec.Mode == "restart":
		t.restart(c, k, d, in, func() { r.tidy(key) })
		return
	case k.spec.Mode == "single" && t.busy:
		k.ignored(c, trace.Busy, "it runs already", nil)
		return
	case len(t.queue) >= maxQueue:
		k.ignored(c, trace.Busy, "too many wait for it", nil)
		return
	}
	t.await(c)
	defer t.next()
	k.run(c, d, in)
}

func (r *runs) turn(key string) *turn {
	if *r == nil {
		*r = runs{}
	}
	t := (*r)[key]
	if t == nil {
		t = &turn{}
		(*r)[key] = t
	}
	return t
}

// tidy forgets a turn that nobody uses.
func (r *runs) tidy(key string) {
	if t := (*r)[key]; t != nil && t.inside == 0 && t.job == nil {
		delete(*r, key)
	}
}

// whose names the runs that a run is one of.
func (k *command) whose(d *event) string {
	switch k.spec.Per {
	case "room":
		return string(d.Event.Path())
	case "global":
		return ""
	}
	return whoIs(d.Event)
}

// await waits until it is one's turn.
func (t *turn) await(c *script.Call) {
	if !t.busy {
		t.busy = true
		return
	}
	w := &waiter{}
	c.Wait(func(end func()) func() {
		w.wake = end
		t.queue = append(t.queue, w)
		return func() { t.giveUp(w) }
	})
}

// giveUp is for a handler that was ended while it waited.
func (t *turn) giveUp(w *waiter) {
	if w.given {
		t.next()
		return
	}
	t.queue = slices.DeleteFunc(t.queue, func(other *waiter) bool { return other == w })
}

// next gives the turn to who waits longest. It is never free in between.
func (t *turn) next() {
	if len(t.queue) == 0 {
		t.busy = false
		return
	}
	w := t.queue[0]
	t.queue = slices.Delete(t.queue, 0, 1)
	w.given = true
	w.wake()
}

// restart ends the run under way, and begins another when it has ended.
func (t *turn) restart(c *script.Call, k *command, d *event, in []script.Value, tidy func()) {
	t.newest++
	mine := t.newest
	if t.job != nil {
		t.job.Cancel()
		_, _ = t.job.Wait(c) // that it was cancelled is no news
	}
	if mine != t.newest {
		k.ignored(c, trace.Busy, "a newer run was asked for", nil)
		return
	}
	if !k.take(c, d) {
		return
	}
	job, err := c.Spawn(false, k.spec.Run, in...)
	if err != nil {
		c.Rethrow(err)
	}
	t.job = job
	job.OnDone(func() {
		if t.job == job {
			t.job = nil
			tidy()
		}
	})
}
