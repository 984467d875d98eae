package engine

import (
	"math"
	"math/bits"
	"strings"
	"time"
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

// Rate is a token bucket: it holds Burst points, and each action takes PerAction plus
// PerUnit for each unit of its text. What was taken comes back with PerSecond points a
// second, or if HalfLife is set by one half in that time, as a score that decays does.
// The zero Rate lets everything pass.
type Rate struct {
	Burst     float64       `json:"burst,omitempty"`
	PerSecond float64       `json:"per_second,omitempty"`
	HalfLife  time.Duration `json:"half_life,omitempty"`
	PerAction float64       `json:"per_action,omitempty"` // 1 if zero
	PerUnit   float64       `json:"per_unit,omitempty"`
	// Shared names a bucket that all sessions draw from whose rates name the same one:
	// a limit that a network holds against an address or account. "" is the session's own.
	Shared string `json:"shared,omitempty"`
}

// Paced reports whether the rate holds anything back.
func (r Rate) Paced() bool { return r.Burst > 0 && (r.PerSecond > 0 || r.HalfLife > 0) }

// Cost is what an action with a text of n units takes from the bucket, never more
// than a full one.
func (r Rate) Cost(n int) float64 {
	price := r.PerAction
	if price == 0 {
		price = 1
	}
	return r.cost(price, n)
}

func (r Rate) cost(price float64, n int) float64 { return min(price+r.PerUnit*float64(n), r.Burst) }

// Left is how many of the points taken from a bucket are not back after a time.
func (r Rate) Left(taken float64, after time.Duration) float64 {
	if r.HalfLife > 0 {
		return taken * math.Exp2(-float64(after)/float64(r.HalfLife))
	}
	return max(0, taken-r.PerSecond*after.Seconds())
}

// fullEnough is what may be missing from a bucket that decays and counts as full, as a
// part of it: it never is, quite.
const fullEnough = 1.0 / 16

// Wait is how long it takes until a bucket of which so much was taken can pay a cost.
func (r Rate) Wait(taken, cost float64) time.Duration {
	room := r.Burst - cost
	if r.HalfLife > 0 {
		room = max(room, r.Burst*fullEnough)
	}
	if !r.Paced() || taken <= room+1e-9 {
		return 0
	}
	if r.HalfLife > 0 {
		return wholeNano(math.Log2(taken/room) * float64(r.HalfLife))
	}
	return wholeNano((taken - room) / r.PerSecond * float64(time.Second))
}

func wholeNano(d float64) time.Duration { return time.Duration(min(math.Ceil(d), math.MaxInt64/4)) }

// Sustained is how many points a second the bucket gives in the long run, if it is
// never left to fill up.
func (r Rate) Sustained() float64 {
	if r.HalfLife > 0 {
		return r.Burst * math.Ln2 / r.HalfLife.Seconds()
	}
	return r.PerSecond
}

// PriceConnect is the key in [Capabilities.Prices] for making a connection and logging
// in.
const PriceConnect = "connect"

// Capabilities say what a session can do, and how much. They are data: nothing
// else decides whether an action is possible.
type Capabilities struct {
	Can  CapSet `json:"can"`
	Text Limit  `json:"text"`
	// Rate is shared by all rooms of the session, RoomRate holds for each room.
	Rate     Rate `json:"rate,omitzero"`
	RoomRate Rate `json:"room_rate,omitzero"`
	// Prices are what actions cost in both where that is not PerAction: by [ActionName],
	// for a native command by "call " and its name, and [PriceConnect].
	Prices map[string]float64 `json:"prices,omitempty"`
	// Echo: what the bot says comes back, and is its proof of delivery.
	Echo bool `json:"echo,omitempty"`
	// KickLasts: who was kicked is out until somebody lets them in again. Elsewhere they may
	// come back at once.
	KickLasts bool `json:"kick_lasts,omitempty"`
	// Reactions are the only emoji that can be reactions, without variation selectors; nil if
	// any can.
	Reactions []string `json:"reactions,omitempty"`
}

// Cost is what an action takes from the bucket of a rate, never more than a full one.
func (c *Capabilities) Cost(r Rate, a Action, text string) float64 {
	n := c.Text.Unit.Count(text)
	if len(c.Prices) == 0 {
		return r.Cost(n)
	}
	if price, ok := c.Prices[priceKey(a)]; ok {
		return r.cost(price, n)
	}
	return r.Cost(n)
}

func priceKey(a Action) string {
	if call, ok := a.(Call); ok {
		return "call " + call.Name
	}
	return ActionName(a)
}
