package isolate

import (
	"cmp"
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/i18n"
	"botd/engine/metric"
	"botd/engine/script"
)

// hello tells a child what it is to be.
type hello struct {
	Script string
	Data   int64  // bytes it may allocate beyond what it has at its start
	Zone   string // the daemon's time zone; "Local" for the system's
}

// ready is the child's answer once it has given up its rights.
type ready struct {
	Unfiltered string `json:",omitempty"` // why there is no filter of system calls
}

// source is a [script.Source] without its folders: the child has no files.
type source struct {
	Name, File string
	Code       []byte
	Rooms      []string
	Config     map[string]any
	Places     map[string]string `json:",omitempty"`
	Secrets    map[string]string
	Hidden     []string    `json:",omitempty"`
	Texts      *i18n.Texts `json:",omitempty"`
	Limits     script.Limits
	Reason     string
	Generation uint64
}

func sourceOf(s script.Source) source {
	w := source{
		Name: s.Name, File: s.File, Code: s.Code, Config: s.Config, Places: s.Places, Secrets: s.Secrets, Hidden: s.Hidden, Texts: s.Texts, Limits: s.Limits,
		Reason: s.Reason, Generation: s.Generation,
	}
	for _, g := range s.Rooms {
		w.Rooms = append(w.Rooms, g.String())
	}
	return w
}

func (w source) script() (script.Source, error) {
	s := script.Source{
		Name: w.Name, File: w.File, Code: w.Code, Config: w.Config, Places: w.Places, Secrets: w.Secrets, Hidden: w.Hidden, Texts: w.Texts, Limits: w.Limits,
		Reason: w.Reason, Generation: w.Generation,
	}
	for _, text := range w.Rooms {
		g, err := engine.ParseRoomGlob(text)
		if err != nil {
			return s, err
		}
		s.Rooms = append(s.Rooms, g)
	}
	return s, nil
}

// loaded is the outcome of a load.
type loaded struct {
	Err      *script.Error `json:",omitempty"`
	Interest interest
}

// state is what the daemon must know of a child to keep its books.
type state struct {
	Taken       uint64 // number of the last event whose handlers have begun, or that nobody wanted
	Seen        uint64 // events, receipts and the like that arrived before what follows was looked up
	Quiet, Idle bool   // as script.Manager reports them
	Status      status
	Interest    *interest `json:",omitempty"` // if it has changed
}

// status is what the daemon does not know itself of a [script.Status]. It is sent after
// each event, and in small pieces.
type status struct {
	Gen       uint64      `json:"g"`
	Handled   uint64      `json:"h"`
	Errors    uint64      `json:"e,omitempty"`
	Dropped   uint64      `json:"d,omitempty"`
	Waiting   int         `json:"w,omitempty"`
	Suspended *suspension `json:"s,omitempty"`
}

type suspension struct {
	Until time.Time
	Why   string
}

func statusOf(st script.Status) status {
	out := status{Gen: st.Generation, Handled: st.Handled, Errors: st.Errors, Dropped: st.Dropped, Waiting: st.Waiting}
	if st.State == "suspended" {
		out.Suspended = &suspension{st.Until, st.Problem}
	}
	return out
}

// same reports whether nothing is news in b.
func (a state) same(b state) bool {
	if s, t := a.Status.Suspended, b.Status.Suspended; (s == nil) != (t == nil) || s != nil && *s != *t {
		return false
	}
	a.Interest, a.Status.Suspended, b.Interest, b.Status.Suspended = nil, nil, nil, nil
	return a == b
}

// unloaded ends the books of a child.
type unloaded struct {
	Taken  uint64
	Status status // shortly before
}

type pong struct {
	Running time.Duration // how long a handler has run without a wait
}

// interest says, roughly, which events a script waits for: the daemon sends a few too
// many, never too few, and the child's own table decides.
type interest struct {
	Kinds    []kindInterest    `json:",omitempty"`
	Commands []commandInterest `json:",omitempty"`
	Screens  []screenInterest  `json:",omitempty"`
}

// screenInterest is a filter of messages.
type screenInterest struct {
	Screen dispatch.Screen
	Rooms  []string `json:",omitempty"`
	Where  string   `json:",omitempty"`
}

// commandInterest is a command with what the daemon needs to tell people of it. Who may
// not use it is not told of it either, so its filter is here in full.
type commandInterest struct {
	Names            []string
	Rooms, Platforms []string       `json:",omitempty"`
	Roles            []string       `json:",omitempty"`
	About            dispatch.About `json:",omitzero"`
}

type kindInterest struct {
	Kind    engine.Kind
	Self    bool `json:",omitempty"`
	History bool `json:",omitempty"`
}

