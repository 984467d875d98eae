package schedule

import (
	"cmp"
	"log/slog"
	"slices"
	"sync"
	"time"

	"botd/engine"
)

// Job is work to be done once, at some time.
type Job struct {
	ID   string
	Name string // of the definition that does it
	At   time.Time
	Data any // plain data
	// Attempt counts how often it was begun, this time included: more than 1 means that it
	// was cut off, by a crash or a reload, and may have done some of its work.
	Attempt int
}

// JobJournal keeps jobs. Its methods do not block; done is called once with the outcome,
// from any goroutine, perhaps before they return. What was acknowledged is durable.
type JobJournal interface {
	// Jobs lists all of an owner's jobs there are, by owner and ID. It may block.
	Jobs() (map[Key]Job, error)
	Save(owner string, j Job, done func(error))
	// Delete forgets a job; one that is not there too.
	Delete(k Key, done func(error))
}

const (
	// MaxJobs is how many jobs an owner may have.
	MaxJobs = 1000
	// MaxJobData is what the data of all jobs of an owner may weigh. All of it is in memory,
	// which is nobody's but the daemon's.
	MaxJobData = 4 << 20
	// MaxAttempts is how often a job is begun. One that is cut off so often takes the
	// daemon along.
	MaxAttempts = 10
)

// Jobs runs jobs when they are due, and each until it has ended: it is written down before
// it begins and forgotten after it has ended, so that it ends once whatever
// happens, and is begun again if it was cut off. Like a [Scheduler] it goes by the time of
// day and has no goroutine of its own. Its methods may be called from any goroutine and
// do not block.
type Jobs struct {
	clock   engine.Clock
	log     *slog.Logger
	journal JobJournal

	mu      sync.Mutex // guards what follows, for moments
	jobs    map[Key]*job
	defs    map[Key]*Definition // by owner and name
	writes  map[Key][]write     // that wait for the one of the same job that is under way
	written sync.Cond           // there are no writes
	stop    func() bool
	open    bool // those that were due before the start may begin
	start   time.Time
	closed  bool
}

// jobState is how far a job has come.
type jobState uint8

const (
	jobKeeping  jobState = iota // its first record is on its way
	jobWaiting                  // for its time, or for somebody who does it
	jobStarting                 // the record that it begins is on its way
	jobGiven                    // the one who does it has it and has not begun
	jobRunning
	jobDone // its record is to be removed
)

type job struct {
	Job
	owner string
	state jobState
	by    *Definition // from jobGiven on
	retry time.Time   // not before: the journal failed
	lone  bool        // due, and nobody does it; said so
	bytes int         // of Data, estimated
}

func (j *job) key() Key { return Key{j.owner, j.ID} }

// NewJobs makes one without jobs.
func NewJobs(clock engine.Clock, log *slog.Logger, journal JobJournal) *Jobs {
	s := &Jobs{clock: clock, log: log, journal: journal, jobs: map[Key]*job{}, defs: map[Key]*Definition{}, writes: map[Key][]write{}}
	s.written.L = &s.mu
	return s
}

// write is a call of the journal, and what is to be told its outcome.
type write struct {
	call func(done func(error))
	then func(error)
}

// order has a write made after those of the same job before it. mu is held; what is
// returned is called without.
func (s *Jobs) order(k Key, w write) func() {
	waiting, busy := s.writes[k]
	if busy {
		s.writes[k] = append(waiting, w)
		return func() {}
	}
	s.writes[k] = nil
	return func() { s.make(k, w) }
}

func (s *Jobs) make(k Key, w write) {
	w.call(func(err error) {
		w.then(err)
		s.mu.Lock()
		list := s.writes[k]
		if len(list) == 0 {
			delete(s.writes, k)
			s.written.Broadcast()
			s.mu.Unlock()
			return
		}
		s.writes[k] = list[1:]
		s.mu.Unlock()
		s.make(k, list[0])
	})
}

// save and remove are the writes there are. mu is held.
func (s *Jobs) save(j *job, then func(error)) func() {
	now := j.Job
	return s.order(j.key(), write{func(done func(error)) { s.journal.Save(j.owner, now, done) }, then})
}

