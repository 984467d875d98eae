package host

import (
	"context"
	"encoding/json"
	"strings"
	"sync/atomic"
	"time"

	"botd/engine"
	"botd/engine/schedule"
	"botd/engine/store"
	"botd/engine/supervisor"
)

// What scripts have on the schedule is kept in spaces of their own: durable entries in
// cron/SCRIPT, jobs in jobs/SCRIPT.
const (
	cronPrefix = "cron/"
	jobsPrefix = "jobs/"
)

// maxJobData is the most bytes of what a job is given.
const maxJobData = 64 << 10

// cronJournal is the journal of entries. It is used only while the store is open.
type cronJournal struct{ h *Host }

var _ schedule.Journal = cronJournal{}

func (j cronJournal) Load(k schedule.Key) (r schedule.Record, ok bool, err error) {
	e, err := j.h.store.Get(context.Background(), cronPrefix+k.Owner, k.ID)
	if engine.CodeOf(err) == engine.NotFound {
		return r, false, nil
	}
	if err == nil {
		err = json.Unmarshal(e.Value, &r)
	}
	return r, err == nil, err
}

func (j cronJournal) Save(k schedule.Key, r schedule.Record) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return j.commit(store.Put(cronPrefix+k.Owner, k.ID, b))
}

func (j cronJournal) Delete(k schedule.Key) error {
	return j.commit(store.Delete(cronPrefix+k.Owner, k.ID))
}

func (j cronJournal) commit(op store.Op) error {
	_, err := store.Commit(context.Background(), j.h.store, op)
	return err
}

// jobJournal is the journal of jobs.
type jobJournal struct{ h *Host }

var _ schedule.JobJournal = jobJournal{}

// jobRecord is a job as it is kept.
type jobRecord struct {
	Name    string          `json:"name"`
	At      time.Time       `json:"at"`
	Data    json.RawMessage `json:"data,omitempty"`
	Attempt int             `json:"attempt,omitempty"`
}

func (j jobJournal) Jobs() (map[schedule.Key]schedule.Job, error) {
	ctx := context.Background()
	spaces, err := j.h.store.Spaces(ctx)
	if err != nil {
		return nil, err
	}
	out := map[schedule.Key]schedule.Job{}
	for _, space := range spaces {
		owner, ok := strings.CutPrefix(space, jobsPrefix)
		if !ok {
			continue
		}
		list, err := j.h.store.List(ctx, store.Query{Space: space}) // MaxList is MaxJobs
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			job, err := jobOf(e)
			if err != nil {
				return nil, engine.Errorf(engine.Internal, "job %q of script %q: %w", e.Key, owner, err)
			}
			out[schedule.Key{Owner: owner, ID: e.Key}] = job
		}
	}
	return out, nil
}

func jobOf(e store.Entry) (schedule.Job, error) {
	var r jobRecord
	if err := json.Unmarshal(e.Value, &r); err != nil {
		return schedule.Job{}, err
	}
	job := schedule.Job{ID: e.Key, Name: r.Name, At: r.At, Attempt: r.Attempt}
	var err error
	if r.Data != nil {
		job.Data, err = store.Decode(r.Data)
	}
	return job, err
}

func (j jobJournal) Save(owner string, job schedule.Job, done func(error)) {
	r := jobRecord{Name: job.Name, At: job.At, Attempt: job.Attempt}
	var err error
	if job.Data != nil {
		r.Data, err = store.Encode(job.Data)
	}
	if err == nil && len(r.Data) > maxJobData {
		err = engine.Errorf(engine.Quota, "the data has %d KiB, more than %d KiB", (len(r.Data)+1023)>>10, maxJobData>>10)
	}
	b, encErr := json.Marshal(r)
	if err == nil {
		err = encErr
	}
	if err != nil {
		done(err)
		return
	}
	j.submit(store.Put(jobsPrefix+owner, job.ID, b), done)
}

func (j jobJournal) Delete(k schedule.Key, done func(error)) {
	j.submit(store.Delete(jobsPrefix+k.Owner, k.ID), done)
}

func (j jobJournal) submit(op store.Op, done func(error)) {
	j.h.store.Submit(store.Batch{op}, func(r store.Result) { done(r.Err) })
}

// catchUp is how long what was missed while botd was not running waits for the sessions to
// be online: a line nobody hears would be lost.
const catchUp = 30 * time.Second

// opening lets what was missed run as soon as all sessions are online, or have
// failed, or it has waited long enough.
type opening struct {
	h    *Host
	wait atomic.Bool // begun and not open
	stop func() bool
}

func (o *opening) begin() {
	o.stop = o.h.opt.Clock.AfterFunc(catchUp, o.open)
	o.wait.Store(true)
	o.look()
}

// hear is a sink of the bus: only these events tell of a session that is where it belongs.
func (o *opening) hear(ev *engine.Event) {
	switch ev.Body.(type) {
	case engine.Connected, engine.Failure:
		o.look()
	}
}

func (o *opening) look() {
	if o.wait.Load() && o.h.settled() {
		o.open()
	}
}

func (o *opening) open() {
	if o.wait.CompareAndSwap(true, false) {
		o.h.schedule.Open()
		o.h.jobs.Open()
	}
}

func (o *opening) end() {
	o.wait.Store(false)
	if o.stop != nil {
		o.stop()
	}
}

// settled reports whether every session is in its rooms, or has given up.
func (h *Host) settled() bool {
	for _, s := range h.super.Status() {
		for _, r := range s.Rooms {
			if r.State != supervisor.Online && r.State != supervisor.Failed {
				return false
			}
		}
		if len(s.Rooms) == 0 && s.State != supervisor.Online && s.State != supervisor.Failed {
			return false
		}
	}
	return true
}
