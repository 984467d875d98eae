package engine

import (
	"math/bits"
	"strings"
	"unicode/utf8"
)

// Capability is one thing a session may be able to do. Each [Action] needs one.
type Capability uint8

const (
	CapSay   Capability = iota
	CapReply            // Say with ReplyTo is shown as an answer to that message
	CapWhisper
	CapEmote
	CapEdit
	CapDelete    // any message; without it CapDeleteOwn may still be there
	CapDeleteOwn // own messages only
	CapReact
	CapKick
	CapBan
	CapBanAddress // Ban with Address
	CapUnban
	CapTimeout
	CapMute
	CapUnmute
	CapRole
	CapTopic
	CapSlow
	CapSubscribersOnly
	CapLock
	CapClear
	CapInvite
	CapJoin
	CapLeave
	CapMove
	CapRename
	CapUsers
	CapUserInfo
	CapPoll
	CapRaffle
	CapFile
	CapCall
	CapPresence // the network tells who comes and goes: join and leave events
	CapEmoji    // look up emoji of the network's own
	capCount
)

var capNames = [capCount]string{
	"say", "reply", "whisper", "emote", "edit", "delete", "delete_own", "react", "kick", "ban",
	"ban_address", "unban", "timeout", "mute", "unmute", "role", "set_topic", "slow", "subscribers_only",
	"lock", "clear", "invite", "join", "leave", "move", "rename", "users", "user_info", "poll", "raffle",
	"file", "call", "presence", "emoji",
}

func (c Capability) String() string {
	if c < capCount {
		return capNames[c]
	}
	return "unknown"
}

// ParseCapability is the inverse of String.
func ParseCapability(s string) (Capability, error) {
	for i, n := range capNames {
		if n == s {
			return Capability(i), nil
		}
	}
	return 0, Errorf(Invalid, "no capability %q; they are %s", s, strings.Join(capNames[:], ", "))
}

func (c Capability) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
func (c *Capability) UnmarshalText(b []byte) (err error) {
	*c, err = ParseCapability(string(b))
	return err
}

// CapSet is a set of capabilities. In JSON it is a list of names.
type CapSet uint64

// Caps makes a set.
func Caps(cs ...Capability) CapSet {
	var s CapSet
	for _, c := range cs {
		s |= 1 << c
	}
	return s
}

// AllCaps is the set of everything.
const AllCaps CapSet = 1<<capCount - 1

func (s CapSet) Has(c Capability) bool           { return s&(1<<c) != 0 }
func (s CapSet) With(cs ...Capability) CapSet    { return s | Caps(cs...) }
func (s CapSet) Without(cs ...Capability) CapSet { return s &^ Caps(cs...) }

// List returns the members in their fixed order.
func (s CapSet) List() []Capability {
	out := make([]Capability, 0, bits.OnesCount64(uint64(s)))
	for c := range capCount {
		if s.Has(c) {
			out = append(out, c)
		}
	}
	return out
}

func (s CapSet) String() string {
	names := make([]string, 0, capCount)
	for _, c := range s.List() {
		names = append(names, c.String())
	}
	return strings.Join(names, ",")
}

func (s CapSet) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

func (s *CapSet) UnmarshalText(b []byte) error {
	*s = 0
	if len(b) == 0 {
		return nil
	}
	for name := range strings.SplitSeq(string(b), ",") {
		c, err := ParseCapability(name)
		if err != nil {
			return err
		}
		*s |= 1 << c
	}
	return nil
}

// Unit is what a network counts the length of a text in.
type Unit uint8

const (
	Runes Unit = iota // Unicode code points
	Bytes             // of UTF-8
	UTF16             // code units, as JavaScript counts
)

var unitNames = [...]string{"runes", "bytes", "utf16"}

func (u Unit) String() string               { return unitNames[u] }
func (u Unit) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

func (u *Unit) UnmarshalText(b []byte) error {
	for i, n := range unitNames {
		if n == string(b) {
			*u = Unit(i)
			return nil
		}
	}
	return Errorf(Invalid, "no unit %q; units are runes, bytes, utf16", b)
}

// Count measures s in u. Invalid UTF-8 counts one unit a byte.
func (u Unit) Count(s string) int {
	switch u {
	case Bytes:
		return len(s)
	case UTF16:
		n := 0
		for _, r := range s {
			n += u.RuneLen(r)
		}
		return n
	default:
		return utf8.RuneCountInString(s)
	}
}

// RuneLen is how much one code point counts.
func (u Unit) RuneLen(r rune) int {
	switch {
	case u == Bytes:
		return utf8.RuneLen(r)
	case u == UTF16 && r >= 0x10000:
		return 2
	default:
		return 1
	}
}

// Limit bounds one message. Zero means no bound.
type Limit struct {
	Max   int  `json:"max,omitempty"`
	Unit  Unit `json:"unit"`
	Lines int  `json:"lines,omitempty"`
}

// Rate is a token bucket: Burst points at most, PerSecond points back each second,
// and each action costs PerAction plus PerUnit for each unit of its text. The zero
// Rate lets everything pass.
type Rate struct {
	Burst     float64 `json:"burst,omitempty"`
	PerSecond float64 `json:"per_second,omitempty"`
	PerAction float64 `json:"per_action,omitempty"` // 1 if zero
	PerUnit   float64 `json:"per_unit,omitempty"`
}

// Cost is what an action with a text of n units takes from the bucket, never more
// than a full one.
func (r Rate) Cost(n int) float64 {
	c := r.PerAction
	if c == 0 {
		c = 1
	}
	return min(c+r.PerUnit*float64(n), r.Burst)
}

// Capabilities say what a session can do, and how much. They are data: nothing
// else decides whether an action is possible.
type Capabilities struct {
	Can  CapSet `json:"can"`
	Text Limit  `json:"text"`
	// Rate is shared by all rooms of the session, RoomRate holds for each room.
	Rate     Rate `json:"rate,omitzero"`
	RoomRate Rate `json:"room_rate,omitzero"`
	// Echo: what the bot says comes back, and is its proof of delivery.
	Echo bool `json:"echo,omitempty"`
}
