package adaptertest_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"botd/engine"
)

// The toy network is as little as a network with a wire can be: lines of a word and
// the rest. Clients send NICK and SAY; the server sends OK or NO, USERS, JOIN, PART,
// MSG (to its author, too) and each 15 seconds PING.

type toySettings struct {
	Nick string        `config:"nick"`
	Pass engine.Secret `config:"password"`
}

// toyFaults are mistakes adapters make on the wire.
type toyFaults struct {
	noDeadline   bool // waits forever for a server that is gone
	hasty        bool // calls a slow server a dead one
	noContext    bool // dials without the context
	deafLogin    bool // does not look at the context before it is online
	keepsOpen    bool // does not close the connection
	lies         bool // says echoed when it has written
	fails        bool // says failed when it does not know
	forgets      bool // leaves what is not confirmed without an answer
	patient      bool // ignores the context of an action
	stalls       bool // waits for a frame it can read, whatever comes
	surrenders   bool // says invalid for what a bad frame did
	retriesLogin bool // takes a refusal for an accident
	raw          bool // passes on what JSON cannot hold
	gossips      bool // sends what it cannot do, before it says so
}

const toyText = 200 // bytes

func toyAdapter(f toyFaults) engine.Adapter {
	return engine.Adapter{
		Name:     "toy",
		Doc:      "A toy.",
		Settings: func() any { return &toySettings{Nick: "botd"} },
		Caps:     toyCaps,
		PerRoom:  true,
		New: func(settings any, env engine.Env) (engine.Session, error) {
			set, ok := settings.(*toySettings)
			if !ok {
				return nil, engine.Errorf(engine.Invalid, "settings are %T", settings)
			}
			return &toySession{set: *set, env: env, faults: f, room: engine.Room{ID: env.Rooms[0]}}, nil
		},
	}
}

var toyCaps = engine.Capabilities{
	Can:  engine.Caps(engine.CapSay, engine.CapPresence),
	Text: engine.Limit{Max: toyText, Unit: engine.Bytes, Lines: 1},
	Rate: engine.Rate{Burst: 5, PerSecond: 2},
	Echo: true,
}

type toySession struct {
	set    toySettings
	env    engine.Env
	faults toyFaults
	room   engine.Room

	mu      sync.Mutex
	conn    net.Conn // nil unless online
	pending []*toyPending
}

type toyPending struct {
	done func(engine.Receipt)
	stop func() bool
	once sync.Once
}

func (p *toyPending) settle(rc engine.Receipt) {
	p.once.Do(func() {
		p.stop()
		p.done(rc)
	})
}

func (s *toySession) Caps(engine.RoomID) engine.Capabilities { return toyCaps }

func (s *toySession) Run(ctx context.Context, emit func(engine.Event)) error {
	dialCtx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if s.faults.noContext {
		dialCtx = context.WithoutCancel(ctx)
	}
	conn, err := s.env.Dial(dialCtx, "tcp", "toy.test:1")
	if err != nil {
		return engine.Errorf(engine.NotConnected, "dial: %w", err)
	}
	if !s.faults.keepsOpen {
		defer conn.Close()
	}
	watch := ctx
	if s.faults.deafLogin {
		watch = context.Background()
	}
	defer context.AfterFunc(watch, func() { conn.Close() })()
	defer s.offline()
	if err := s.talk(watch, conn, emit); err != nil {
		return err
	}
	return ctx.Err()
}

func (s *toySession) talk(ctx context.Context, conn net.Conn, emit func(engine.Event)) error {
	fmt.Fprintf(conn, "NICK %s %s %s\n", s.room.ID, s.set.Nick, s.set.Pass.Reveal())
	lines := bufio.NewScanner(conn)
	for {
		conn.SetReadDeadline(time.Now().Add(s.wait()))
		if !lines.Scan() {
			break
		}
		word, rest, _ := strings.Cut(lines.Text(), " ")
		if err := s.handle(conn, word, rest, emit); err != nil {
			return err
		}
	}
	if s.faults.surrenders && lines.Err() == bufio.ErrTooLong {
		return engine.Errorf(engine.Invalid, "too long")
	}
	if s.faults.stalls && lines.Err() == bufio.ErrTooLong {
		<-ctx.Done()
		return ctx.Err()
	}
	return engine.Errorf(engine.NotConnected, "connection lost: %v", lines.Err())
}

