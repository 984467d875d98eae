package luaapi

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"botd/engine/script"
)

// re has regular expressions whose time grows with the length of the text and no faster,
// whatever the expression. They are written as in Go, Rust and RE2: Perl's, without
// references back and looks around.
var reModule = script.Module{Name: "re", Pure: true, Members: []script.Member{
	script.Plain("compile", reCompile), script.Plain("escape", reEscape),
}}

// regex is a compiled expression.
type regex struct {
	re    *regexp.Regexp
	next  *regexp.Regexp // finds the match after the first character; nil until it is needed
	insts int
}

var regexClass = script.Class[*regex]{
	Name: "regex",
	Members: []script.Member{
		script.PlainMethod("find", regexFind).Reads(), script.PlainMethod("match", regexMatch).Reads(), script.PlainMethod("all", regexAll).Reads(),
		script.PlainMethod("gsub", regexGsub).Reads(), script.PlainMethod("split", regexSplit).Reads(), script.PlainMethod("test", regexTest).Reads(),
		script.Prop("source", regexSource),
	},
	String: regexSource,
}

// regexSource is the expression as it was written, with its flags.
func regexSource(r *regex) string { return r.re.String() }

// Keeps implements [script.Keeper].
func (r *regex) Keeps(func(script.Value)) int { return r.insts * instBytes }

// What an expression may be: a short text can stand for a large program, a{1000} for one.
const (
	maxRegex      = 1000
	maxRegexInsts = 2000
	instBytes     = 100 // of an instruction, with what a search needs for it
)

type reCompileArgs struct {
	Pattern string `lua:"pattern"`        // such as [[\b(\d+)\s*(kg|lb)\b]]; (?i) at the start ignores case
	Flags   string `lua:"flags,optional"` // letters: i ignores case, m has ^ and $ match at lines, s has . match a line's end
}

// reCompile makes a regular expression. One that is wrong raises an error.
func reCompile(c *script.Call, a reCompileArgs) *regex {
	if len(a.Pattern) > maxRegex {
		c.BadArg("pattern", "longer than %d bytes", maxRegex)
	}
	if i := strings.IndexFunc(a.Flags, func(r rune) bool { return !strings.ContainsRune("ims", r) }); i >= 0 {
		c.BadArg("flags", "expected letters of i, m and s, got %s", quoted(a.Flags))
	}
	pattern := a.Pattern
	if a.Flags != "" {
		pattern = "(?" + a.Flags + ")" + pattern
	}
	c.Charge(100 + 10*len(pattern))
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		c.BadArg("pattern", "%s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		c.BadArg("pattern", "%s", err)
	}
	if len(prog.Inst) > maxRegexInsts {
		c.BadArg("pattern", "too complex: it would take %d instructions, %d are allowed; are there large counts like {1000} in it?", len(prog.Inst), maxRegexInsts)
	}
	c.Charge(10 * len(prog.Inst))
	c.Alloc(len(prog.Inst) * instBytes)
	return &regex{re: regexp.MustCompile(pattern), insts: len(prog.Inst)} // it has been parsed already
}

// maxSearch bounds a search, which nothing can end once it runs: a tenth of a second. Every
// byte may have to be compared with every instruction, in up to 100 ns.
const maxSearch = 1 << 20

// search looks for the first match at or after a place, which is not inside a character.
func (r *regex) search(c *script.Call, text string, from int) []int {
	rest := text[from:]
	if len(rest) > maxSearch/r.insts {
		c.Misuse("the text has %d bytes, too many for this expression: it takes %d at most", len(rest), maxSearch/r.insts)
	}
	at := r.locate(text, from)
	if at != nil {
		rest = text[from:at[1]]
	}
	c.Charge(2 + len(rest)*r.insts/2)
	return at
}

