package luaapi

import (
	"cmp"
	"fmt"
	"time"

	"botd/engine"
	"botd/engine/nearest"
	"botd/engine/schedule"
	"botd/engine/script"
)

// job is work that cron.once ordered.
type job struct{ schedule.Job }

var jobClass = script.Class[*job]{
	Name:   "job",
	String: func(j *job) string { return j.ID },
	Members: []script.Member{
		script.Prop("id", jobID), script.Prop("name", jobName), script.Prop("at", jobAt), script.Prop("attempt", jobAttempt),
		script.Live("data", jobData), script.Method("cancel", jobCancel),
	},
}

// Keeps implements [script.Keeper].
func (j *job) Keeps(func(script.Value)) int { return script.Weight(j.Data) }

// jobID is the id it was given, or else one of its own.
func jobID(j *job) string { return j.ID }

// jobName is that of the cron.define that does it.
func jobName(j *job) script.Word { return script.Word(j.Name) }

// jobAt is when it is due.
func jobAt(j *job) time.Time { return j.At }

// jobAttempt is how often it was begun: 1 in its function the first time, more if it was cut
// off before by a crash, a restart or a reload.
func jobAttempt(j *job) int { return j.Attempt }

// jobData is what cron.once was given for it, each time as a new copy.
func jobData(c *script.Call, j *job) script.Value { return stored(c, j.Data) }

// jobCancel ends it for good. What is running goes on. It waits for the disk.
func jobCancel(c *script.Call, j *job, _ script.None) (script.OK, error) {
	return script.OK{}, cancelJob(c, j.ID)
}

func cancelJob(c *script.Call, id string) error {
	book, err := c.Door().Schedule(c.Origin())
	if err != nil {
		return err
	}
	c.Wait(func(end func()) func() {
		book.CancelJob(id, func(e error) {
			err = e
			end()
		})
		return nil
	})
	if engine.CodeOf(err) == engine.NotFound {
		return engine.Errorf(engine.NotFound, "this script has no entry or job %q", clip(id))
	}
	return err
}

// definitions are the names of the jobs that a version of a script does.
type definitions struct{ names []string }

type definitionsKey struct{}

func definitionsOf(c *script.Call) *definitions {
	return c.Keep(definitionsKey{}, func() any { return &definitions{} }).(*definitions)
}

type cronDefineArgs struct {
	Name string      `lua:"name"`
	Fn   script.Func `lua:"fn" type:"fun(job: job)"` // is called with each job of that name when it is due
}

// maxDefinitions is more names than anybody can tell apart.
const maxDefinitions = 1000

// cronDefine says what does the jobs of a name that cron.once orders. Write it at the top of
// the script: jobs outlive the version that ordered them, and wait until there is one that
// does them.
func cronDefine(c *script.Call, a cronDefineArgs) (script.OK, error) {
	defs := definitionsOf(c)
	switch {
	case a.Name == "" || len(a.Name) > maxEntryID:
		c.BadArg("name", "expected 1 to %d characters", maxEntryID)
	case defs.has(a.Name):
		c.BadArg("name", "%q is defined already", a.Name)
	case len(defs.names) >= maxDefinitions:
		return script.OK{}, engine.Errorf(engine.Quota, "the script defines %d jobs already", maxDefinitions)
	}
	book, err := c.Door().Schedule(c.Origin())
	if err != nil {
		return script.OK{}, err
	}
	defs.names = append(defs.names, a.Name)
	call := c.Starter(a.Fn)
	define := func() error {
		d, err := book.Define(a.Name, func(j schedule.Job, r script.JobRun) { call(r.Begin, r.End, &job{j}) })
		if err == nil {
			c.Own(d.Release)
		}
		return err
	}
	if !c.Loading() {
		return script.OK{}, define()
	}
	c.Post(func() { _ = define() }) // it can fail only for a script that does ill
	return script.OK{}, nil
}

func (d *definitions) has(name string) bool {
	for _, n := range d.names {
		if n == name {
			return true
		}
	}
	return false
}

type cronOnceArgs struct {
	When script.Value `lua:"when" type:"number|string"` // a duration from now, or a time in unix seconds as time.now and time.parse give it; a time that has passed is now
	Name string       `lua:"name"`                      // of the cron.define that is to do it
	Data any          `lua:"data,optional"`             // plain data of up to 64 KiB, for job.data
	Opts cronOnceOpts `lua:"opts,optional"`
}

type cronOnceOpts struct {
	ID string `lua:"id,optional"` // replaces a job of the script with that id; one is made up if not given
}

// firstTime is the least number of seconds that is taken for a time: in 1985. As a
// duration it would be longer than any may be.
const firstTime = 5e8

// cronOnce orders work to be done once, also after a restart. It returns when that is on
// the disk. A job ends exactly once, but is begun again if a crash, a restart or a reload
// cut it off: so each of its effects happens at least once, and where twice does
// harm the function must see to it, by job.attempt or by a kv key of its own. An error in
// it ends it too. Ten attempts are the most, and 1,000 jobs of a script with 4 MiB of data in all.
func cronOnce(c *script.Call, a cronOnceArgs) (*job, error) {
	if defs := definitionsOf(c); !defs.has(a.Name) {
		hint := cmp.Or(nearest.Hint(a.Name, defs.names), "; write cron.define(name, function(job) … end) at the top of the script")
		c.BadArg("name", "nothing is defined under %q%s", clip(a.Name), hint)
	}
	j := schedule.Job{ID: a.Opts.ID, Name: a.Name, At: a.time(c), Data: a.Data}
	if len(j.ID) > maxEntryID || j.ID != "" && j.ID[0] == '#' {
		c.BadArg("opts", "id: expected at most %d characters, the first of them no #", maxEntryID)
	}
	if j.ID == "" {
		j.ID = fmt.Sprintf("#%016x", c.Door().Rand())
	}
	if entriesOf(c).find(j.ID) != nil {
		c.BadArg("opts", "id: there is an entry %q", j.ID)
	}
	book, err := c.Door().Schedule(c.Origin())
	if err != nil {
		return nil, err
	}
	c.Charge(50 + script.Weight(j.Data)/64)
	c.Wait(func(end func()) func() {
		book.Once(j, func(e error) {
			err = e
			end()
		})
		return nil
	})
	return &job{j}, err
}

// time reads when a job is due.
func (a cronOnceArgs) time(c *script.Call) time.Time {
	now := c.Now().UTC()
	if n, ok := a.When.AsNumber(); ok && n >= firstTime {
		t := script.TimeOf(n)
		if t.After(now.Add(schedule.MaxEvery)) {
			c.BadArg("when", "expected a time within ten years")
		}
		return t
	}
	var d time.Duration
	if err := c.Decode(a.When, &d); err != nil {
		c.BadArg("when", "expected a duration or a time (unix seconds, as time.parse gives them): %s", err)
	}
	if d > schedule.MaxEvery {
		c.BadArg("when", "expected at most ten years")
	}
	return now.Add(max(d, 0))
}

// cronJobs lists the jobs of this script, those that run included, by time.
func cronJobs(c *script.Call, _ script.None) []*job {
	book, err := c.Door().Schedule(c.Origin())
	if err != nil {
		return []*job{}
	}
	list := book.Jobs()
	c.Charge(len(list))
	out := make([]*job, len(list))
	for i, info := range list {
		out[i] = &job{info.Job}
	}
	return out
}
