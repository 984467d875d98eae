// Package contest runs polls and raffles in rooms: it hears votes and entries in chat,
// or has the network run them where it can, keeps everything before it is acknowledged,
// and goes on after a restart. The rules are those of engine/poll and engine/raffle.
package contest

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"botd/engine"
	"botd/engine/poll"
	"botd/engine/raffle"
	"botd/engine/script"
	"botd/engine/store"
)

// Options are the world of a [Manager]. All but ProofDir must be set; nothing may block.
type Options struct {
	Clock engine.Clock
	Log   *slog.Logger
	// Do hands an action over on behalf of a script.
	Do func(Action, func(engine.Receipt))
	// Caps is what a session can do in a room; false if it is not there.
	Caps func(engine.SessionID, engine.RoomID) (engine.Capabilities, bool)
	// Room is what is known of a room.
	Room func(engine.RoomPath) (script.RoomState, bool)
	// Prefix is what commands begin with in a room.
	Prefix func(engine.SessionID, engine.Room) string
	// Forgets reports whether the rooms of a session end with the daemon, and what the network
	// runs in them too.
	Forgets func(engine.SessionID) bool
	// Known refuses what nobody in a session can be: no role, no group, no word of the network.
	// Nil takes all.
	Known func(s engine.SessionID, role string) error
	// Permit checks a script's grant to speak.
	Permit  func(script string) error
	Publish func(*engine.Event)
	Random  func([]byte) // fills it with secret random bytes
	// ProofDir is where proofs are written, "" for nowhere.
	ProofDir string
}

// Action is something a contest does in its room.
type Action struct {
	Script  string
	Session engine.SessionID
	Action  engine.Action
	Lane    engine.Lane
	Durable bool
	// With is carried out in the commit by which a durable action is accepted, if it is.
	With store.Batch
}

// Bounds of what runs at a time.
const (
	maxInRoom   = 10
	maxOfScript = 100
)

// keepOver is how long a contest that is over can be asked about.
const keepOver = 30 * 24 * time.Hour

// Manager runs contests. Its methods may be called from any goroutine. All that happens
// is worked off by one goroutine, in the order it came: that of Run.
type Manager struct {
	opt Options
	db  spaces

	mu       sync.Mutex
	queue    []func()
	busy     bool
	underway int           // writes and actions without an outcome
	wake     chan struct{} // of capacity 1
	rooms    map[engine.RoomPath]*listening

	// What follows belongs to the goroutine of Run.
	contests map[string]*contest
	begun    bool
	unsaid   []saying        // by a run before this one
	sayings  int64           // number of the last one
	early    []*engine.Event // heard before that
	stop     func() bool     // of the timer
	due      time.Time
}

// listening is what a room listens to, for those who look from outside.
type listening struct {
	contests int
	words    map[string]int // commands
}

// New makes a manager.
func New(o Options) *Manager {
	return &Manager{
		opt: o, wake: make(chan struct{}, 1), rooms: map[engine.RoomPath]*listening{},
		contests: map[string]*contest{}, stop: func() bool { return true },
	}
}

// contest is one poll or raffle.
type contest struct {
	head
	users      map[string]engine.User // of those who entered a raffle
	waiting    map[*waiter]struct{}
	weigher    *waiter            // the script's function waits for people
	scale      map[string]*scales // people who are being weighed
	shown      time.Time          // when its message was last edited
	stale      bool               // it is to be edited again
	ending     bool               // the network was asked to end it
	opening    *waiter            // of a native one that the network has not told of yet
	lost       func() bool        // stops the wait for a native one to be there after a reconnect
	tries      int                // of the network to draw somebody new
	right      int                // the answer that the network draws by
	cancelling bool               // the network ends it, and nobody is to win
	keyworded  bool               // of a raffle: the script chose the keyword
	closing    bool               // it is over, and that is not kept yet
	told       bool               // of a raffle: that it is over was told
}

// head is a contest as it is kept.
type head struct {
	ID        string             `json:"id"`
	Script    string             `json:"script"`
	Session   engine.SessionID   `json:"session"`
	Platform  string             `json:"platform"`
	Room      engine.Room        `json:"room"`
	Tag       string             `json:"tag,omitempty"`
	Spec      script.ContestSpec `json:"spec"`
	Poll      *poll.Poll         `json:"poll,omitempty"`
	Raffle    *raffle.Raffle     `json:"raffle,omitempty"`
	NativeID  string             `json:"native_id,omitempty"`
	Message   engine.MessageID   `json:"message,omitempty"` // that opened it
	Named     int                `json:"named,omitempty"`   // entrants of whom only a name is known
	Unweighed int                `json:"unweighed,omitempty"`
	ProofFile string             `json:"proof_file,omitempty"`
}

func (h *head) path() engine.RoomPath { return engine.Path(h.Session, h.Room.ID) }

func (h *head) over() bool {
	if h.Poll != nil {
		return h.Poll.Status.Over()
	}
	return h.Raffle.Status.Over()
}

func (h *head) native() bool {
	return h.Poll != nil && h.Poll.Native != nil || h.Raffle != nil && h.Raffle.Native
}

// public is the id that scripts and events know.
func (h *head) public() string {
	if h.NativeID != "" {
		return h.NativeID
	}
	return h.ID
}

// waiter is a request whose answer takes a while.
type waiter struct{ answer func(script.ContestAnswer) }

// Run works until ctx ends and all that was begun is done. [Manager.Open] goes before it. Nothing is
// due before [Manager.Begin].
func (m *Manager) Run(ctx context.Context) {
	for {
		m.work()
		select {
		case <-m.wake:
		case <-ctx.Done():
			m.finish()
			return
		}
	}
}

