package main

import (
	"strings"
	"unicode"
)

// style colours text, or leaves it as it is.
type style bool

const (
	bold  = "1"
	dim   = "2"
	red   = "31"
	amber = "33"
	cyan  = "36"
)

func (s style) paint(code, text string) string {
	if !s || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// printable makes text of strangers safe for a terminal, which would obey the control
// characters in it.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
