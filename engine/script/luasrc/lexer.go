package luasrc

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"botd/engine/script/lualib"
)

// Kinds of tokens. Keywords and operators are their own kind.
const (
	tokEOF    = "<eof>"
	tokName   = "<name>"
	tokString = "<string>"
	tokNumber = "<number>"
)

type token struct {
	kind string
	// text is the name, the value of a string, or the number in a form that
	// gopher-lua reads.
	text       string
	line, col  int
	endLine    int
	start, end int // offsets in the source
}

var keywords = func() map[string]string {
	m := make(map[string]string)
	for _, k := range strings.Fields(`and break do else elseif end false for function if in
		local nil not or repeat return then true until while`) {
		m[k] = k
	}
	return m
}()

// lexer splits a source into tokens. It panics with an *Error.
type lexer struct {
	file      string
	src       string
	pos       int
	line      int
	lineStart int               // offset of the current line
	texts     map[string]string // one copy of each name and string, apart from the source
}

func newLexer(file string, src []byte) lexer {
	x := lexer{file: file, src: string(src), line: 1, texts: make(map[string]string)}
	x.pos = len(x.src) - len(strings.TrimPrefix(x.src, "\ufeff"))
	if strings.HasPrefix(x.src[x.pos:], "#") {
		x.skipLine()
	}
	return x
}

func (x *lexer) fail(t token, near, msg string) { x.failHint(t, near, msg, "") }

func (x *lexer) failHint(t token, near, msg, hint string) {
	panic(&Error{File: x.file, Line: t.line, Col: t.col, Msg: msg, Near: near, Hint: hint})
}

// clipNear shortens a long token for an error text, at a rune's edge.
func clipNear(s string) string {
	const limit = 40
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		s = s[:i]
	}
	if len(s) <= limit {
		return s
	}
	n := limit
	for n > limit-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "..."
}

// keep returns a copy of s that does not hold on to the source. The code and its
// constants live longer than the source does.
func (x *lexer) keep(s string) string {
	if t, ok := x.texts[s]; ok {
		return t
	}
	t := strings.Clone(s)
	x.texts[t] = t
	return t
}

func (x *lexer) peek(n int) byte {
	if x.pos+n < len(x.src) {
		return x.src[x.pos+n]
	}
	return 0
}

func (x *lexer) here() token {
	return token{line: x.line, col: x.pos - x.lineStart + 1, start: x.pos}
}

// newline steps over one line end: \n, \r, \r\n or \n\r.
func (x *lexer) newline() {
	c := x.src[x.pos]
	x.pos++
	if n := x.peek(0); n != c && (n == '\n' || n == '\r') {
		x.pos++
	}
	x.line++
	x.lineStart = x.pos
}

func (x *lexer) skipLine() {
	for x.pos < len(x.src) && x.src[x.pos] != '\n' && x.src[x.pos] != '\r' {
		x.pos++
	}
}

// space skips white space and comments.
func (x *lexer) space() {
	for x.pos < len(x.src) {
		switch c := x.src[x.pos]; {
		case c == '\n' || c == '\r':
			x.newline()
		case c == ' ' || '\t' <= c && c <= '\r':
			x.pos++
		case c == '-' && x.peek(1) == '-':
			x.comment()
		default:
			return
		}
	}
}

func (x *lexer) comment() {
	start := x.here()
	x.pos += 2
	if x.peek(0) == '[' {
		if level := x.longLevel(); level >= 0 {
			x.longBracket(start, level, "comment")
			return
		}
	}
	x.skipLine()
}

// longLevel returns the number of = of a long bracket that opens at pos, -1 if none
// does.
func (x *lexer) longLevel() int {
	i := x.pos + 1
	for i < len(x.src) && x.src[i] == '=' {
		i++
	}
	if i < len(x.src) && x.src[i] == '[' {
		return i - x.pos - 1
	}
	return -1
}

// longBracket steps over a long bracket and returns what is in it.
func (x *lexer) longBracket(start token, level int, what string) string {
	x.pos += level + 2
	if c := x.peek(0); x.pos < len(x.src) && (c == '\n' || c == '\r') {
		x.newline()
	}
	end := "]" + strings.Repeat("=", level) + "]"
	i := strings.Index(x.src[x.pos:], end)
	if i < 0 {
		x.fail(start, "<eof>", "unfinished long "+what)
	}
	s := x.src[x.pos : x.pos+i]
	for stop := x.pos + i; x.pos < stop; {
		if c := x.src[x.pos]; c == '\n' || c == '\r' {
			x.newline()
		} else {
			x.pos++
		}
	}
	x.pos += len(end)
	return normalizeNewlines(s)
}

