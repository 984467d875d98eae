package engine

import "strings"

// RoomGlob is a pattern over room names, "session/room": "hc/*", "*/lobby", or "*"
// for every room. A star stands for any run of characters, a question mark for one.
// The part before the first slash is for the session, which holds none. The zero
// value matches nothing.
type RoomGlob struct {
	session, room string
	set           bool
}

// ParseRoomGlob reads a pattern. Its errors have code [Invalid].
func ParseRoomGlob(s string) (RoomGlob, error) {
	if s == "*" {
		return RoomGlob{session: "*", room: "*", set: true}, nil
	}
	session, room, ok := strings.Cut(s, "/")
	if !ok || session == "" || room == "" {
		return RoomGlob{}, Errorf(Invalid, `room pattern %q: write session/room, as in "hc/*" or "*/lobby"`, s)
	}
	return RoomGlob{session: session, room: room, set: true}, nil
}

// Match reports whether the room of that session fits, by its ID or by the name
// people know it under. It does not allocate.
func (g RoomGlob) Match(s SessionID, r Room) bool {
	return g.MatchSession(s) && (globMatch(g.room, string(r.ID)) || r.Name != "" && globMatch(g.room, r.Name))
}

// MatchSession reports whether rooms of the session can match.
func (g RoomGlob) MatchSession(s SessionID) bool { return g.set && globMatch(g.session, string(s)) }

func (g RoomGlob) String() string {
	if !g.set {
		return ""
	}
	return g.session + "/" + g.room
}

// globMatch takes time proportional to the product of the lengths at worst: on a
// mismatch it goes back to the last star alone.
func globMatch(pattern, s string) bool {
	star, resume := -1, 0
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, resume = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			if pattern[p] == '?' {
				i += runeLen(s[i:])
			} else {
				i++
			}
			p++
		case star >= 0:
			resume += runeLen(s[resume:])
			p, i = star+1, resume
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// runeLen is the number of bytes of the first character.
func runeLen(s string) int {
	for i := range s {
		if i > 0 {
			return i
		}
	}
	return len(s)
}
