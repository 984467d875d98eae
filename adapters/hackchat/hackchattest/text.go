package hackchattest

import (
	"regexp"
	"strings"
	"unicode/utf16"
)

func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// The server's patterns, with JavaScript's idea of white space.
var (
	ends    = regexp.MustCompile(`^` + blank + `*\n|^` + blank + `+$|\n` + blank + `*$`)
	threeNL = regexp.MustCompile(`\n{3,}`)
)

const blank = `[\s\v\p{Z}\x{feff}]`

func parseText(text string) string {
	return threeNL.ReplaceAllString(ends.ReplaceAllString(text, ""), "\n\n")
}

var nickPattern = regexp.MustCompile(`^[a-zA-Z0-9_]{1,24}$`)

// names are all commands of the current server, for suggestions.
var names = strings.Fields(`addmod listusers reload removemod saveconfig shout
	claimchannel makeprivate makepublic renewclaim setlevel setmotd unclaimchannel
	changecolor changenick chat emote getchannels help invite join leave morestats ping session stats updateMessage whisper
	disconnect socketreply
	ban disablecaptcha dumb enablecaptcha forcecolor forceflair hack kick lockroom speak unban unbanall unlockroom
	disconnectwallet getwallet relaytx sendsol signsiw siw`)

// suggest finds the command most like a name: at least two fifths of the longer one
// must agree.
func suggest(name string) string {
	best, found := 0.4, ""
	for _, n := range names {
		longest := max(len(n), len(name))
		if near := 1 - float64(distance(n, name))/float64(longest); near >= best && (found == "" || near > best) {
			best, found = near, n
		}
	}
	return found
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
