package hackmud

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"botd/engine"
)

// tag finds the first colour tag in a text: a backtick, a letter or digit, at least one
// character and a backtick. ok is false if there is none.
func tag(text string) (start, end int, ok bool) {
	for from := 0; ; {
		i := strings.IndexByte(text[from:], '`')
		if i < 0 {
			return 0, 0, false
		}
		start = from + i
		if start+2 < len(text) && isColour(text[start+1]) && text[start+2] != '`' {
			if n := strings.IndexByte(text[start+2:], '`'); n > 0 {
				return start, start + 2 + n + 1, true
			}
		}
		from = start + 1
	}
}

func isColour(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// strip takes the colour tags off: what they hold stays.
func strip(text string) string {
	var b strings.Builder
	for {
		start, end, ok := tag(text)
		if !ok {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:start])
		b.WriteString(text[start+2 : end-1])
		text = text[end:]
	}
}

// plain is a text as scripts read it: without colours and without control characters,
// line breaks aside.
func plain(text string) string { return clean(strip(text)) }

func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// Limits of a message. What the server counts is not known; UTF-16 units are the most
// careful guess that is not bytes.
const (
	maxText  = 1000
	maxLines = 10
)

var textLimit = engine.Limit{Max: maxText, Unit: engine.UTF16, Lines: maxLines}

// tagUnits is what closing a tag at the end of a part and opening it in the next takes.
const tagUnits = 3

// split cuts a text as [engine.Split] does, and never inside a colour tag: one that is
// cut is closed and opened again.
func split(text string, l engine.Limit) []string {
	if l.Fits(text) {
		return engine.Split(text, l)
	}
	inner := l
	inner.Max -= tagUnits
	var parts []string
	p := painter{}
	for _, part := range engine.Split(hide(text), inner) {
		if shown := p.show(part); strings.TrimFunc(shown, unicode.IsSpace) != "" {
			parts = append(parts, shown)
		}
	}
	return parts
}

// splitMost is split into no more than most parts; whole is false if that cost text.
func splitMost(text string, l engine.Limit, most int) (parts []string, whole bool) {
	parts = split(text, l)
	if len(parts) <= most {
		return parts, true
	}
	parts = parts[:most]
	shorter := l
	shorter.Max -= len("…")
	parts[most-1] = split(parts[most-1], shorter)[0] + "…"
	return parts, false
}

// While a text is cut, one sign stands for each end of a tag, so that no cut goes through
// it. The signs have as many UTF-16 units as what they stand for. They are not for use
// in texts; a text that has them all the same loses them.
const (
	opens  = 0xF0000 // plus the colour
	closes = 0xFDD0
)

func isSign(r rune) bool { return r == closes || opens <= r && r < opens+utf8.RuneSelf }

// hide puts the signs in the place of the tags.
func hide(text string) string {
	text = strings.Map(func(r rune) rune {
		if isSign(r) {
			return -1
		}
		return r
	}, text)
	var b strings.Builder
	for {
		start, end, ok := tag(text)
		if !ok {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:start])
		b.WriteRune(opens + rune(text[start+1]))
		b.WriteString(text[start+2 : end-1])
		b.WriteRune(closes)
		text = text[end:]
	}
}

// painter puts the tags back, part by part.
type painter struct {
	colour rune // of the tag that is open, 0 if none is
}

// show writes a part with whole tags. A tag is written with its first character: one
// without would be plain text.
func (p *painter) show(part string) string {
	var b strings.Builder
	written := false
	end := func() {
		if written {
			b.WriteByte('`')
		}
		written = false
	}
	for _, r := range part {
		switch {
		case r == closes:
			end()
			p.colour = 0
		case isSign(r):
			p.colour = r - opens
		default:
			if p.colour != 0 && !written {
				b.WriteByte('`')
				b.WriteRune(p.colour)
				written = true
			}
			b.WriteRune(r)
		}
	}
	end()
	return b.String()
}
