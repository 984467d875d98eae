package outbox

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"botd/engine"
	"botd/engine/soonest"
)

// Defaults of [Config].
const (
	DefaultMax      = 20_000
	DefaultMaxBytes = 32 << 20
	DefaultProof    = 2 * time.Minute
)

const (
	// putBudget is how many items one Put sends before a goroutine takes over: the
	// caller wants to go on with its own work.
	putBudget = 64
	// lostRaceHold is how long a room rests after the session said NotConnected while
	// the outbox took it to be online; by then somebody has called Online(false).
	lostRaceHold = time.Second
	// rateHold is the rest after RateLimited without a RetryAfter.
	rateHold = time.Second
)

// Config is what an outbox needs. Session, Caps and Do must be set.
type Config struct {
	Session engine.SessionID
	// Caps is [engine.Session.Caps]. It is called without any lock held, before each
	// attempt to send.
	Caps func(engine.RoomID) engine.Capabilities
	// Do is [engine.Session.Do]. It is never called twice at a time, nor with a lock
	// held. ctx ends with Close.
	Do func(ctx context.Context, a engine.Action, done func(engine.Receipt))
	// Shared returns the bucket of a rate's Shared name. If it is nil each outbox has its
	// own.
	Shared   func(name string) *Bucket
	Clock    engine.Clock  // the system's if nil
	Log      *slog.Logger  // nowhere if nil
	Max      int           // items accepted and without a receipt yet; DefaultMax if 0
	MaxRoom  int           // items that wait for one room; Max if 0
	MaxBytes int           // text in all of them; DefaultMaxBytes if 0
	Proof    time.Duration // longest wait for a receipt, then it is Unknown; DefaultProof if 0
	// Split cuts a text that is too long into parts that each fit; [engine.Split] if nil.
	Split func(text string, l engine.Limit) []string
}

// Item is one action to send.
type Item struct {
	Action engine.Action
	// From is the script that sends, "" for botd itself. Scripts that send to one room take
	// turns, and each may have as much waiting as the outbox has room for besides: so one
	// alone fills half of it, and whoever comes next still finds a place.
	From string
	Lane engine.Lane // [engine.LaneOf] has the usual one
	// DropAfter is how long the item, or the next part of a split one, may wait to be
	// sent before it fails: with NotConnected if the session was offline then, else with
	// Timeout. 0 takes [DropAfter] of the lane.
	DropAfter time.Duration
	// Split lets a Say, Whisper or Emote go out in parts if its text is over the room's
	// limit. Without it, and for other actions, such a text fails with Invalid.
	Split bool
	// Mark is called before the first part is sent, without a lock held. Nothing goes to the
	// room until done was called, from any goroutine and perhaps before Mark returns: it is
	// how the item is written down as one that may have been sent. It may be nil.
	Mark func(done func())
	// Done gets the receipt, exactly once, without a lock held, from any goroutine and
	// perhaps before Put returns. It must not block. Of a split item it is the worst of
	// the parts' receipts with the first part's message. It may be nil.
	Done func(engine.Receipt)
}

// DropAfter is how long an item of a lane waits unless it says otherwise.
func DropAfter(l engine.Lane) time.Duration {
	switch l {
	case engine.LaneModeration:
		return time.Minute
	case engine.LaneAnnounce:
		return 10 * time.Minute
	}
	return 30 * time.Second
}

// Outbox paces one session. Its methods may be called from any goroutine.
type Outbox struct {
	cfg    Config
	ctx    context.Context // of every Do; here because Close, not a caller, ends it
	cancel context.CancelFunc
	drops  dropLog

	mu        sync.Mutex
	free      sync.Cond // the baton was put down
	draining  bool      // the baton: whoever set it sends, everybody else only queues
	drains    uint64    // how often it was taken
	online    bool
	closed    bool
	seq       uint64
	rooms     map[engine.RoomID]*room
	sweepAt   int     // number of rooms that is worth looking for idle ones
	ring      []*room // rooms in which something waits, next turn first
	bucket    Bucket  // shared by all rooms
	notBefore time.Time
	line      *Bucket // in whose line the outbox stands
	queued    int     // items in the lanes
	inflight  int     // parts written, receipt outstanding
	live      int     // items accepted and not settled
	pending   int     // items whose Done has not returned yet
	bytes     int     // text of live items
	shares    map[string]share
	alarms    soonest.Queue[late]
	settled   []*entry // finished, Done still to be called by the drainer
	stop      func() bool
	wakeAt    time.Time
	idle      chan struct{} // closed when pending becomes 0; nil while nobody waits
	stats     Stats
}

