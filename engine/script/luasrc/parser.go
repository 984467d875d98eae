package luasrc

import (
	"fmt"

	"github.com/yuin/gopher-lua/ast"
)

// parser is a recursive descent parser for Lua 5.1. Its depth is limited, and so is
// that of the tree it builds: every construct returns its depth beside its node.
type parser struct {
	lexer
	limits     Limits
	tok        token
	peeked     token
	hasPeeked  bool
	prevLine   int // line where the token before tok ends
	depth      int // recursion
	fn         *funcState
	functions  int
	labels     int
	locals     int // in scope, over all functions
	blocks     int // open, over all functions
	work       int // steps of the compiler, see charge
	fixes      []jumpFix
	usesConcat bool
}

// funcState is a function being parsed.
type funcState struct {
	parent    *funcState
	vararg    bool
	locals    []string // in scope, by register
	scopes    []scope
	loops     []loopState
	constants map[string]int
}

// opener is what begins a block, for errors about its end.
type opener struct {
	kind   string
	line   int
	elseIf int // line of an "else if" in it, which is often meant as elseif
}

func newParser(name string, src []byte, limits Limits) *parser {
	return &parser{lexer: newLexer(name, src), limits: limits}
}

func (p *parser) next() {
	p.prevLine = p.tok.endLine
	if p.hasPeeked {
		p.tok, p.hasPeeked = p.peeked, false
		return
	}
	p.tok = p.scan()
}

func (p *parser) ahead() token {
	if !p.hasPeeked {
		p.peeked, p.hasPeeked = p.scan(), true
	}
	return p.peeked
}

func (p *parser) accept(kind string) bool {
	if p.tok.kind != kind {
		return false
	}
	p.next()
	return true
}

func (p *parser) expect(kind string) token {
	t := p.tok
	if t.kind != kind {
		p.failHere(quoteKind(kind)+" expected", p.expectedHint(kind))
	}
	p.next()
	return t
}

// expectMatch expects what closes something opened on a line.
func (p *parser) expectMatch(kind, open string, line int) token {
	t := p.tok
	if t.kind != kind {
		msg := quoteKind(kind) + " expected"
		if line != t.line {
			msg += fmt.Sprintf(" (to close '%s' at line %d)", open, line)
		}
		p.failHere(msg, p.expectedHint(kind))
	}
	p.next()
	return t
}

func quoteKind(kind string) string {
	if kind[0] == '<' && len(kind) > 2 {
		return kind
	}
	return "'" + kind + "'"
}

func (p *parser) name() string { return p.expect(tokName).text }

// enter counts one level of recursion. leave ends it.
func (p *parser) enter() {
	if p.depth++; p.depth > p.limits.Depth {
		p.failHere(fmt.Sprintf("nested too deeply (limit %d levels)", p.limits.Depth), "")
	}
}

func (p *parser) leave() { p.depth-- }

// treeFactor says how much deeper than the nesting the tree may be: a chain of
// operators, calls or elseif has a level for each.
const treeFactor = 4

// deeper returns the depth of a node above others.
func (p *parser) deeper(depths ...int) int {
	d := 0
	for _, n := range depths {
		d = max(d, n)
	}
	if d++; d > treeFactor*p.limits.Depth {
		p.failHere(fmt.Sprintf("expression or chain too long (limit %d)", treeFactor*p.limits.Depth), "")
	}
	return d
}

// charge counts steps the compiler will take in its linear searches. Legitimate
// sources stay far below the limit.
func (p *parser) charge(steps int) {
	if p.work += steps; p.work > maxWork {
		p.failHere("source too complex to compile: too many names and constants in one place", "split it into smaller functions or files")
	}
}

// constantCost is what comparing two constants costs in steps.
const constantCost = 4

// constant counts the use of a constant, which the compiler looks for in a list.
func (p *parser) constant(key string) {
	i, ok := p.fn.constants[key]
	if !ok {
		i = len(p.fn.constants)
		if i >= p.limits.Constants {
			p.failHere(fmt.Sprintf("function has too many constants (limit %d)", p.limits.Constants), "split it into smaller functions")
		}
		p.fn.constants[key] = i
	}
	p.charge(constantCost * (i + 1))
}

// reference counts the use of a name, which the compiler looks for among all locals.
func (p *parser) reference(name string) {
	p.charge(2 * (p.locals + p.blocks + 1))
	p.constant("s" + name) // it may be a global
}

const maxLocals = 199 // of 200 registers of a function

func (p *parser) declare(names ...string) {
	f := p.fn
	f.locals = append(f.locals, names...)
	p.locals += len(names)
	if len(f.locals) > maxLocals {
		p.failHere(fmt.Sprintf("too many local variables (limit %d in a function)", maxLocals), "")
	}
}

// local returns the register of a local of the function, -1 if the name is another
// function's or global.
func (f *funcState) local(name string) int {
	for i := len(f.locals) - 1; i >= 0; i-- {
		if f.locals[i] == name {
			return i
		}
	}
	return -1
}

func (p *parser) openFunc(params []string, vararg bool) {
	if p.functions++; p.functions > p.limits.Functions {
		p.failHere(fmt.Sprintf("too many functions (limit %d)", p.limits.Functions), "")
	}
	p.fn = &funcState{parent: p.fn, vararg: vararg, constants: make(map[string]int)}
	p.openScope()
	p.declare(params...)
}

func (p *parser) closeFunc() {
	p.closeScope()
	p.fn = p.fn.parent
}

// block parses statements up to what ends a block, in a scope of its own.
func (p *parser) block(o opener) ([]ast.Stmt, int) {
	p.openScope()
	stmts, depth := p.statements(o)
	p.closeScope()
	return stmts, depth
}

func (p *parser) statements(o opener) ([]ast.Stmt, int) {
	p.enter()
	defer p.leave()
	stmts := []ast.Stmt{}
	depth := 0
	for !p.blockEnds() {
		if p.accept(";") {
			continue
		}
		t := p.tok
		last := t.kind == "return" || t.kind == "break"
		s, d := p.statement()
		p.accept(";")
		stmts = append(stmts, s)
		depth = max(depth, d)
		if last {
			p.checkLast(t.kind, o)
			break
		}
	}
	if o.kind != "repeat" { // where the condition follows
		p.endLabels(stmts)
	}
	return stmts, p.deeper(depth)
}

func (p *parser) blockEnds() bool {
	switch p.tok.kind {
	case tokEOF, "end", "else", "elseif", "until":
		return true
	}
	return false
}

// checkLast reports what follows return or break in a block.
func (p *parser) checkLast(word string, o opener) {
	if !p.blockEnds() {
		p.failHere("'"+o.closer()+"' expected", "'"+word+"' must be the last statement of its block")
	}
}

func (o opener) closer() string {
	switch o.kind {
	case "<chunk>":
		return "<eof>"
	case "repeat":
		return "until"
	}
	return "end"
}

// unexpectedEnd reports a word that ends a block where none is open.
func (p *parser) unexpectedEnd() {
	hint := ""
	if p.tok.kind == "end" {
		hint = "there is one 'end' too many"
	}
	p.failHere("'<eof>' expected", hint)
}

// end expects the end of a block.
func (p *parser) end(o opener) token {
	if o.elseIf > 0 && p.tok.kind != o.closer() {
		p.failHere(fmt.Sprintf("'end' expected (to close 'if' at line %d)", o.line),
			fmt.Sprintf("the 'else if' at line %d needs an 'end' of its own: write 'elseif'", o.elseIf))
	}
	return p.expectMatch(o.closer(), o.kind, o.line)
}
