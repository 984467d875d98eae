package outbox

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
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
