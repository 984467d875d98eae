package engine

import (
	"fmt"
	"log/slog"
)

// Private is something about a person that only a script with [GrantContacts] may read:
// the e-mail address of a winner. Printing, logging and encoding it show only that it is
// there, so it stays out of logs, the journal, event streams and whatever else JSON
// reaches, and is lost on a way through JSON. Scripts get it by the door alone.
type Private struct{ value string }

// NewPrivate hides a value.
func NewPrivate(value string) Private { return Private{value} }

const withheld = "[private]"

// Reveal returns the value. It is for the door of scripts, which checks the grant.
func (p Private) Reveal() string { return p.value }

// IsZero reports whether there is nothing to hide.
func (p Private) IsZero() bool { return p.value == "" }

// Equal serves comparisons in tests, which cannot look inside.
func (p Private) Equal(other Private) bool { return p == other }

func (p Private) String() string {
	if p.IsZero() {
		return ""
	}
	return withheld
}

// Format serves all verbs, also those that print the fields of a struct.
func (p Private) Format(f fmt.State, verb rune) {
	fmt.Fprintf(f, fmt.FormatString(f, verb), p.String())
}

func (p Private) LogValue() slog.Value         { return slog.StringValue(p.String()) }
func (p Private) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText takes nothing over: what was encoded is not the value.
func (p *Private) UnmarshalText([]byte) error { *p = Private{}; return nil }

// PrivateOf is what an event hides, zero if nothing.
func PrivateOf(ev *Event) Private {
	if r, ok := ev.Body.(RaffleChanged); ok {
		return r.Email
	}
	return Private{}
}

// WithPrivate puts back into an event what a way through JSON has lost.
func WithPrivate(ev Event, p Private) Event {
	if r, ok := ev.Body.(RaffleChanged); ok {
		r.Email = p
		ev.Body = r
	}
	return ev
}
