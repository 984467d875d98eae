// Gen makes ../../cldr/durations.json of the Unicode Common Locale Data Repository (CLDR). It
// is run by hand when a new CLDR is out, as it needs a network to get the packages:
//
//	npm install --prefix DIR cldr-core cldr-units-full cldr-dates-full cldr-misc-full
//	go run ./engine/i18n/internal/gen DIR/node_modules engine/i18n/cldr
//
// It prints which languages of CLDR's modern coverage have been left out, and why.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: gen NODE_MODULES OUT")
		os.Exit(2)
	}
	if err := run(source(os.Args[1]), os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run writes a line for each language, and the licence of the data beside it.
func run(src source, out string) error {
	r, err := newReader(src)
	if err != nil {
		return err
	}
	words := map[string]words{}
	for _, tag := range r.modern {
		w, err := r.read(tag)
		if err != nil {
			fmt.Printf("without %s: %s\n", tag, err)
			continue
		}
		if w != nil {
			words[tag] = w
		}
	}
	leaveOutVariants(words)
	licence, err := os.ReadFile(filepath.Join(string(src), "cldr-units-full", "LICENSE"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "LICENSE"), licence, 0o644); err != nil {
		return err
	}
	data, err := encode(words)
	if err != nil {
		return err
	}
	fmt.Printf("%d languages, %d bytes\n", len(words), len(data))
	return os.WriteFile(filepath.Join(out, "durations.json"), data, 0o644)
}

// leaveOutVariants drops what says the same as what it is a variant of.
func leaveOutVariants(all map[string]words) {
	tags := slices.Sorted(maps.Keys(all))
	slices.Reverse(tags) // zh-Hant-HK before zh-Hant
	for _, tag := range tags {
		for _, above := range ancestors(tag) {
			if w, ok := all[above]; ok {
				if above == "en" || same(w, all[tag]) { // what botd says in English is the same in all rooms
					delete(all, tag)
				}
				break
			}
		}
	}
}

// ancestors are what a language is a variant of, the nearest first, as in [i18n.Texts.Find].
func ancestors(tag string) (list []string) {
	t := language.MustParse(tag)
	for up := t.Parent(); up != language.Und; up = up.Parent() {
		list = append(list, up.String())
	}
	if base, _, variant := strings.Cut(tag, "-"); variant {
		list = append(list, base)
	}
	return list
}

func same(a, b words) bool {
	one, _ := json.Marshal(a)
	two, _ := json.Marshal(b)
	return bytes.Equal(one, two)
}

// encode writes one object with a line for each language.
func encode(all map[string]words) ([]byte, error) {
	var lines []string
	for _, tag := range slices.Sorted(maps.Keys(all)) {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(all[tag]); err != nil {
			return nil, err
		}
		lines = append(lines, fmt.Sprintf("%q:%s", tag, bytes.TrimSpace(b.Bytes())))
	}
	return []byte("{\n" + strings.Join(lines, ",\n") + "\n}\n"), nil
}
