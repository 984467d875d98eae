package engine

import "strings"

// SameWords reports whether two texts say the same to whoever types them: in any case, with any space
// between words.
func SameWords(a, b string) bool { return strings.EqualFold(oneSpaced(a), oneSpaced(b)) }

func oneSpaced(s string) string { return strings.Join(strings.Fields(s), " ") }
