package simplex

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"botd/engine"
)

const (
	// maxEncoded is how many bytes of JSON a message may have on the network, with all that
	// is in it.
	maxEncoded = 15602
	// envelope is what a message has around its text, and a quotation around its own.
	envelope = 600
	// maxText is the longest text that needs no second look: few are more than quotes.
	maxText = 14000
)

// encodedLen is how many bytes a text has in JSON, without the quotes around it.
func encodedLen(text string) int {
	n := 0
	for _, r := range text {
		switch {
		case r == '"' || r == '\\' || r == '\n' || r == '\r' || r == '\t':
			n += 2
		case r < ' ' || r == '\u2028' || r == '\u2029' || r == utf8.RuneError: // which stands for broken bytes, too
			n += 6
		default:
			n += engine.Bytes.RuneLen(r)
		}
	}
	return n
}

// split cuts a text into parts of at most max bytes each once they are JSON.
func split(text string, max int) (parts []string) {
	limit := engine.Limit{Max: max, Unit: engine.Bytes}
	for _, p := range engine.Split(text, limit) {
		if encodedLen(p) <= max {
			parts = append(parts, p)
			continue
		}
		parts = append(parts, splitDense(p, max)...)
	}
	return slices.DeleteFunc(parts, func(p string) bool { return p != text && strings.TrimSpace(p) == "" })
}

// splitDense cuts a text that is full of what JSON writes longer.
func splitDense(text string, max int) []string {
	half := len(text) / 2
	var parts []string
	for _, p := range engine.Split(text, engine.Limit{Max: half + half%2 + 4, Unit: engine.Bytes}) {
		if encodedLen(p) > max && len(p) < len(text) && len(p) > 8 {
			parts = append(parts, splitDense(p, max)...)
			continue
		}
		parts = append(parts, p)
	}
	return parts
}

// Split implements [engine.Splitter]: what counts is the length as JSON.
func (s *session) Split(text string, l engine.Limit) []string { return split(text, l.Max) }

// checkText refuses what cannot be said in one message.
func checkText(text string) error {
	switch n := encodedLen(text); {
	case text == "":
		return engine.Errorf(engine.Invalid, "the text is empty")
	case n > maxText:
		return engine.Errorf(engine.Invalid, "the text has %d bytes as it is sent; %d go into one message", n, maxText)
	}
	return nil
}

// clone is a deep copy of what JSON can hold.
func clone(m map[string]any) map[string]any {
	out := map[string]any{}
	b, err := json.Marshal(m)
	if err == nil {
		json.Unmarshal(b, &out) // it was just written
	}
	return out
}
