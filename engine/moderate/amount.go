package moderate

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"botd/engine"
)

// percent is a part of a whole for people.
func percent(part float64) string { return fmt.Sprintf("%.0f %%", 100*part) }

func checkShare(over float64, least int) error {
	if over <= 0 || over > 1 || over != over {
		return engine.Errorf(engine.Invalid, "over: expected a part above 0 and up to 1, such as 0.7")
	}
	if least < 1 || least > MaxText {
		return engine.Errorf(engine.Invalid, "min: expected 1 to %d", MaxText)
	}
	return nil
}

func (c *compiled) caps(r Caps) error {
	return c.share("capitals", cmp.Or(r.Over, 0.7), cmp.Or(r.Min, 20), func(n amounts) (part, all, enough int) { return n.upper, n.cased, n.cased })
}

func (c *compiled) symbols(r Symbols) error {
	return c.share("symbols", cmp.Or(r.Over, 0.5), cmp.Or(r.Min, 15), func(n amounts) (part, all, enough int) { return n.signs, n.all, n.signs })
}

// share hits texts of which one sort is more than a part. Of what is called enough there have to
// be least.
func (c *compiled) share(sort string, over float64, least int, of func(amounts) (part, all, enough int)) error {
	c.check = func(_ *Set, v *view) (string, bool) {
		if len(v.text) < least {
			return "", false
		}
		part, all, enough := of(v.amounts())
		share := float64(part) / float64(max(all, 1))
		if enough < least || share <= over {
			return "", false
		}
		return percent(share) + " " + sort, true
	}
	return checkShare(over, least)
}

// amounts are how much of what a text has.
type amounts struct {
	// upper are capitals, cased the letters that have a case: not those of links and of names
	// that somebody is called by.
	upper, cased int
	// signs are what is neither letter nor digit nor space nor picture, and marks beyond what
	// letters carry; all is what there is besides spaces. Addresses are full of signs and do not
	// count.
	signs, all int
}

// amounts counts once for all rules.
func (v *view) amounts() amounts {
	if v.counted != nil {
		return *v.counted
	}
	var n amounts
	for word := range strings.FieldsSeq(v.text) {
		if strings.Contains(word, "://") {
			continue
		}
		w := amountsOf(word)
		if word[0] != '@' {
			n.upper += w.upper
			n.cased += w.cased
		}
		n.signs += w.signs
		n.all += w.all
	}
	v.counted = &n
	return n
}

// accents is how many combining marks one letter may carry: Vietnamese and Hebrew get by
// with two.
const accents = 2

func amountsOf(word string) (n amounts) {
	marks := 0
	for _, r := range word {
		if r < utf8.RuneSelf {
			n.ascii(byte(r))
			marks = 0
			continue
		}
		switch {
		case unicode.IsUpper(r) || unicode.IsTitle(r):
			n.upper++
			n.cased++
		case unicode.IsLower(r):
			n.cased++
		}
		if unicode.In(r, unicode.Mn, unicode.Me) {
			if marks++; marks > accents {
				n.signs++
				n.all++
			}
			continue
		}
		marks = 0
		switch {
		case isPicture(r), isJoint(r), unicode.Is(unicode.Cf, r):
		case unicode.IsPunct(r), unicode.IsSymbol(r), unicode.IsControl(r), unicode.Is(unicode.Co, r):
			n.signs++
			n.all++
		default:
			n.all++
		}
	}
	return n
}

func (n *amounts) ascii(c byte) {
	n.all++
	switch {
	case c >= 'A' && c <= 'Z':
		n.upper++
		n.cased++
	case c >= 'a' && c <= 'z':
		n.cased++
	case c < '0' || c > '9':
		n.signs++
	}
}

func (c *compiled) emotes(r Emotes) error {
	most := cmp.Or(r.Max, 8)
	names := map[string]bool{}
	for _, n := range r.Names {
		names[n] = true
	}
	c.check = func(_ *Set, v *view) (string, bool) {
		if len(v.text) <= most || v.ascii && len(names) == 0 && strings.IndexByte(v.text, ':') < 0 {
			return "", false
		}
		n := v.pictures(names)
		if n <= most {
			return "", false
		}
		return fmt.Sprint(n, " emotes"), true
	}
	if most < 1 || most > maxCount || len(r.Names) > MaxList {
		return engine.Errorf(engine.Invalid, "max: expected 1 to %d; names: up to %d", maxCount, MaxList)
	}
	return nil
}

// pictures counts emoji, ":names:" and words that are pictures.
func (v *view) pictures(names map[string]bool) (n int) {
	for word := range strings.FieldsSeq(v.text) {
		if names[word] {
			n++
			continue
		}
		n += shortcodes(word)
		joined, flag := false, false
		for _, r := range word {
			switch {
			case r == zeroWidthJoiner:
				joined = true
			case isJoint(r):
			case isPicture(r):
				if isFlag := r >= 0x1F1E6 && r <= 0x1F1FF; isFlag && flag { // two make one flag
					flag = false
					continue
				} else {
					flag = isFlag
				}
				if !joined {
					n++
				}
				joined = false
			default:
				joined, flag = false, false
			}
		}
	}
	return n
}

// shortcodes counts ":name:" in a word.
func shortcodes(word string) (n int) {
	parts := strings.Split(word, ":")
	for i := 1; i < len(parts)-1; i++ {
		name := parts[i]
		ok := len(name) > 1 && strings.IndexFunc(name, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-' && r != '+'
		}) < 0 && strings.IndexFunc(name, unicode.IsLetter) >= 0
		if ok {
			n++
			i++ // the colon behind it is used up
		}
	}
	return n
}

const zeroWidthJoiner = '\u200d'

// isJoint reports what joins or varies pictures and is none itself.
func isJoint(r rune) bool {
	return r == zeroWidthJoiner || r >= 0xFE00 && r <= 0xFE0F || r >= 0x1F3FB && r <= 0x1F3FF || r == 0x20E3 || r >= 0xE0020 && r <= 0xE007F
}

// isPicture reports the blocks of pictographs: Unicode's Miscellaneous Symbols, Dingbats,
// and those from Mahjong Tiles to Symbols and Pictographs Extended-A.
func isPicture(r rune) bool {
	return r >= 0x2600 && r <= 0x27BF || r >= 0x1F000 && r <= 0x1FAFF && !isJoint(r) || r >= 0x2B1B && r <= 0x2B55 || r == 0x231A || r == 0x231B
}

func (c *compiled) length(r Length) error {
	most := r.Max
	if most == 0 && r.Lines == 0 {
		most = 400
	}
	c.check = func(_ *Set, v *view) (string, bool) {
		if most > 0 && len(v.text) > most {
			if n := utf8.RuneCountInString(v.text); n > most {
				return fmt.Sprint(n, " characters"), true
			}
		}
		if r.Lines > 0 {
			if n := 1 + strings.Count(strings.TrimSpace(v.text), "\n"); n > r.Lines {
				return fmt.Sprint(n, " lines"), true
			}
		}
		return "", false
	}
	if most < 0 || r.Lines < 0 || most >= MaxText/utf8.UTFMax {
		return engine.Errorf(engine.Invalid, "max: expected 1 to %d", MaxText/utf8.UTFMax-1)
	}
	return nil
}
