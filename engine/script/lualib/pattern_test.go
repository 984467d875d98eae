package lualib_test

import (
	"strings"
	"testing"

	"botd/engine/script/lualib"
)

func TestPatternMatch(t *testing.T) {
	for _, tt := range []struct {
		pattern, s string
		init       int
		want       []string // the whole match and the captures; nil for no match
	}{
		{"", "abc", 0, []string{""}},
		{"b", "abc", 0, []string{"b"}},
		{"b", "abc", 2, nil},
		{"^b", "abc", 1, []string{"b"}},
		{"^b", "abc", 0, nil},
		{"(%a+) (%a+)", "hello big world", 0, []string{"hello big", "hello", "big"}},
		{"(%a+)$", "hello big world", 0, []string{"world", "world"}},
		{"()b()", "abc", 0, []string{"b", "@1", "@2"}},
		{"a()", "a", 0, []string{"a", "@1"}},
		{"$", "abc", 0, []string{""}},
		{"c", "abc", 3, nil},
		{"", "abc", 3, []string{""}},
	} {
		p, err := lualib.CompilePattern(tt.pattern)
		if err != nil {
			t.Fatal(err)
		}
		caps, ok := p.Match(tt.s, tt.init, nil)
		if got := texts(tt.s, caps); ok != (tt.want != nil) || strings.Join(got, "|") != strings.Join(tt.want, "|") {
			t.Errorf("%q in %q from %d: got %q, %v, want %q", tt.pattern, tt.s, tt.init, got, ok, tt.want)
		}
	}
	p, _ := lualib.CompilePattern("")
	if _, ok := p.Match("abc", 4, nil); ok {
		t.Error("match after the end")
	}
	if _, ok := p.Match("abc", -1, nil); ok {
		t.Error("match before the start")
	}
}

// texts writes captures as text, positions as @ and the index.
func texts(s string, caps []lualib.Capture) []string {
	var list []string
	for _, c := range caps {
		if c.End < 0 {
			list = append(list, "@"+string(rune('0'+c.Start)))
		} else {
			list = append(list, s[c.Start:c.End])
		}
	}
	return list
}

func TestPatternErrors(t *testing.T) {
	for pattern, want := range map[string]string{
		"[a":                       "malformed pattern (missing ']')",
		"%":                        "malformed pattern (ends with '%')",
		"(a":                       "unfinished capture",
		"a)":                       "invalid pattern capture",
		"%1":                       "invalid capture index",
		"(%1":                      "invalid capture index",
		"%0":                       "invalid capture index",
		"%b(":                      "unbalanced pattern",
		"%fa":                      "missing '[' after '%f' in pattern",
		strings.Repeat("()", 33):   "too many captures",
		strings.Repeat("a*", 201):  "pattern too complex (limit 200 repetitions)",
		strings.Repeat("a", 16385): "pattern too long (limit 16 KiB)",
	} {
		if _, err := lualib.CompilePattern(pattern); err == nil || err.Error() != want {
			t.Errorf("%.20q: got %v, want %s", pattern, err, want)
		}
	}
}

// A match that would take for ever is given up: by the budget, or without one after a
// fixed number of steps.
func TestPatternBudget(t *testing.T) {
	p, err := lualib.CompilePattern("a*a*a*a*b")
	if err != nil {
		t.Fatal(err)
	}
	s := strings.Repeat("a", 5000)
	if _, ok := p.Match(s, 0, nil); ok {
		t.Error("match without a b")
	}
	asked, left := 0, 10_000
	caps, ok := p.Match(s, 0, func(n int) bool {
		asked++
		left -= n
		return left >= 0
	})
	if ok || caps != nil || left > 0 || asked > 100 {
		t.Errorf("got %v, %d steps left, asked %d times", ok, left, asked)
	}
	if _, ok := p.Match("aaab", 0, func(int) bool { return true }); !ok {
		t.Error("no match after one was given up")
	}
}

