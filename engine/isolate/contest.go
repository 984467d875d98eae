package isolate

import (
	"fmt"
	"sync"

	"botd/engine"
	"botd/engine/script"
)

// contested is a [script.ContestAnswer] on the wire.
type contested struct {
	Err *failure `json:",omitempty"`
	script.ContestAnswer
}

// contest carries a request out, whose answer follows as kindContested. Waits may take as
// long as the contest does: kindAbort ends them.
func (c *child) contest(id uint64, r script.ContestRequest) error {
	r.Origin = c.origin(originOf(r.Origin))
	if !c.mayAct() {
		c.give(kindContested, id, &contested{Err: failureOf(engine.Errorf(engine.Quota, "%d requests wait for an answer already", maxActions))})
		return nil
	}
	if !c.opens(id) {
		return fmt.Errorf("request %d was made twice", id)
	}
	var once sync.Once // an answer may be under way while it is cancelled
	cancel := c.m.opt.Door.Contest(r, func(a script.ContestAnswer) {
		once.Do(c.acted)
		c.closes(id)
		c.give(kindContested, id, &contested{failureOf(a.Err), a})
	})
	ended := func() {
		cancel()
		once.Do(c.acted)
	}
	if !c.opened(id, ended) {
		cancel() // it was answered already, or the child has ended
	}
	return nil
}

// What follows is the child's side.

func (d *pipeDoor) Contest(r script.ContestRequest, done func(script.ContestAnswer)) func() {
	d.mu.Lock()
	d.last++
	id := d.last
	d.contests[id] = done
	d.mu.Unlock()
	if err := d.w.send(kindContest, id, r); err != nil {
		d.contested(id, &contested{Err: failureOf(err)})
	}
	return func() {
		d.mu.Lock()
		delete(d.contests, id)
		d.mu.Unlock()
		_ = d.w.send(kindAbort, id, none{}) // without a daemon nothing is under way
	}
}

// contested hands an answer to whoever waits for it; nil is one that could not be sent.
func (d *pipeDoor) contested(id uint64, a *contested) {
	d.mu.Lock()
	done := d.contests[id]
	delete(d.contests, id)
	d.mu.Unlock()
	if done == nil {
		return
	}
	out := script.ContestAnswer{Err: engine.Errorf(engine.Quota, "too large: how the poll or raffle stands")}
	if a != nil {
		out = a.ContestAnswer
		out.Err = nil
		if a.Err != nil {
			out.Err = a.Err.error()
		}
	}
	done(out)
}