// New makes an outbox. It is offline until Online(true).
func New(cfg Config) *Outbox {
	if cfg.Clock == nil {
		cfg.Clock = engine.SystemClock{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Split == nil {
		cfg.Split = engine.Split
	}
	cfg.Max = cmp.Or(cfg.Max, DefaultMax)
	cfg.MaxRoom = cmp.Or(cfg.MaxRoom, cfg.Max)
	cfg.MaxBytes = cmp.Or(cfg.MaxBytes, DefaultMaxBytes)
	cfg.Proof = cmp.Or(cfg.Proof, DefaultProof)
	o := &Outbox{cfg: cfg, rooms: make(map[engine.RoomID]*room), sweepAt: 1024, shares: make(map[string]share)}
	o.drops = dropLog{log: cfg.Log, clock: cfg.Clock}
	o.free.L = &o.mu
	o.ctx, o.cancel = context.WithCancel(context.Background())
	return o
}

// Put queues an item, or sends it at once if nothing holds it back. It does not wait
// for tokens or proof. If the outbox is full or closed the item fails with Quota or
// Cancelled before Put returns.
func (o *Outbox) Put(it Item) {
	e := newEntry(it)
	now := o.cfg.Clock.Now()
	o.mu.Lock()
	q := o.room(e.home(), now)
	o.pending++
	if cause, err := o.refuse(q, e); err != nil {
		o.reject(e, cause, err)
		o.mu.Unlock()
		o.report(e)
		return
	}
	o.account(e, 1)
	o.seq++
	e.seq, e.room = o.seq, q
	first := q.n == 0
	e.put, e.deadline = now, now.Add(e.DropAfter)
	o.enqueue(e)
	// Behind others of its room the item changes nothing about what can go now.
	if o.draining || !o.online || !first {
		o.arm(now, e.alarm.At)
		o.mu.Unlock()
		return
	}
	o.takeBaton()
	o.drain(now, putBudget)
}

// refuse says why e cannot be accepted.
func (o *Outbox) refuse(q *room, e *entry) (cause string, err *engine.Error) {
	switch {
	case o.closed:
		return dropClosed, o.closedError(nil)
	case o.live >= o.cfg.Max || q.n >= o.cfg.MaxRoom || o.bytes+e.size > o.cfg.MaxBytes:
		return dropFull, engine.Errorf(engine.Quota, "the outbox of session %q is full: %d actions with %d bytes of text wait to be sent",
			o.cfg.Session, o.live, o.bytes)
	case e.From != "":
		own := o.shares[e.From]
		if own.live >= o.cfg.Max-o.live || own.bytes+e.size > o.cfg.MaxBytes-o.bytes {
			return dropFull, engine.Errorf(engine.Quota, "script %q has filled its share of the outbox of session %q: %d of its actions with %d bytes of text wait to be sent",
				e.From, o.cfg.Session, own.live, own.bytes)
		}
	}
	return "", nil
}

// share is what of one script is accepted and has no receipt yet.
type share struct{ live, bytes int }

// account adds e to the books, n times; -1 takes it out.
func (o *Outbox) account(e *entry, n int) {
	own := o.shares[e.From]
	own.live += n
	own.bytes += n * e.size
	if o.shares[e.From] = own; own.live == 0 {
		delete(o.shares, e.From)
	}
	o.live += n
	o.bytes += n * e.size
}

func (o *Outbox) closedError(err error) *engine.Error {
	return &engine.Error{Code: engine.Cancelled, Msg: fmt.Sprintf("session %q was stopped", o.cfg.Session), Err: err}
}

// Online tells whether the session can send. Going online sends what waits, from a
// goroutine of its own, since the caller may be the session itself.
func (o *Outbox) Online(on bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.online = on
	if !on {
		o.stepOut()
	}
	o.kick()
}

// Hold keeps the items of one room back while on is set: the session is online but
// not, or not yet, in that room. Join actions are not kept back.
func (o *Outbox) Hold(id engine.RoomID, on bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.room(id, o.cfg.Clock.Now()).held = on
	o.kick()
}

// kick starts a drainer if there may be work and nobody does it.
func (o *Outbox) kick() {
	if !o.online || o.draining || o.closed || o.queued == 0 {
		return
	}
	o.takeBaton()
	go func() { // ends when nothing more can go; Close waits for it
		o.mu.Lock()
		o.drain(o.cfg.Clock.Now(), math.MaxInt)
	}()
}

// takeBaton is called with the lock held by who is about to drain.
func (o *Outbox) takeBaton() {
	o.draining = true
	o.drains++
}

// Still reports whether nothing is being sent or reported: what waits, waits for time to
// pass, for the session or for its proof. drains is how often that has changed so far.
func (o *Outbox) Still() (drains uint64, still bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.drains, !o.draining
}

// wake is the timer's function.
func (o *Outbox) wake() {
	o.mu.Lock()
	now := o.cfg.Clock.Now()
	if o.closed || o.stop == nil || now.Before(o.wakeAt) {
		o.mu.Unlock() // of a timer that was replaced while it fired
		return
	}
	o.stop = nil
	if o.draining {
		o.mu.Unlock() // the drainer looks at the alarms before it ends
		return
	}
	o.takeBaton()
	o.drain(now, math.MaxInt)
}

// drain sends what can go now. The caller has the lock and the baton; drain gives
// both back. After budget items it passes the baton to a goroutine.
func (o *Outbox) drain(now time.Time, budget int) {
	for ; o.busy(); now = o.cfg.Clock.Now() {
		o.expire(now)
		if len(o.settled) > 0 {
			o.reportSettled()
			continue
		}
		q := o.pick(now)
		if q == nil {
			break
		}
		if e := q.head(); e.Mark != nil && !e.marked {
			o.mark(q, e)
			continue
		}
		if budget--; budget < 0 {
			o.draining = false
			o.kick()
			o.mu.Unlock()
			return
		}
		// Caps may take a lock that the session holds while it reports a receipt to us.
		o.mu.Unlock()
		caps, err := o.caps(q.id)
		o.mu.Lock()
		if err != nil && q.n > 0 {
			o.abandon(q.head(), "", err)
		} else if p := o.take(q, caps, now); p != nil {
			o.send(p)
		}
	}
	o.draining = false
	o.free.Broadcast()
	o.rearm(now)
	o.mu.Unlock()
}

// mark has e marked before it is sent. The lock is held, and let go of meanwhile.
func (o *Outbox) mark(q *room, e *entry) {
	e.marked, q.marking = true, true
	o.mu.Unlock()
	e.Mark(func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		q.marking = false
		o.kick()
	})
	o.mu.Lock()
}

// busy reports whether anything waits for its turn, for time to pass, or for being
// reported.
func (o *Outbox) busy() bool { return o.queued > 0 || o.alarms.Len() > 0 || len(o.settled) > 0 }

// pick returns the room whose turn it is.
func (o *Outbox) pick(now time.Time) *room {
	if o.closed || !o.online || now.Before(o.notBefore) {
		return nil
	}
	for _, q := range o.ring {
		if q.ready(now) {
			return q
		}
	}
	return nil
}

// take removes the next part of q that may go now, with its tokens. It returns nil
// if the part must wait, which q or o then remembers, or if there is none any more.
func (o *Outbox) take(q *room, caps engine.Capabilities, now time.Time) *part {
	e := q.head()
	if o.closed || !o.online || e == nil || !q.ready(now) {
		return nil
	}
	if !e.prepare(caps.Text, o.cfg.Split) {
		o.abandon(e, "", tooLong(e, caps.Text))
		return nil
	}
	p := e.todo[0]
	if q.id != "" { // what concerns no room costs no room anything
		cost := caps.Cost(caps.RoomRate, e.Action, p.text)
		if d := q.bucket.Wait(now, caps.RoomRate, cost, nil); d > 0 {
			q.notBefore = now.Add(d)
			return nil
		}
	}
	if d := o.draw(now, caps.Rate, caps.Cost(caps.Rate, e.Action, p.text)); d > 0 {
		o.notBefore = now.Add(d)
		return nil
	}
	if q.id != "" {
		q.bucket.Try(now, caps.RoomRate, caps.Cost(caps.RoomRate, e.Action, p.text))
	}
	q.shared = caps.Rate != (engine.Rate{}) && caps.RoomRate == (engine.Rate{})
	o.advance(e, now)
	return p
}

// bucketOf is the bucket the session draws from.
func (o *Outbox) bucketOf(r engine.Rate) *Bucket {
	if r.Shared != "" && o.cfg.Shared != nil {
		return o.cfg.Shared(r.Shared)
	}
	return &o.bucket
}

// draw takes points from the session's bucket, or a place in its line.
func (o *Outbox) draw(now time.Time, r engine.Rate, cost float64) time.Duration {
	b := o.bucketOf(r)
	if o.line != b {
		o.stepOut()
	}
	d := b.Take(now, r, cost, o)
	if o.line = nil; d > 0 {
		o.line = b
	}
	return d
}

// stepOut leaves the line, so that nobody waits for an outbox that has nothing to send.
func (o *Outbox) stepOut() {
	if o.line != nil {
		o.line.Leave(o)
		o.line = nil
	}
}

// Pay draws points for what the session does by itself, as [engine.Env] has it.
func (o *Outbox) Pay(r engine.Rate, points float64) bool {
	return o.bucketOf(r).Try(o.cfg.Clock.Now(), r, points)
}

// PayConnect draws the price of a connection and returns 0, or how long to wait before
// asking again.
func (o *Outbox) PayConnect(caps engine.Capabilities) time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.draw(o.cfg.Clock.Now(), caps.Rate, caps.Prices[engine.PriceConnect])
}

