package hackchat

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"botd/adapters/internal/serial"
	"botd/adapters/internal/wsconn"
	"botd/engine"
)

const (
	// deadAfter is almost three of the server's own pings.
	deadAfter = 45 * time.Second
	// joinTime is how long the server may take to answer a join.
	joinTime = 20 * time.Second
)

// session is the bot in one channel.
type session struct {
	settings Settings
	env      engine.Env
	log      *slog.Logger
	room     engine.RoomID

	saving sync.Mutex // one Save at a time, the newest token last
	loaded bool       // the token was looked for; of Run alone

	mu      sync.Mutex
	token   token
	back    bool   // the next connection is to try the token
	nick    string // wanted; a Rename changes it for later connections too
	link    *link  // nil while not connected
	blocked int    // logins in a row that were refused without a word why
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
		return nil, engine.Errorf(engine.Invalid, "a hack.chat session is in exactly one room, not %d", len(env.Rooms))
	}
	if err := checkChannel(env.Rooms[0]); err != nil {
		return nil, err
	}
	return &session{settings: *s, env: env, log: env.Log, room: env.Rooms[0], nick: s.Nick}, nil
}

// Run implements [engine.Session].
func (s *session) Run(ctx context.Context, emit func(engine.Event)) error {
	s.loadToken(ctx)
	conn, err := wsconn.Dial(ctx, s.settings.URL, wsconn.Config{
		Dial: s.env.Dial, DeadAfter: deadAfter, PingEvery: -1, // the server pings
	})
	if err != nil {
		return err
	}
	defer conn.Abort()
	defer serial.CloseWith(ctx, conn.Close)()
	l := newLink(s, conn, emit)
	s.setLink(l)
	defer func() {
		s.setLink(nil)
		l.end()
		if l.me != nil && (ctx.Err() != nil || l.quitting()) {
			s.setToken(context.WithoutCancel(ctx), token{}) // closed in good order: no ghost
		}
	}()
	l.loop.Do(l.join)
	for {
		b, err := conn.Read()
		if err != nil {
			return l.outcome(ctx, err)
		}
		l.loop.Do(func() { l.receive(b) })
	}
}

func (s *session) setLink(l *link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.link = l
}

func (s *session) current() *link {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.link
}

func (s *session) wantedNick() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.nick
}

// Caps implements [engine.Session]. While not connected they are those of an
// ordinary user.
func (s *session) Caps(room engine.RoomID) engine.Capabilities {
	if room != "" && room != s.room {
		return engine.Capabilities{}
	}
	l := s.current()
	if l == nil {
		return gen2026.caps(levelDefault, s.settings.URL)
	}
	return l.caps()
}

// outcome is why Run ends, given what ended the reading.
func (l *link) outcome(ctx context.Context, err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case l.reason != nil:
		return l.reason
	}
	return err
}
