package schedule

import (
	"sync"
	"time"
)

// Key names an entry: IDs are those of one owner, a script.
type Key struct{ Owner, ID string }

// Record is what is kept of a durable entry.
type Record struct {
	Last   time.Time `json:"last"`         // all times up to this one are settled
	Ran    time.Time `json:"ran,omitzero"` // the time of the last run that was begun
	Paused bool      `json:"paused,omitempty"`
}

// Journal keeps the records of durable entries. A [Scheduler] calls it from one
// goroutine at a time; it may block.
type Journal interface {
	// Load returns the record of an entry; ok is false if there is none.
	Load(Key) (r Record, ok bool, err error)
	// Save returns once the record is kept, by whatever means the journal has.
	Save(Key, Record) error
	// Delete forgets an entry; one that is not there too.
	Delete(Key) error
}

// MemoryJournal is a [Journal] that ends with the process.
type MemoryJournal struct {
	mu      sync.Mutex
	records map[Key]Record
}

var _ Journal = (*MemoryJournal)(nil)

func (j *MemoryJournal) Load(k Key) (Record, bool, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r, ok := j.records[k]
	return r, ok, nil
}

func (j *MemoryJournal) Save(k Key, r Record) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.records == nil {
		j.records = map[Key]Record{}
	}
	j.records[k] = r
	return nil
}

func (j *MemoryJournal) Delete(k Key) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.records, k)
	return nil
}