func interestOf(t *dispatch.Table) interest {
	var in interest
	if t == nil {
		return in
	}
	kinds := map[engine.Kind]kindInterest{}
	t.Each(func(s *dispatch.Sub) {
		if len(s.Commands) > 0 {
			in.Commands = append(in.Commands, commandInterest{s.Commands, s.Filter.Rooms, s.Filter.Platforms, s.Filter.Roles, s.About})
			return
		}
		k := kinds[s.Kind]
		kinds[s.Kind] = kindInterest{s.Kind, k.Self || s.Filter.Self, k.History || s.Filter.History}
	})
	t.EachScreen(func(s *dispatch.Sub) {
		in.Screens = append(in.Screens, screenInterest{*s.Screen, s.Filter.Rooms, s.Where})
	})
	for _, k := range kinds {
		in.Kinds = append(in.Kinds, k)
	}
	slices.SortFunc(in.Kinds, func(a, b kindInterest) int { return cmp.Compare(a.Kind, b.Kind) })
	slices.SortFunc(in.Commands, func(a, b commandInterest) int { return cmp.Compare(a.Names[0], b.Names[0]) })
	return in
}

func (in interest) equal(other interest) bool {
	return reflect.DeepEqual(in, other)
}

// table makes a table of it, for a script that sees these rooms.
func (in interest) table(rooms []engine.RoomGlob) (*dispatch.Table, error) {
	b := dispatch.NewBuilder(rooms)
	for _, k := range in.Kinds {
		if _, err := b.Add(dispatch.Sub{Kind: k.Kind, Filter: dispatch.Filter{Self: k.Self, History: k.History}}); err != nil {
			return nil, err
		}
	}
	for _, c := range in.Commands {
		def := dispatch.Sub{
			Commands: c.Names, About: c.About.Printable(script.Printable),
			Filter: dispatch.Filter{Rooms: c.Rooms, Platforms: c.Platforms, Roles: c.Roles},
		}
		if _, err := b.Add(def); err != nil {
			return nil, err
		}
	}
	for _, s := range in.Screens {
		def := dispatch.Sub{Screen: &s.Screen, Filter: dispatch.Filter{Rooms: s.Rooms}, Where: script.Printable(s.Where)}
		if _, err := b.Add(def); err != nil {
			return nil, err
		}
	}
	return b.Build(), nil
}

// origin is a [script.Origin] without the name, which the daemon knows.
type origin struct {
	Gen   uint64
	Event engine.EventID `json:",omitempty"`
}

type request struct {
	Origin    origin
	Session   engine.SessionID
	Action    json.RawMessage // by engine.MarshalAction
	Lane      engine.Lane
	DropAfter time.Duration `json:",omitempty"`
	NoSplit   bool          `json:",omitempty"`
	Durable   bool          `json:",omitempty"`
}

type logLine struct {
	Origin origin
	Level  string
	Msg    string
	Fields map[string]any `json:",omitempty"`
}

type emitted struct {
	Origin origin
	Name   string
	Data   any
}

type measured struct {
	Origin origin
	Point  metric.Point
}

type capsQuestion struct {
	Session engine.SessionID
	Room    engine.RoomID
}

type offersQuestion struct {
	Room engine.RoomPath
	Name string
}

type recentQuestion struct {
	Room engine.RoomPath
	N    int
}

type cooldownQuestion struct {
	Origin origin
	Holds  []script.Hold
}

type moduleQuestion struct{ Name string }

type none struct{}

// answer is the body of kindAnswer; T is any in the daemon, and what it expects in the
// child.
type answer[T any] struct {
	Err *failure `json:",omitempty"`
	Out T
}

// failure is what may be known of an [engine.Error] outside the daemon.
type failure struct {
	Code       engine.Code
	Op         string `json:",omitempty"`
	Msg        string
	RetryAfter time.Duration `json:",omitempty"`
}

func failureOf(err error) *failure {
	e := engine.AsError(err)
	if e == nil {
		return nil
	}
	return &failure{e.Code, e.Op, e.Msg, e.RetryAfter}
}

func (f *failure) error() *engine.Error {
	if f == nil {
		return nil
	}
	return &engine.Error{Code: f.Code, Op: f.Op, Msg: f.Msg, RetryAfter: f.RetryAfter}
}

// receipt is an [engine.Receipt] with its error.
type receipt struct {
	engine.Receipt
	Failure *failure `json:"failure,omitempty"`
}

func receiptOf(r engine.Receipt) *receipt {
	w := &receipt{Receipt: r}
	if r.Err != nil {
		w.Failure = failureOf(r.Err)
	}
	return w
}

func (w *receipt) engine() engine.Receipt {
	r := w.Receipt
	r.Err = w.Failure.error()
	return r
}
