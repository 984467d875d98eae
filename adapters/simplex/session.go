package simplex

import (
	"context"
	"encoding/base64"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"botd/adapters/internal/serial"
	"botd/adapters/internal/wsconn"
	"botd/adapters/simplex/internal/cli"
	"botd/engine"
)

const (
	// readLimit is for lists of members and profiles with pictures in them.
	readLimit = 64 << 20
	// deadAfter is longer than any command may take: while one runs, nothing else is
	// answered.
	deadAfter = 150 * time.Second
)

// session is one profile of one program.
type session struct {
	settings Settings
	env      engine.Env
	log      *slog.Logger
	claims   *claims

	mu   sync.Mutex
	link *link // nil while not online
	book *book // what is known of chats and people; survives a connection
	corr int   // number of the last command
}

var (
	_ engine.Session  = (*session)(nil)
	_ engine.Splitter = (*session)(nil)
)

func newSession(shared *claims, settings any, env engine.Env) (engine.Session, error) {
	s, ok := settings.(*Settings)
	if !ok {
		return nil, engine.Errorf(engine.Invalid, "settings are %T, want %T", settings, s)
	}
	if err := s.validate(); err != nil {
		return nil, err
	}
	own := *s
	if err := own.manage(env.Dir); err != nil {
		return nil, err
	}
	return &session{settings: own, env: env, log: env.Log, claims: shared, book: newBook()}, nil
}

// Run implements [engine.Session].
func (s *session) Run(ctx context.Context, emit func(engine.Event)) error {
	release, err := s.claims.claim(s.settings.URL, s.env.Session)
	if err != nil {
		return err
	}
	defer release()
	if s.settings.Command == "" {
		return s.serve(ctx, emit)
	}
	command, err := s.settings.program(s.env.Dir)
	if err != nil {
		return err
	}
	p, err := cli.Start(ctx, command, cli.Limits{}, s.log)
	if err != nil {
		return err
	}
	defer p.Stop()
	err = s.serve(ctx, emit)
	select {
	case <-p.Done():
		if died := p.Err(); died != nil && ctx.Err() == nil {
			return died
		}
	default:
	}
	return err
}

// serve talks to the program that runs.
func (s *session) serve(ctx context.Context, emit func(engine.Event)) error {
	header := http.Header{}
	if s.settings.User != "" || s.settings.Password.Reveal() != "" {
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(s.settings.User+":"+s.settings.Password.Reveal())))
	}
	conn, err := wsconn.Dial(ctx, s.settings.URL, wsconn.Config{Header: header, Dial: s.env.Dial, DeadAfter: deadAfter, ReadLimit: readLimit})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	l := &link{s: s, conn: conn, emit: emit, since: time.Now()}
	defer conn.Abort()
	defer serial.CloseWith(ctx, conn.Close)()
	var beside sync.WaitGroup
	defer beside.Wait()
	defer cancel()
	defer l.end()
	beside.Go(func() { s.saveSeen(ctx) })
	beside.Go(func() {
		if err := l.login(ctx); err != nil {
			l.quit(err)
		}
	})
	for {
		b, err := conn.Read()
		if err != nil {
			return l.outcome(ctx, err)
		}
		l.receive(b)
	}
}

// Caps implements [engine.Session]. In a group they go by the bot's role there.
func (s *session) Caps(room engine.RoomID) engine.Capabilities {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r, err := s.book.resolve(room); {
	case room == "" || err != nil && s.link == nil:
		return capsOf(everything)
	case err != nil:
		return capsOf(anywhere)
	case r.kind == '@':
		return capsOf(talking)
	default:
		can := byRole[s.book.groups[r.id].info.Membership.Role]
		return capsOf(can | anywhere)
	}
}
