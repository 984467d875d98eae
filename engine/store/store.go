package store

import (
	"context"
	"time"

	"botd/engine"
)

// Bounds of what a store takes.
const (
	MaxSpace = 128     // bytes of the name of a space
	MaxKey   = 256     // bytes of a key
	MaxValue = 1 << 20 // bytes of a value
	MaxBatch = 1000    // operations of a batch
	MaxList  = 1000    // entries of a page
)

// Entry is a key with its value.
type Entry struct {
	Space    string
	Key      string
	Value    []byte
	Revision uint64
	Expires  time.Time // zero if it stays
}

// Query selects a page of the keys of a space, in the order of their bytes.
type Query struct {
	Space  string
	Prefix string
	// After leaves out the keys up to and with this one, in the order of the query; ""
	// begins at the start. Paging by the last key seen is stable while others write.
	After string
	Desc  bool
	Limit int // of entries, at most and by default MaxList
	Bytes int // of keys and values: the list ends with the entry that passes it; 0 for no bound
}

// Usage is how much is in a space, entries that have expired but not been removed
// included.
type Usage struct {
	Keys  int
	Bytes int64 // of keys and values
}

// Change is the newest state of a key that was written: its entry, or Gone with the
// revision of the removal.
type Change struct {
	Entry
	Gone bool
}

// Store is an engine. Its methods may be called from any goroutine; a Store belongs to
// whoever opened it, who closes it last.
//
// Errors have a code: Invalid, NotFound, Conflict, Quota (too large, too much, no room
// on the disk), Denied (the disk cannot be written), NotConnected (closed), and Timeout
// if it is not known whether a commit took place: read again.
type Store interface {
	// Get reads an entry; NotFound if the key is absent or has expired.
	Get(ctx context.Context, space, key string) (Entry, error)
	// List reads a page.
	List(ctx context.Context, q Query) ([]Entry, error)
	// Submit hands a batch over, which is carried out wholly or not at all, after those
	// submitted before it. It does not block; done is called once, with the outcome,
	// perhaps before Submit returns, and must not block either. A batch that was
	// acknowledged is durable.
	Submit(b Batch, done func(Result))
	// Usage measures a space.
	Usage(ctx context.Context, space string) (Usage, error)
	// Changes lists the keys of a space that were written after a revision, in the order
	// of their newest writes, each once. After revision 0 it lists what is there.
	// A revision from before the oldest removal that is still known has code Conflict:
	// begin again at 0.
	Changes(ctx context.Context, space, prefix string, after uint64, limit int) ([]Change, error)
	// Changed returns a channel that is closed at the next commit.
	Changed() <-chan struct{}
	// Spaces lists the spaces that have entries, by name.
	Spaces(ctx context.Context) ([]string, error)
	// Backup writes everything, as of one moment, into a new file.
	Backup(ctx context.Context, file string) error
	// Restore takes a file of Backup in place of everything, in one commit. Revisions go on
	// growing. The file is checked first; one that is damaged or of a newer version of
	// botd has code Invalid and changes nothing.
	Restore(ctx context.Context, file string) error
	// Scrub takes what was removed or written over before out of the files of the store, in
	// which its bytes stay until then. Removals may be known no more, see Changes. It takes
	// as long as a backup and as much of the disk, and writes wait meanwhile.
	Scrub(ctx context.Context) error
	// Close carries out what was submitted and closes the store.
	Close() error
}

// Batch is a list of operations on different keys.
type Batch []Op

// Op is one operation of a batch. Make it by the functions below.
type Op struct {
	kind   opKind
	space  string
	key    string
	value  []byte
	ttl    time.Duration
	until  time.Time
	if_    condition
	update func(old Entry, found bool) ([]byte, error)
	quota  Usage
	hint   string
}

type opKind uint8

const (
	opPut opKind = iota
	opDelete
	opCheck
	opUpdate
	opWithin
)

type condition struct {
	on       bool
	revision uint64 // 0: absent
}

// Put sets a key. The value must not be changed until the batch is done.
func Put(space, key string, value []byte) Op {
	return Op{kind: opPut, space: space, key: key, value: value}
}

// Delete removes a key. That it is absent is no error.
func Delete(space, key string) Op { return Op{kind: opDelete, space: space, key: key} }

// Check does nothing, for the sake of a condition.
func Check(space, key string, revision uint64) Op {
	return Op{kind: opCheck, space: space, key: key}.If(revision)
}

// Modify sets a key to what f makes of its entry; with a nil value it removes the key.
// An error of f fails the batch. f must be quick and pure: an engine may call it more
// than once, from any goroutine.
func Modify(space, key string, f func(old Entry, found bool) ([]byte, error)) Op {
	return Op{kind: opUpdate, space: space, key: key, update: f}
}

// Within fails the batch with code Quota if it makes a space larger than max. What does
// not grow is never refused.
func Within(space string, max Usage) Op { return Op{kind: opWithin, space: space, quota: max} }

// Hint adds to the error of Within who can do what about it.
func (o Op) Hint(cure string) Op {
	o.hint = "; " + cure
	return o
}

// If is the operation on condition that the key has that revision, 0 for absent; else
// the batch fails with code Conflict.
func (o Op) If(revision uint64) Op {
	o.if_ = condition{true, revision}
	return o
}

// For is the operation on an entry that expires. From then on it is absent.
func (o Op) For(ttl time.Duration) Op {
	o.ttl = ttl
	return o
}

// Until is the operation on an entry that expires at a time; zero is never. An end that has
// passed leaves the key absent.
func (o Op) Until(t time.Time) Op {
	o.until = t
	return o
}

// Result is the outcome of a batch: for each operation the entry it left behind, which
// is zero if the key is absent.
type Result struct {
	Entries []Entry
	Err     error
}

// Commit submits operations as one batch and waits. If ctx ends first the outcome is
// unknown, and the error has code Timeout.
func Commit(ctx context.Context, s Store, ops ...Op) ([]Entry, error) {
	got := make(chan Result, 1)
	s.Submit(ops, func(r Result) { got <- r })
	select {
	case r := <-got:
		return r.Entries, r.Err
	case <-ctx.Done():
		return nil, engine.Errorf(engine.Timeout, "it is not known whether the write took place: %w", ctx.Err())
	}
}

// Watch calls f with the changes to keys with a prefix, page by page, in the order of
// their revisions: after revision 0 first with what is there, then with each change, as
// it comes. A key that is written faster than f returns is seen in its newest state.
// Watch returns the error of f, or that of ctx.
func Watch(ctx context.Context, s Store, space, prefix string, after uint64, f func([]Change) error) error {
	heal := time.NewTicker(time.Second) // should a notification of another process get lost
	defer heal.Stop()
	for {
		changed := s.Changed()
		page, err := s.Changes(ctx, space, prefix, after, MaxList)
		if err != nil {
			return err
		}
		if len(page) > 0 {
			after = page[len(page)-1].Revision
			if err := f(page); err != nil {
				return err
			}
			continue
		}
		select {
		case <-changed:
		case <-heal.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
