package engine

import "strings"

// EventID names one event of this daemon. It is unique across restarts, grows in
// the order of arrival within one run, and is opaque otherwise.
type EventID string

// SessionID is the name of a session in the configuration.
type SessionID string

// RoomID names a room within its session. Only the adapter that made it knows
// what is in it; it may hold any characters.
type RoomID string

// UserID names a user within a session, by the most stable thing the network has:
// an account, a trip code, a number. Only the adapter that made it can read it.
// Where the network knows nothing stable it stands for one stay in one room, and
// [User.Account] is empty.
type UserID string

// MessageID names a message within its session, for edits, deletions, reactions
// and replies. Empty where the network has no such thing.
type MessageID string

// RoomPath is the name of a room over all sessions, "session/room", as scripts,
// the command line and the configuration write it.
type RoomPath string

// Path joins a session and a room.
func Path(s SessionID, r RoomID) RoomPath { return RoomPath(string(s) + "/" + string(r)) }

// Split is the inverse of [Path]. Session names hold no slash, so the first one
// separates; ok is false if there is none.
func (p RoomPath) Split() (s SessionID, r RoomID, ok bool) {
	before, after, ok := strings.Cut(string(p), "/")
	return SessionID(before), RoomID(after), ok
}

// CutAccount takes "session/account" apart as the configuration writes it.
func CutAccount(s string) (session SessionID, account string, err error) {
	name, account, ok := strings.Cut(s, "/")
	if !ok || name == "" || account == "" {
		return "", "", Errorf(Invalid, "%q names nobody: write SESSION/ACCOUNT, as in \"hc/AbC123\" (user.account, which is the trip on hack.chat); a name alone proves nothing", s)
	}
	return SessionID(name), account, nil
}