func TestPatternAllocates(t *testing.T) {
	p, err := lualib.CompilePattern("^!(%w+)%s+(%S+)")
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { p.Match("no command", 0, nil) }); n > 0.5 {
		t.Errorf("%v allocations for a text that does not match", n)
	}
	if n := testing.AllocsPerRun(100, func() { p.Match("!roll 2d6", 0, nil) }); n > 1.5 {
		t.Errorf("%v allocations for a match", n)
	}
}

func TestPatternIsShared(t *testing.T) {
	p, err := lualib.CompilePattern("(%w+)@(%w+)")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan bool)
	for range 4 {
		go func() {
			ok := true
			for range 200 {
				caps, found := p.Match("mail ann@example now", 0, nil)
				ok = ok && found && len(caps) == 3
			}
			done <- ok
		}()
	}
	for range 4 {
		if !<-done {
			t.Error("a match went wrong")
		}
	}
}

// reference is a matcher that follows the words of the manual and nothing else. It
// takes the pattern as it is, and passes on what comes after each item as a function.
type reference struct {
	s, p  string
	steps int
}

type refState struct {
	caps   [32]lualib.Capture
	n      int
	opened [32]int
	depth  int
}

func (r *reference) find(init int) (int, int, *refState) {
	p, anchored := 0, strings.HasPrefix(r.p, "^")
	if anchored {
		p = 1
	}
	for s := init; s <= len(r.s); s++ {
		var end int
		var state refState
		if r.match(s, p, refState{}, func(e int, st refState) bool { end, state = e, st; return true }) {
			return s, end, &state
		}
		if anchored {
			break
		}
	}
	return -1, -1, nil
}

// match matches the pattern from p at s, and then asks done.
func (r *reference) match(s, p int, st refState, done func(int, refState) bool) bool {
	if r.steps++; r.steps > 200_000 {
		return false
	}
	if p == len(r.p) {
		return done(s, st)
	}
	rest := r.p[p:]
	switch {
	case strings.HasPrefix(rest, "()"):
		st.caps[st.n] = lualib.Capture{Start: s, End: -1}
		st.n++
		return r.match(s, p+2, st, done)
	case rest[0] == '(':
		st.caps[st.n].Start = s
		st.opened[st.depth] = st.n
		st.n++
		st.depth++
		return r.match(s, p+1, st, done)
	case rest[0] == ')':
		st.depth--
		st.caps[st.opened[st.depth]].End = s
		return r.match(s, p+1, st, done)
	case rest == "$":
		return s == len(r.s) && done(s, st)
	case strings.HasPrefix(rest, "%b"):
		depth := 0
		for i := s; i < len(r.s); i++ {
			if i > s && r.s[i] == rest[3] {
				if depth--; depth == 0 {
					return r.match(i+1, p+4, st, done)
				}
			} else if r.s[i] == rest[2] {
				depth++
			}
			if depth == 0 {
				return false
			}
		}
		return false
	case strings.HasPrefix(rest, "%f"):
		end := r.itemEnd(p + 2)
		set := r.p[p+2 : end]
		before, after := byte(0), byte(0)
		if s > 0 {
			before = r.s[s-1]
		}
		if s < len(r.s) {
			after = r.s[s]
		}
		return !oneOf(set, before) && oneOf(set, after) && r.match(s, end, st, done)
	case len(rest) > 1 && rest[0] == '%' && '1' <= rest[1] && rest[1] <= '9':
		c := st.caps[rest[1]-'1']
		if c.End < 0 {
			return false
		}
		text := r.s[c.Start:c.End]
		return strings.HasPrefix(r.s[s:], text) && r.match(s+len(text), p+2, st, done)
	}
	end := r.itemEnd(p)
	item, next := r.p[p:end], end
	rep := byte(0)
	if end < len(r.p) && strings.IndexByte("*+-?", r.p[end]) >= 0 {
		rep, next = r.p[end], end+1
	}
	most := 0
	for s+most < len(r.s) && oneOf(item, r.s[s+most]) {
		most++
	}
	least := 0
	switch rep {
	case 0:
		least, most = 1, min(most, 1)
	case '+':
		least = 1
	case '?':
		most = min(most, 1)
	case '-':
		for n := 0; n <= most; n++ {
			if r.match(s+n, next, st, done) {
				return true
			}
		}
		return false
	}
	for n := most; n >= least; n-- {
		if r.match(s+n, next, st, done) {
			return true
		}
	}
	return false
}