func (s *toySession) wait() time.Duration {
	switch {
	case s.faults.noDeadline:
		return 24 * time.Hour
	case s.faults.hasty:
		return 17 * time.Second
	}
	return 45 * time.Second
}

func (s *toySession) handle(conn net.Conn, word, rest string, emit func(engine.Event)) error {
	name, text, _ := strings.Cut(rest, " ")
	ev := engine.Event{Room: s.room, User: engine.User{Name: name}, Self: name == s.set.Nick}
	switch word {
	case "PING":
		return nil
	case "NO":
		if s.faults.retriesLogin {
			return engine.Errorf(engine.NotConnected, "refused")
		}
		return engine.Errorf(engine.Denied, "refused: %s", rest)
	case "OK":
		s.mu.Lock()
		s.conn = conn
		s.mu.Unlock()
		ev = engine.Event{Room: s.room, Body: engine.Connected{Me: engine.User{Name: s.set.Nick}}}
	case "USERS":
		var users []engine.User
		for _, u := range strings.Fields(rest) {
			users = append(users, engine.User{Name: u})
		}
		ev = engine.Event{Room: s.room, Body: engine.Roster{Users: users}}
	case "JOIN":
		ev.Body = engine.Joined{}
	case "PART":
		ev.Body = engine.Left{}
	case "MSG":
		ev.Body = engine.Message{Text: text}
	default:
		raw := word + " " + rest
		if !s.faults.raw {
			raw = strings.ToValidUTF8(raw, "?")
		}
		ev = engine.Event{Room: s.room, Body: engine.Raw{Data: raw}}
	}
	emit(ev)
	if word == "MSG" && ev.Self {
		s.confirm()
	}
	return nil
}

func (s *toySession) confirm() {
	s.mu.Lock()
	if len(s.pending) == 0 {
		s.mu.Unlock()
		return
	}
	p := s.pending[0]
	s.pending = s.pending[1:]
	s.mu.Unlock()
	p.settle(engine.Receipt{Status: engine.Echoed})
}

func (s *toySession) offline() {
	s.mu.Lock()
	pending := s.pending
	s.pending, s.conn = nil, nil
	s.mu.Unlock()
	if s.faults.forgets {
		return
	}
	status := engine.Unknown
	if s.faults.fails {
		status = engine.Failed
	}
	for _, p := range pending {
		p.settle(engine.Receipt{Status: status, Err: engine.Errorf(engine.NotConnected, "connection lost")})
	}
}

func (s *toySession) Do(ctx context.Context, a engine.Action, done func(engine.Receipt)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	say, ok := a.(engine.Say)
	switch {
	case s.conn == nil:
		done(engine.Fail(engine.Errorf(engine.NotConnected, "not online")))
	case !ok:
		if s.faults.gossips {
			io.WriteString(s.conn, "SAY can I "+engine.ActionName(a)+"?\n")
		}
		done(engine.Fail(engine.UnsupportedError(a)))
	case len(say.Text) > toyText || strings.Contains(say.Text, "\n"):
		done(engine.Fail(engine.Errorf(engine.Invalid, "too long")))
	default:
		s.write(ctx, say.Text, done)
	}
}

// write sends a line; the caller holds the lock, which keeps pending in that order.
func (s *toySession) write(ctx context.Context, text string, done func(engine.Receipt)) {
	if s.faults.lies {
		io.WriteString(s.conn, "SAY "+text+"\n")
		done(engine.Receipt{Status: engine.Echoed})
		return
	}
	p := &toyPending{done: done, stop: func() bool { return true }}
	if !s.faults.patient {
		p.stop = context.AfterFunc(ctx, func() {
			p.once.Do(func() {
				done(engine.Receipt{Status: engine.Unknown, Err: engine.Errorf(engine.Timeout, "no proof in time")})
			})
		})
	}
	s.pending = append(s.pending, p)
	io.WriteString(s.conn, "SAY "+text+"\n") // if it fails, the reader notices
}
