package moderate

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"go.mau.fi/util/confusable"
	"golang.org/x/text/unicode/norm"
)

// view is a line with what several rules need of it, worked out once.
type view struct {
	line  *Line
	text  string
	ascii bool // the whole text

	person   lazy
	cleaned  lazy
	gisted   lazy
	foldings [2]lazy
	counted  *amounts
}

func viewOf(l *Line) *view { return &view{line: l, text: l.Text, ascii: isASCII(l.Text)} }

// lazy is a text that is worked out when it is first asked for.
type lazy struct {
	text string
	done bool
}

func (l *lazy) get(make func() string) string {
	if !l.done {
		l.text, l.done = make(), true
	}
	return l.text
}

// who is [Line.Who].
func (v *view) who() string { return v.person.get(v.line.Who) }

// plain is the text in Unicode's compatibility form, without characters nobody sees.
func (v *view) plain() string {
	if v.ascii {
		return v.text
	}
	return v.cleaned.get(func() string { return Plain(v.text) })
}

// Plain is a text in Unicode's compatibility form, without characters nobody sees: what
// patterns are held to.
func Plain(text string) string {
	if isASCII(text) {
		return text
	}
	return norm.NFKC.String(strings.Map(visible, text))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// visible drops characters that take no room: soft hyphens, joiners, marks of direction,
// fillers, variation selectors, tags.
func visible(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		return r
	case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
		return -1
	}
	return r
}

// folded is the text in lower case and without accents; with lookalikes also with the
// letters that others stand for.
func (v *view) folded(lookalikes bool) string {
	if !lookalikes || v.ascii {
		return v.foldings[0].get(func() string { return fold(v.text) })
	}
	return v.foldings[1].get(func() string { return unmask(v.folded(false)) })
}

// fold makes texts alike that differ in case, accents, width and the like. Marks of
// scripts that write vowels with them stay on letters of those scripts.
func fold(text string) string {
	if isASCII(text) {
		return strings.ToLower(text)
	}
	s := norm.NFKD.String(strings.Map(visible, text))
	var b strings.Builder
	b.Grow(len(s))
	latin := false // the letter before is one
	for _, r := range s {
		if isAccent(r) || latin && unicode.In(r, unicode.Mn, unicode.Me) {
			continue
		}
		if plain := shapes[r]; plain != 0 {
			r = plain
		}
		latin = r < utf8.RuneSelf && isLetter(r)
		switch {
		case r == 'ß' || r == 'ẞ':
			b.WriteString("ss")
		case r == 'ı':
			b.WriteByte('i')
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// shapes are Latin letters in other shapes that Unicode has no compatibility form for: small capitals, and
// capitals in black circles and squares.
var shapes = func() map[rune]rune {
	out := map[rune]rune{}
	small := []rune("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡ ʏᴢ")
	for i := range rune(26) {
		for _, r := range []rune{small[i], 0x1F150 + i, 0x1F170 + i} {
			if r != ' ' { // there is no small capital X
				out[r] = 'a' + i
			}
		}
	}
	return out
}()

// isAccent reports the blocks of combining diacritical marks.
func isAccent(r rune) bool {
	return r >= 0x0300 && r <= 0x036F || r >= 0x1AB0 && r <= 0x1AFF || r >= 0x1DC0 && r <= 0x1DFF || r >= 0x20D0 && r <= 0x20FF || r >= 0xFE20 && r <= 0xFE2F
}

// unmask puts Latin letters in the place of those that look like them: in words that mix
// scripts, and in words of nothing but such letters, unless the text has other letters of
// their script. So "ѕсам" is unmasked in an English line, and "сосна" stays Russian.
func unmask(text string) string {
	if isASCII(text) {
		return text
	}
	genuine := map[*unicode.RangeTable]bool{}
	latin := false
	for _, r := range text {
		if latin = latin || r >= 'a' && r <= 'z'; r >= utf8.RuneSelf && unicode.IsLetter(r) && latinFor(r, true) == "" {
			genuine[scriptOf(r)] = true
		}
	}
	var b strings.Builder
	b.Grow(len(text))
	for text != "" {
		n := strings.IndexFunc(text, func(r rune) bool { return !isWordRune(r) })
		switch n {
		case -1:
			n = len(text)
		case 0:
			_, n = utf8.DecodeRuneInString(text)
		}
		unmaskWord(&b, text[:n], latin, genuine)
		text = text[n:]
	}
	return b.String()
}

// isWordRune takes signs for letters that have such a use: ℓ, ⓐ and the like are symbols.
func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r >= utf8.RuneSelf && unicode.Is(unicode.So, r) && !isPicture(r)
}

func unmaskWord(b *strings.Builder, word string, latin bool, genuine map[*unicode.RangeTable]bool) {
	mixed := strings.IndexFunc(word, func(r rune) bool { return unicode.Is(unicode.Latin, r) }) >= 0
	for _, r := range word {
		switch {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case mixed || !genuine[scriptOf(r)]:
			if to := latinFor(r, mixed || latin); to != "" {
				b.WriteString(to)
				continue
			}
			fallthrough
		default:
			b.WriteRune(r)
		}
	}
}

// latinFor is the Latin letters that another looks like, "" for none. With capitals also by
// how its capital looks, which people take for the small one.
func latinFor(r rune, capitals bool) string {
	if to := latinOnly(confusable.GetReplacement(r)); to != "" || !capitals {
		return to
	}
	return latinOnly(confusable.GetReplacement(unicode.ToUpper(r)))
}

// latinOnly folds what Unicode's table gives; it writes m as rn.
func latinOnly(s string) string {
	if s == "rn" {
		return "m"
	}
	s = fold(s)
	for i := range len(s) {
		if s[i] < 'a' || s[i] > 'z' {
			return ""
		}
	}
	return s
}

// isLetter reports letters and the marks that they carry.
func isLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return r|0x20 >= 'a' && r|0x20 <= 'z'
	}
	return unicode.IsLetter(r) || unicode.In(r, unicode.Mn, unicode.Mc)
}

// scriptOf is a script of which letters look like Latin ones, nil for all others.
func scriptOf(r rune) *unicode.RangeTable {
	for _, t := range masks {
		if unicode.Is(t, r) {
			return t
		}
	}
	return nil
}

var masks = []*unicode.RangeTable{unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee, unicode.Hebrew, unicode.Arabic, unicode.Coptic, unicode.Lisu}

// gist is what stays the same when a line is said again with another number, punctuation
// or spacing: its letters, each run of one as one.
func (v *view) gist() string {
	return v.gisted.get(func() string { return gist(v.folded(true)) })
}

func gist(folded string) string {
	var b strings.Builder
	b.Grow(len(folded))
	last := rune(-1)
	for _, r := range folded {
		if r != last && isLetter(r) {
			b.WriteRune(r)
			last = r
		}
	}
	if b.Len() == 0 {
		return strings.Join(strings.Fields(folded), "")
	}
	return b.String()
}
