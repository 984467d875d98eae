package engine

import (
	"encoding/json"
	"fmt"
	"time"
)

// Event is something that happened: in a room, to a session, or in the daemon
// itself. It is the only event type there is. An adapter fills Room, User, Body,
// Extra, Self and History, and At when the network tells the time; the supervisor
// fills the rest. An event is never changed after it was emitted.
//
// Events survive a round trip through JSON without loss, except for what is [Private],
// given that times are in UTC, strings are valid UTF-8 and Extra holds only what
// encoding/json decodes into an any.
type Event struct {
	ID       EventID   `json:"id,omitempty"`
	At       time.Time `json:"time,omitzero"`
	Session  SessionID `json:"session,omitempty"`
	Platform string    `json:"platform,omitempty"` // the adapter's name
	Room     Room      `json:"room,omitzero"`      // zero for what concerns the whole session
	User     User      `json:"user,omitzero"`      // who did it; zero for the server
	Self     bool      `json:"self,omitempty"`     // the bot's own account did it
	History  bool      `json:"history,omitempty"`  // replayed from before the join
	// Key is what makes it the same event if the network delivers it again, after a reconnect
	// or a restart: then it is kept back. It is unique within the session, over months, also
	// against what the network said of another account or database. Empty where a network does
	// not repeat itself.
	Key  string `json:"key,omitempty"`
	Body Body   `json:"-"` // what happened; never nil
	// Extra holds what only this network has, under the names on the wire.
	Extra map[string]any `json:"extra,omitempty"`
}

// Kind is the body's kind, or for a [Custom] event the name its script gave it.
func (e *Event) Kind() Kind {
	if c, ok := e.Body.(Custom); ok {
		return Kind(c.Name)
	}
	if e.Body == nil {
		return ""
	}
	return e.Body.Kind()
}

// Path is the full name of the event's room, or "" if it has none.
func (e *Event) Path() RoomPath {
	if e.Room.ID == "" {
		return ""
	}
	return Path(e.Session, e.Room.ID)
}

// Room is a channel, chat or group of one session.
type Room struct {
	ID    RoomID `json:"id,omitempty"`
	Name  string `json:"name,omitempty"` // as people write it; the ID if empty
	Topic string `json:"topic,omitempty"`
}

// User is somebody in a room, as the network described them at that moment.
type User struct {
	ID      UserID `json:"id,omitempty"`
	Name    string `json:"name,omitempty"`    // nick, as people type it
	Display string `json:"display,omitempty"` // longer form for show; the name if empty
	Role    Role   `json:"role,omitempty"`
	// Roles are the network's own labels, e.g. "channelOwner".
	Roles []string `json:"roles,omitempty"`
	// Trip is a proof of a password shown beside the name, where a network has that.
	Trip string `json:"trip,omitempty"`
	// Account is what makes this user the same one tomorrow. Empty means that
	// nothing but the name speaks for them, and a name proves nothing.
	Account string    `json:"account,omitempty"`
	IsBot   bool      `json:"is_bot,omitempty"`
	Joined  time.Time `json:"joined,omitzero"`
	// Identity and Groups are the bot's own knowledge: who the user is over all networks,
	// and the groups of the configuration they are in. Adapters leave them empty.
	Identity string   `json:"identity,omitempty"`
	Groups   []string `json:"groups,omitempty"`
}

// Ref is what an action needs to find the user again.
func (u User) Ref() UserRef { return UserRef{ID: u.ID, Name: u.Name} }

// UserRef points at a user in an action: by ID where it is known, else by name.
// Adapters try the ID first.
type UserRef struct {
	ID   UserID `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// wire has Event's fields without its methods, so that encoding does not recurse.
type eventFields Event

type eventJSON struct {
	Kind Kind `json:"kind"`
	eventFields
	Body json.RawMessage `json:"body"`
}

// MarshalJSON writes the event as one object: kind, the common fields, and body.
func (e Event) MarshalJSON() ([]byte, error) {
	if e.Body == nil {
		return nil, Errorf(Invalid, "event without a body")
	}
	body, err := json.Marshal(e.Body)
	if err != nil {
		return nil, fmt.Errorf("encode %s event: %w", e.Body.Kind(), err)
	}
	return json.Marshal(eventJSON{Kind: e.Body.Kind(), eventFields: eventFields(e), Body: body})
}

// UnmarshalJSON reads what MarshalJSON wrote. An unknown kind is an error.
func (e *Event) UnmarshalJSON(b []byte) error {
	var w eventJSON
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	body, err := bodies.decode(string(w.Kind), w.Body)
	if err != nil {
		return err
	}
	*e = Event(w.eventFields)
	e.Body = body
	return nil
}
