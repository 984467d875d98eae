package i18n

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// durations holds what durations are called in each language: an object with a line for
// each. cldr/README.md tells where it is from.
//
//go:embed cldr/durations.json
var durations string

// durationLines are the lines of durations by their languages, which are parsed when they are asked for.
var durationLines = sync.OnceValue(func() map[string]string {
	lines := map[string]string{}
	for line := range strings.Lines(durations) {
		if tag, tree, ok := strings.Cut(strings.TrimRight(line, ",\n"), ":"); ok {
			lines[strings.Trim(tag, `"`)] = tree
		}
	}
	return lines
})

var durationWords sync.Map // by language: Catalogue

// wordsOf are what durations are called in a language, and in which that is.
func (t *Texts) wordsOf(lang string) (c Catalogue, in string) {
	for in := range t.chain(lang) {
		if c, ok := durationWords.Load(in); ok {
			return c.(Catalogue), in
		}
		if line, ok := durationLines()[in]; ok {
			c, _ := durationWords.LoadOrStore(in, parseDurations(line))
			return c.(Catalogue), in
		}
	}
	panic("i18n: no durations in English")
}

func parseDurations(line string) Catalogue {
	var tree map[string]any
	if err := json.Unmarshal([]byte(line), &tree); err != nil {
		panic(fmt.Sprintf("i18n: durations: %v", err)) // it is part of the program
	}
	c, path, err := Parse(tree)
	if err != nil {
		panic(fmt.Sprintf("i18n: durations: %s: %v", path, err))
	}
	return c
}

// Ago says in a language how long ago something was, or how far ahead it is if less than no
// time has passed since, in one unit: "5 minutes ago", "in 2 hours", "just now". For a language that
// CLDR does not know well, it speaks what [Texts.Find] would find next. A nil Texts has no default language.
func (t *Texts) Ago(lang string, since time.Duration) string {
	words, lang := t.wordsOf(lang)
	if since.Abs() < time.Second {
		return words["now"]["other"]
	}
	c, form := split(since.Abs(), 1)[0], ".ago"
	if since < 0 {
		form = ".in"
	}
	return c.write(words[c.unit+form], lang)
}

// Span writes a duration in a language, rounded to its two largest units: "1 hour 30
// minutes". Languages are found as for [Texts.Ago].
func (t *Texts) Span(lang string, d time.Duration) string {
	words, lang := t.wordsOf(lang)
	list := split(d.Abs(), 2)
	text := list[0].write(words[list[0].unit+".span"], lang)
	if len(list) > 1 {
		text = strings.NewReplacer("{0}", text, "{1}", list[1].write(words[list[1].unit+".span"], lang)).Replace(words["join"]["other"])
	}
	if d >= 0 {
		return text
	}
	if lang == "en" {
		return "minus " + text
	}
	return "-" + text
}

// count is so many of a unit.
type count struct {
	n    int
	unit string
}

func (c count) write(f Forms, lang string) string {
	return strings.ReplaceAll(f.Pick(lang, float64(c.n)), "{0}", strconv.Itoa(c.n))
}

var units = []struct {
	name string
	d    time.Duration
}{
	{"year", 365 * 24 * time.Hour}, {"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second},
}

// split counts the n largest units of a duration, rounded: two hours less a moment are two
// hours. A unit that there is none of ends the list, as "1 day 5 seconds" helps nobody.
func split(d time.Duration, n int) (list []count) {
	largest := 0
	for largest < len(units)-1 && d < units[largest].d {
		largest++
	}
	d = d.Round(units[min(largest+n, len(units))-1].d)
	for _, u := range units {
		many := int(d / u.d)
		if many == 0 && len(list) > 0 || len(list) == n {
			break
		}
		if many > 0 {
			list = append(list, count{many, u.name})
			d -= time.Duration(many) * u.d
		}
	}
	if list == nil {
		return []count{{0, "second"}}
	}
	return list
}
