package engine

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fits reports whether text may go out as one message.
func (l Limit) Fits(text string) bool {
	if l.Lines <= 0 && (l.Max <= 0 || len(text) <= l.Max) {
		return true // no unit counts more than bytes do
	}
	return l.scan(text).end == len(text)
}

// Split cuts text into parts that each fit l: at the last line break that fits,
// else at the last space, else between two characters as people see them, else
// between two code points. White space at a cut is dropped (after a line break
// the indentation stays); everything else is kept, and no part is empty or blank.
// A text that fits comes back as it is; the empty text, and one of nothing but
// white space that does not fit, give nil.
//
// A code point that alone is longer than l stands in a part of its own.
func Split(text string, l Limit) []string {
	var parts []string
	for text != "" {
		if len(parts) == 0 && l.Fits(text) {
			return []string{text}
		}
		s := l.scan(text)
		if s.end == len(text) {
			if strings.TrimFunc(text, breakable) == "" {
				break
			}
			return append(parts, text)
		}
		at, newline := s.cut()
		part := strings.TrimRightFunc(text[:at], breakable)
		if text = text[at:]; newline {
			text = strings.TrimLeft(text, "\r\n")
		} else {
			text = strings.TrimLeftFunc(text, breakable)
		}
		if part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// window is what Limit.scan found: how much of a text fits, and where in it, as
// byte offsets, the text may be cut. Offsets are -1 where there is no such place.
type window struct {
	end     int // the part of the text that fits, len(text) if all does
	newline int // the last line break, perhaps the first thing that no longer fits
	space   int // the last other white space, likewise
	hard    int // the last border between characters; always above 0
}

func (w window) cut() (at int, newline bool) {
	switch {
	case w.newline >= 0:
		return w.newline, true
	case w.space >= 0:
		return w.space, false
	}
	return w.hard, false
}

// scan reads text up to the first code point that no longer fits.
func (l Limit) scan(text string) window {
	w := window{end: len(text), newline: -1, space: -1, hard: -1}
	var (
		used, lines = 0, 1
		prev        rune
		flags       int // regional indicators in a row before r: two make a flag
	)
	for i, r := range text {
		size := runeSize(text, i, r)
		used += l.Unit.lenAt(r, size)
		if r == '\n' {
			lines++
		}
		full := l.Max > 0 && used > l.Max || l.Lines > 0 && lines > l.Lines
		switch {
		case r == '\n':
			w.newline = i
		case breakable(r):
			w.space = i
		}
		if i > 0 && !joined(prev, r, flags) {
			w.hard = i
		}
		if full {
			w.end = i
			if w.hard < 0 { // one character fills the whole window
				w.hard = max(i, firstRune(text))
			}
			return w
		}
		if flags++; !regional(r) {
			flags = 0
		}
		prev = r
	}
	return w
}

func firstRune(text string) int {
	_, n := utf8.DecodeRuneInString(text)
	return n
}

// runeSize tells a literal U+FFFD from a broken byte that ranges as one.
func runeSize(text string, i int, r rune) int {
	if r == utf8.RuneError {
		return firstRune(text[i:])
	}
	return utf8.RuneLen(r)
}

// lenAt counts one code point the way [Unit.Count] does, broken bytes included.
func (u Unit) lenAt(r rune, size int) int {
	if u == Bytes {
		return size
	}
	return u.RuneLen(r)
}

// breakable reports white space that a line may be broken at.
func breakable(r rune) bool {
	switch r {
	case '\u00a0', '\u2007', '\u202f': // the no-break spaces
		return false
	}
	return unicode.IsSpace(r)
}

func regional(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }

// joined reports whether r belongs to the same character, as people see it, as prev
// before it. It knows the marks, joiners, emoji modifiers, flags and Hangul letters
// that chat is made of, not all of Unicode's rules; flags counts the regional
// indicators that end with prev.
func joined(prev, r rune, flags int) bool {
	const joiner = '\u200d'
	switch {
	case prev == joiner:
		return true
	case r < 0x300:
		return prev == '\r' && r == '\n'
	case r == joiner, r >= 0x1f3fb && r <= 0x1f3ff, r >= 0xe0020 && r <= 0xe007f:
		return true // zero-width joiner, skin tones, tags of regional flags
	case r >= 0x1160 && r <= 0x11ff:
		return true // Hangul vowels and finals
	case regional(r):
		return flags%2 == 1
	}
	return unicode.IsMark(r)
}
