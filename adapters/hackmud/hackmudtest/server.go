package hackmudtest

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"sync"
	"time"
)

// Options of a [Server]. The zero value is a server that behaves.
type Options struct {
	Quirks
	Now   func() time.Time // without Quirks.Skew; time.Now if nil
	Seed  uint64           // of what is random
	Watch func(Request)    // told of each request when it has been answered; must not block
}

// Quirks are what nobody knows for certain of the real server, or what may happen to it.
type Quirks struct {
	AfterWindow bool          // chats tells of after to after + 10 min, instead of the last 10 min
	Exclusive   bool          // a message of just the time of the bound is not told of
	Skew        time.Duration // how far the server's clock is ahead
	NoDate      bool          // answers have no Date header
	Delay       time.Duration // messages appear up to this much after their time
	Latency     time.Duration // an answer takes up to this long, half of it on the way there
	Order       Order         // of the messages in an array
	NoRecipient bool          // tells do not name theirs
	SilentMoves bool          // joins and leaves show in account_data only
	Most        int           // messages in an array, the oldest first; 0 is no limit
	MaxText     int           // UTF-16 units a message may have; MaxText if 0
	Interval    time.Duration // how close chats calls may be without being recorded; 2 s if 0
}

// Order of the messages in an array.
type Order int

// The orders.
const (
	Ascending Order = iota
	Descending
	Shuffled
)

// Limits of the server.
const (
	Window       = 10 * time.Minute
	TokenLife    = 45 * 24 * time.Hour
	PassLife     = 5 * time.Minute
	MaxText      = 1000 // UTF-16 units
	MaxNewlines  = 9
	Sends        = 5 // messages of one user in SendWindow
	SendWindow   = 20 * time.Second
	chatsLimit   = 700 * time.Millisecond
	accountLimit = 4500 * time.Millisecond
	politeChats  = 2 * time.Second
	politeAsk    = 5 * time.Second
)

// Message is one that was sent, in a channel or as a tell. Join and Leave mark those
// that tell of a user's coming and going.
type Message struct {
	ID          string
	T           int64 // milliseconds, by the server's clock
	From        string
	To          string // of a tell
	Channel     string
	Msg         string
	Join, Leave bool
	Receivers   []string // who gets it, the sender included
	Bot         bool     // sent by create_chat

	visible time.Time // from when on it is told of
}

// Request is one that was answered.
type Request struct {
	At       time.Time // when it arrived, by Options.Now
	Endpoint string
	User     string // of create_chat
	Text     string // likewise
	Place    string // its channel, or @ and the user of a tell
	Status   int    // 0 if the connection was cut
}

// Server is an http.Handler. Its methods may be called from any goroutine.
type Server struct {
	now    func() time.Time
	watch  func(Request)
	closed chan struct{}
	once   sync.Once

	mu         sync.Mutex
	quirks     Quirks
	rand       *rand.Rand
	accounts   []*Account
	channels   map[string]map[string]bool
	people     map[string]bool // users that are nobody's account here
	messages   []*Message      // in the order of sending
	lastID     uint64
	requests   []Request
	violations []string
	faults     []Fault
	down       *Fault
	sent       map[string][]time.Time // of each user, what counts for the allowance
	botSent    map[string][]time.Time // likewise, of create_chat alone
}

var validChannel = regexp.MustCompile(`^[a-zA-Z0-9_]{1,50}$`)

// ValidChannel reports whether a channel can have that name.
func ValidChannel(name string) bool { return validChannel.MatchString(name) }

// New makes a server without accounts and channels.
func New(opts Options) *Server {
	s := &Server{
		now: opts.Now, watch: opts.Watch, quirks: opts.Quirks, closed: make(chan struct{}),
		rand:     rand.New(rand.NewPCG(opts.Seed, 1)),
		channels: map[string]map[string]bool{}, people: map[string]bool{},
		sent: map[string][]time.Time{}, botSent: map[string][]time.Time{},
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// Close ends requests that hang.
func (s *Server) Close() { s.once.Do(func() { close(s.closed) }) }

// Set changes quirks.
func (s *Server) Set(f func(*Quirks)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.quirks)
}

// clock is the server's time; mu is held.
func (s *Server) clock() time.Time { return s.now().Add(s.quirks.Skew) }

// Clock is the server's time.
func (s *Server) Clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock()
}

// Put brings users into a channel without a word. The channel is made if it is not there,
// and so are users.
func (s *Server) Put(channel string, users ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range users {
		s.put(channel, u)
	}
}

func (s *Server) put(channel, user string) {
	if s.channels[channel] == nil {
		s.channels[channel] = map[string]bool{}
	}
	s.channels[channel][user] = true
	if user != "" {
		s.people[user] = true
	}
}

// Enter brings a user into a channel.
func (s *Server) Enter(channel, user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(channel, user)
	if !s.quirks.SilentMoves {
		s.post(Message{From: user, Channel: channel, Msg: "user joined channel", Join: true})
	}
}

// Leave takes a user out of a channel; the user hears of it.
func (s *Server) Leave(channel, user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.quirks.SilentMoves {
		s.post(Message{From: user, Channel: channel, Msg: "user left channel", Leave: true})
	}
	delete(s.channels[channel], user)
}

// Say has a user say something, as a player types it: limits do not apply, but it counts
// for the user's allowance.
func (s *Server) Say(user, channel, text string) Message {
	return s.Post(Message{From: user, Channel: channel, Msg: text})
}

// Tell has a user tell another something.
func (s *Server) Tell(from, to, text string) Message {
	return s.Post(Message{From: from, To: to, Msg: text})
}

// Post sends any message. A given ID or T is taken as it is.
func (s *Server) Post(m Message) Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent[m.From] = append(s.sent[m.From], s.now())
	return *s.post(m)
}

func (s *Server) post(m Message) *Message {
	now := s.clock()
	if m.T == 0 {
		m.T = now.UnixMilli()
	}
	if m.ID == "" {
		s.lastID++
		m.ID = fmt.Sprintf("%08x%016x", m.T/1000, s.lastID)
	}
	m.Receivers = s.receivers(&m)
	m.visible = s.now()
	if s.quirks.Delay > 0 {
		m.visible = m.visible.Add(time.Duration(s.rand.Int64N(int64(s.quirks.Delay))))
	}
	s.messages = append(s.messages, &m)
	return &m
}

func (s *Server) receivers(m *Message) []string {
	var out []string
	if m.Channel == "" {
		out = []string{m.From, m.To}
	} else {
		for u := range s.channels[m.Channel] {
			out = append(out, u)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Messages are all that were sent, in order.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Message, len(s.messages))
	for i, m := range s.messages {
		out[i] = *m
	}
	return out
}

// Lines are what create_chat has said in a channel, or with @ before the name to a user.
func (s *Server) Lines(place string) []string {
	var out []string
	for _, m := range s.Messages() {
		if m.Bot && (m.Channel == place || m.Channel == "" && "@"+m.To == place) {
			out = append(out, m.Msg)
		}
	}
	return out
}

// Requests are those answered so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Violations says where a client came closer to the limits than it should.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

func (s *Server) violation(format string, args ...any) {
	s.violations = append(s.violations, fmt.Sprintf(format, args...))
}
