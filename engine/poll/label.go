package poll

import (
	"slices"
	"strconv"

	"botd/engine"
)

// Numbered reports whether options go by their numbers. They do not if the text of one is the number of
// another, as in "2, 1, 10": whoever says 1 means the text, so each goes by its text.
func Numbered(options []string) bool {
	for i, text := range options {
		n, err := strconv.Atoi(text)
		if err == nil && strconv.Itoa(n) == text && n != i+1 && n >= 1 && n <= len(options) {
			return false
		}
	}
	return true
}

// Label is an option, from 1, as people see it: "1) soup", or its text where that is what they say.
func Label(options []string, n int) string {
	if !Numbered(options) {
		return options[n-1]
	}
	return strconv.Itoa(n) + ") " + options[n-1]
}

// Choice is the option, from 1, of which a number is said: the one with that text, or else with that number. It is 0
// if there is none.
func Choice(options []string, said int) int {
	if i := slices.IndexFunc(options, func(text string) bool { return engine.SameWords(text, strconv.Itoa(said)) }); i >= 0 {
		return i + 1
	}
	if said < 1 || said > len(options) || !Numbered(options) {
		return 0
	}
	return said
}
