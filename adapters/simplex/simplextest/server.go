package simplextest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"botd/adapters/internal/wsconn"
)

// Options choose what kind of program it is. The zero value is a current one with the
// profile of a bot named "botd".
type Options struct {
	// Legacy answers as programs before 6.4 did, where the SDK of that time expects it, and
	// takes the commands it sends.
	Legacy bool
	// Envelope is how answers and events are wrapped.
	Envelope Envelope
	// NoProfile is a program that nobody has made a profile for.
	NoProfile bool
	// Folder is the program's --files-folder: paths of files are relative to it, and files
	// that are received are written there. Without it files have no content.
	Folder string
	// Noise adds events and fields that no version is known to have.
	Noise bool
	// Watch is told of each command that was understood. It must not call the server.
	Watch func(Command)
	// Talk is told of what happens in chats as people see it. It must not call the server.
	Talk func(Talk)
}

// Envelope is a way to wrap what is sent.
type Envelope uint8

const (
	Resp      Envelope = iota // {"corrId": …, "resp": {"type": …}}, without corrId for events
	EmptyCorr                 // as Resp, with "corrId":"" for events, as very old programs
	Either                    // {"resp": {"Right": …}} or {"resp": {"Left": error}}, as development versions
	Result                    // {"result": …} or {"error": error}, as the library without a process
)

// Command is one that the program understood.
type Command struct {
	Name   string // as the bot reference calls it
	Text   string // all of it
	CorrID string
	Conn   int // which connection it came by, from 1
	At     time.Time
}

// Talk is something that was said, or done with what was said.
type Talk struct {
	Chat string // "@5", "#7"
	Name string // of the contact or group
	Who  string // "" for the bot
	Verb string // says, edits, deletes, reacts, joins, leaves
	Text string
}

// Fate is what becomes of a command.
type Fate uint8

const (
	Do         Fate = iota // it is carried out and answered
	DropBefore             // the connection is cut, and it is not carried out
	DropAfter              // it is carried out, and the connection is cut before the answer
	Silence                // it is carried out and never answered
	Ignore                 // it is neither carried out nor answered
	Twice                  // it is carried out once and answered twice
)

// m is a JSON object.
type m = map[string]any

// Server is one process of the program. Its methods may be called from any goroutine.
type Server struct {
	opts Options
	gate wsconn.Gate

	mu       sync.Mutex
	lastID   int64
	users    []*user
	active   *user
	contacts []*contact
	requests []*request
	groups   []*group
	pending  []*connection
	relays   []*relay
	files    map[int64]*file
	targets  map[string]*target // by link
	names    map[string]bool    // localDisplayNames
	events   [][]byte           // not yet taken by a connection
	sockets  map[*socket]bool
	opened   int
	commands []Command
	unknown  []string // commands that were not understood
	fate     func(Command) Fate
	refuse   map[string]refusal // commands that are refused the next time
	delay    time.Duration
	offline  bool
	start    time.Time
	seed     uint64
}

// New makes a process. It starts nothing: serve it with net/http.
func New(opts Options) *Server {
	s := &Server{
		opts: opts, files: map[int64]*file{}, targets: map[string]*target{}, names: map[string]bool{},
		sockets: map[*socket]bool{}, start: time.Now().UTC(),
	}
	for i := range 2 {
		s.relays = append(s.relays, &relay{id: int64(i + 1), name: fmt.Sprintf("relay%d", i+1)})
	}
	if !opts.NoProfile {
		s.active = s.addUser(m{"displayName": "botd", "fullName": "", "peerType": "bot"})
	}
	return s
}

// Close cuts all connections and waits for what serves them.
func (s *Server) Close() { s.gate.Close(s.Drop) }

// ServeHTTP takes WebSocket connections under any path.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.gate.Serve(w, r, s.serve) }

// OnCommand decides what becomes of commands from now on; nil carries all of them out. f
// must not call the server.
func (s *Server) OnCommand(f func(Command) Fate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fate = f
}

// RefuseNext answers the next command of a name with an error, a chatError, instead of
// carrying it out.
func (s *Server) RefuseNext(name string, chatError map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse == nil {
		s.refuse = map[string]refusal{}
	}
	s.refuse[name] = chatError
}

// Offline takes the program's own connections away, or gives them back: it goes on serving
// its clients.
func (s *Server) Offline(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offline = on
}

// Delay is how long each command takes from now on, as those that wait for the network do.
func (s *Server) Delay(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delay = d
}

// Commands returns what was understood, in order, before anything became of it.
func (s *Server) Commands() []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands)
}

// NotUnderstood returns the commands that the parser refused.
func (s *Server) NotUnderstood() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.unknown)
}

// Opened counts the connections clients have made.
func (s *Server) Opened() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened
}

// Queued counts the events that no connection has taken yet.
func (s *Server) Queued() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.events)
}

// Lose drops the oldest n events that no connection has taken yet.
func (s *Server) Lose(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = s.events[min(n, len(s.events)):]
}

// Emit sends an event of the caller's own making: an object with a type.
func (s *Server) Emit(event map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.emit(event)
}

// tell sends an event of the active profile.
func (s *Server) tell(u *user, tag string, fields m) {
	f := tagged(tag, fields)
	f["user"] = u.json(s)
	s.emit(f)
}

// emit wants the lock. The queue of the real program is bounded, and when it is full what
// others send waits at their servers: to a client there is no difference.
func (s *Server) emit(f m) {
	if s.opts.Legacy {
		f = legacyEvent(f)
	}
	if s.opts.Noise {
		s.events = append(s.events, encode(s.wrap("", tagged("somethingNew", m{"user": f["user"], "news": []any{1, "two"}}))))
		f = tagged(f["type"].(string), f)
		f["addedLater"] = m{"type": "unheardOf"}
	}
	s.events = append(s.events, encode(s.wrap("", f)))
	s.wake()
}

// wrap puts a response or event into its envelope.
func (s *Server) wrap(corrID string, resp m) m {
	f := m{}
	if corrID != "" || s.opts.Envelope == EmptyCorr || s.opts.Legacy {
		f["corrId"] = corrID
	}
	e, failed := resp["chatError"]
	failed = failed && resp["type"] == "chatCmdError"
	switch {
	case s.opts.Envelope == Either && failed:
		f["resp"] = m{"Left": e}
	case s.opts.Envelope == Either:
		f["resp"] = m{"Right": resp}
	case s.opts.Envelope == Result && failed:
		f["error"] = e
	case s.opts.Envelope == Result:
		f["result"] = resp
	default:
		f["resp"] = resp
	}
	return f
}

// id makes a new one. All kinds share one sequence, so that taking one for another shows.
func (s *Server) id() int64 {
	s.lastID++
	return s.lastID
}

// uniqueName makes a display name unique in the database.
func (s *Server) uniqueName(name string) string {
	for n, try := 0, name; ; try = fmt.Sprintf("%s_%d", name, n) {
		if !s.names[try] {
			s.names[try] = true
			return try
		}
		n++
	}
}

// secret makes text as links, keys and shared IDs have it; it differs each time.
func (s *Server) secret(prefix string) string {
	s.seed++
	return fmt.Sprintf("%s%08x", prefix, s.seed*2654435761%(1<<32))
}

func (s *Server) talk(c *chat, who, verb, text string) {
	if s.opts.Talk != nil {
		s.opts.Talk(Talk{Chat: c.ref.String(), Name: c.name(), Who: who, Verb: verb, Text: text})
	}
}

// encode writes JSON as the real program does, without escapes for HTML.
func encode(v any) []byte {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("simplextest: a frame that cannot be encoded: %v", err))
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999999999Z") }