func (s *Jobs) remove(k Key, then func(error)) func() {
	return s.order(k, write{func(done func(error)) { s.journal.Delete(k, done) }, then})
}

// Load takes what the journal has for all that is known. It is called before everything
// else, and when the journal was replaced by another, while nobody does jobs. Jobs that
// are due by then wait for Open.
func (s *Jobs) Load() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.writes) > 0 {
		s.written.Wait()
	}
	list, err := s.journal.Jobs()
	if err != nil {
		return err
	}
	s.start = s.now()
	clear(s.jobs)
	for k, j := range list {
		s.jobs[k] = &job{Job: j, owner: k.Owner, state: jobWaiting, bytes: engine.WeighData(j.Data)}
	}
	return nil
}

// Open lets those jobs begin whose time came before Load.
func (s *Jobs) Open() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = true
	s.arm(0)
}

// Close ends the work: no job begins any more once it has returned.
func (s *Jobs) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.stop != nil {
		s.stop()
	}
}

func (s *Jobs) now() time.Time { return s.clock.Now().Round(0).UTC() }

// arm has a look taken in d. mu is held.
func (s *Jobs) arm(d time.Duration) {
	if s.closed {
		return
	}
	if s.stop != nil {
		s.stop()
	}
	s.stop = s.clock.AfterFunc(max(d, 0), s.look)
}

// look begins what is due, the earliest first.
func (s *Jobs) look() {
	s.mu.Lock()
	now := s.now()
	var due []*job
	nap, any := maxNap, false
	for _, j := range s.jobs {
		if j.state == jobKeeping || j.state == jobWaiting || j.state == jobDone {
			any = true
		}
		switch wait := later(j.At, j.retry).Sub(now); {
		case j.state == jobDone && wait > 0:
			nap = min(nap, wait)
		case j.state == jobDone:
			due = append(due, j)
		case j.state != jobWaiting || !s.open && j.At.Before(s.start):
		case wait > 0:
			nap = min(nap, wait)
		default:
			due = append(due, j)
		}
	}
	slices.SortFunc(due, func(a, b *job) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.owner, b.owner), cmp.Compare(a.ID, b.ID))
	})
	var todo []func()
	for _, j := range due {
		if f := s.next(j); f != nil {
			todo = append(todo, f)
		}
	}
	if any {
		s.arm(nap)
	}
	s.mu.Unlock()
	for _, f := range todo {
		f()
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// next takes a job on: begins it, gives it up or forgets it. mu is held; what is returned
// is called without.
func (s *Jobs) next(j *job) func() {
	if j.state == jobDone {
		return s.forget(j)
	}
	def := s.defs[Key{j.owner, j.Name}]
	switch {
	case def == nil && !j.lone:
		j.lone = true
		s.log.Warn("a job is due and nobody does it: the script has no cron.define of its name", slog.String("script", j.owner), slog.String("entry", j.ID), slog.String("name", j.Name))
		return nil
	case def == nil:
		return nil
	case j.Attempt >= MaxAttempts:
		s.log.Error("a job is given up: it was cut off too often", slog.String("script", j.owner), slog.String("entry", j.ID), slog.Int("attempt", j.Attempt))
		return s.forget(j)
	}
	j.lone = false
	j.state = jobStarting
	j.Attempt++
	return s.save(j, func(err error) { s.begin(j, err) })
}

// begin gives a job to whoever does it, now that it is written down.
func (s *Jobs) begin(j *job, err error) {
	s.mu.Lock()
	if j.state != jobStarting || s.jobs[j.key()] != j || s.closed { // cancelled, or replaced
		s.mu.Unlock()
		return
	}
	def := s.defs[Key{j.owner, j.Name}]
	if err != nil || def == nil {
		j.state = jobWaiting
		j.Attempt--
		if err != nil {
			s.fail(j, err)
		}
		s.arm(0)
		s.mu.Unlock()
		return
	}
	j.state, j.by = jobGiven, def
	r := &JobRun{Job: j.Job, s: s, j: j, by: def}
	s.mu.Unlock()
	def.fire(r)
}

// fail has a job rest until the journal may work again. mu is held.
func (s *Jobs) fail(j *job, err error) {
	if j.retry.IsZero() {
		s.log.Error("a job waits because it cannot be written down", slog.String("script", j.owner), slog.String("entry", j.ID), slog.Any("err", err))
	}
	j.retry = s.now().Add(retryPause)
}

// forget removes a job that is over. mu is held; what is returned is called without.
func (s *Jobs) forget(j *job) func() {
	j.state = jobDone
	j.retry = s.now().Add(MaxEvery) // the removal is on its way
	return s.remove(j.key(), func(err error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case err != nil:
			j.retry = time.Time{}
			s.fail(j, err)
			s.arm(0)
		case s.jobs[j.key()] == j:
			delete(s.jobs, j.key())
		}
	})
}

