package local

import (
	"io/fs"
	"math"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"botd/engine"
)

// Options of a [Hub]. The zero value is ready for use.
type Options struct {
	Clock engine.Clock // of messages, timeouts, bans; the machine's if nil
	Rand  *rand.Rand   // draws raffles; seeded by chance if nil
	Files fs.FS        // what [engine.SendFile] takes files from; none if nil
	// Emoji are the URLs of the network's own pictures, by name.
	Emoji map[string]string
}

// Hub is a chat network in memory: rooms, and the clients in them. Its methods are
// safe for any goroutine, also for one that is just hearing an event.
type Hub struct {
	clock engine.Clock
	rand  *rand.Rand
	fsys  fs.FS
	emoji map[string]string

	mu       sync.Mutex
	rooms    map[engine.RoomID]*Room
	order    []*Room          // rooms as they were made
	sessions map[*client]bool // those a [Hub.Drop] cuts
	messages uint64           // lines said so far; the last one's number
	made     uint64           // polls, raffles, files and picked rooms so far
	files    map[string]*file // by ID
	offered  []string         // IDs of files, oldest first
	queue    []delivery       // what nobody has delivered yet
	spare    []delivery       // the queue's other buffer
	busy     bool             // somebody delivers
}

const (
	maxQueue = 1 << 16 // events; while more wait, actions are refused
	maxStint = 1 << 12 // events one caller delivers at most
	maxSpare = 1 << 12 // events for which a buffer is kept
)

// NewHub makes a network without rooms.
func NewHub(o Options) *Hub {
	h := &Hub{
		clock: o.Clock, rand: o.Rand, fsys: o.Files, emoji: o.Emoji,
		rooms:    map[engine.RoomID]*Room{},
		sessions: map[*client]bool{},
		files:    map[string]*file{},
	}
	if h.clock == nil {
		h.clock = engine.SystemClock{}
	}
	if h.rand == nil {
		h.rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	return h
}

// Room returns the room of that name and makes it if there is none.
func (h *Hub) Room(id engine.RoomID) *Room {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.room(id)
}

func (h *Hub) room(id engine.RoomID) *Room {
	r := h.rooms[id]
	if r == nil {
		r = newRoom(h, id)
		h.rooms[id] = r
		h.order = append(h.order, r)
	}
	return r
}

// Rooms lists the rooms there are, the oldest first.
func (h *Hub) Rooms() []engine.RoomID {
	h.mu.Lock()
	defer h.mu.Unlock()
	ids := make([]engine.RoomID, len(h.order))
	for i, r := range h.order {
		ids[i] = r.id
	}
	return ids
}

// Drop cuts the connection of every session, as a network does that fails. Their Run
// returns an error with code NotConnected.
func (h *Hub) Drop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.sessions {
		c.cut(engine.Errorf(engine.NotConnected, "the connection was dropped"))
	}
}

// client is whoever is connected to a hub: a session or a participant.
type client struct {
	user    engine.User // as it enters rooms
	address string
	hear    func(engine.Event) // nil if it does not listen
	cut     func(error)        // ends a session; nil for participants. Called under the lock

	// The hub's lock guards these.
	gone bool        // a session that has ended
	in   []*member   // its rooms
	last engine.User // what it was in the room it left last

	hearing sync.Mutex // held while hear runs; the hub's lock may be taken inside
	silent  bool       // hears nothing any more, not even what is queued
}

func (c *client) deliver(ev engine.Event) {
	c.hearing.Lock()
	defer c.hearing.Unlock()
	if !c.silent {
		c.hear(ev)
	}
}

// silence makes sure that c hears nothing once it returns. The caller does not hold
// the hub's lock and does not come from c's own hear.
func (c *client) silence() {
	c.hearing.Lock()
	defer c.hearing.Unlock()
	c.silent = true
}

// member finds the client in a room, nil if it is not there.
func (c *client) member(room engine.RoomID) *member {
	for _, m := range c.in {
		if m.room.id == room {
			return m
		}
	}
	return nil
}

// delivery is an event on its way to a client.
type delivery struct {
	to *client
	ev engine.Event
}

// now is the hub's time in the form events carry it.
func (h *Hub) now() time.Time { return h.clock.Now().UTC().Round(0) }

func (h *Hub) send(to *client, ev engine.Event) {
	if to.hear != nil {
		h.queue = append(h.queue, delivery{to, ev})
	}
}

// unlock gives the lock back and has the queue delivered first, unless somebody is
// at it already: that may be a caller further up this goroutine's stack. A caller who
// would deliver for others without end hands over to a goroutine, which ends with the
// queue.
func (h *Hub) unlock() {
	if h.busy || len(h.queue) == 0 {
		h.mu.Unlock()
		return
	}
	h.busy = true
	if h.drain(maxStint); h.busy {
		go func() {
			h.mu.Lock()
			h.drain(math.MaxInt)
			h.mu.Unlock()
		}()
	}
	h.mu.Unlock()
}

// drain delivers the queue, and stops before its end if that takes more than most
// events. The caller holds the lock, except while events are delivered, and has set
// busy; drain clears it at the end of the queue.
func (h *Hub) drain(most int) {
	for n := 0; len(h.queue) > 0 && n < most; {
		batch := h.queue
		h.queue = h.spare[:0]
		h.mu.Unlock()
		n += deliver(batch)
		h.mu.Lock()
		if h.spare = batch; cap(batch) > maxSpare {
			h.spare = nil // a flood is no reason to keep its memory
		}
	}
	h.busy = len(h.queue) > 0
}

func deliver(batch []delivery) int {
	for i := range batch {
		batch[i].to.deliver(batch[i].ev)
	}
	clear(batch) // the buffer is used again and must not keep events alive
	return len(batch)
}

// number makes the ID of something that is no message.
func (h *Hub) number() string {
	h.made++
	return strconv.FormatUint(h.made, 10)
}
