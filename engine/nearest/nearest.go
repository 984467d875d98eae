// Package nearest finds what somebody probably meant by a name that is not known:
// a configuration key, an event kind, a command.
package nearest

import (
	"cmp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// Name returns the member of known that got is most likely a slip of, without
// regard to case; of equally near ones the first. It reports false if none is near
// enough to be worth a suggestion.
func Name(got string, known []string) (string, bool) {
	folded := strings.ToLower(got)
	length := utf8.RuneCountInString(folded)
	best, found := slips(length)+1, ""
	for _, name := range known {
		candidate := strings.ToLower(name)
		// The distance is never less than the difference in length. This keeps a huge
		// input from costing its square.
		if abs(utf8.RuneCountInString(candidate)-length) >= best {
			continue
		}
		if d := levenshtein.ComputeDistance(folded, candidate); d < best {
			best, found = d, name
		}
	}
	return found, found != ""
}

// Hint ends the sentence that there is no such name: `, did you mean "message"?`, or "" if
// no member of known is near.
func Hint(got string, known []string) string {
	if near, ok := Name(got, known); ok {
		return ", did you mean " + strconv.Quote(near) + "?"
	}
	return ""
}

// HintOrAll is a Hint, or a list of all that are known.
func HintOrAll(got string, known []string) string {
	return cmp.Or(Hint(got, known), "; there are "+cmp.Or(strings.Join(known, ", "), "none"))
}

// slips is how many wrong, missing or surplus letters a name of n letters may have.
// Two swapped letters are two slips.
func slips(n int) int {
	switch {
	case n <= 1:
		return 0
	case n <= 3:
		return 1
	case n <= 7:
		return 2
	}
	return 3
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
