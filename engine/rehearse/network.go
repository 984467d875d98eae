package rehearse

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"botd/engine"
)

// network is what a session of the bot is connected to: rooms with people who exist only in
// a test. It outlives the sessions, and the daemon. One mutex guards all of it.
type network struct {
	w       *world
	name    engine.SessionID
	adapter engine.Adapter // whose capabilities it has

	mu     sync.Mutex
	caps   engine.Capabilities
	me     engine.User
	rooms  []*room
	conns  []*conn
	ids    int
	down   *engine.Error // why nobody can connect, nil if they can
	lag    time.Duration // of events on their way to the bot
	slow   time.Duration // of proof on its way to the bot
	twice  int           // so many events are delivered twice
	replay int           // so many are told again as what was before
	refuse map[string]*refusal
	calls  map[string]answerer
}

// refusal is what becomes of the next actions of a name.
type refusal struct {
	err  *engine.Error
	left int // 0: all of them
}

type answerer func(params map[string]any) (any, error)

// room is one room of a network.
type room struct {
	net    *network
	info   engine.Room
	users  []*person
	acts   []*act // what the bot did there and no expectation was about
	all    []*act
	posted map[engine.MessageID]string // texts
}

// person is somebody in a room.
type person struct {
	room *room
	user engine.User
	here bool
	acts []*act // whispers to them
}

// act is something the bot did.
type act struct {
	name   string // as engine.ActionName
	action engine.Action
	text   string
	id     engine.MessageID
	to     string // the user it is about
	fate   engine.Status
}

func (n *network) room(id engine.RoomID) *room {
	for _, r := range n.rooms {
		if r.info.ID == id {
			return r
		}
	}
	return nil
}

// addRoom returns the room, which is made if there is none. mu is held.
func (n *network) addRoom(id engine.RoomID) *room {
	r := n.room(id)
	if r == nil {
		r = &room{net: n, info: engine.Room{ID: id}, posted: map[engine.MessageID]string{}}
		n.rooms = append(n.rooms, r)
	}
	return r
}

func (n *network) id(prefix string) string {
	n.ids++
	return fmt.Sprintf("%s%d", prefix, n.ids)
}

// simulated is the adapter whose sessions are connections to networks.
func simulated(w *world, like engine.Adapter) engine.Adapter {
	like.Settings = func() any { return &struct{}{} }
	like.Login = nil
	like.New = func(_ any, env engine.Env) (engine.Session, error) {
		n := w.network(env.Session)
		if n == nil {
			return nil, engine.Errorf(engine.Invalid, "no network for session %q", env.Session)
		}
		return &conn{net: n, env: env, rooms: slices.Clone(env.Rooms)}, nil
	}
	return like
}

// conn is a session: a connection to a network.
type conn struct {
	net *network
	env engine.Env

	// Guarded by net.mu.
	rooms []engine.RoomID
	emit  func(engine.Event) // nil while it is not connected
	quit  chan error
	still bool
	open  []*pending // actions without proof
}

// pending is an action that was done and not confirmed.
type pending struct {
	done func(engine.Receipt)
	stop func() bool
}

var _ engine.Session = (*conn)(nil)

// Run stays connected until ctx ends or the network drops it.
func (c *conn) Run(ctx context.Context, emit func(engine.Event)) error {
	n := c.net
	n.mu.Lock()
	if n.down != nil {
		n.mu.Unlock()
		return n.down
	}
	c.emit, c.quit = emit, make(chan error, 1)
	quit := c.quit
	n.conns = append(n.conns, c)
	rooms := slices.Clone(c.rooms)
	n.mu.Unlock()
	for _, id := range rooms {
		c.enter(id)
	}
	if len(rooms) == 0 {
		emit(engine.Event{Body: engine.Connected{Me: n.me}})
	}
	n.mu.Lock()
	c.still = len(quit) == 0
	n.mu.Unlock()
	var err error
	select {
	case err = <-quit:
	case <-ctx.Done():
		err = ctx.Err()
	}
	n.leave(c)
	return err
}

