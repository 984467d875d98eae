package schedule

import (
	"sync"
)

// MemoryJobs is a [JobJournal] that ends with the process.
type MemoryJobs struct {
	mu   sync.Mutex
	jobs map[Key]Job
}

var _ JobJournal = (*MemoryJobs)(nil)

func (m *MemoryJobs) Jobs() (map[Key]Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[Key]Job{}
	for k, j := range m.jobs {
		out[k] = j
	}
	return out, nil
}

func (m *MemoryJobs) Save(owner string, j Job, done func(error)) {
	m.mu.Lock()
	if m.jobs == nil {
		m.jobs = map[Key]Job{}
	}
	m.jobs[Key{owner, j.ID}] = j
	m.mu.Unlock()
	done(nil)
}

func (m *MemoryJobs) Delete(k Key, done func(error)) {
	m.mu.Lock()
	delete(m.jobs, k)
	m.mu.Unlock()
	done(nil)
}
