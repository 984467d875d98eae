package hctv

import (
	"strings"
	"unicode/utf16"

	"botd/engine"
)

// trim does to a text what the server will do, so that the echo can be recognised. It
// is what JavaScript trims: not as [strings.TrimSpace], U+FEFF goes and U+0085 stays.
func trim(text string) string {
	return strings.TrimFunc(strings.ToValidUTF8(text, "\uFFFD"), isSpace) // as encoding/json will
}

func isSpace(r rune) bool {
	switch r {
	case '\t', '\n', '\v', '\f', '\r', ' ', 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff:
		return true
	}
	return r >= 0x2000 && r <= 0x200a
}

// sendable trims a text and refuses what would cost an attempt in vain.
func sendable(text string, most int) (string, error) {
	text = trim(text)
	if text == "" {
		return "", engine.Errorf(engine.Invalid, "the text is empty")
	}
	if n := engine.UTF16.Count(text); n > most {
		return "", engine.Errorf(engine.Invalid, "the text has %d UTF-16 units, messages have at most %d in this channel", n, most)
	}
	return text, nil
}

// maxReason is how much of a reason the server keeps, in UTF-16 units.
const maxReason = 250

// clip cuts a reason where the server would.
func clip(reason string) string {
	reason = trim(reason)
	if units := utf16.Encode([]rune(reason)); len(units) > maxReason {
		return strings.ToValidUTF8(string(utf16.Decode(units[:maxReason])), "")
	}
	return reason
}
