// Package facts keeps small facts that end by themselves: who must wait for how long,
// what somebody was permitted, where they stand on a ladder. It answers from memory, at once,
// and writes every change to the store behind.
package facts

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"botd/engine"
	"botd/engine/soonest"
	"botd/engine/store"
)

// Options of a [Book]. Store and Space must be set.
type Options struct {
	Store store.Store
	Space string       // of the store; nobody else writes there
	Max   int          // entries, 100,000 if 0
	Clock engine.Clock // the system's if nil
	Log   *slog.Logger // nowhere if nil
}

// Book holds entries by key. It counts on a store that is slow rather than wrong: what
// the store refuses holds until the daemon ends. Its methods may be called from any goroutine and do not
// block, unless they take a context.
type Book struct {
	opt Options

	mu      sync.Mutex // guards what follows
	entries map[string]*kept
	ends    soonest.Queue[string] // keys of those that end
}

// Entry is a fact. It is never changed in place.
type Entry struct {
	Key   string
	Value []byte
	Until time.Time // when it ends; zero if it stays
}

type kept struct {
	Entry
	end soonest.Item[string]
}

// Open reads what the store has.
func Open(ctx context.Context, o Options) (*Book, error) {
	if o.Max <= 0 {
		o.Max = 100_000
	}
	if o.Clock == nil {
		o.Clock = engine.SystemClock{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	l := &Book{opt: o}
	return l, l.Reload(ctx)
}

// Reload takes what the store has for what is known: after a backup was restored.
func (l *Book) Reload(ctx context.Context) error {
	var entries []Entry
	for after := ""; ; {
		page, err := l.opt.Store.List(ctx, store.Query{Space: l.opt.Space, After: after})
		if err != nil {
			return err
		}
		for _, e := range page {
			entries = append(entries, Entry{e.Key, e.Value, e.Expires})
			after = e.Key
		}
		if len(page) < store.MaxList {
			break
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries, l.ends = map[string]*kept{}, soonest.Queue[string]{}
	for _, e := range entries {
		l.keep(e)
	}
	return nil
}

// Get reads an entry that has not ended.
func (l *Book) Get(key string) (Entry, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.get(key)
}

// get is called with mu held.
func (l *Book) get(key string) (Entry, bool) {
	e, ok := l.entries[key]
	if !ok || !e.Until.IsZero() && !l.opt.Clock.Now().Before(e.Until) {
		return Entry{}, false
	}
	return e.Entry, true
}

// List returns the entries whose keys begin with a prefix, by key.
func (l *Book) List(prefix string) []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Entry
	for key := range l.entries {
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		if e, ok := l.get(key); ok {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b Entry) int { return strings.Compare(a.Key, b.Key) })
	return out
}

// Set makes an entry that ends after ttl, or stays if that is 0. It holds at once. done,
// which may be nil, is told when it is durable, or why it is not: it then holds only
// until the daemon ends.
func (l *Book) Set(key string, value []byte, ttl time.Duration, done func(error)) {
	l.Update(key, func(Entry, bool) ([]byte, time.Duration, error) { return value, ttl, nil }, done)
}

// Delete ends an entry. That there is none is no error.
func (l *Book) Delete(key string, done func(error)) {
	l.Update(key, func(Entry, bool) ([]byte, time.Duration, error) { return nil, 0, nil }, done)
}

// Update replaces an entry by what f makes of it: a value and how long it holds, 0 for
// ever; no value ends it. An error of f changes nothing. f must be quick and must not
// call the book. done is that of [Book.Set].
func (l *Book) Update(key string, f func(old Entry, found bool) ([]byte, time.Duration, error), done func(error)) {
	if done == nil {
		done = func(error) {}
	}
	l.mu.Lock()
	old, found := l.get(key)
	value, ttl, err := f(old, found)
	if err == nil && value != nil && !found && !l.room() {
		err = engine.Errorf(engine.Quota, "there are %d entries already", l.opt.Max)
	}
	if err != nil || value == nil && !found {
		l.mu.Unlock()
		done(err)
		return
	}
	op := l.put(key, value, ttl)
	told := l.submit(op, done) // under the lock, so that the store sees changes in their order
	l.mu.Unlock()
	told()
}

// room makes room for one more entry, and reports whether there is any. mu is held.
func (l *Book) room() bool {
	now := l.opt.Clock.Now()
	for first := l.ends.First(); first != nil && !now.Before(first.At); first = l.ends.First() {
		l.forget(first.Value)
	}
	return len(l.entries) < l.opt.Max
}

// put changes what is known, and returns the operation that makes it durable. mu is held.
func (l *Book) put(key string, value []byte, ttl time.Duration) store.Op {
	l.forget(key)
	if value == nil {
		return store.Delete(l.opt.Space, key)
	}
	e := Entry{Key: key, Value: value}
	if ttl > 0 {
		e.Until = l.opt.Clock.Now().Add(ttl)
	}
	l.keep(e)
	return store.Put(l.opt.Space, key, value).For(ttl)
}

// keep adds an entry. mu is held.
func (l *Book) keep(e Entry) {
	k := &kept{e, soonest.Item[string]{Value: e.Key}}
	l.entries[e.Key] = k
	if !e.Until.IsZero() {
		l.ends.Set(&k.end, e.Until)
	}
}

// forget drops an entry, if it is there. mu is held.
func (l *Book) forget(key string) {
	if k, ok := l.entries[key]; ok {
		l.ends.Drop(&k.end)
		delete(l.entries, key)
	}
}

// submit hands an operation to the store. done is called once the store has answered and
// told has been called, so never while a lock of the caller is held.
func (l *Book) submit(op store.Op, done func(error)) (told func()) {
	var err error
	var reached atomic.Int32
	step := func() {
		if reached.Add(1) == 2 {
			done(err)
		}
	}
	l.opt.Store.Submit(store.Batch{op}, func(r store.Result) {
		if err = r.Err; err != nil {
			l.opt.Log.Warn("a change holds only until botd ends: it cannot be stored", slog.String("op", l.opt.Space), slog.Any("err", err))
		}
		step()
	})
	return step
}

// Hold is a key that is to be taken for a while.
type Hold struct {
	Key string
	For time.Duration // 0 only asks
}

// brief is how long a hold must be for the store to hear of it: a restart takes as long.
const brief = 2 * time.Second

// Hold takes all keys, or none if one of them is taken: then left is how long the longest
// of them still is. It is for cooldowns, so nobody waits for the disk; one that began a
// moment before a crash may be lost.
func (l *Book) Hold(holds ...Hold) (left time.Duration) {
	l.mu.Lock()
	now := l.opt.Clock.Now()
	for _, h := range holds {
		if e, ok := l.get(h.Key); ok {
			left = max(left, e.Until.Sub(now))
		}
	}
	var told []func()
	for _, h := range holds {
		if left > 0 || h.For <= 0 {
			continue
		}
		if !l.room() && l.ends.Len() > 0 { // who fills the book must not keep others from holding keys
			l.forget(l.ends.First().Value)
		}
		op := l.put(h.Key, []byte("1"), h.For)
		if h.For >= brief {
			told = append(told, l.submit(op, func(error) {}))
		}
	}
	l.mu.Unlock()
	for _, f := range told {
		f()
	}
	return left
}

// Key joins the parts of a key, however long they are and whatever is in them.
func Key(parts ...string) string {
	safe := make([]string, len(parts))
	for i, p := range parts {
		safe[i] = escape.Replace(p)
	}
	key := strings.Join(safe, "/")
	if len(key) <= store.MaxKey {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return strings.ToValidUTF8(key[:store.MaxKey/2], "") + "#" + hex.EncodeToString(sum[:])
}

// Parts are those that a key of [Key] was made of. One that was too long has another end.
func Parts(key string) []string {
	parts := strings.Split(key, "/")
	for i, p := range parts {
		parts[i] = unescape.Replace(p)
	}
	return parts
}

var (
	escape   = strings.NewReplacer("/", "%2F", "%", "%25")
	unescape = strings.NewReplacer("%2F", "/", "%25", "%")
)
