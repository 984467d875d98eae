package moderate

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"botd/engine"
)

// lexicon finds the words of a rule. Keys are folded, values as they were written.
type lexicon struct {
	words                map[string]string
	begins, ends, within parts
	phrases              map[string][]phrase // by their first word
	confusables          bool
}

type phrase struct {
	rest []string
	name string
}

// parts are beginnings, ends or other parts of words.
type parts struct {
	names   map[string]string
	lengths []int // in bytes that any of them has, the shortest first
}

func (p *parts) add(part, name string) {
	if p.names == nil {
		p.names = map[string]string{}
	}
	p.names[part] = name
	if at, known := slices.BinarySearch(p.lengths, len(part)); !known {
		p.lengths = slices.Insert(p.lengths, at, len(part))
	}
}

// at looks for a part of a word that begins, or with end ends, at a place in it.
func (p *parts) at(w string, end bool) (name string, hit bool) {
	for _, n := range p.lengths {
		if n > len(w) {
			break
		}
		part := w[:n]
		if end {
			part = w[len(w)-n:]
		}
		if name, hit = p.names[part]; hit {
			return name, true
		}
	}
	return "", false
}

// maxToken is how many bytes of a word are looked at for parts of it.
const maxToken = 60

func (c *compiled) words(r Words) error {
	if len(r.List) == 0 || len(r.List) > MaxList {
		return engine.Errorf(engine.Invalid, "words: expected 1 to %d words, got %d", MaxList, len(r.List))
	}
	x := &lexicon{words: map[string]string{}, phrases: map[string][]phrase{}, confusables: r.Confusables}
	for _, w := range r.List {
		if err := x.add(w); err != nil {
			return err
		}
	}
	c.check = func(_ *Set, v *view) (string, bool) { return x.find(v.folded(x.confusables)) }
	return nil
}

func (x *lexicon) add(entry string) error {
	text := fold(strings.TrimSpace(entry))
	text, open := strings.CutPrefix(text, "*")
	text, more := strings.CutSuffix(text, "*")
	if x.confusables {
		text = unmask(text)
	}
	parts := strings.FieldsFunc(text, func(r rune) bool { return !inWord(r) })
	if len(entry) > MaxWord || len(parts) == 0 || len(parts) > 1 && (open || more) {
		return engine.Errorf(engine.Invalid, "words: %q is no word or phrase of up to %d bytes; a * may stand at the ends of one word", shorten(entry), MaxWord)
	}
	switch {
	case len(parts) > 1:
		x.phrases[parts[0]] = append(x.phrases[parts[0]], phrase{parts[1:], entry})
	case open && more:
		x.within.add(parts[0], entry)
	case open:
		x.ends.add(parts[0], entry)
	case more:
		x.begins.add(parts[0], entry)
	default:
		x.words[parts[0]] = entry
	}
	return nil
}

// inWord reports what words are made of.
func inWord(r rune) bool {
	if r < utf8.RuneSelf {
		return isLetter(r) || r >= '0' && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r)
}

// token is a word of a text; glued tells that no space is before it.
type token struct {
	text  string
	glued bool
}

