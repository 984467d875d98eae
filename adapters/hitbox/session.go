package hitbox

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"botd/adapters/internal/serial"
	"botd/adapters/internal/socketio09"
	"botd/engine"
)

const (
	// connectTime is how long a server may take until it has sent the connect packet, and
	// loginTime until it answers the join. After either another server is tried.
	connectTime = 8 * time.Second
	loginTime   = 10 * time.Second
	// maxServers bounds how many servers are tried before Run gives up.
	maxServers = 3
	// sentAway is the pause after the server has ended the session of its own accord.
	sentAway = 5 * time.Second
)

// session is the bot in one channel.
type session struct {
	settings Settings
	env      engine.Env
	log      *slog.Logger
	room     engine.RoomID
	channel  string // as the wire has it: in lower case

	// Run alone uses these.
	token  string  // fetched with the password
	last   string  // the server of the latest attempt
	sticky *string // nil while unknown

	mu   sync.Mutex
	link *link  // nil while not connected
	said string // the last text the server took
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
		return nil, engine.Errorf(engine.Invalid, "a hitbox session is in exactly one room, not %d", len(env.Rooms))
	}
	if err := checkChannel(env.Rooms[0]); err != nil {
		return nil, err
	}
	if env.Dial == nil {
		env.Dial = new(net.Dialer).DialContext
	}
	return &session{settings: *s, env: env, log: env.Log, room: env.Rooms[0], channel: fold(string(env.Rooms[0]))}, nil
}

// Errors of one server, after which the next may do.
var (
	errSilent    = &engine.Error{Code: engine.Timeout, Op: "join", Msg: "the server did not answer the join"}
	errBadLogin  = &engine.Error{Code: engine.Denied, Op: "log in", Msg: "the service does not accept the name and token: it made the bot a guest"}
	errDismissed = &engine.Error{Code: engine.NotConnected, Op: "stay", Msg: "the server ended the session", RetryAfter: sentAway}
)

// Run implements [engine.Session].
func (s *session) Run(ctx context.Context, emit func(engine.Event)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	token, err := s.login(ctx, false)
	if err != nil {
		return orEnd(ctx, err)
	}
	fetched := s.settings.Token == "" && token != ""
	tried := []string{s.last}
	for range maxServers {
		err = s.connect(ctx, &tried, token, emit)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errBadLogin) && fetched:
			fetched = false // the token may have grown old; a fresh one is the last try
			if token, err = s.login(ctx, true); err != nil {
				return orEnd(ctx, err)
			}
		case !errors.Is(err, errNextServer):
			return err
		}
	}
	return err
}

func orEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// errNextServer marks what another server may do better.
var errNextServer = errors.New("the server is of no use")

// nextServer marks an error, which no longer says that trying again is in vain.
func nextServer(err error) error {
	e := *engine.AsError(retriable(err))
	e.Err = errors.Join(errNextServer, e.Err)
	return &e
}

// connect tries one server, from a list as of now, and stays there until the end.
func (s *session) connect(ctx context.Context, tried *[]string, token string, emit func(engine.Event)) error {
	hosts, err := s.servers(ctx)
	if err != nil {
		return err
	}
	s.last = pick(hosts, *tried)
	*tried = append(*tried, s.last)
	scheme, _, _ := strings.Cut(s.settings.URL, "://")
	var l *link
	conn, err := socketio09.Dial(ctx, scheme+"://"+s.last, socketio09.Config{
		Dial: s.env.Dial, Connect: connectTime, Bad: func(frame string, err error) { l.garbage(frame, err) },
	})
	if err != nil {
		return nextServer(err)
	}
	l = newLink(s, conn, emit)
	err = l.run(ctx, token)
	if errors.Is(err, errSilent) {
		return nextServer(err)
	}
	return err
}

// run lives until the connection ends.
func (l *link) run(ctx context.Context, token string) error {
	defer l.conn.Abort()
	defer serial.CloseWith(ctx, l.conn.Close)()
	l.s.setLink(l)
	defer l.end()
	defer l.s.setLink(nil)
	aside, cancel := context.WithCancel(ctx)
	defer cancel()
	l.aside = aside
	l.loop.Do(func() { l.join(token) })
	for {
		p, err := l.conn.Read()
		if err != nil {
			return l.outcome(ctx, err)
		}
		l.loop.Do(func() { l.receive(p) })
	}
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
	case errors.Is(err, socketio09.ErrDisconnected):
		return errDismissed
	}
	return retriable(err)
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

// Caps implements [engine.Session]. While not connected they are those of any account.
func (s *session) Caps(room engine.RoomID) engine.Capabilities {
	if room != "" && room != s.room {
		return engine.Capabilities{}
	}
	r := guest
	if s.settings.Name != "" {
		r = anon
	}
	if l := s.current(); l != nil {
		if now, ok := l.rank(); ok {
			r = now
		}
	}
	return caps(r, s.settings.TextMax, s.settings.Pace)
}
