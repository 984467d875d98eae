package moderate

import (
	"time"

	"botd/engine"
)

// Case is what was done about somebody: who, what, why, by whom, and how to undo it.
type Case struct {
	ID       string           `json:"id"`
	At       time.Time        `json:"at"`
	Session  engine.SessionID `json:"session"`
	Platform string           `json:"platform,omitempty"`
	Room     engine.RoomID    `json:"room"`
	User     engine.User      `json:"user"` // whom it is about
	Message  engine.MessageID `json:"message,omitempty"`
	Text     string           `json:"text,omitempty"` // of the message
	// By: the script in whose name it was done, and the rule or the person.
	Script string `json:"script"`
	Rules  string `json:"rules,omitempty"`
	Rule   int    `json:"rule,omitempty"`
	Kind   string `json:"kind,omitempty"`
	Detail string `json:"detail,omitempty"`
	Person string `json:"person,omitempty"`
	Why    string `json:"why,omitempty"`

	Wanted Step      `json:"wanted"`         // by the ladder, or by the person
	Taken  Step      `json:"taken,omitzero"` // what the network could do of it
	Until  time.Time `json:"until,omitzero"` // end of a timeout or ban
	// Note says why Taken is not Wanted, or what went wrong.
	Note   string `json:"note,omitempty"`
	Status Status `json:"status"`
	// Deleted are the messages that are gone: that one, and others of the same flood.
	Deleted []engine.MessageID `json:"deleted,omitempty"`
	// Ladder is where the offence counts, for who undoes it.
	Ladder string    `json:"ladder,omitempty"`
	Undone time.Time `json:"undone,omitzero"`
	Undoer string    `json:"undoer,omitempty"`
	// Forgotten is when whom it is about was taken out of it, see [Case.Forget].
	Forgotten time.Time `json:"forgotten,omitzero"`
}

// Status is what became of a case.
type Status string

const (
	Pending Status = "pending" // on its way to the network
	Done    Status = "done"
	Failed  Status = "failed" // the network did not do it; Note says why
	Shadow  Status = "shadow" // only noted: the rules are on trial
	Undone  Status = "undone"
	// Unknown: the connection broke, or botd ended, before the network answered. It can be
	// undone as one that is done.
	Unknown Status = "unknown"
)

// Undo says how a case can be undone, in words for people.
func (c *Case) Undo() string {
	switch cap, ok := c.Taken.Undoes(); {
	case c.Status == Undone || c.Status == Shadow || c.Status == Failed || !c.Forgotten.IsZero():
		return "nothing to undo"
	case !ok:
		return "the offence can be forgotten"
	default:
		return cap.String() + " and the offence can be forgotten"
	}
}

// Query selects cases, the latest first. Zero fields select all.
type Query struct {
	User  string          `json:"user,omitempty"` // an ID or a name
	Room  engine.RoomPath `json:"room,omitempty"`
	Since time.Time       `json:"since,omitzero"`
	Limit int             `json:"limit,omitempty"`
}

// Takes reports whether a query selects a case.
func (q Query) Takes(c *Case) bool {
	who := q.User == "" || q.User == string(c.User.ID) || q.User == c.User.Name || q.User == c.User.Account && q.User != ""
	return who && (q.Room == "" || q.Room == engine.Path(c.Session, c.Room)) && !c.At.Before(q.Since)
}

// Permit lets somebody do what a kind of rule forbids.
type Permit struct {
	Session engine.SessionID `json:"session"`
	User    engine.User      `json:"user"`
	What    string           `json:"what"`            // one of [Kinds]
	For     time.Duration    `json:"for,omitempty"`   // 0: until it is used up
	Count   int              `json:"count,omitempty"` // so many lines; 0 for any number
}

// Check holds a permit to what there is. Without an end it gets one of a minute.
func (p *Permit) Check() error {
	for _, k := range Kinds() {
		if k != p.What {
			continue
		}
		if p.For < 0 || p.For > maxLength || p.Count < 0 || p.Count > maxCount {
			return engine.Errorf(engine.Invalid, "a permit is for a duration up to %g days, and for up to %d lines", maxLength.Hours()/24, maxCount)
		}
		if p.For == 0 && p.Count == 0 {
			p.For = time.Minute
		}
		return nil
	}
	return engine.Errorf(engine.Invalid, "no kind of rule %q; there are %v", shorten(p.What), Kinds())
}
