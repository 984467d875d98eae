package engine

import (
	"context"
	"log/slog"
	"net"
	"time"
)

// Adapter describes a protocol. It is a value; adapters.All lists them.
type Adapter struct {
	Name string // configuration key and [Event.Platform], e.g. "hackchat"
	Doc  string // Markdown, becomes the reference page
	// Settings returns a pointer to a new settings struct that holds the defaults.
	// Fields carry `config:"name"` tags and doc comments; secrets are of type [Secret].
	Settings func() any
	// Caps is the most any session of the protocol can do.
	Caps Capabilities
	// Commands are the native commands that [Call] reaches, on any server of the protocol;
	// none without [CapCall].
	Commands []Command
	// Events say what becomes of what the network sends, in the order of the documentation.
	Events []Origin
	// Labels are the network's own words for what users are, as [User].Roles has them.
	Labels []string
	// PerRoom: one connection serves one room. The supervisor then runs one Session
	// value for each room of a configured session, and joining a room starts one.
	PerRoom bool
	// TellsGaps: the session emits [Gap] itself, because it can find out what it missed.
	// For others the supervisor emits one after each reconnect.
	TellsGaps bool
	// InProcess: the rooms are part of the daemon, so nothing happens in them while it is
	// down.
	InProcess bool
	// Login is for protocols whose sessions need a person once; nil for all others.
	Login *Login
	// New validates settings and makes a session; it does no I/O. Its errors have code
	// [Invalid].
	New func(settings any, env Env) (Session, error)
}

// Env is what the world gives a session. Everything a session does to the outside
// goes through it.
type Env struct {
	Session SessionID
	Rooms   []RoomID // to be in from the start; exactly one if the adapter is PerRoom
	Log     *slog.Logger
	Clock   Clock
	// Dial opens a stream connection; tests give one that stays in memory.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Pay takes points for what the session does by itself from the bucket of a rate, one of
	// its Caps. It returns false if there are not enough now, or others wait for them: then
	// nothing was taken. It never blocks; nil when a session is made only to check its settings.
	Pay func(r Rate, points float64) bool
	// Keep is the session's memory over restarts. It is nil when a session is made only
	// to check its settings.
	Keep Keep
	// Handled returns nil once it is written down that all events with a key ([Event.Key]) that
	// the session has emitted so far were handled, which takes a second or more: only then may a
	// position that is behind them be saved. What is told again from an earlier one is
	// not delivered again. It fails when ctx ends and when scripts have ended. It is nil where
	// nobody handles anything.
	Handled func(ctx context.Context) error
	// Delivered reports whether an event with a key ([Event.Key]) was emitted for a room, in
	// this run or one before, and is among the latest thousand there. Nobody needs it to keep such
	// events back: they are not delivered twice. It is nil where nobody remembers that.
	Delivered func(room RoomID, key string) bool
	// Vault is where the session's credential is. It is nil when a session is made only to
	// check its settings.
	Vault Vault
	// Dir is the session's own folder, for files it sends and receives. The session makes
	// it when it needs it; nothing outside it may be read or written on behalf of a script.
	Dir string
}

// Session is one logged-in account in one or more rooms. The supervisor alone runs
// it, and restarts it when Run returns.
type Session interface {
	// Run connects, logs in, joins and emits until ctx ends or the connection is lost.
	// It emits [Connected] for each room once it is in it, after the room's [Roster] if
	// the network has one. It returns only after every goroutine it started has
	// returned, and may be called again. An error with code Denied or Invalid means that
	// trying again cannot help. emit never blocks; calls for one room come one after
	// another, in the order of the wire. Run need not emit Disconnected: the supervisor does.
	Run(ctx context.Context, emit func(Event)) error
	// Do puts an action on the wire. Actions leave in the order of the calls; Do returns
	// when a is written, without waiting for proof. done is called exactly once, from any
	// goroutine, perhaps before Do returns: with proof, with a failure, or with [Unknown]
	// when the connection died or ctx ended before proof came. It must not block. Do is
	// safe beside Run; without a connection the answer is a failure with NotConnected.
	Do(ctx context.Context, a Action, done func(Receipt))
	// Caps is what the session can do in a room as of now; "" asks for the session as a
	// whole.
	Caps(room RoomID) Capabilities
}

// Splitter is a [Session] that cuts texts which are too long in a way of its own, because
// there is something in them that must stay whole; [Split] does it for others. It is the
// one optional interface: it adds no ability.
type Splitter interface {
	// Split returns parts that each fit l, in order, none of them blank. It must neither
	// block nor depend on the connection.
	Split(text string, l Limit) []string
}

// Do is [Session.Do] for callers that wait for the receipt. It gives up with an
// [Unknown] receipt when ctx ends.
func Do(ctx context.Context, s Session, a Action) Receipt {
	got := make(chan Receipt, 1)
	s.Do(ctx, a, func(r Receipt) { got <- r })
	select {
	case r := <-got:
		return r
	case <-ctx.Done():
		return Receipt{Status: Unknown, At: time.Now(), Err: &Error{Code: Timeout, Op: ActionName(a), Msg: "no proof in time", Err: ctx.Err()}}
	}
}
