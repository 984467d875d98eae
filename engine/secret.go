package engine

import (
	"fmt"
	"log/slog"
)

// Secret holds a password or token. Printing, logging and encoding it show only
// that it is there; Reveal gives the value to the code that puts it on the wire.
type Secret string

const hidden = "[secret]"

// Reveal returns the value. Never pass the result to a log or an error.
func (s Secret) Reveal() string { return string(s) }

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// Format serves all verbs, also wrong ones: fmt prints the bare value for %d.
func (s Secret) Format(f fmt.State, verb rune) {
	fmt.Fprintf(f, fmt.FormatString(f, verb), s.String())
}

func (s Secret) LogValue() slog.Value         { return slog.StringValue(s.String()) }
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes the value from configuration.
func (s *Secret) UnmarshalText(b []byte) error { *s = Secret(b); return nil }