// Add takes a job on, in place of one with the same ID; done is called once it is durable,
// or with an error: Quota, or that of the journal, and then there is no such job. A time
// that has passed is now.
func (s *Jobs) Add(owner string, def Job, done func(error)) {
	j := &job{Job: def, owner: owner, bytes: engine.WeighData(def.Data)}
	j.At, j.Attempt = def.At.Round(0).UTC(), 0
	s.mu.Lock()
	old := s.jobs[j.key()]
	if err := s.fits(j); err != nil {
		s.mu.Unlock()
		done(err)
		return
	}
	s.jobs[j.key()] = j
	save := s.save(j, func(err error) {
		s.kept(j, old, err)
		done(err)
	})
	s.mu.Unlock()
	save()
}

// kept is told what became of the first record of a job.
func (s *Jobs) kept(j, old *job, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.jobs[j.key()] != j {
		return // replaced meanwhile
	}
	if err == nil {
		j.state = jobWaiting
		s.arm(0)
		return
	}
	delete(s.jobs, j.key())
	if old != nil && (old.state == jobWaiting || old.state == jobKeeping) {
		s.jobs[j.key()] = old
	}
}

// fits says whether a job may be taken on. mu is held.
func (s *Jobs) fits(j *job) error {
	n, bytes := 1, j.bytes
	for k, other := range s.jobs {
		if k.Owner == j.owner && k != j.key() {
			n++
			bytes += other.bytes
		}
	}
	switch {
	case n > MaxJobs:
		return engine.Errorf(engine.Quota, "the script has %d jobs already; end those it no longer needs with cron.cancel", MaxJobs)
	case bytes > MaxJobData:
		return engine.Errorf(engine.Quota, "the data of all jobs of the script is more than %d MiB; keep it in kv, and give the jobs its key", MaxJobData>>20)
	}
	return nil
}

// Cancel ends a job for good; done is called once that is durable. What runs goes on. It
// fails with NotFound.
func (s *Jobs) Cancel(k Key, done func(error)) {
	s.mu.Lock()
	j := s.jobs[k]
	if j == nil || j.state == jobDone {
		s.mu.Unlock()
		done(engine.Errorf(engine.NotFound, "script %q has no job %q", k.Owner, k.ID))
		return
	}
	was := j.state
	j.state = jobDone
	j.retry = s.now().Add(MaxEvery)
	remove := s.remove(k, func(err error) {
		s.mu.Lock()
		switch {
		case s.jobs[k] != j:
		case err == nil:
			delete(s.jobs, k)
		case was == jobWaiting:
			j.state, j.retry = was, time.Time{}
		default: // it has begun: then its end will have to do
			j.retry = time.Time{}
			s.fail(j, err)
			s.arm(0)
		}
		s.mu.Unlock()
		done(err)
	})
	s.mu.Unlock()
	remove()
}

// Of lists the jobs of an owner, by time; all if owner is "".
func (s *Jobs) Of(owner string) []JobInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []JobInfo{}
	for k, j := range s.jobs {
		if j.state != jobDone && (owner == "" || k.Owner == owner) {
			out = append(out, JobInfo{Job: j.Job, Owner: k.Owner, Running: j.state == jobRunning, Undefined: s.defs[Key{k.Owner, j.Name}] == nil})
		}
	}
	slices.SortFunc(out, func(a, b JobInfo) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// JobInfo describes a job as of now.
type JobInfo struct {
	Job
	Owner     string
	Running   bool
	Undefined bool // nobody does jobs of its name
}