// normalizeNewlines makes every line end \n, as Lua does in long strings.
func normalizeNewlines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\n' || c == '\r' {
			if i+1 < len(s) && s[i+1] != c && (s[i+1] == '\n' || s[i+1] == '\r') {
				i++
			}
			c = '\n'
		}
		b.WriteByte(c)
	}
	return b.String()
}

// scan returns the next token.
func (x *lexer) scan() token {
	x.space()
	t := x.here()
	if x.pos >= len(x.src) {
		t.kind, t.end, t.endLine = tokEOF, t.start, t.line
		return t
	}
	switch c := x.src[x.pos]; {
	case isLetter(c):
		for x.pos < len(x.src) && (isLetter(x.src[x.pos]) || isDigit(x.src[x.pos])) {
			x.pos++
		}
		t.text = x.keep(x.src[t.start:x.pos])
		t.kind = tokName
		if k, ok := keywords[t.text]; ok {
			t.kind = k
		}
	case isDigit(c) || c == '.' && isDigit(x.peek(1)):
		x.number(&t)
	case c == '"' || c == '\'':
		x.quoted(&t, c)
	case c == '[' && x.longLevel() >= 0:
		t.kind = tokString
		t.text = x.keep(x.longBracket(t, x.longLevel(), "string"))
	default:
		x.operator(&t)
	}
	t.end, t.endLine = x.pos, x.line
	return t
}

func isLetter(c byte) bool { return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }

// number reads a number as Lua does: all that looks like one, and then checks it. The
// text becomes one that gopher-lua reads as the same number: it would take 0010 for
// octal, and stop in the middle of 3x.
func (x *lexer) number(t *token) {
	t.kind = tokNumber
	for isDigit(x.peek(0)) || x.peek(0) == '.' {
		x.pos++
	}
	if c := x.peek(0) | 0x20; c == 'e' && (x.peek(1) == '+' || x.peek(1) == '-') {
		x.pos += 2
	}
	for isLetter(x.peek(0)) || isDigit(x.peek(0)) || x.peek(0) == '.' {
		x.pos++
	}
	text := x.src[t.start:x.pos]
	f, ok := lualib.ParseNumber(text)
	if !ok {
		x.fail(*t, clipNear(text), "malformed number")
	}
	t.text = x.keep(numberText(f))
}

func numberText(f float64) string {
	if f < 1<<53 && f == float64(int64(f)) {
		return strconv.FormatInt(int64(f), 10)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

func (x *lexer) quoted(t *token, quote byte) {
	t.kind = tokString
	x.pos++
	plain := x.pos // start of what has no escapes
	var b []byte
	for {
		if x.pos >= len(x.src) {
			x.fail(*t, "<eof>", "unfinished string")
		}
		switch c := x.src[x.pos]; c {
		case quote:
			s := x.src[plain:x.pos]
			x.pos++
			if b != nil {
				s = string(append(b, s...))
			}
			t.text = x.keep(s)
			return
		case '\n', '\r':
			x.fail(*t, clipNear(x.src[t.start:x.pos]), "unfinished string")
		case '\\':
			b = append(b, x.src[plain:x.pos]...)
			b = x.escape(b)
			plain = x.pos
		default:
			x.pos++
		}
	}
}

var escapes = map[byte]byte{
	'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v',
}

// escape appends what the escape sequence at pos stands for.
func (x *lexer) escape(b []byte) []byte {
	at := x.here()
	x.pos++
	if x.pos >= len(x.src) {
		return b // the caller reports the missing quote
	}
	c := x.src[x.pos]
	if isDigit(c) {
		n := 0
		for i := 0; i < 3 && isDigit(x.peek(0)); i++ {
			n = n*10 + int(x.src[x.pos]-'0')
			x.pos++
		}
		if n > 255 {
			x.fail(at, clipNear(x.src[at.start:x.pos]), "escape sequence too large")
		}
		return append(b, byte(n))
	}
	if c == '\n' || c == '\r' {
		x.newline()
		return append(b, '\n')
	}
	x.pos++
	if e, ok := escapes[c]; ok {
		c = e
	}
	return append(b, c)
}

var operators = []string{
	"...", "..", "==", "~=", "<=", ">=", "::",
	"+", "-", "*", "/", "%", "^", "#", "<", ">", "=", "(", ")", "{", "}", "[", "]", ";", ":", ",", ".",
}

func (x *lexer) operator(t *token) {
	rest := x.src[x.pos:]
	for _, op := range operators {
		if strings.HasPrefix(rest, op) {
			t.kind = op
			x.pos += len(op)
			return
		}
	}
	x.badCharacter(*t, rest)
}
