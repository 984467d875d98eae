package enginetest

import (
	"context"
	"slices"
	"sync"

	"botd/engine"
)

// Network is a fake protocol. The exported fields are set before the first session
// is made; those that are functions say what its sessions do and may be nil.
type Network struct {
	Name    string // "fake" if empty
	PerRoom bool
	Gaps    bool                // its sessions tell of gaps themselves
	Caps    engine.Capabilities // Can is everything if zero
	// New may refuse settings.
	New func(settings any, env engine.Env) error
	// Run is a session's whole life; [Session.Serve] if nil.
	Run func(ctx context.Context, s *Session, emit func(engine.Event)) error
	// Do answers an action of a connected session; nil answers Sent.
	Do func(s *Session, a engine.Action) engine.Receipt

	mu       sync.Mutex
	sessions []*Session
}

// Adapter describes the network to a supervisor. Its settings are a *struct{}.
func (n *Network) Adapter() engine.Adapter {
	name := n.Name
	if name == "" {
		name = "fake"
	}
	if n.Caps.Can == 0 {
		n.Caps.Can = engine.AllCaps
	}
	return engine.Adapter{
		Name:      name,
		Doc:       "A network that does what a test says.",
		Settings:  func() any { return &struct{}{} },
		Caps:      n.Caps,
		Commands:  []engine.Command{{Name: "ping", Doc: "Answers.", Params: []engine.Param{{Name: "text", Type: "string", Optional: true}}}},
		PerRoom:   n.PerRoom,
		TellsGaps: n.Gaps,
		New:       n.newSession,
	}
}

func (n *Network) newSession(settings any, env engine.Env) (engine.Session, error) {
	if n.New != nil {
		if err := n.New(settings, env); err != nil {
			return nil, err
		}
	}
	s := &Session{Env: env, net: n, caps: n.Caps}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sessions = append(n.sessions, s)
	return s, nil
}

// Sessions are all sessions made so far, in the order of their making.
func (n *Network) Sessions() []*Session {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.sessions)
}

// In is the newest session that started out in room, or nil.
func (n *Network) In(room engine.RoomID) *Session {
	for _, s := range slices.Backward(n.Sessions()) {
		if slices.Contains(s.Env.Rooms, room) {
			return s
		}
	}
	return nil
}

// Session is one session of a [Network].
type Session struct {
	Env engine.Env
	net *Network

	mu      sync.Mutex
	caps    engine.Capabilities
	runs    int
	emit    func(engine.Event) // nil while not connected
	drop    chan error
	actions []engine.Action
}

var _ engine.Session = (*Session)(nil)

// Run is the network's Run, or Serve.
func (s *Session) Run(ctx context.Context, emit func(engine.Event)) error {
	s.mu.Lock()
	s.runs++
	s.mu.Unlock()
	if s.net.Run != nil {
		return s.net.Run(ctx, s, emit)
	}
	return s.Serve(ctx, emit)
}

// Serve connects to all rooms of Env at once and stays until ctx ends or Drop is
// called.
func (s *Session) Serve(ctx context.Context, emit func(engine.Event)) error {
	drop := make(chan error, 1)
	s.mu.Lock()
	s.emit, s.drop = emit, drop
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.emit, s.drop = nil, nil
		s.mu.Unlock()
	}()
	for _, room := range s.Env.Rooms {
		s.Connect(room)
	}
	if len(s.Env.Rooms) == 0 {
		s.Connect("")
	}
	select {
	case err := <-drop:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Connect emits Connected for one room.
func (s *Session) Connect(room engine.RoomID) {
	s.Emit(engine.Event{Room: engine.Room{ID: room}, Body: engine.Connected{Me: engine.User{Name: "bot"}}})
}

// Emit emits an event, if Serve is running.
func (s *Session) Emit(ev engine.Event) {
	s.mu.Lock()
	emit := s.emit
	s.mu.Unlock()
	if emit != nil {
		emit(ev)
	}
}

// Hear emits a message of user in room.
func (s *Session) Hear(room engine.RoomID, user, text string) {
	s.Emit(engine.Event{Room: engine.Room{ID: room}, User: engine.User{Name: user}, Body: engine.Message{Text: text}})
}

// Drop ends Serve with err, as a lost connection does. It reports whether Serve was
// running.
func (s *Session) Drop(err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drop == nil {
		return false
	}
	select {
	case s.drop <- err:
	default:
	}
	return true
}

// Do records the action and answers with the network's Do; without a connection it
// fails with NotConnected and records nothing.
func (s *Session) Do(_ context.Context, a engine.Action, done func(engine.Receipt)) {
	s.mu.Lock()
	connected := s.emit != nil
	if connected {
		s.actions = append(s.actions, a)
	}
	s.mu.Unlock()
	switch {
	case !connected:
		done(engine.Fail(engine.Errorf(engine.NotConnected, "not connected")))
	case s.net.Do != nil:
		done(s.net.Do(s, a))
	default:
		done(engine.Receipt{Status: engine.Sent, At: s.Env.Clock.Now()})
	}
}

// Actions are those that reached the session, in order.
func (s *Session) Actions() []engine.Action {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.actions)
}

// Texts are the texts of Actions.
func (s *Session) Texts() []string {
	var texts []string
	for _, a := range s.Actions() {
		texts = append(texts, engine.TextOf(a))
	}
	return texts
}

// Runs is how often Run was called.
func (s *Session) Runs() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.runs
}

// Caps is the network's, or what SetCaps said.
func (s *Session) Caps(engine.RoomID) engine.Capabilities {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.caps
}

// SetCaps changes what the session can do from now on.
func (s *Session) SetCaps(c engine.Capabilities) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.caps = c
}
