// Package i18n holds the texts of scripts in several languages, and picks the right one. It knows
// what durations are called in all languages that CLDR covers well.
package i18n

import (
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"botd/engine"
)

// Forms are a text in its plural forms, by the categories of CLDR: zero, one, two, few,
// many, other. A text that does not depend on a number has other alone.
type Forms map[string]string

// Catalogue holds the texts of one language by their keys.
type Catalogue map[string]Forms

// Texts are those of a script, and which language is spoken where.
type Texts struct {
	Languages map[string]Catalogue // by the tag: "en", "pt-BR"
	Default   string
	Rooms     []RoomLanguage // the first that matches
}

// RoomLanguage is what is spoken in some rooms.
type RoomLanguage struct {
	Room     string // an engine.RoomGlob
	Language string
}

// CheckTag tells what is wrong with the name of a language.
func CheckTag(tag string) error {
	if _, err := language.Parse(tag); err != nil || tag == "" {
		return engine.Errorf(engine.Invalid, "%q is no language; write a tag such as en, it or pt-BR", tag)
	}
	return nil
}

var categories = []string{"zero", "one", "two", "few", "many", "other"}

// MaxTexts is how many texts a catalogue may have.
const MaxTexts = 5000

// Parse makes a catalogue of plain data: texts by their keys, tables of texts, whose
// keys are joined by dots, and plural forms such as {one: "{n} vote", other: "{n} votes"}. path says which
// part is at fault.
func Parse(tree map[string]any) (c Catalogue, path string, err error) {
	c = Catalogue{}
	path, err = c.add(tree, "")
	return c, path, err
}

func (c Catalogue) add(tree map[string]any, above string) (path string, err error) {
	for _, key := range slices.Sorted(maps.Keys(tree)) {
		path := key
		if above != "" {
			path = above + "." + key
		}
		if len(c) >= MaxTexts {
			return path, engine.Errorf(engine.Quota, "more than %d texts", MaxTexts)
		}
		switch v := tree[key].(type) {
		case string:
			c[path] = Forms{"other": v}
		case map[string]any:
			if forms, ok := formsOf(v); ok {
				c[path] = forms
			} else if _, has := v["other"]; has {
				return path, engine.Errorf(engine.Invalid, "plural forms are texts under %s", strings.Join(categories, ", "))
			} else if at, err := c.add(v, path); err != nil {
				return at, err
			}
		default:
			return path, engine.Errorf(engine.Invalid, "want a text, or its plural forms")
		}
	}
	return "", nil
}

// formsOf are the plural forms in a table; not ok if it is a table of texts.
func formsOf(m map[string]any) (Forms, bool) {
	f := Forms{}
	for key, v := range m {
		s, ok := v.(string)
		if !ok || !slices.Contains(categories, key) {
			return nil, false
		}
		f[key] = s
	}
	return f, f["other"] != ""
}

// Language is what is spoken in a room.
func (t *Texts) Language(s engine.SessionID, r engine.Room) string {
	for _, l := range t.Rooms {
		if g, err := engine.ParseRoomGlob(l.Room); err == nil && g.Match(s, r) {
			return l.Language
		}
	}
	return t.Default
}

// Find looks a text up in a language, then in what that is a variant of, then in the
// default language, then in English. in is the language it was found in.
func (t *Texts) Find(lang, key string) (f Forms, in string, ok bool) {
	for in := range t.chain(lang) {
		if f, ok := t.Languages[in][key]; ok {
			return f, in, true
		}
	}
	return nil, "", false
}

// chain are the languages to look in, the best first. Some come twice.
func (t *Texts) chain(lang string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if !variants(lang, yield) || t != nil && !variants(t.Default, yield) {
			return
		}
		yield("en")
	}
}

// variants yields a language and what it is a variant of: es-MX, es-419, es. It is false if
// nothing more is wanted.
func variants(tag string, yield func(string) bool) bool {
	if !yield(tag) {
		return false
	}
	parsed, err := language.Parse(tag)
	if err != nil {
		return true
	}
	for up := parsed; up != language.Und; up = up.Parent() {
		if !yield(up.String()) {
			return false
		}
	}
	base, _ := parsed.Base()
	return yield(base.String())
}

// Pick is the form for a number in a language.
func (f Forms) Pick(lang string, n float64) string {
	if len(f) == 1 {
		return f["other"]
	}
	if n == 0 && f["zero"] != "" {
		return f["zero"]
	}
	tag, err := language.Parse(lang)
	if err != nil {
		return f["other"]
	}
	name := map[plural.Form]string{plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many"}[form(tag, n)]
	if text := f[name]; text != "" {
		return text
	}
	return f["other"]
}

// form is the category of a number, by its digits as they would be written.
func form(tag language.Tag, n float64) plural.Form {
	if n < 0 {
		n = -n
	}
	whole, frac, _ := strings.Cut(strconv.FormatFloat(n, 'f', -1, 64), ".")
	if len(whole) > 9 { // the rules look at the last digits alone
		whole = "1" + whole[len(whole)-8:]
	}
	if len(frac) > 9 {
		frac = frac[:9]
	}
	i, _ := strconv.Atoi(whole)
	v, _ := strconv.Atoi(frac)
	return plural.Cardinal.MatchPlural(tag, i, len(frac), len(frac), v, v)
}
