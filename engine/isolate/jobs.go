package isolate

import (
	"encoding/json"
	"time"

	"botd/engine"
	"botd/engine/schedule"
	"botd/engine/script"
	"botd/engine/store"
)

// job is a [schedule.Job] on the wire; the data has the form it is kept in.
type job struct {
	ID, Name string
	At       time.Time
	Data     json.RawMessage `json:",omitempty"`
	Attempt  int             `json:",omitempty"`
}

func jobOf(j schedule.Job) (job, error) {
	w := job{ID: j.ID, Name: j.Name, At: j.At, Attempt: j.Attempt}
	var err error
	if j.Data != nil {
		w.Data, err = store.Encode(j.Data)
	}
	return w, err
}

func (w job) schedule() (schedule.Job, error) {
	j := schedule.Job{ID: w.ID, Name: w.Name, At: w.At, Attempt: w.Attempt}
	var err error
	if len(w.Data) > 0 {
		j.Data, err = store.Decode(w.Data)
	}
	return j, err
}

// jobInfo is a [schedule.JobInfo] on the wire.
type jobInfo struct {
	Job                job
	Running, Undefined bool `json:",omitempty"`
}

// definition is that the child does the jobs of a name.
type definition struct {
	Number uint64 // the child's
	Name   string
}

// dueJob is the body of kindJob; the frame has the number of the run.
type dueJob struct {
	Number uint64 // of the definition
	Job    job
}

// jobEnd is the body of kindJobEnd.
type jobEnd struct {
	Run       uint64
	Completed bool
}

// maxDefinitions bounds what a child can make the daemon remember.
const maxDefinitions = 2000

// define has jobs of a name given to the child.
func (c *child) define(w definition) (none, error) {
	book, err := c.bookOf()
	if err != nil {
		return none{}, err
	}
	if w.Name == "" || len(w.Name) > maxEntryID {
		return none{}, engine.Errorf(engine.Invalid, "the definition is out of bounds")
	}
	c.s.mu.Lock()
	taken := c.plans.defs[w.Number] != nil || len(c.plans.defs) >= maxDefinitions
	c.s.mu.Unlock()
	if taken {
		return none{}, engine.Errorf(engine.Quota, "the script defines too many jobs")
	}
	d, err := book.Define(w.Name, func(j schedule.Job, r script.JobRun) { c.fireJob(w.Number, j, r) })
	if err != nil {
		return none{}, err
	}
	c.s.mu.Lock()
	over := c.ended
	c.plans.defs[w.Number] = d
	c.s.mu.Unlock()
	if over {
		c.unschedule()
	}
	return none{}, nil
}

// undefine ends a definition.
func (c *child) undefine(n uint64) (none, error) {
	c.s.mu.Lock()
	d := c.plans.defs[n]
	delete(c.plans.defs, n)
	c.s.mu.Unlock()
	if d != nil {
		d.Release()
	}
	return none{}, nil
}

func (c *child) bookOf() (script.Schedule, error) {
	return c.m.opt.Door.Schedule(c.origin(origin{Gen: c.source.Generation}))
}

// fireJob tells the child that a job is due.
func (c *child) fireJob(def uint64, j schedule.Job, r script.JobRun) {
	w, err := jobOf(j)
	if err != nil { // it was kept, so it can be encoded
		c.fail("a job of it cannot be sent: %s", err)
		return
	}
	c.fire(run{begin: r.Begin, end: r.End}, kindJob, dueJob{def, w})
}

// once orders a job; the outcome follows as kindKept.
func (c *child) once(id uint64, w job) error {
	j, err := w.schedule()
	if err != nil {
		return err
	}
	if j.ID == "" || len(j.ID) > maxEntryID || len(j.Name) > maxEntryID || deeper(j.Data, maxDepth) {
		c.kept(id, engine.Errorf(engine.Invalid, "the job is out of bounds"))
		return nil
	}
	j.ID, j.Name = script.Printable(j.ID), script.Printable(j.Name)
	c.keeping(id, func(book script.Schedule, done func(error)) { book.Once(j, done) })
	return nil
}

// cancelJob ends a job; the outcome follows as kindKept.
func (c *child) cancelJob(id uint64, job string) error {
	c.keeping(id, func(book script.Schedule, done func(error)) { book.CancelJob(job, done) })
	return nil
}