// Begin lets the clock run: there is somebody now who carries out what contests do, and who hears of
// it. What became due while the daemon was down is done first, so that a vote that was heard meanwhile is
// late; but who is to claim a prize has all the time for it again.
func (m *Manager) Begin() {
	m.post(func() {
		m.begun = true
		m.resume()
		for _, c := range m.contests {
			if c.Raffle != nil {
				c.Raffle.Unheard(m.now())
			}
		}
		m.tick()
		for _, ev := range m.early {
			m.heard(ev)
		}
		m.early = nil
	})
}

// finish waits for what is under way; nothing new is begun by the clock.
func (m *Manager) finish() {
	m.stop()
	for {
		m.work()
		if m.Idle() {
			return
		}
		<-m.wake
	}
}

// post has f run in its turn.
func (m *Manager) post(f func()) {
	m.mu.Lock()
	m.queue = append(m.queue, f)
	m.mu.Unlock()
	m.signal()
}

func (m *Manager) signal() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

func (m *Manager) work() {
	for {
		m.mu.Lock()
		batch := m.queue
		m.queue = nil
		m.busy = len(batch) > 0
		m.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		for _, f := range batch {
			f()
		}
		m.arm()
	}
}

// Idle reports whether nothing is under way.
func (m *Manager) Idle() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.queue) == 0 && !m.busy && m.underway == 0
}

// begins counts something whose outcome the result posts.
func (m *Manager) begins() (ends func(func())) {
	m.mu.Lock()
	m.underway++
	m.mu.Unlock()
	return func(f func()) {
		m.mu.Lock()
		m.underway--
		m.queue = append(m.queue, f)
		m.mu.Unlock()
		m.signal()
	}
}

// do hands an action of a contest over that does not outlive a restart.
func (m *Manager) do(c *contest, a engine.Action, lane engine.Lane, done func(engine.Receipt)) {
	m.hand(c, Action{Action: a, Lane: lane}, done)
}

func (m *Manager) hand(c *contest, a Action, done func(engine.Receipt)) {
	ends := m.begins()
	a.Script, a.Session = c.Script, c.Session
	m.opt.Do(a, func(r engine.Receipt) {
		ends(func() {
			if done != nil {
				done(r)
			}
		})
	})
}

// commit writes, and calls done with the outcome. Writes take place in the order of the
// calls.
func (m *Manager) commit(ops store.Batch, done func(error)) {
	ends := m.begins()
	m.db.store.Submit(ops, func(r store.Result) { ends(func() { done(r.Err) }) })
}

// maxSleep is how long the timer sleeps at most. Somebody may set the clock, which a timer does not see:
// on a small computer it is years behind until the network has told it the time.
const maxSleep = time.Minute

// arm sets the timer to what is due next.
func (m *Manager) arm() {
	if !m.begun {
		return
	}
	var next time.Time
	for _, c := range m.contests {
		if at := c.dueAt(); !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	if next.Equal(m.due) {
		return
	}
	m.stop()
	m.due = next
	if !next.IsZero() {
		m.stop = m.opt.Clock.AfterFunc(min(max(next.Sub(m.now()), 0), maxSleep), func() { m.post(m.tick) })
	}
}

// now is the time as it is kept.
func (m *Manager) now() time.Time { return m.opt.Clock.Now().UTC().Round(0) }

// tick does what is due.
func (m *Manager) tick() {
	m.due = time.Time{}
	now := m.now()
	for _, c := range m.sorted() {
		c.bound(now)
		if at := c.dueAt(); !at.IsZero() && !now.Before(at) {
			m.tickOne(c, now)
		}
	}
}

func (m *Manager) tickOne(c *contest, now time.Time) {
	if c.stale && !now.Before(c.shown.Add(editEvery)) {
		m.edit(c)
	}
	m.unweighed(c, now)
	switch at := c.rulesDue(); {
	case at.IsZero() || now.Before(at):
	case c.Raffle != nil && c.Raffle.Status == raffle.Closed && m.away(c):
		c.Raffle.Unheard(now)
	case c.native():
		m.endNative(c)
	case c.Poll != nil:
		fx, err := c.Poll.Tick(now)
		m.polled(c, fx, err, nil, nil)
	default:
		fx, err := c.Raffle.Tick(now)
		m.raffled(c, fx, err, nil, nil)
	}
}

// away reports whether the room of a contest is there, and the connection to it is lost.
func (m *Manager) away(c *contest) bool {
	room, ok := m.opt.Room(c.path())
	return ok && !room.Online
}

func (c *contest) bound(now time.Time) {
	if c.Poll != nil {
		c.Poll.Bound(now)
	} else {
		c.Raffle.Bound(now)
	}
}

// rulesDue is when the rules have something to do.
func (c *contest) rulesDue() time.Time {
	switch {
	case c.opening != nil, c.ending:
		return time.Time{}
	case c.Poll != nil && c.Poll.Native != nil:
		return c.Poll.Until
	case c.Poll != nil:
		return c.Poll.Due()
	}
	return c.Raffle.Due()
}

func (c *contest) dueAt() time.Time {
	at := c.rulesDue()
	earlier := func(t time.Time) {
		if at.IsZero() || t.Before(at) {
			at = t
		}
	}
	if c.stale {
		earlier(c.shown.Add(editEvery))
	}
	for _, s := range c.scale {
		earlier(s.until)
	}
	return at
}