func tokens(text string, in func(rune) bool) []token {
	out := make([]token, 0, 1+len(text)/5)
	start, spaced := -1, true
	for i, r := range text {
		if in(r) {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 {
			out = append(out, token{text[start:i], !spaced})
			start, spaced = -1, false
		}
		spaced = spaced || unicode.IsSpace(r)
	}
	if start >= 0 {
		out = append(out, token{text[start:], !spaced})
	}
	return out
}

func (x *lexicon) find(folded string) (name string, hit bool) {
	if name, hit = x.among(tokens(folded, inWord)); hit || !x.confusables {
		return name, hit
	}
	if strings.ContainsAny(folded, leetASCII) || strings.Contains(folded, "€") {
		return x.leet(folded)
	}
	return "", false
}

// among looks for words as they are, for words whose letters stand apart, and for phrases.
func (x *lexicon) among(list []token) (name string, hit bool) {
	for i, t := range list {
		if name, hit = x.word(t.text); hit {
			return name, true
		}
		for _, p := range x.phrases[t.text] {
			if p.at(list[i+1:]) {
				return p.name, true
			}
		}
	}
	if x.confusables {
		return x.apart(list)
	}
	return "", false
}

func (p phrase) at(list []token) bool {
	if len(list) < len(p.rest) {
		return false
	}
	for i, w := range p.rest {
		if list[i].text != w {
			return false
		}
	}
	return true
}

// word looks a word up, and with confusables also without letters that were drawn out.
func (x *lexicon) word(w string) (name string, hit bool) {
	if name, hit = x.exact(w); hit || !x.confusables || !drawnOut(w) {
		return name, hit
	}
	if name, hit = x.exact(squeeze(w, 2)); hit {
		return name, true
	}
	return x.exact(squeeze(w, 1))
}

func (x *lexicon) exact(w string) (name string, hit bool) {
	if name, hit = x.words[w]; hit {
		return name, true
	}
	if len(w) > maxToken {
		w = w[:maxToken]
	}
	if name, hit = x.begins.at(w, false); hit {
		return name, true
	}
	if name, hit = x.ends.at(w, true); hit || len(x.within.names) == 0 {
		return name, hit
	}
	for i := range len(w) {
		if name, hit = x.within.at(w[i:], false); hit {
			return name, true
		}
	}
	return "", false
}

// apart joins three or more single letters in a row ("s p a m"), and what only
// punctuation divides ("sp.am").
func (x *lexicon) apart(list []token) (name string, hit bool) {
	for i := 0; i < len(list); i++ {
		letters, j := list[i].text, i+1
		for single(list[i].text) && j < len(list) && single(list[j].text) {
			letters += list[j].text
			j++
		}
		if j-i >= 3 {
			if name, hit = x.within3(letters); hit {
				return name, true
			}
			i = j - 1
			continue
		}
		glued := list[i].text
		for j = i + 1; j < len(list) && list[j].glued && len(glued) < maxToken; j++ {
			glued += list[j].text
			if name, hit = x.words[glued]; hit {
				return name, true
			}
		}
	}
	return "", false
}

// within3 looks for a word anywhere in letters that stood apart: where one word ended and
// the next began is not to be seen.
func (x *lexicon) within3(letters string) (name string, hit bool) {
	if len(letters) > maxToken {
		letters = letters[:maxToken]
	}
	for i := range len(letters) {
		for j := i + 3; j <= len(letters); j++ {
			if name, hit = x.words[letters[i:j]]; hit {
				return name, true
			}
		}
	}
	return x.word(letters)
}

func single(w string) bool {
	for i := range w {
		if i > 0 {
			return false
		}
	}
	return true
}

func drawnOut(w string) bool {
	run, last := 0, rune(-1)
	for _, r := range w {
		if r != last {
			run, last = 0, r
		}
		if run++; run >= 3 {
			return true
		}
	}
	return false
}

// squeeze leaves at most n of three or more letters of one kind in a row.
func squeeze(w string, n int) string {
	var b strings.Builder
	runes := []rune(w)
	for i := 0; i < len(runes); {
		j := i
		for j < len(runes) && runes[j] == runes[i] {
			j++
		}
		keep := j - i
		if keep >= 3 {
			keep = n
		}
		for range keep {
			b.WriteRune(runes[i])
		}
		i = j
	}
	return b.String()
}

// leetSigns are signs that stand for letters; those of eitherSigns stand for i or l.
const (
	leetASCII   = "01345789@$!|+" // quicker to look for
	leetSigns   = leetASCII + "€"
	eitherSigns = "1!|"
)

var (
	leetAsI = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "8", "b", "9", "g", "@", "a", "$", "s", "!", "i", "|", "i", "+", "t", "€", "e")
	leetAsL = strings.NewReplacer("0", "o", "1", "l", "3", "e", "4", "a", "5", "s", "7", "t", "8", "b", "9", "g", "@", "a", "$", "s", "!", "l", "|", "l", "+", "t", "€", "e")
)

// leet reads signs as letters, in words that have letters too.
func (x *lexicon) leet(folded string) (name string, hit bool) {
	list := tokens(folded, func(r rune) bool { return inWord(r) || strings.ContainsRune(leetSigns, r) })
	either := false
	for i := range list {
		t := strings.TrimRight(list[i].text, "!|+")
		either = either || strings.ContainsAny(t, eitherSigns)
		if strings.IndexFunc(t, unicode.IsLetter) < 0 && !single(t) {
			t = "" // a number
		}
		list[i].text = t
	}
	read := func(r *strings.Replacer) []token {
		out := make([]token, 0, len(list))
		for _, t := range list {
			if t.text != "" {
				out = append(out, token{r.Replace(t.text), t.glued})
			}
		}
		return out
	}
	if name, hit = x.among(read(leetAsI)); hit || !either {
		return name, hit
	}
	return x.among(read(leetAsL))
}
