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
	over, least := cmp.Or(r.Over, 0.7), cmp.Or(r.Min, 20)
	c.check = func(_ *Set, v *view) (string, bool) {
		upper, all := v.cases()
		part := float64(upper) / float64(max(all, 1))
		return percent(part) + " capitals", all >= least && part > over
	}
	return checkShare(over, least)
}

// cases counts the letters that have a case, but not those of links and of names that
// somebody is called by.
func (v *view) cases() (upper, all int) {
	for word := range strings.FieldsSeq(v.text) {
		if word[0] == '@' || strings.Contains(word, "://") {
			continue
		}
		for _, r := range word {
			switch {
			case unicode.IsUpper(r) || unicode.IsTitle(r):
				upper++
				all++
			case unicode.IsLower(r):
				all++
			}
		}
	}
	return upper, all
}

func (c *compiled) symbols(r Symbols) error {
	over, least := cmp.Or(r.Over, 0.5), cmp.Or(r.Min, 15)
	c.check = func(_ *Set, v *view) (string, bool) {
		signs, all := v.signs()
		part := float64(signs) / float64(max(all, 1))
		return percent(part) + " symbols", signs >= least && part > over
	}
	return checkShare(over, least)
}

// accents is how many combining marks one letter may carry: Vietnamese and Hebrew get by
// with two.
const accents = 2

// signs counts what is neither letter nor digit nor space nor picture, and marks beyond
// what letters carry. Addresses are full of signs and do not count.
func (v *view) signs() (signs, all int) {
	for word := range strings.FieldsSeq(v.text) {
		if strings.Contains(word, "://") {
			continue
		}
		marks := 0
		for _, r := range word {
			if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) {
				if marks++; marks > accents {
					signs++
					all++
				}
				continue
			}
			marks = 0
			switch {
			case isPicture(r), isJoint(r), unicode.Is(unicode.Cf, r):
			case unicode.IsPunct(r), unicode.IsSymbol(r), unicode.IsControl(r), unicode.Is(unicode.Co, r):
				signs++
				all++
			default:
				all++
			}
		}
	}
	return signs, all
}

func (c *compiled) emotes(r Emotes) error {
	most := cmp.Or(r.Max, 8)
	names := map[string]bool{}
	for _, n := range r.Names {
		names[n] = true
	}
	c.check = func(_ *Set, v *view) (string, bool) {
		n := v.pictures(names)
		return fmt.Sprint(n, " emotes"), n > most
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
		if n := utf8.RuneCountInString(v.text); most > 0 && n > most {
			return fmt.Sprint(n, " characters"), true
		}
		if n := 1 + strings.Count(strings.TrimSpace(v.text), "\n"); r.Lines > 0 && n > r.Lines {
			return fmt.Sprint(n, " lines"), true
		}
		return "", false
	}
	if most < 0 || r.Lines < 0 || most >= MaxText/utf8.UTFMax {
		return engine.Errorf(engine.Invalid, "max: expected 1 to %d", MaxText/utf8.UTFMax-1)
	}
	return nil
}
