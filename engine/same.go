package engine

import "strings"

// SameWords reports whether two texts say the same to whoever types them: in any case, with any space
// between words.
func SameWords(a, b string) bool { return strings.EqualFold(OneSpaced(a), OneSpaced(b)) }

// OneSpaced is a text with one space between its words, and none around them.
func OneSpaced(s string) string { return strings.Join(strings.Fields(s), " ") }

// Blank reports whether a text has nothing but spaces, if that.
func Blank(s string) bool { return strings.TrimSpace(s) == "" }
