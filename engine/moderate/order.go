package moderate

import (
	"time"

	"botd/engine"
)

// Order is a step that no rule asked for.
type Order struct {
	Step    Step             `json:"step"`
	User    engine.User      `json:"user"`
	Message engine.MessageID `json:"message,omitempty"`
	Text    string           `json:"text,omitempty"`
	Why     string           `json:"why,omitempty"`
	Person  string           `json:"person,omitempty"` // who wants it; "" for the script itself
}

// Nuke is a step against all who said something lately.
type Nuke struct {
	Pattern string        `json:"pattern"` // a regular expression of Go's
	Since   time.Duration `json:"since"`   // how far back
	Action  Step          `json:"action"`
	Why     string        `json:"why,omitempty"`
	Preview bool          `json:"preview,omitempty"` // only tell
}

// Nuked is what a nuke found, and what came of it.
type Nuked struct {
	Messages []NukedLine `json:"messages"`
	Users    []string    `json:"users"`
	Cases    []string    `json:"cases"`
}

// NukedLine is a message that a nuke found.
type NukedLine struct {
	At   time.Time `json:"at"`
	User string    `json:"user"`
	Text string    `json:"text"`
}