// itemEnd returns where the item at p, which stands for one byte, ends.
func (r *reference) itemEnd(p int) int {
	switch r.p[p] {
	case '%':
		return p + 2
	case '[':
		i := p + 1
		if r.p[i] == '^' {
			i++
		}
		for first := true; first || r.p[i] != ']'; first = false {
			if r.p[i] == '%' {
				i++
			}
			i++
		}
		return i + 1
	}
	return p + 1
}

// oneOf reports whether c is what the item stands for.
func oneOf(item string, c byte) bool {
	switch {
	case item == ".":
		return true
	case item[0] == '%':
		return inClass(item[1], c)
	case item[0] != '[':
		return item[0] == c
	}
	set := item[1 : len(item)-1]
	if set[0] == '^' {
		return !inSet(set[1:], c)
	}
	return inSet(set, c)
}

func inSet(set string, c byte) bool {
	for i := 0; i < len(set); i++ {
		switch {
		case set[i] == '%':
			i++
			if i == len(set) { // the bracket that ends the set, after a range up to %
				return c == ']'
			}
			if inClass(set[i], c) {
				return true
			}
		case i+2 < len(set) && set[i+1] == '-':
			if set[i] <= c && c <= set[i+2] {
				return true
			}
			i += 2
		case set[i] == c:
			return true
		}
	}
	return false
}

func inClass(class, c byte) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	members, known := map[byte]string{
		'a': letters, 'd': "0123456789", 'l': letters[:26], 'u': letters[26:], 's': " \t\n\v\f\r",
		'w': letters + "0123456789", 'x': "0123456789abcdefABCDEF", 'z': "\x00",
		'p': "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
	}[class|0x20]
	in := strings.IndexByte(members, c) >= 0
	if class|0x20 == 'c' && class|0x20 >= 'a' {
		in, known = c < 32 || c == 127, true
	}
	if !known || class|0x20 < 'a' || class|0x20 > 'z' {
		return class == c
	}
	return in == (class >= 'a')
}

// FuzzPattern compares the matcher with the reference.
func FuzzPattern(f *testing.F) {
	for _, p := range []string{
		"", "a", "^a", "a$", ".*b", "(a*(.)%w(%s*))", "%bxy", "%f[%w]%w+", "[^%s%d]+", "[]]", "[a-]", "(.)%1", "()a()",
		"a-b", "a?a?b", "%%", "[%a_][%w_]*", "^(.-)%s*$", "[a-%%]", "%f[%z]", "[^]]", "(a)(b)?(%1)", "x*y+z-w?", "[%]%-]",
	} {
		for _, s := range []string{"", "aab abb", "x(y)z", "THE (quick) fox", "a1_b2  ", "]-%x\x00y"} {
			f.Add(p, s)
		}
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 60 || len(s) > 60 {
			return
		}
		p, err := lualib.CompilePattern(pattern)
		if err != nil {
			return
		}
		caps, ok := p.Match(s, 0, nil)
		ref := reference{s: s, p: pattern}
		start, end, st := ref.find(0)
		if ref.steps > 200_000 {
			return
		}
		if ok != (start >= 0) {
			t.Fatalf("%q in %q: got %v %v, want %d to %d", pattern, s, ok, caps, start, end)
		}
		if !ok {
			return
		}
		want := append([]lualib.Capture{{Start: start, End: end}}, st.caps[:st.n]...)
		if len(caps) != len(want) {
			t.Fatalf("%q in %q: got %v, want %v", pattern, s, caps, want)
		}
		for i := range want {
			if caps[i] != want[i] {
				t.Fatalf("%q in %q: got %v, want %v", pattern, s, caps, want)
			}
		}
	})
}
