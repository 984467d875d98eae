package adaptertest

import (
	"context"
	"net"
	"time"

	"botd/engine"
)

// Simulator is a network of its own with which the suite plays: it lets other users
// come, talk and go, looks at what the bot did, and breaks things.
//
// The suite makes one in the bubble of each case and calls it from one goroutine,
// except for Dial. A method may return before its effect reaches the bot. What a
// simulator starts has to end with the Cleanup of the testing.TB it was made with.
type Simulator interface {
	// Settings returns settings that log in, for an account that may do as much as any
	// may on this network. Each call returns a new value.
	Settings() any
	// Denied returns settings whose login the network refuses for good, a wrong password
	// for example, or nil if nothing in the settings can be refused.
	Denied() any
	// Dial becomes [engine.Env].Dial. A network without a wire returns an error.
	Dial(ctx context.Context, network, addr string) (net.Conn, error)
	// Rooms names at least two rooms the bot may enter. Most cases use the first.
	Rooms() []engine.RoomID
	// Enter brings another user into a room. Names are short, of a–z and 0–9, and each
	// is used once. The network's rate limits do not apply to these users.
	Enter(room engine.RoomID, name string) User
	// Lines returns the texts the bot has said in a room, in order, without emotes and
	// whispers.
	Lines(room engine.RoomID) []string
	// Requests counts what the bot has asked of the network since the simulator was
	// made, logins included, pings and pongs not. Networks without a wire count the
	// actions they carried out.
	Requests() int
	// Prepare makes sure that a, which the suite has filled in, can work: it may give
	// the target a role, offer the file to be received, and return a with fields only
	// this network knows, such as Name and Params of a Call. Most actions come back as
	// they are. Where a network has emoji of its own, one of them is named "yay".
	Prepare(a engine.Action) engine.Action
	// Saw reports whether the network carried out a. It is asked after a was done.
	Saw(a engine.Action) bool
	// Break does damage. It returns false if this network has nothing of the kind.
	Break(f Fault) bool
}

// User is somebody else in a room of a [Simulator].
type User interface {
	// Ref is how an action names the user.
	Ref() engine.UserRef
	// Say puts a line into the room.
	Say(text string)
	// Whisper tells the bot something in private. It is called only where the adapter
	// has [engine.CapWhisper].
	Whisper(text string)
	// Leave takes the user out of the room.
	Leave()
}

// Fault is a kind of damage.
type Fault uint8

const (
	// Drop cuts every connection without a word of farewell. New ones work.
	Drop Fault = iota
	// HalfOpen keeps every connection open, but nothing flows in either direction any
	// more; what the bot writes is lost without an error. New connections work.
	HalfOpen
	// Lag makes all that the server sends from now on arrive [LagDelay] late.
	Lag
	// Garbage makes the server send each connection a frame that is not in its
	// language, as often as it is called.
	Garbage
	// Oversized makes the server send each connection a frame far larger than the
	// network's own limits, at least 4 MiB.
	Oversized
)

// LagDelay is how late a server with [Lag] is. A session has to live with it.
const LagDelay = 5 * time.Second

var faultNames = [...]string{"drop", "half-open", "lag", "garbage", "oversized"}

func (f Fault) String() string { return faultNames[f] }