// advance takes the first part off e, and e out of the queue if that was the last.
// The script goes to the end of its lane, the room to the end of the ring.
func (o *Outbox) advance(e *entry, now time.Time) {
	e.todo = e.todo[1:]
	if !e.started {
		e.started, e.waited = true, now.Sub(e.put)
	}
	q := e.room
	if len(e.todo) == 0 {
		o.dequeue(e)
	} else {
		e.deadline = now.Add(e.DropAfter)
		o.alarms.Set(&e.alarm, e.deadline)
	}
	q.lanes[e.Lane].turn(e.From)
	if q.n > 0 && len(o.ring) > 1 {
		o.unring(q)
		o.ring = append(o.ring, q)
	}
}

// send calls Do without the lock.
func (o *Outbox) send(p *part) {
	p.inflight = true
	p.attempt++
	o.inflight++
	o.mu.Unlock()
	o.do(p)
	o.mu.Lock()
	switch {
	case !p.inflight:
	case o.closed:
		o.giveUp(p, o.closedError(nil))
	default:
		o.alarms.Set(&p.alarm, o.cfg.Clock.Now().Add(o.cfg.Proof))
	}
}

// Close fails everything: what waits with Cancelled, what is written and unproved
// becomes Unknown. It returns when no Do is running any more, so it must not be
// called from Do or Done. err is the cause, for the log; it may be nil.
func (o *Outbox) Close(err error) {
	o.cancel()
	o.mu.Lock()
	o.closed = true
	o.stepOut()
	o.disarm()
	closed := o.closedError(err)
	for len(o.ring) > 0 {
		o.abandon(o.ring[0].head(), dropClosed, closed)
	}
	for o.alarms.Len() > 0 { // only proofs are left
		o.giveUp(o.alarms.First().Value.part, closed)
	}
	for len(o.settled) > 0 {
		o.reportSettled()
	}
	for o.draining {
		o.free.Wait()
	}
	o.mu.Unlock()
	o.drops.close()
}
