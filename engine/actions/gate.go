// Package actions is the only way out for scripts: every effect on a network passes
// its gate, which checks that the script may, that the network can and that the
// request makes sense, and which keeps the record of what was asked and what came
// of it.
package actions

import (
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"botd/engine"
	"botd/engine/trace"
)

// Origin says on whose behalf an action is.
type Origin struct {
	Script string         `json:"script,omitempty"`
	Gen    uint64         `json:"gen,omitempty"`   // the load of the script
	Event  engine.EventID `json:"event,omitempty"` // what the script was handling
	// Operator marks what a person asked for through the daemon's own controls. It
	// needs no grant.
	Operator bool `json:"operator,omitempty"`
}

// Request is one action a script or operator asks for.
type Request struct {
	Origin
	Session engine.SessionID
	Action  engine.Action
	// Lane is where it waits for its turn; zero takes [engine.LaneOf] of the action.
	Lane      engine.Lane
	DropAfter time.Duration // how long it may wait to be sent; 0 takes the lane's usual
	NoSplit   bool          // a text over the room's limit fails instead of going out in parts
	Durable   bool          // it outlives a restart
	Via       Sender        // takes the place of the gate's; nil for that
}

// Item is what the gate hands on to be sent.
type Item struct {
	Action    engine.Action
	Lane      engine.Lane
	DropAfter time.Duration
	Split     bool
	Durable   bool                 // it is to outlive a restart
	Script    string               // whose it is, "" for an operator
	Done      func(engine.Receipt) // must be called exactly once, from any goroutine; never nil
}

// Sender carries actions to sessions.
type Sender interface {
	// Caps is what a session can do in a room as of now, "" for the session as a whole;
	// false if there is no such session or the session is not in the room.
	Caps(engine.SessionID, engine.RoomID) (engine.Capabilities, bool)
	// Do has the action done when it is its turn. It does not block.
	Do(engine.SessionID, Item)
}

// Options of a [Gate]. Sender and Grants must be set.
type Options struct {
	Sender Sender
	// Grants is what a script may do as of now. It is asked for each action.
	Grants func(script string) engine.GrantSet
	// DryRun: actions that pass all checks are logged and not sent.
	DryRun bool
	Clock  engine.Clock // the system's if nil
	Log    *slog.Logger // nowhere if nil
	Audit  int          // records kept, 1,000 if 0
	Trace  *trace.Book  // is told what becomes of actions; may be nil
}

// Gate checks, sends and records actions. Its methods may be called from any
// goroutine.
type Gate struct {
	opt   Options
	audit audit
}

// New makes a gate.
func New(o Options) *Gate {
	if o.Clock == nil {
		o.Clock = engine.SystemClock{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Audit <= 0 {
		o.Audit = 1000
	}
	return &Gate{opt: o, audit: audit{max: o.Audit}}
}

// Do checks the request and sends its action. It does not block. done, which may be
// nil, gets the receipt exactly once, from any goroutine and perhaps before Do
// returns; it must not block. A refusal is a failed receipt with code Denied,
// NotFound, Unsupported or Invalid, and nothing was sent then.
func (g *Gate) Do(req Request, done func(engine.Receipt)) {
	c := &call{gate: g, req: req, at: g.now(), done: done}
	if err := g.Check(req); err != nil {
		c.refused = true
		r := engine.Fail(err)
		r.At = c.at
		c.finish(r)
		return
	}
	if g.opt.DryRun {
		c.finish(engine.Receipt{Status: engine.Sent, At: c.at})
		return
	}
	c.asked()
	lane := req.Lane
	if lane == 0 {
		lane = engine.LaneOf(req.Action)
	}
	sender := req.Via
	if sender == nil {
		sender = g.opt.Sender
	}
	sender.Do(req.Session, Item{
		Action:    validText(req.Action),
		Lane:      lane,
		DropAfter: req.DropAfter,
		Split:     !req.NoSplit,
		Durable:   req.Durable,
		Script:    req.Script,
		Done:      c.finish,
	})
}

// Check tells why Do would refuse the request, nil if it would not.
func (g *Gate) Check(req Request) error {
	if req.Action == nil {
		return engine.Errorf(engine.Invalid, "no action")
	}
	if err := g.granted(req); err != nil {
		return err
	}
	if err := g.supported(req); err != nil {
		return err
	}
	if req.Lane >= engine.LaneCount || req.DropAfter < 0 {
		return &engine.Error{Code: engine.Invalid, Op: engine.ActionName(req.Action), Msg: "no such lane or age limit"}
	}
	return sane(req.Action)
}

func (g *Gate) granted(req Request) error {
	if req.Operator {
		return nil
	}
	return g.Permit(req.Script, engine.GrantFor(req.Action), engine.ActionName(req.Action))
}

// Permit checks a grant of a script for something that is no action. The error, with
// code Denied, says that the script may not do what, and which line of the
// configuration would allow it.
func (g *Gate) Permit(script string, need engine.Grant, what string) error {
	grants := g.opt.Grants(script)
	if grants.Has(need) {
		return nil
	}
	cure := strings.ReplaceAll(grants.With(need).String(), ",", ", ")
	return &engine.Error{Code: engine.Denied, Op: what, Msg: fmt.Sprintf(
		"script %q may not %s: add %q to its grants in config.yaml (scripts: - name: %s, grants: [%s])",
		script, what, need, script, cure)}
}

func (g *Gate) supported(req Request) error {
	room := req.Action.In()
	if _, ok := req.Action.(engine.Join); ok {
		room = "" // the session is not in that room yet
	}
	caps, ok := g.opt.Sender.Caps(req.Session, room)
	if !ok {
		err := engine.Errorf(engine.NotFound, "no room %s", engine.Path(req.Session, room))
		if room == "" {
			err = engine.Errorf(engine.NotFound, "no session %q", req.Session)
		}
		err.Op = engine.ActionName(req.Action)
		return err
	}
	if !has(caps.Can, req.Action.Needs()) {
		return engine.UnsupportedError(req.Action)
	}
	return nil
}

// has knows that who can delete any message can delete their own.
func has(can engine.CapSet, c engine.Capability) bool {
	return can.Has(c) || c == engine.CapDeleteOwn && can.Has(engine.CapDelete)
}

// validText replaces what is not UTF-8: Lua strings hold any bytes, networks and JSON
// do not.
func validText(a engine.Action) engine.Action {
	text := engine.TextOf(a)
	if valid := strings.ToValidUTF8(text, "\uFFFD"); valid != text {
		return engine.WithText(a, valid)
	}
	return a
}

func (g *Gate) now() time.Time { return g.opt.Clock.Now().Round(0).UTC() }

// call is one request on its way.
type call struct {
	gate     *Gate
	req      Request
	at       time.Time
	done     func(engine.Receipt)
	number   uint64 // in the trace
	refused  bool   // by the gate itself
	finished atomic.Bool
}

// finish passes the first receipt on. A second one would be a fault of the sender,
// which must not reach a script as a second answer.
func (c *call) finish(r engine.Receipt) {
	if c.finished.Swap(true) {
		c.gate.opt.Log.Error("second receipt for an action", "session", c.req.Session, "action", engine.ActionName(c.req.Action))
		return
	}
	c.gate.record(c, r)
	c.ended(r)
	if c.done != nil {
		c.done(r)
	}
}
