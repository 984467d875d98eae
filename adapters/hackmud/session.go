package hackmud

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"botd/engine"
)

// session is an account, or some of its users.
type session struct {
	settings Settings
	env      engine.Env
	log      *slog.Logger
	tokens   *tokens
	reader   *reader   // Run's; nil before the first
	since    time.Time // Run's: how old the token is

	mu   sync.Mutex
	link *link // nil while not online
	own  int   // how many users it has, as far as known
}

var (
	_ engine.Session  = (*session)(nil)
	_ engine.Splitter = (*session)(nil)
)

func newSession(shared *tokens, settings any, env engine.Env) (engine.Session, error) {
	s, ok := settings.(*Settings)
	if !ok {
		return nil, engine.Errorf(engine.Invalid, "settings are %T, want %T", settings, s)
	}
	if err := s.validate(); err != nil {
		return nil, err
	}
	for _, r := range env.Rooms {
		if err := checkRoom(r); err != nil {
			return nil, err
		}
	}
	return &session{settings: *s, env: env, log: env.Log, tokens: shared, own: max(1, len(s.Users))}, nil
}

// Run implements [engine.Session]. It stays through outages: what was said meanwhile is
// read when they are over.
func (s *session) Run(ctx context.Context, emit func(engine.Event)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	token, err := s.credential(ctx)
	if err != nil {
		return err
	}
	l := newLink(ctx, s, token, emit)
	defer l.client.close()
	if err := l.start(ctx); err != nil {
		return ended(ctx, err)
	}
	var beside sync.WaitGroup
	defer beside.Wait()
	defer cancel()
	beside.Go(func() { l.saveSnapshots(ctx) })
	s.setLink(l)
	defer l.end()
	defer s.setLink(nil)
	l.online()
	return ended(ctx, l.poll(ctx))
}

// ended prefers the end of the context to what it caused.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
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

// Caps implements [engine.Session].
func (s *session) Caps(engine.RoomID) engine.Capabilities {
	s.mu.Lock()
	defer s.mu.Unlock()
	return caps(s.own)
}

// Split implements [engine.Splitter].
func (s *session) Split(text string, l engine.Limit) []string {
	parts, whole := splitMost(text, l, s.settings.Parts)
	if !whole {
		s.log.Warn("a text was cut short", slog.Int("parts", s.settings.Parts), slog.Int("length", engine.UTF16.Count(text)))
	}
	return parts
}

// restart loads where the reading stopped, for the first Run of this session value.
func (s *session) restart(ctx context.Context, now time.Time) *reader {
	r := newReader(now)
	if s.env.Keep == nil {
		return r
	}
	cursor, err := loadPosition(ctx, s.env.Keep, r)
	if err != nil {
		s.log.Error("the saved position cannot be read; what was said meanwhile is lost", slog.Any("err", err))
		return newReader(now)
	}
	r.cursor = cursor
	return r
}
