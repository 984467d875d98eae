// Package seen remembers which events were delivered, so that what a network tells again
// after a reconnect, a restart or a crash is not delivered again. It is for all networks
// that give their events a key ([engine.Event.Key]).
package seen

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"time"

	"botd/engine"
	"botd/engine/store"
)

// Bounds of what is remembered.
const (
	// Keep is how many of the latest keys of a room are known at least: more than the
	// history of any network has, or than is looked up after a break.
	Keep      = 1024
	pageKeys  = 64
	maxPages  = Keep/pageKeys + 1
	maxUnsure = 8192                // of all rooms
	life      = 90 * 24 * time.Hour // of the keys of a room that nothing is told of
)

const space = "engine/delivered"

// maxKey is how long a key may be that is remembered as it is.
const maxKey = 128

// short is what a key is remembered by: what a network sends has any length, and need not be a
// text that JSON leaves as it is.
func short(key string) string {
	for i := range len(key) {
		if c := key[i]; i >= maxKey || c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return fmt.Sprintf("%x", sha256.Sum256([]byte(key)))
		}
	}
	return key
}

// Book knows the events of each room. In one run it lets none through twice. Over runs it
// knows those up to the last [Book.Settle]; the others may come again after a crash, and
// whoever acted on them already has to know it ([Book.Unsettled]). Its methods may be
// called from any goroutine.
type Book struct {
	store store.Store

	mu      sync.Mutex
	rooms   map[place]*room
	unsure  []delivered // not written down yet, in the order of delivery; the newest is last
	last    uint64      // number of the newest event delivered
	settled uint64      // number of the newest that is settled, with all before it
	waits   chan struct{}
	moved   chan struct{} // closed when settled grows, and replaced
	over    bool
	page    uint64 // number of the newest page

	settling sync.Mutex // one at a time
}

type place struct {
	session engine.SessionID
	room    engine.RoomID
}

type delivered struct {
	in  *room
	key string
}

// room has the keys of one room, and those of them that are in the store. The latest are in
// known; when those are Keep, they become the earlier ones, whose place they take.
type room struct {
	place          place
	known, earlier map[string]struct{}
	pages          []page
}

// page is an entry of the store; its number, which grows, is the key.
type page struct {
	number uint64
	keys   []string
}

// record is a page as it is stored.
type record struct {
	Session engine.SessionID `json:"session"`
	Room    engine.RoomID    `json:"room"`
	Keys    []string         `json:"keys"`
}

// Open reads what was handled in earlier runs.
func Open(ctx context.Context, s store.Store) (*Book, error) {
	b := &Book{store: s, rooms: map[place]*room{}, waits: make(chan struct{}, 1), moved: make(chan struct{})}
	return b, b.read(ctx)
}

// Reload takes what the store has, now that it is another one, for what is written down. What
// was delivered in this run stays known, and counts as settled: what came of it is gone.
func (b *Book) Reload(ctx context.Context) error {
	b.settling.Lock()
	defer b.settling.Unlock()
	b.mu.Lock()
	for _, r := range b.rooms {
		r.pages = nil
	}
	b.unsure = nil
	b.advance(b.last)
	b.mu.Unlock()
	return b.read(ctx)
}

func (b *Book) read(ctx context.Context) error {
	return b.records().Each(ctx, "", func(key string, r record) error {
		p := page{keys: r.Keys}
		if _, err := fmt.Sscanf(key, "%016x", &p.number); err != nil {
			return fmt.Errorf("%s %q: %w", space, key, err)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.page = max(b.page, p.number)
		in := b.room(place{r.Session, r.Room})
		in.pages = append(in.pages, p)
		for _, key := range p.keys {
			in.add(key)
		}
		return nil
	})
}

func (b *Book) records() store.Space[record] { return store.Space[record]{Store: b.store, Name: space} }

// room is called with mu held.
func (b *Book) room(at place) *room {
	r := b.rooms[at]
	if r == nil {
		r = &room{place: at, known: map[string]struct{}{}, earlier: map[string]struct{}{}}
		b.rooms[at] = r
	}
	return r
}

func (r *room) has(key string) bool {
	_, ok := r.known[key]
	if !ok {
		_, ok = r.earlier[key]
	}
	return ok
}

func (r *room) add(key string) (fresh bool) {
	if r.has(key) {
		return false
	}
	if len(r.known) >= Keep {
		clear(r.earlier)
		r.known, r.earlier = r.earlier, r.known
	}
	r.known[key] = struct{}{}
	return true
}

// Fresh takes note of an event, and reports whether it is to be delivered. One without a
// key always is. A key that is long or no plain text becomes a hash of it.
func (b *Book) Fresh(ev *engine.Event) bool {
	if ev.Key == "" {
		return true
	}
	ev.Key = short(ev.Key)
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.room(place{ev.Session, ev.Room.ID}).add(ev.Key)
}

// Has reports whether an event with that key is among those noted in a room.
func (b *Book) Has(session engine.SessionID, in engine.RoomID, key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.rooms[place{session, in}]
	return r != nil && r.has(short(key))
}

// Delivered takes note of an event on its way to whoever handles it, in the order of that.
func (b *Book) Delivered(ev *engine.Event) {
	if ev.Key == "" {
		return
	}
	b.mu.Lock()
	b.last++
	if len(b.unsure) >= maxUnsure {
		b.unsure = slices.Delete(b.unsure, 0, maxUnsure/4)
	}
	b.unsure = append(b.unsure, delivered{b.room(place{ev.Session, ev.Room.ID}), ev.Key})
	b.mu.Unlock()
	select {
	case b.waits <- struct{}{}:
	default:
	}
}

// Unsettled are the names ([Name]) of the events that a crash would have forgotten. Who writes down
// what came of some of them writes the names of those with it.
func (b *Book) Unsettled() map[string]struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make(map[string]struct{}, len(b.unsure))
	for _, d := range b.unsure {
		out[Name(d.in.place.session, d.key)] = struct{}{}
	}
	return out
}

// Name is what an event with a key is called among those of all sessions.
func Name(session engine.SessionID, key string) string { return string(session) + "/" + key }