// leave ends a connection: what was done and not confirmed is lost sight of.
func (n *network) leave(c *conn) {
	n.mu.Lock()
	c.emit, c.still = nil, false
	n.conns = slices.DeleteFunc(n.conns, func(o *conn) bool { return o == c })
	lost := c.open
	c.open = nil
	n.mu.Unlock()
	for _, p := range lost {
		p.stop()
		p.done(engine.Receipt{Status: engine.Unknown, Err: engine.Errorf(engine.NotConnected, "the connection was lost before proof came")})
	}
}

// enter tells the bot that it is in a room.
func (c *conn) enter(id engine.RoomID) {
	n := c.net
	n.mu.Lock()
	r := n.addRoom(id)
	info, me := r.info, n.me
	var list []engine.User
	for _, p := range r.users {
		if p.here {
			list = append(list, p.user)
		}
	}
	list = append(list, me)
	emit := c.emit
	n.mu.Unlock()
	if emit == nil {
		return
	}
	if n.caps.Can.Has(engine.CapPresence) || n.caps.Can.Has(engine.CapUsers) {
		emit(engine.Event{Room: info, Body: engine.Roster{Users: list}})
	}
	emit(engine.Event{Room: info, Body: engine.Connected{Me: me}})
}

// Still reports whether the connection has nothing to do before something happens.
func (c *conn) Still() bool {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	return c.still
}

// drop ends a connection as a fault of the network does. mu is held.
func (c *conn) drop(err error) {
	if c.quit == nil || c.emit == nil {
		return
	}
	c.still = false
	select {
	case c.quit <- err:
	default:
	}
}

// drop ends all connections, of one room or with "" of all.
func (n *network) drop(id engine.RoomID, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.conns {
		if id == "" || slices.Contains(c.rooms, id) {
			c.drop(err)
		}
	}
}

func (c *conn) Caps(engine.RoomID) engine.Capabilities {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	return c.net.caps
}

// Do carries out an action at once; its proof comes when the network is not slow.
func (c *conn) Do(ctx context.Context, a engine.Action, done func(engine.Receipt)) {
	n := c.net
	n.mu.Lock()
	if c.emit == nil {
		n.mu.Unlock()
		done(engine.Fail(engine.Errorf(engine.NotConnected, "not connected")))
		return
	}
	rec, events := n.perform(c, a)
	rec.At = n.w.clock.Now().UTC()
	slow := n.slow
	var p *pending
	if slow > 0 {
		p = &pending{done: done}
		c.open = append(c.open, p)
		p.stop = n.w.clock.AfterFunc(slow, func() { c.confirm(p, rec) })
	}
	n.mu.Unlock()
	for _, ev := range events {
		n.emit(ev)
	}
	if p == nil {
		done(rec)
	}
}

func (c *conn) confirm(p *pending, rec engine.Receipt) {
	c.net.mu.Lock()
	i := slices.Index(c.open, p)
	if i >= 0 {
		c.open = slices.Delete(c.open, i, i+1)
	}
	c.net.mu.Unlock()
	if i >= 0 {
		p.done(rec)
	}
}

// emit has an event reach the bot, if it is in the room.
func (n *network) emit(ev engine.Event) {
	n.mu.Lock()
	lag, copies := n.lag, []engine.Event{ev}
	switch {
	case n.twice > 0:
		n.twice--
		copies = append(copies, ev)
	case n.replay > 0:
		n.replay--
		again := ev
		again.History = true
		copies = append(copies, again)
	}
	n.mu.Unlock()
	for _, ev := range copies {
		if lag == 0 {
			n.deliver(ev)
		} else {
			n.w.clock.AfterFunc(lag, func() { n.deliver(ev) })
		}
	}
}

func (n *network) deliver(ev engine.Event) {
	n.mu.Lock()
	var emit func(engine.Event)
	_, left := ev.Body.(engine.Left)
	for _, c := range n.conns {
		// The bot hears that it has left a room, when it is no longer in it.
		if ev.Room.ID == "" || slices.Contains(c.rooms, ev.Room.ID) || ev.Self && left {
			emit = c.emit
		}
	}
	n.mu.Unlock()
	if emit != nil {
		emit(ev)
	}
}

// online reports whether the bot is in a room.
func (n *network) online(id engine.RoomID) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.ContainsFunc(n.conns, func(c *conn) bool { return slices.Contains(c.rooms, id) })
}
