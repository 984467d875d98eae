package args

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"botd/engine"
)

// Dice are what a notation such as "2d6+1" or "3d8-1d4" stands for.
type Dice []Term

// Term is Count dice with that many Sides, or with no sides the number Count. Sign is 1
// or -1.
type Term struct{ Sign, Count, Sides int }

var diceTerm = regexp.MustCompile(`^([+-]?)(?:(\d{0,3})d(\d{1,4})|(\d{1,6}))`)

const (
	maxDice     = 100
	maxDiceSpec = 500 // bytes
)

// ParseDice reads a notation. Its error has code Invalid.
func ParseDice(text string) (Dice, error) {
	bad := engine.Errorf(engine.Invalid, `%q is no dice: write "2d6+1", at most %d dice of up to 9999 sides`, clip(text), maxDice)
	if len(text) > maxDiceSpec {
		return nil, bad
	}
	var out Dice
	count := 0
	for rest := strings.ReplaceAll(strings.ToLower(text), " ", ""); rest != "" || out == nil; {
		m := diceTerm.FindStringSubmatch(rest)
		if m == nil || m[1] == "" && out != nil {
			return nil, bad
		}
		rest = rest[len(m[0]):]
		t := Term{Sign: 1, Count: 1}
		if m[1] == "-" {
			t.Sign = -1
		}
		if m[3] == "" {
			t.Count, _ = strconv.Atoi(m[4]) // of at most six digits
		} else {
			if m[2] != "" {
				t.Count, _ = strconv.Atoi(m[2])
			}
			t.Sides, _ = strconv.Atoi(m[3])
			if count += t.Count; t.Count == 0 || t.Sides == 0 || count > maxDice {
				return nil, bad
			}
		}
		out = append(out, t)
	}
	return out, nil
}

// String is the notation again, in its shortest form.
func (d Dice) String() string {
	var b strings.Builder
	for i, t := range d {
		switch {
		case t.Sign < 0:
			b.WriteByte('-')
		case i > 0:
			b.WriteByte('+')
		}
		if t.Sides == 0 {
			fmt.Fprint(&b, t.Count)
		} else {
			fmt.Fprintf(&b, "%dd%d", t.Count, t.Sides)
		}
	}
	return b.String()
}
