package engine

import (
	"math/bits"
	"strings"
)

// Grant is one thing a script may be allowed to do. Config.yaml grants; what a
// network can do is a [Capability] and another question.
type Grant uint8

const (
	GrantChat     Grant = iota // speak, react, change and delete what the bot itself said, see who is there
	GrantModerate              // act on others and on the rules of the room
	GrantSession               // join and leave rooms, rename the bot
	GrantFiles                 // send and receive files
	GrantCall                  // any native command of a network
	GrantStore                 // the script's own kv and state
	GrantShared                // the store all scripts share
	GrantCron                  // scheduled work
	GrantHTTP                  // requests to public addresses, webhooks
	GrantSecrets               // secret.get
	GrantEmit                  // events for other scripts
	GrantContacts              // how to reach people elsewhere: the e-mail address of a winner
	grantCount
)

var grantNames = [grantCount]string{
	"chat", "moderate", "session", "files", "call", "store", "shared", "cron", "http", "secrets", "emit", "contacts",
}

func (g Grant) String() string {
	if g < grantCount {
		return grantNames[g]
	}
	return "unknown"
}

// GrantNames lists the names of all grants, in their fixed order.
func GrantNames() []string { return append([]string(nil), grantNames[:]...) }

// ParseGrant is the inverse of String.
func ParseGrant(s string) (Grant, error) {
	for i, n := range grantNames {
		if n == s {
			return Grant(i), nil
		}
	}
	return 0, Errorf(Invalid, "no grant %q; grants are %s", s, strings.Join(grantNames[:], ", "))
}

func (g Grant) MarshalText() ([]byte, error) { return []byte(g.String()), nil }
func (g *Grant) UnmarshalText(b []byte) (err error) {
	*g, err = ParseGrant(string(b))
	return err
}

// GrantSet is a set of grants; the zero value grants nothing. As text it is a list
// of names with commas.
type GrantSet uint32

// Grants makes a set.
func Grants(gs ...Grant) GrantSet {
	var s GrantSet
	for _, g := range gs {
		s |= 1 << g
	}
	return s
}

// AllGrants is the set of everything.
const AllGrants GrantSet = 1<<grantCount - 1

// DefaultScriptGrants is what a script in scripts_dir may do unless the
// configuration says otherwise. A plugin has what its entry grants, nothing else.
const DefaultScriptGrants GrantSet = 1<<GrantChat | 1<<GrantStore | 1<<GrantCron | 1<<GrantHTTP | 1<<GrantEmit

func (s GrantSet) Has(g Grant) bool             { return s&(1<<g) != 0 }
func (s GrantSet) With(gs ...Grant) GrantSet    { return s | Grants(gs...) }
func (s GrantSet) Without(gs ...Grant) GrantSet { return s &^ Grants(gs...) }

// List returns the members in their fixed order.
func (s GrantSet) List() []Grant {
	out := make([]Grant, 0, bits.OnesCount32(uint32(s)))
	for g := range grantCount {
		if s.Has(g) {
			out = append(out, g)
		}
	}
	return out
}

func (s GrantSet) String() string {
	names := make([]string, 0, grantCount)
	for _, g := range s.List() {
		names = append(names, g.String())
	}
	return strings.Join(names, ",")
}

func (s GrantSet) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

func (s *GrantSet) UnmarshalText(b []byte) error {
	*s = 0
	if len(b) == 0 {
		return nil
	}
	for name := range strings.SplitSeq(string(b), ",") {
		g, err := ParseGrant(name)
		if err != nil {
			return err
		}
		*s |= 1 << g
	}
	return nil
}

// capGrants says which grant a script needs to use a capability.
var capGrants = [capCount]Grant{
	CapSay: GrantChat, CapReply: GrantChat, CapWhisper: GrantChat, CapEmote: GrantChat, CapEdit: GrantChat,
	CapDeleteOwn: GrantChat, CapReact: GrantChat, CapUsers: GrantChat, CapUserInfo: GrantChat,
	CapPoll: GrantChat, CapRaffle: GrantChat, CapPresence: GrantChat, CapEmoji: GrantChat,
	CapDelete: GrantModerate, CapKick: GrantModerate, CapBan: GrantModerate, CapBanAddress: GrantModerate,
	CapUnban: GrantModerate, CapTimeout: GrantModerate, CapMute: GrantModerate, CapUnmute: GrantModerate,
	CapRole: GrantModerate, CapTopic: GrantModerate, CapSlow: GrantModerate,
	CapSubscribersOnly: GrantModerate, CapLock: GrantModerate, CapClear: GrantModerate,
	CapInvite: GrantSession, CapJoin: GrantSession, CapLeave: GrantSession, CapMove: GrantSession,
	CapRename: GrantSession,
	CapFile:   GrantFiles,
	CapCall:   GrantCall,
}

// Grant is what a script needs to use the capability.
func (c Capability) Grant() Grant {
	if c < capCount {
		return capGrants[c]
	}
	return grantCount // in no set
}

// GrantFor is what a script needs for that very action: the grant of its
// capability, except that moving somebody else is moderation.
func GrantFor(a Action) Grant {
	if move, ok := a.(Move); ok && move.User != (UserRef{}) {
		return GrantModerate
	}
	return a.Needs().Grant()
}
