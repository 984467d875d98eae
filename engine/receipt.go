package engine

import "time"

// Status is what is known about an action that was asked for.
type Status string

const (
	Echoed Status = "echoed" // the server confirmed it: the message came back, the answer arrived
	Sent   Status = "sent"   // written to the wire; this network gives no proof
	Failed Status = "failed" // it did not happen; Err says why
	// Unknown: the connection or the time ran out between writing and proof.
	Unknown Status = "unknown"
)

// Receipt is the truth about an action, as far as the network tells it.
type Receipt struct {
	Status  Status    `json:"status"`
	At      time.Time `json:"time,omitzero"`
	Message MessageID `json:"message,omitempty"` // of what was sent, for edits and deletions
	Users   []User    `json:"users,omitempty"`   // of ListUsers and UserInfo
	Answer  any       `json:"answer,omitempty"`  // of Call and UserInfo, as encoding/json decodes it
	// Queued is how long it waited for its turn to be sent.
	Queued time.Duration `json:"-"`
	Err    *Error        `json:"-"` // set if Failed or Unknown
}

// Fail is the receipt of an action that did not happen.
func Fail(err error) Receipt { return Receipt{Status: Failed, Err: AsError(err)} }

// Error returns the receipt's error as an error, nil if the action was sent.
func (r Receipt) Error() error {
	if r.Err == nil {
		return nil
	}
	return r.Err
}

// Lane orders what waits to be sent to one room: lower lanes go first, and within
// one the order of the calls is kept.
type Lane uint8

const (
	LaneModeration Lane = iota
	LaneReply
	LaneAnnounce
	LaneRelay
	LaneCount
)

var laneNames = [...]string{"moderation", "reply", "announce", "relay"}

func (l Lane) String() string { return laneNames[l] }

// ParseLane is the inverse of String.
func ParseLane(s string) (Lane, error) {
	for i, n := range laneNames {
		if n == s {
			return Lane(i), nil
		}
	}
	return 0, Errorf(Invalid, "no lane %q; lanes are moderation, reply, announce, relay", s)
}

// LaneOf is the lane an action takes unless its caller names one.
func LaneOf(a Action) Lane {
	switch a.(type) {
	case Say, Whisper, Emote, Edit, React, SendFile:
		return LaneReply
	}
	return LaneModeration
}