// locate is search without its price. What stands before the place matters to ^ and \b, so
// a search in the middle begins one character earlier and skips that.
func (r *regex) locate(text string, from int) []int {
	if from == 0 {
		return r.re.FindStringSubmatchIndex(text)
	}
	if r.next == nil {
		r.next = later(r.re)
	}
	_, before := utf8.DecodeLastRuneInString(text[:from])
	from -= before
	at := r.next.FindStringSubmatchIndex(text[from:])
	if at == nil {
		return nil
	}
	for i := range at {
		if at[i] >= 0 {
			at[i] += from
		}
	}
	return at[2:] // the first group is the whole match
}

// later is an expression for what re matches anywhere but at the start of a text; the match
// is its first group. It goes by what re means, because not every text can be put between
// parentheses: a \Q without an end would take the closing one for itself.
func later(re *regexp.Regexp) *regexp.Regexp {
	parsed, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		panic(err) // re has been parsed already
	}
	return regexp.MustCompile(`^(?s:.)(?s:.*?)(` + parsed.String() + `)`)
}

// each calls f for every match from left to right, n at most if n is above 0.
func (r *regex) each(c *script.Call, text string, n int, f func(at []int)) {
	eachMatch(text, n, func(from int) []int { return r.search(c, text, from) }, f)
}

// eachMatch goes on to search behind what it found. A match of nothing right behind another
// does not count.
func eachMatch(text string, n int, search func(from int) []int, f func(at []int)) {
	for from, last, count := 0, -1, 0; from <= len(text) && (n <= 0 || count < n); {
		at := search(from)
		if at == nil {
			return
		}
		if at[0] < at[1] || at[0] != last {
			count++
			f(at)
		}
		if from, last = at[1], at[1]; at[0] == at[1] {
			_, size := utf8.DecodeRuneInString(text[from:])
			from += max(1, size)
		}
	}
}

type reEscapeArgs struct {
	Text string `lua:"text"`
}

// reEscape makes an expression that matches exactly that text.
func reEscape(c *script.Call, a reEscapeArgs) string {
	c.Charge(1 + len(a.Text)/8)
	return regexp.QuoteMeta(a.Text)
}

type regexTextArgs struct {
	Text string `lua:"text"`
	Init int    `lua:"init,optional"` // where to begin, in bytes from 1; from the end if below 0
}

// from is the text to search, and how many bytes before it are left out.
func (a regexTextArgs) from() (text string, before int, ok bool) {
	switch {
	case a.Init > 0:
		before = a.Init - 1
	case a.Init < 0:
		before = max(0, len(a.Text)+a.Init)
	}
	if before > len(a.Text) {
		return "", 0, false
	}
	return a.Text[before:], before, true
}

// regexFind looks for the first match and returns where it begins and ends, in bytes, and
// its captures; nil if there is none. With init the text is taken to begin there.
func regexFind(c *script.Call, r *regex, a regexTextArgs) script.Values {
	text, before, ok := a.from()
	if !ok {
		return script.Values{{}}
	}
	at := r.search(c, text, 0)
	if at == nil {
		return script.Values{{}}
	}
	out := script.Values{c.ToLua(before + at[0] + 1), c.ToLua(before + at[1])}
	return append(out, captures(c, text, at)...)
}

// regexMatch returns the captures of the first match, or all of it if the expression has
// none; nil if there is no match. A group that took no part is nil.
func regexMatch(c *script.Call, r *regex, a regexTextArgs) script.Values {
	text, _, ok := a.from()
	if !ok {
		return script.Values{{}}
	}
	at := r.search(c, text, 0)
	if at == nil {
		return script.Values{{}}
	}
	return matched(c, text, at)
}

// matched are the captures of a match, or the whole of it.
func matched(c *script.Call, text string, at []int) script.Values {
	if len(at) > 2 {
		return captures(c, text, at)
	}
	return script.Values{c.String(text[at[0]:at[1]])}
}

func captures(c *script.Call, text string, at []int) (out script.Values) {
	for i := 2; i < len(at); i += 2 {
		if at[i] < 0 {
			out = append(out, script.Value{})
			continue
		}
		out = append(out, c.String(text[at[i]:at[i+1]]))
	}
	return out
}

// regexTest reports whether the expression matches anywhere in the text.
func regexTest(c *script.Call, r *regex, a textArgs) bool {
	return r.search(c, a.Text, 0) != nil
}

