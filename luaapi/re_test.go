package luaapi

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A search in pieces, which can be ended between two matches, finds what one in a single
// go does.
func FuzzMatchesOneByOne(f *testing.F) {
	for _, pattern := range []string{`a`, ``, `^`, `$`, `(?m)^`, `(?m)$`, `\b`, `\B`, `\bfoo\b`, `(a)|b*`, `x*`, `(?i)(?P<n>a)+`, `(?s).`, `\A.|b`, `^a|a`, `[^a]`, `(a*)(b|$)`, `é*`, `\Qa`, `\Q`, `b|\Qa)`} {
		for _, text := range []string{"", "aaa", "foo foo", "abab\nab", "xaéb\xffc\n", "foofoo foo"} {
			f.Add(pattern, text)
		}
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 30 || len(text) > 100 {
			return
		}
		re, err := regexp.Compile(pattern)
		if err != nil {
			return
		}
		r := &regex{re: re}
		var got [][]int
		eachMatch(text, 0, func(from int) []int { return r.locate(text, from) }, func(at []int) { got = append(got, at) })
		if diff := cmp.Diff(re.FindAllStringSubmatchIndex(text, -1), got); diff != "" {
			t.Errorf("%q in %q: %s", pattern, text, diff)
		}
	})
}
