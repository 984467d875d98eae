package schedule

// JobRun is one attempt at a job. Begin and End may be called from any goroutine.
type JobRun struct {
	Job
	s  *Jobs
	j  *job
	by *Definition
}

// Begin must be called when the attempt really begins. False means that it must not: the
// job was cancelled, or somebody else does it.
func (r *JobRun) Begin() bool {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if r.j.state != jobGiven || r.j.by != r.by || r.s.jobs[r.j.key()] != r.j || r.s.closed {
		return false
	}
	r.j.state = jobRunning
	return true
}

// End must be called when an attempt that began has ended. Unless completed, the job is
// begun again, by whoever does such jobs then.
func (r *JobRun) End(completed bool) {
	s, j := r.s, r.j
	s.mu.Lock()
	if j.state != jobRunning || j.by != r.by || s.jobs[j.key()] != j {
		s.mu.Unlock()
		return
	}
	if !completed {
		j.state, j.by = jobWaiting, nil
		s.arm(0)
		s.mu.Unlock()
		return
	}
	forget := s.forget(j)
	s.mu.Unlock()
	forget()
}

// Definition is that somebody does the jobs of a name.
type Definition struct {
	s    *Jobs
	key  Key
	fire func(*JobRun)
}

// Define has fire called for each job of an owner with that name when it is due, from any
// goroutine; it must not block, and see to it that Begin and End are called. It replaces
// the definition before it, which is given no more jobs: what that has begun is its
// own affair, what it has not is given to this one.
func (s *Jobs) Define(owner, name string, fire func(*JobRun)) *Definition {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := Key{owner, name}
	d := &Definition{s, k, fire}
	old := s.defs[k]
	s.defs[k] = d
	s.takeBack(old)
	s.arm(0)
	return d
}

// Release ends a definition, unless another one has replaced it.
func (d *Definition) Release() {
	s := d.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.defs[d.key] == d {
		delete(s.defs, d.key)
	}
	s.takeBack(d)
	s.arm(0)
}

// takeBack has those jobs wait again that a definition was given and did not begin. mu
// is held.
func (s *Jobs) takeBack(d *Definition) {
	for _, j := range s.jobs {
		if d != nil && j.by == d && j.state == jobGiven {
			j.state, j.by = jobWaiting, nil
			j.Attempt--
		}
	}
}
