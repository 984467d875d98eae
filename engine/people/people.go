// Package people keeps what the bot itself knows of those who talk to it: roles and
// groups of the configuration, roles it was told to give, who is a regular, and who is the same
// person on several networks.
//
// Somebody is known by their account on a session ([engine.User.Account]), which a network
// vouches for. A name proves nothing, so of people without an account nothing is kept.
package people

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"botd/engine"
	"botd/engine/store"
)

// Rules are what the configuration says of people.
type Rules struct {
	Roles   map[string]engine.Role // by "session/account"
	Groups  map[string][]string    // names of groups, likewise
	Regular Regular
}

// Regular says who is a regular: who spoke on so many days, and said so many lines. Both 0 is
// nobody.
type Regular struct{ Days, Lines int }

// Options of a [Book]. All must be set.
type Options struct {
	Store store.Store
	Clock engine.Clock
	Log   *slog.Logger
}

// Bounds of what is kept.
const (
	maxRecords = 50_000
	// kept is how long the lines of somebody who says no more are remembered.
	kept = 180 * 24 * time.Hour
	// MaxLinked is how many accounts may be one person.
	MaxLinked = 10
)

// record is what is kept of an account.
type record struct {
	Role   engine.Role `json:"role,omitempty"` // that was given
	Person string      `json:"person,omitempty"`
	Days   int         `json:"days,omitempty"`
	Lines  int         `json:"lines,omitempty"`
	Last   string      `json:"last,omitempty"` // day on which they spoke last, "2030-01-31"
}

// Book is the knowledge. Its methods may be called from any goroutine.
type Book struct {
	opt   Options
	space store.Space[record]

	changing sync.Mutex // held while links change, also while the disk is waited for; before mu

	mu      sync.Mutex // guards what follows; never held while the disk is waited for
	rules   Rules
	of      map[string]record   // by key
	members map[string][]string // keys by person
	dirty   map[string]bool     // not written yet
	codes   map[string]code
}

// Open reads what was kept.
func Open(ctx context.Context, o Options) (*Book, error) {
	b := &Book{
		opt: o, space: store.Space[record]{Store: o.Store, Name: "engine/people"},
		of: map[string]record{}, members: map[string][]string{}, dirty: map[string]bool{}, codes: map[string]code{},
	}
	err := b.space.Each(ctx, "", func(key string, r record) error {
		b.of[key] = r
		if r.Person != "" {
			b.members[r.Person] = append(b.members[r.Person], key)
		}
		return nil
	})
	return b, err
}

// Key names somebody over restarts: "session/account". ok is false for who has no account.
func Key(s engine.SessionID, u *engine.User) (key string, ok bool) {
	return string(s) + "/" + u.Account, u.Account != ""
}

// SetRules makes rules those in force.
func (b *Book) SetRules(r Rules) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rules = r
}

// Know fills in what the bot knows of a user: Identity, Groups, and a higher Role.
func (b *Book) Know(s engine.SessionID, u *engine.User) {
	key, ok := Key(s, u)
	if !ok {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.of[key]
	keys := []string{key}
	if r.Person != "" {
		keys = b.members[r.Person]
		u.Identity = r.Person
	}
	lines, days := 0, 0
	u.Groups = nil
	for _, k := range keys {
		other := b.of[k]
		u.Role = max(u.Role, b.rules.Roles[k], other.Role)
		lines, days = lines+other.Lines, max(days, other.Days)
		for _, g := range b.rules.Groups[k] {
			if !slices.Contains(u.Groups, g) {
				u.Groups = append(u.Groups, g)
			}
		}
	}
	if rule := b.rules.Regular; rule != (Regular{}) && lines >= rule.Lines && days >= rule.Days {
		u.Role = max(u.Role, engine.Regular)
	}
}

// Hear counts a line of somebody, if there is a rule for regulars.
func (b *Book) Hear(s engine.SessionID, u *engine.User, at time.Time) {
	key, ok := Key(s, u)
	b.mu.Lock()
	defer b.mu.Unlock()
	if !ok || b.rules.Regular == (Regular{}) {
		return
	}
	r, known := b.of[key]
	if !known && len(b.of) >= maxRecords {
		return
	}
	if day := at.UTC().Format(time.DateOnly); r.Last != day {
		r.Last, r.Days = day, r.Days+1
	}
	r.Lines++
	b.of[key] = r
	b.dirty[key] = true
}

// Flush writes what was counted.
func (b *Book) Flush(ctx context.Context) {
	b.mu.Lock()
	keys := slices.Sorted(maps.Keys(b.dirty))
	b.dirty = map[string]bool{}
	var ops []store.Op
	for _, key := range keys {
		if op, err := b.op(key); err == nil {
			ops = append(ops, op)
		}
	}
	b.mu.Unlock()
	for chunk := range slices.Chunk(ops, store.MaxBatch) {
		if _, err := store.Commit(ctx, b.opt.Store, chunk...); err != nil {
			b.opt.Log.Warn("who spoke when could not be kept", slog.Any("err", err))
			b.mu.Lock()
			for _, key := range keys { // with the next ones
				b.dirty[key] = true
			}
			b.mu.Unlock()
			return
		}
	}
}

// op writes the record of a key. mu is held.
func (b *Book) op(key string) (store.Op, error) { return b.opOf(key, b.of[key]) }

func (b *Book) opOf(key string, r record) (store.Op, error) {
	if r == (record{}) {
		return store.Delete(b.space.Name, key), nil
	}
	op, err := b.space.Op(key, r)
	if r.Role == engine.Guest && r.Person == "" {
		op = op.For(kept)
	}
	return op, err
}

// Give makes somebody have at least a role, durably; Guest takes back what was given. Error
// codes: Unsupported for who has no account, Quota.
func (b *Book) Give(ctx context.Context, s engine.SessionID, u *engine.User, role engine.Role) error {
	key, ok := Key(s, u)
	if !ok {
		return engine.Errorf(engine.Unsupported, "%s has no account on this network; a name alone proves nothing, so it gets no role", u.Name)
	}
	b.mu.Lock()
	r, known := b.of[key]
	if !known && len(b.of) >= maxRecords {
		b.mu.Unlock()
		return engine.Errorf(engine.Quota, "more than %d people are known", maxRecords)
	}
	r.Role = role
	b.of[key] = r
	b.dirty[key] = true // a Flush that is on its way has it as it was
	op, err := b.op(key)
	b.mu.Unlock()
	if err == nil {
		_, err = store.Commit(ctx, b.opt.Store, op)
	}
	return err
}

// Given lists the roles that were given, by key.
func (b *Book) Given() map[string]engine.Role {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[string]engine.Role{}
	for key, r := range b.of {
		if r.Role != engine.Guest {
			out[key] = r.Role
		}
	}
	return out
}
