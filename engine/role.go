package engine

import (
	"fmt"
	"strings"
)

// Role is a rung of the ladder every network's own ranks are mapped to. A role
// includes all below it. The zero value is a guest.
type Role uint8

const (
	Guest      Role = iota // nobody knows them: no account, no trip
	Member                 // "user": has an identity on the network
	Regular                // known to the bot
	Subscriber             // pays, follows, is trusted
	Moderator
	Admin
	Owner
)

var roleNames = [...]string{"guest", "user", "regular", "subscriber", "moderator", "admin", "owner"}

func (r Role) String() string {
	if int(r) < len(roleNames) {
		return roleNames[r]
	}
	return fmt.Sprintf("role(%d)", uint8(r))
}

// RoleNames lists the ladder from below.
func RoleNames() []string { return append([]string(nil), roleNames[:]...) }

// ParseRole is the inverse of String.
func ParseRole(s string) (Role, error) {
	for i, n := range roleNames {
		if n == s {
			return Role(i), nil
		}
	}
	return 0, Errorf(Invalid, "no role %q; roles are %s", s, strings.Join(roleNames[:], ", "))
}

func (r Role) MarshalText() ([]byte, error) {
	if int(r) >= len(roleNames) {
		return nil, Errorf(Invalid, "no role %d", r)
	}
	return []byte(r.String()), nil
}

func (r *Role) UnmarshalText(b []byte) (err error) {
	*r, err = ParseRole(string(b))
	return err
}