// keeping does something that waits for the disk, of which a child may have so much under
// way as of actions.
func (c *child) keeping(id uint64, f func(script.Schedule, func(error))) {
	book, err := c.bookOf()
	if err != nil {
		c.kept(id, err)
		return
	}
	if !c.mayAct() {
		c.kept(id, engine.Errorf(engine.Quota, "%d requests wait for an answer already", maxActions))
		return
	}
	f(book, func(err error) {
		c.acted()
		c.kept(id, err)
	})
}

func (c *child) kept(id uint64, err error) { c.give(kindKept, id, keptAnswer{failureOf(err)}) }

// keptAnswer is the body of kindKept.
type keptAnswer struct {
	Err *failure `json:",omitempty"`
}

// jobs lists the jobs of the script.
func (c *child) jobs(none) ([]jobInfo, error) {
	book, err := c.bookOf()
	if err != nil {
		return nil, err
	}
	list := book.Jobs()
	out := make([]jobInfo, 0, len(list))
	for _, i := range list {
		w, err := jobOf(i.Job)
		if err != nil {
			return nil, err
		}
		out = append(out, jobInfo{w, i.Running, i.Undefined})
	}
	return out, nil
}

// endJob ends an attempt that has begun.
func (c *child) endJob(_ uint64, e jobEnd) error {
	if r := c.drop(e.Run); r != nil && r.begun {
		r.end(e.Completed)
	}
	return nil
}

// What follows is the child's side.

func (b booking) Define(name string, fire func(schedule.Job, script.JobRun)) (script.Definition, error) {
	d := b.d
	d.mu.Lock()
	d.last++
	n := d.last
	d.jobs[n] = fire // it may be called before the answer is here
	d.mu.Unlock()
	bd := bookedDefinition{d, n}
	if _, err := ask[none](d, kindDefine, definition{n, name}); err != nil {
		bd.forget()
		return nil, err
	}
	return bd, nil
}

// bookedDefinition is a definition there.
type bookedDefinition struct {
	d *pipeDoor
	n uint64
}

func (bd bookedDefinition) forget() {
	bd.d.mu.Lock()
	delete(bd.d.jobs, bd.n)
	bd.d.mu.Unlock()
}

func (bd bookedDefinition) Release() {
	bd.forget()
	_, err := ask[none](bd.d, kindUndefine, bd.n)
	bd.d.complain(err)
}

// dueJob passes on that a job is due.
func (d *pipeDoor) dueJob(n uint64, w dueJob) {
	d.mu.Lock()
	fire := d.jobs[w.Number]
	d.mu.Unlock()
	r := bookedRun{d, n}
	j, err := w.Job.schedule()
	if fire == nil || err != nil { // it was released meanwhile, and the daemon has taken it back
		d.complain(err)
		r.End()
		return
	}
	fire(j, bookedJob{r})
}

// bookedJob is an attempt at a job.
type bookedJob struct{ bookedRun }

func (r bookedJob) End(completed bool) {
	_ = r.d.w.send(kindJobEnd, 0, jobEnd{r.n, completed})
}

func (b booking) Once(j schedule.Job, done func(error)) {
	w, err := jobOf(j)
	b.keep(kindOnce, w, err, done)
}

func (b booking) CancelJob(id string, done func(error)) { b.keep(kindCancelJob, id, nil, done) }

// keep sends what is answered by kindKept.
func (b booking) keep(k kind, body any, err error, done func(error)) {
	d := b.d
	d.mu.Lock()
	d.last++
	id := d.last
	d.keeps[id] = done
	d.mu.Unlock()
	if err == nil {
		err = d.w.send(k, id, body)
	}
	if err != nil {
		d.kept(id, keptAnswer{failureOf(err)})
	}
}

// kept hands the outcome to whoever waits for it.
func (d *pipeDoor) kept(id uint64, a keptAnswer) {
	d.mu.Lock()
	done := d.keeps[id]
	delete(d.keeps, id)
	d.mu.Unlock()
	if done == nil {
		return
	}
	if a.Err != nil {
		done(a.Err.error())
		return
	}
	done(nil)
}

func (b booking) Jobs() []schedule.JobInfo {
	var out []schedule.JobInfo
	for _, i := range list[jobInfo](b.d, kindJobs, none{}) {
		j, err := i.Job.schedule()
		b.d.complain(err)
		out = append(out, schedule.JobInfo{Job: j, Running: i.Running, Undefined: i.Undefined})
	}
	return out
}
