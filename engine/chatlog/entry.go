package chatlog

import (
	"strings"
	"time"
	"unicode/utf8"

	"botd/engine"
	"botd/engine/moderate"
)

// KindCase is the kind of an entry about what the bot did, as its case says: for a rule, a
// script or a person who asked for it. All other entries have the kind of their event.
const KindCase engine.Kind = "case"

// Entry is one line of the log. Its JSON is the format of the files.
type Entry struct {
	At       time.Time        `json:"time"`
	Kind     engine.Kind      `json:"kind"`
	Session  engine.SessionID `json:"session"`
	Platform string           `json:"platform,omitempty"`
	Room     engine.RoomID    `json:"room,omitempty"`
	RoomName string           `json:"room_name,omitempty"` // if it is not the ID
	User     engine.User      `json:"user,omitzero"`       // who said or did it; zero for the server and in cases
	Self     bool             `json:"self,omitempty"`      // the bot's own account did it
	Private  bool             `json:"private,omitempty"`
	Emote    bool             `json:"emote,omitempty"`

	Message engine.MessageID `json:"message_id,omitempty"` // that was said, changed or deleted
	Text    string           `json:"text,omitempty"`

	// What was done to whom: a deletion's Target is who wrote the message, if known.
	Target *engine.User  `json:"target,omitempty"`
	Length time.Duration `json:"length,omitempty"` // in ns; 0 is without end
	Reason string        `json:"reason,omitempty"`

	// Of a case.
	Case   string          `json:"case,omitempty"`
	Script string          `json:"script,omitempty"` // in whose name
	Rules  string          `json:"rules,omitempty"`  // "" if no rule did it
	Rule   int             `json:"rule,omitempty"`
	Step   string          `json:"step,omitempty"` // "timeout"
	Status moderate.Status `json:"status,omitempty"`
	Person string          `json:"person,omitempty"` // who asked for it, or took it back
	// Deleted are messages that went with it: that one, and others of the same flood.
	Deleted []engine.MessageID `json:"deleted,omitempty"`
}

// Where is the room as people know it.
func (e *Entry) Where() engine.RoomPath {
	room := e.Room
	if e.RoomName != "" {
		room = engine.RoomID(e.RoomName)
	}
	return engine.Path(e.Session, room)
}

// In is the room as events have it.
func (e *Entry) In() engine.Room { return engine.Room{ID: e.Room, Name: e.RoomName} }

// About reports whether an entry is of somebody, or about them: by ID, account, trip,
// identity, or name in any case.
func (e *Entry) About(who string) bool {
	return moderate.IsUser(&e.User, who) || e.Target != nil && moderate.IsUser(e.Target, who) || e.Person != "" && strings.EqualFold(e.Person, who)
}

// MaxText is how many bytes of a text are kept: as much as rules look at.
const MaxText = moderate.MaxText

// fromEvent is the entry of an event; false for what is not kept. What is replayed from
// before a join was kept when it was said.
func fromEvent(ev *engine.Event) (e Entry, ok bool) {
	if ev.History {
		return e, false
	}
	e = Entry{At: ev.At, Kind: ev.Kind(), Session: ev.Session, Platform: ev.Platform, Room: ev.Room.ID, User: *bare(ev.User), Self: ev.Self}
	if ev.Room.Name != string(ev.Room.ID) {
		e.RoomName = ev.Room.Name
	}
	switch b := ev.Body.(type) {
	case engine.Message:
		e.Message, e.Text, e.Private, e.Emote = b.ID, clip(b.Text), b.Private, b.Emote
	case engine.Edited:
		e.Message, e.Text = b.ID, clip(b.Text)
	case engine.Deleted:
		e.Message, e.Reason = b.ID, clip(b.Reason)
		if b.Author.Ref() != (engine.UserRef{}) {
			e.Target = bare(b.Author)
		}
	case engine.Kicked:
		e.Target, e.Reason = bare(b.Target), clip(b.Reason)
	case engine.TimedOut:
		e.Target, e.Length, e.Reason = bare(b.Target), b.Length, clip(b.Reason)
	case engine.Muted:
		e.Target, e.Length, e.Reason = bare(b.Target), b.Length, clip(b.Reason)
	case engine.Banned:
		e.Target, e.Length, e.Reason = bare(b.Target), b.Length, clip(b.Reason)
	case engine.Unmuted:
		e.Target = bare(b.Target)
	case engine.Unbanned:
		e.Target = bare(b.Target)
	default:
		return e, false
	}
	return e, e.Room != "" || e.Private
}

// fromCase is the entry of a case; false for one that did nothing.
func fromCase(c *moderate.Case) (e Entry, ok bool) {
	if c.Status != moderate.Done && c.Status != moderate.Undone && c.Status != moderate.Unknown {
		return e, false
	}
	e = Entry{
		At: c.At, Kind: KindCase, Session: c.Session, Platform: c.Platform, Room: c.Room, Target: bare(c.User), Message: c.Message, Length: c.Taken.For,
		Reason: clip(c.Why), Case: c.ID, Script: c.Script, Rules: c.Rules, Rule: c.Rule, Step: c.Taken.Do, Status: c.Status, Person: c.Person, Deleted: c.Deleted,
	}
	if c.Status == moderate.Undone {
		e.At, e.Person = c.Undone, c.Undoer
	}
	return e, true
}

// bare is a user with what rules look at, and by what people are found again.
func bare(u engine.User) *engine.User {
	return &engine.User{
		ID: u.ID, Name: u.Name, Role: u.Role, Roles: u.Roles, Trip: u.Trip, Account: u.Account, IsBot: u.IsBot, Identity: u.Identity, Groups: u.Groups,
	}
}

func clip(s string) string {
	if len(s) <= MaxText {
		return s
	}
	n := MaxText
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Event is the event that an entry is of, as far as it was kept; nil for a case.
func (e *Entry) Event() *engine.Event {
	target := engine.User{}
	if e.Target != nil {
		target = *e.Target
	}
	ev := &engine.Event{At: e.At, Session: e.Session, Platform: e.Platform, Room: e.In(), User: e.User, Self: e.Self}
	switch e.Kind {
	case "message":
		ev.Body = engine.Message{ID: e.Message, Text: e.Text, Private: e.Private, Emote: e.Emote}
	case "edit":
		ev.Body = engine.Edited{ID: e.Message, Text: e.Text}
	case "delete":
		ev.Body = engine.Deleted{ID: e.Message, Author: target, Reason: e.Reason}
	case "kick":
		ev.Body = engine.Kicked{Target: target, Reason: e.Reason}
	case "timeout":
		ev.Body = engine.TimedOut{Target: target, Length: e.Length, Reason: e.Reason}
	case "mute":
		ev.Body = engine.Muted{Target: target, Length: e.Length, Reason: e.Reason}
	case "ban":
		ev.Body = engine.Banned{Target: target, Length: e.Length, Reason: e.Reason}
	case "unmute":
		ev.Body = engine.Unmuted{Target: target}
	case "unban":
		ev.Body = engine.Unbanned{Target: target}
	default:
		return nil
	}
	return ev
}