type regexAllArgs struct {
	Text string `lua:"text"`
	Max  int    `lua:"max,optional"` // how many at most
}

// maxMatches bounds a list of matches.
const maxMatches = 10_000

// regexAll lists all matches, from left to right: each the list of its captures, or the
// text if the expression has none. There are 10,000 at most.
func regexAll(c *script.Call, r *regex, a regexAllArgs) (out []script.Value) {
	n := maxMatches
	if a.Max > 0 {
		n = min(n, a.Max)
	}
	r.each(c, a.Text, n, func(at []int) {
		c.Charge(len(at))
		if len(at) == 2 {
			out = append(out, c.String(a.Text[at[0]:at[1]]))
			return
		}
		out = append(out, c.NewList(captures(c, a.Text, at)))
	})
	return out
}

type regexGsubArgs struct {
	Text string       `lua:"text"`
	Repl script.Value `lua:"repl" type:"string|table|fun(...): string?"` // what to put in place of a match
	Max  int          `lua:"max,optional"`                               // how many to replace at most
}

// regexGsub replaces all matches and returns the new text and their number. In a text $1
// or ${1} is a capture, $0 the match, $$ a dollar sign; a table is asked for the first
// capture, a function called with all captures: what they give stands in place of the
// match, which stays if they give nil or false.
func regexGsub(c *script.Call, r *regex, a regexGsubArgs) script.Values {
	replace := r.replacer(c, a.Repl)
	var b strings.Builder
	held, end, count := 0, 0, 0
	defer func() { c.Hold(-held) }()
	r.each(c, a.Text, a.Max, func(at []int) {
		text := replace(a.Text, at)
		c.Charge(len(at) + len(text)/16)
		if b.Len()+at[0]-end+len(text) > maxText {
			c.Misuse("the result would be longer than %d bytes", maxText)
		}
		b.WriteString(a.Text[end:at[0]])
		b.WriteString(text)
		c.Hold(b.Cap() - held)
		held = b.Cap()
		end = at[1]
		count++
	})
	b.WriteString(a.Text[end:])
	return script.Values{c.String(b.String()), c.ToLua(count)}
}

// replacer returns what makes the text for a match.
func (r *regex) replacer(c *script.Call, repl script.Value) func(text string, at []int) string {
	if s, ok := repl.AsString(); ok {
		return func(text string, at []int) string { return string(r.re.ExpandString(nil, s, text, at)) }
	}
	var ask func(script.Values) script.Value
	if fn, ok := repl.AsFunc(); ok {
		ask = func(found script.Values) script.Value {
			args := make([]any, len(found))
			for i, v := range found {
				args[i] = v
			}
			if results := c.Call(fn, args...); len(results) > 0 {
				return results[0]
			}
			return script.Value{}
		}
	} else if repl.IsTable() {
		ask = func(found script.Values) script.Value {
			key, _ := found[0].AsString()
			return c.Index(repl, key)
		}
	} else {
		c.BadArg("repl", "%s", script.Expected("a string, a table or a function", repl))
	}
	return func(text string, at []int) string {
		if v := ask(matched(c, text, at)); v.Truthy() {
			return c.Text(v)
		}
		return text[at[0]:at[1]]
	}
}

// regexSplit cuts a text at the matches: "a, b,c" at [[,\s*]] into {"a", "b", "c"}. With max
// the last part is all that is left; there are 10,000 parts at most.
func regexSplit(c *script.Call, r *regex, a regexAllArgs) (parts []string) {
	n := maxMatches
	if a.Max > 0 {
		n = min(n, a.Max)
	}
	if n == 1 || a.Text == "" {
		return []string{a.Text}
	}
	begin := 0
	r.each(c, a.Text, n-1, func(at []int) {
		if at[1] > 0 && at[0] < len(a.Text) { // an empty match at an end cuts nothing off
			parts = append(parts, a.Text[begin:at[0]])
			begin = at[1]
		}
	})
	return append(parts, a.Text[begin:])
}
