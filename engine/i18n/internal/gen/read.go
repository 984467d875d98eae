package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// source is the folder that the packages are in.
type source string

func (s source) decode(v any, parts ...string) error {
	data, err := os.ReadFile(filepath.Join(append([]string{string(s)}, parts...)...))
	if err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

// words are what i18n.Parse reads: texts, their plural forms, and tables of them.
type words map[string]any

// units are those that durations are written in.
var units = []string{"year", "day", "hour", "minute", "second"}

// most is the largest count: a duration ends before 293 years, a year has 365 days.
const most = 365

type reader struct {
	src     source
	modern  []string                     // languages and variants
	plurals map[string]map[string]string // by language and form: which numbers have it
}

func newReader(src source) (*reader, error) {
	r := &reader{src: src}
	var levels struct {
		Levels map[string]string `json:"effectiveCoverageLevels"`
	}
	if err := src.decode(&levels, "cldr-core", "coverageLevels.json"); err != nil {
		return nil, err
	}
	for tag, level := range levels.Levels {
		if level == "modern" && tag != "und" {
			r.modern = append(r.modern, tag)
		}
	}
	slices.Sort(r.modern)
	var rules struct {
		Supplemental struct {
			Cardinal map[string]map[string]string `json:"plurals-type-cardinal"`
		}
	}
	err := src.decode(&rules, "cldr-core", "supplemental", "plurals.json")
	r.plurals = rules.Supplemental.Cardinal
	return r, err
}

// read makes the words of a language; nil if CLDR has none of its own.
func (r *reader) read(tag string) (words, error) {
	parsed, err := language.Parse(tag)
	if err != nil || parsed.String() != tag {
		return nil, fmt.Errorf("golang.org/x/text knows it as %s", parsed)
	}
	var fields, measures, lists map[string]any
	for _, f := range []struct {
		into      *map[string]any
		pkg, file string
		path      []string
	}{
		{&measures, "cldr-units-full", "units.json", []string{"units", "long"}},
		{&fields, "cldr-dates-full", "dateFields.json", []string{"dates", "fields"}},
		{&lists, "cldr-misc-full", "listPatterns.json", []string{"listPatterns"}},
	} {
		var tree map[string]any
		err := r.src.decode(&tree, f.pkg, "main", tag, f.file)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil // it says what its parent says
		}
		if err != nil {
			return nil, err
		}
		*f.into = at(tree, append([]string{"main", tag}, f.path...)...)
	}
	p := picker{tag: parsed, rules: r.rules(tag)}
	w := words{"now": text(at(fields, "second")["relative-type-0"]), "join": text(at(lists, "listPattern-type-unit")["2"])}
	if tag == "en" { // what botd has always said
		w["now"], w["join"] = "just now", text(at(lists, "listPattern-type-unit-narrow")["2"])
	}
	for _, unit := range units {
		least := 1
		if unit == "second" {
			least = 0
		}
		w[unit] = words{
			"span": p.forms(at(measures, "duration-"+unit), "unitPattern-count-", least),
			"ago":  p.forms(at(fields, unit, "relativeTime-type-past"), "relativeTimePattern-count-", 1),
			"in":   p.forms(at(fields, unit, "relativeTime-type-future"), "relativeTimePattern-count-", 1),
		}
	}
	return w, p.err
}

// rules are the plural rules of a language, or of what it is a variant of.
func (r *reader) rules(tag string) map[string]string {
	for _, tag := range append([]string{tag}, ancestors(tag)...) {
		if rules := r.plurals[tag]; rules != nil {
			return rules
		}
	}
	return nil
}

func at(tree map[string]any, path ...string) map[string]any {
	for _, key := range path {
		tree, _ = tree[key].(map[string]any)
	}
	return tree
}

// text is a pattern with plain spaces: what does not break in print is a riddle to who looks for it in a
// chat, and some terminals cannot show it.
func text(v any) string {
	s, _ := v.(string)
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(s)
}

// picker chooses the forms of a language that are worth keeping.
type picker struct {
	tag   language.Tag
	rules map[string]string
	err   error
}

// forms are those that some count has; those that are as other is, are left out. All are one
// text where they do not differ. Counts are at least as given.
func (p *picker) forms(tree map[string]any, prefix string, least int) any {
	out := map[string]string{"other": text(tree[prefix+"other"])}
	if out["other"] == "" {
		p.fail("CLDR lacks %s", prefix+"other")
	}
	for name := range p.rules {
		form := strings.TrimPrefix(name, "pluralRule-count-")
		pattern := text(tree[prefix+form])
		if pattern == "" || pattern == out["other"] || !p.asked(form, least) {
			continue
		}
		out[form] = pattern
	}
	p.check(out, least)
	if len(out) == 1 {
		return out["other"]
	}
	return out
}

func (p *picker) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

func (p *picker) asked(form string, least int) bool {
	for n := least; n <= most; n++ {
		if p.form(n) == form {
			return true
		}
	}
	return false
}

func (p *picker) form(n int) string {
	names := map[plural.Form]string{plural.Other: "other", plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many"}
	return names[plural.Cardinal.MatchPlural(p.tag, n, 0, 0, 0, 0)]
}

// check compares the rules that botd will use, which are of an older CLDR, with those that
// came with the words: the numbers that CLDR names as examples must have the same text.
func (p *picker) check(forms map[string]string, least int) {
	if p.rules == nil {
		p.fail("CLDR has no plural rules")
	}
	pick := func(form string) string {
		if s, ok := forms[form]; ok {
			return s
		}
		return forms["other"]
	}
	for _, name := range slices.Sorted(maps.Keys(p.rules)) {
		form := strings.TrimPrefix(name, "pluralRule-count-")
		for _, n := range examples(p.rules[name]) {
			if n >= least && pick(form) != pick(p.form(n)) {
				p.fail("golang.org/x/text takes %d for %s, CLDR for %s", n, p.form(n), form)
			}
		}
	}
}

// examples are the whole numbers that a rule names: "… @integer 2~4, 22, 102, … @decimal …".
func examples(rule string) (list []int) {
	_, rest, _ := strings.Cut(rule, "@integer")
	rest, _, _ = strings.Cut(rest, "@decimal")
	for _, item := range strings.Split(rest, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(item), "~")
		from, err := strconv.Atoi(first)
		if err != nil {
			continue // "…", 1c6
		}
		to := from
		if isRange {
			to, _ = strconv.Atoi(last)
		}
		for n := from; n <= min(to, most); n++ {
			list = append(list, n)
		}
	}
	return list
}
