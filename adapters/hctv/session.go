package hctv

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"botd/adapters/internal/serial"
	"botd/adapters/internal/wsconn"
	"botd/engine"
)

const (
	// pingTime is the rhythm the site's documentation asks for; the bot counts as a viewer
	// for it.
	pingTime = 5 * time.Second
	// deadAfter is three pings without an answer, and what the connection may be early.
	deadAfter = 3*pingTime + time.Second
	// loginTime is how long the server may take to say who we are.
	loginTime = 15 * time.Second
)

// session is the bot in one channel.
type session struct {
	settings Settings
	env      engine.Env
	log      *slog.Logger
	room     engine.RoomID

	mu      sync.Mutex
	link    *link // nil while not connected
	loaded  bool  // the memory is
	refused int   // logins in a row that were closed without a word
	welcome bool  // has been logged in
	memory  memory
}

var _ engine.Session = (*session)(nil)

func newSession(settings any, env engine.Env) (engine.Session, error) {
	s, ok := settings.(*Settings)
	if !ok {
		return nil, engine.Errorf(engine.Invalid, "settings are %T, want %T", settings, s)
	}
	if err := s.validate(); err != nil {
		return nil, err
	}
	if len(env.Rooms) != 1 {
		return nil, engine.Errorf(engine.Invalid, "a hackclub.tv session is in exactly one room, not %d", len(env.Rooms))
	}
	if err := checkChannel(env.Rooms[0]); err != nil {
		return nil, err
	}
	return &session{
		settings: *s, env: env, log: env.Log, room: env.Rooms[0],
		memory: newMemory(limit{Count: s.Messages, Window: s.Window}),
	}, nil
}

// Run implements [engine.Session].
func (s *session) Run(ctx context.Context, emit func(engine.Event)) error {
	s.load(ctx)
	address, header := s.request()
	conn, err := wsconn.Dial(ctx, address, wsconn.Config{
		Header: header, Dial: s.env.Dial, DeadAfter: deadAfter, PingEvery: -1, // its own pings count, others do not
		ReadLimit: 2 << 20, // 100 messages of 2000 UTF-16 units, each perhaps six bytes long
	})
	if err != nil {
		return err
	}
	defer conn.Abort()
	defer serial.CloseWith(ctx, conn.Close)()
	l := newLink(s, conn, emit)
	s.setLink(l)
	defer l.end()
	defer s.setLink(nil)
	l.loop.Do(l.begin)
	for {
		b, err := conn.Read()
		if err != nil {
			return l.outcome(ctx, err)
		}
		l.loop.Do(func() { l.receive(b) })
	}
}

// request is where to connect, and as whom. The address may hold a secret and must not
// be logged.
func (s *session) request() (address string, header http.Header) {
	u, _ := url.Parse(s.settings.URL) // New has checked it
	u = u.JoinPath(string(s.room))
	header = http.Header{}
	switch set := &s.settings; {
	case set.Token.Reveal() != "":
		header.Set("Authorization", "Bearer "+set.Token.Reveal())
	case set.Cookie.Reveal() != "":
		header.Set("Cookie", "auth_session="+set.Cookie.Reveal())
	default:
		u.RawQuery = url.Values{"grant": {set.Grant.Reveal()}}.Encode()
	}
	return u.String(), header
}

func (s *session) setLink(l *link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.link = l
}

// Caps implements [engine.Session]. While not connected they are those of somebody
// without rights.
func (s *session) Caps(room engine.RoomID) engine.Capabilities {
	if room != "" && room != s.room {
		return engine.Capabilities{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.caps()
}

// caps wants mu held.
func (s *session) caps() engine.Capabilities {
	can, exempt := userCan, false
	switch l := s.link; {
	case s.settings.Grant.Reveal() != "":
		can = readerCan
	case l != nil && l.moderates:
		can = moderatorCan
	}
	if l := s.link; l != nil {
		exempt = l.exempt
	}
	rate := s.memory.rate(exempt)
	if l := s.link; l != nil && l.online { // the server counts what an account does in a channel
		rate.Shared = "hctv " + s.settings.URL + " " + string(l.me.ID) + " " + string(s.room)
	}
	return capsOf(s.memory.mode.max, can, rate)
}
