package luasrc

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// foreign are operators of other languages, with what to write in Lua.
var foreign = []struct{ op, hint string }{
	{"!=", "write '~=' for \"not equal\""},
	{"!", "write 'not'"},
	{"&&", "write 'and'"},
	{"||", "write 'or'"},
	{"&", "Lua 5.1 has no bit operators"},
	{"|", "Lua 5.1 has no bit operators"},
	{"~", "write '~=' for \"not equal\""},
	{"?", "write 'a and b or c' for a choice"},
	{"“", "use plain quotes"}, {"”", "use plain quotes"}, {"„", "use plain quotes"},
	{"‘", "use plain quotes"}, {"’", "use plain quotes"},
}

// badCharacter reports text that begins no token.
func (x *lexer) badCharacter(t token, rest string) {
	for _, f := range foreign {
		if strings.HasPrefix(rest, f.op) {
			x.failHint(t, f.op, "unexpected symbol", f.hint)
		}
	}
	r, n := utf8.DecodeRuneInString(rest)
	near := rest[:n]
	if r == utf8.RuneError || !strconv.IsPrint(r) {
		near = strings.Trim(strconv.QuoteToASCII(near), `"`)
	}
	x.fail(t, near, "unexpected symbol")
}

// near is the token as it stands in the source.
func (p *parser) near(t token) string {
	if t.kind == tokEOF {
		return "<eof>"
	}
	return clipNear(p.src[t.start:t.end])
}

// failHere reports an error at the current token, with a hint if there is one.
func (p *parser) failHere(msg, hint string) {
	p.failHint(p.tok, p.near(p.tok), msg, hint)
}

// expectedHint knows why something else may stand where want should.
func (p *parser) expectedHint(want string) string {
	switch k := p.tok.kind; {
	case want == "then" && k == "=", want == "do" && k == "=":
		return "write '==' to compare"
	case (want == "then" || want == "do") && k == "{":
		return "Lua has no braces around blocks: write '" + want + " ... end'"
	case want == "(" && k == "{":
		return "Lua has no braces around blocks: write 'function() ... end'"
	case want == "=" && p.ahead().kind == "=" && p.joined() && strings.Contains("+-*/%^..", k):
		return "Lua has no '" + k + "=': write x = x " + k + " ..."
	case want == "=" && k == "+" && p.ahead().kind == "+":
		return "Lua has no '++': write x = x + 1"
	case want == "}":
		return "or a ',' between two items"
	case want == "=" && k == ":" && p.ahead().kind == "=":
		return "write '='"
	}
	return ""
}

// joined reports whether the next token follows the current one without a space.
func (p *parser) joined() bool { return p.ahead().start == p.tok.end }

// nameHint knows words of other languages that begin a statement.
func nameHint(name string) string {
	switch name {
	case "elif", "elsif", "elsefi":
		return "write 'elseif'"
	case "let", "var", "const", "auto":
		return "write 'local'"
	case "def", "fn", "func":
		return "write 'function'"
	case "continue":
		return "Lua 5.1 has no continue: put a label ::continue:: at the end of the loop and write 'goto continue'"
	case "foreach", "switch", "case", "try", "catch", "class", "import", "print":
		return "Lua has no statement '" + name + "'"
	}
	return ""
}
