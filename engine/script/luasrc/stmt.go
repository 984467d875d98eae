package luasrc

import (
	"fmt"

	"github.com/yuin/gopher-lua/ast"
)

func (p *parser) statement() (ast.Stmt, int) {
	t := p.tok
	var s ast.Stmt
	var d int
	switch t.kind {
	case "if":
		s, d = p.ifStmt()
	case "while":
		s, d = p.whileStmt()
	case "do":
		p.next()
		o := opener{kind: "do", line: t.line}
		body, bd := p.block(o)
		s, d = &ast.DoBlockStmt{Stmts: body}, bd
		s.SetLastLine(p.end(o).line)
	case "for":
		s, d = p.forStmt()
	case "repeat":
		s, d = p.repeatStmt()
	case "function":
		s, d = p.functionStmt()
	case "local":
		p.next()
		if p.tok.kind == "function" {
			s, d = p.localFunction()
		} else {
			s, d = p.localStmt()
		}
	case "return":
		s, d = p.returnStmt()
	case "break":
		s = p.breakStmt()
	case "::":
		s = p.labelStmt()
	case tokName:
		if t.text != "goto" || p.ahead().kind != tokName {
			return p.exprStmt()
		}
		p.next()
		s = p.gotoStmt(t)
	default:
		return p.exprStmt()
	}
	if s.Line() == 0 {
		s.SetLine(t.line)
	}
	return s, p.deeper(d)
}

// ifStmt parses the branches into a list and nests them from the last.
func (p *parser) ifStmt() (ast.Stmt, int) {
	type branch struct {
		s     *ast.IfStmt
		depth int
	}
	var branches []branch
	o := opener{kind: "if", line: p.tok.line}
	var last []ast.Stmt
	depth := 0
	for {
		t := p.tok
		p.next()
		cond := p.expr()
		p.then(t)
		body, d := p.block(o)
		s := &ast.IfStmt{Condition: cond.e, Then: body}
		s.SetLine(t.line)
		branches = append(branches, branch{s, max(cond.depth, d)})
		if p.tok.kind != "elseif" {
			break
		}
	}
	if p.tok.kind == "else" {
		line := p.tok.line
		p.next()
		if p.tok.kind == "if" && p.tok.line == line {
			o.elseIf = line
		}
		last, depth = p.block(o)
	}
	end := p.end(o).line
	for i := len(branches) - 1; i >= 0; i-- {
		b := branches[i]
		b.s.Else = last
		last, depth = []ast.Stmt{b.s}, p.deeper(depth, b.depth)
	}
	branches[0].s.SetLastLine(end)
	return branches[0].s, depth
}

// then expects the word after the condition of if and elseif.
func (p *parser) then(t token) {
	if p.tok.kind != "then" && p.tok.line != t.line {
		p.failHere(fmt.Sprintf("'then' expected (after '%s' at line %d)", t.kind, t.line), p.expectedHint("then"))
	}
	p.expect("then")
}

// loop parses the body of a loop.
func (p *parser) loop(o opener) ([]ast.Stmt, int) {
	p.fn.loops[len(p.fn.loops)-1].scopes = len(p.fn.scopes) + 1
	return p.block(o)
}

// do expects the word after the head of a loop.
func (p *parser) do(o opener) {
	if p.tok.kind != "do" && p.tok.line != o.line {
		p.failHere(fmt.Sprintf("'do' expected (after '%s' at line %d)", o.kind, o.line), p.expectedHint("do"))
	}
	p.expect("do")
}

func (p *parser) whileStmt() (ast.Stmt, int) {
	o := opener{kind: "while", line: p.tok.line}
	p.next()
	p.openLoop()
	cond := p.expr()
	p.do(o)
	body, d := p.loop(o)
	s := &ast.WhileStmt{Condition: cond.e, Stmts: body}
	s.SetLastLine(p.end(o).line)
	return p.closeLoop(s, o.line), max(cond.depth, d)
}

func (p *parser) repeatStmt() (ast.Stmt, int) {
	o := opener{kind: "repeat", line: p.tok.line}
	p.next()
	p.openLoop()
	p.openScope()
	p.fn.loops[len(p.fn.loops)-1].scopes = len(p.fn.scopes)
	body, d := p.statements(o)
	p.end(o)
	cond := p.expr() // sees the locals of the body
	p.closeScope()
	s := &ast.RepeatStmt{Condition: cond.e, Stmts: body}
	s.SetLastLine(p.prevLine)
	return p.closeLoop(s, o.line), max(cond.depth, d)
}

func (p *parser) forStmt() (ast.Stmt, int) {
	o := opener{kind: "for", line: p.tok.line}
	p.next()
	name := p.name()
	p.openLoop()
	p.openScope()
	var s ast.Stmt
	var d int
	switch p.tok.kind {
	case "=":
		s, d = p.numericFor(o, name)
	case ",", "in":
		s, d = p.genericFor(o, name)
	default:
		p.failHere("'=' or 'in' expected", "")
	}
	p.closeScope()
	return p.closeLoop(s, o.line), d
}

func (p *parser) genericFor(o opener, name string) (ast.Stmt, int) {
	names := []string{name}
	for p.accept(",") {
		names = append(names, p.name())
	}
	p.expect("in")
	exprs, d := p.exprList()
	p.declare("(for generator)", "(for state)", "(for control)")
	p.declare(names...)
	p.do(o)
	body, bd := p.loop(o)
	s := &ast.GenericForStmt{Names: names, Exprs: exprs, Stmts: body}
	s.SetLastLine(p.end(o).line)
	return s, max(d, bd)
}

func (p *parser) numericFor(o opener, name string) (ast.Stmt, int) {
	p.next()
	init := p.expr()
	p.expect(",")
	limit := p.expr()
	s := &ast.NumberForStmt{Name: name, Init: init.e, Limit: limit.e}
	d := max(init.depth, limit.depth)
	if p.accept(",") {
		step := p.expr()
		s.Step = step.e
		d = max(d, step.depth)
	}
	p.constant("n1")
	p.declare("(for index)", "(for limit)", "(for step)", name)
	p.do(o)
	body, bd := p.loop(o)
	s.Stmts = body
	s.SetLastLine(p.end(o).line)
	return s, max(d, bd)
}

func (p *parser) functionStmt() (ast.Stmt, int) {
	line := p.tok.line
	p.next()
	first := p.expect(tokName)
	p.reference(first.text)
	var fn ast.Expr = &ast.IdentExpr{Value: first.text}
	fn.SetLine(first.line)
	d := 1
	for p.tok.kind == "." {
		p.next()
		fn = p.field(fn, p.expect(tokName))
		d = p.deeper(d)
	}
	name := &ast.FuncName{Func: fn}
	method := p.accept(":")
	if method {
		name = &ast.FuncName{Receiver: fn, Method: p.name()}
		p.constant("s" + name.Method)
	}
	body, bd := p.funcBody(line, method)
	s := &ast.FuncDefStmt{Name: name, Func: body}
	s.SetLastLine(body.LastLine())
	return s, max(d, bd)
}

// field makes the access obj.key.
func (p *parser) field(obj ast.Expr, key token) ast.Expr {
	p.constant("s" + key.text)
	k := &ast.StringExpr{Value: key.text}
	k.SetLine(key.line)
	e := &ast.AttrGetExpr{Object: obj, Key: k}
	e.SetLine(key.line)
	return e
}

func (p *parser) localFunction() (ast.Stmt, int) {
	line := p.tok.line
	p.next()
	name := p.name()
	p.declare(name)
	body, d := p.funcBody(line, false)
	s := &ast.LocalAssignStmt{Names: []string{name}, Exprs: []ast.Expr{body}}
	s.SetLastLine(body.LastLine())
	return s, d
}

func (p *parser) localStmt() (ast.Stmt, int) {
	names := []string{p.name()}
	for p.accept(",") {
		names = append(names, p.name())
	}
	exprs, d := []ast.Expr{}, 0
	if p.accept("=") {
		exprs, d = p.exprList()
	} else if p.tok.kind == "+" || p.tok.kind == ":" {
		p.failHere("'=' expected", p.expectedHint("="))
	}
	if len(exprs) == 1 && len(names) == 1 {
		if fn, ok := exprs[0].(*ast.FunctionExpr); ok {
			exprs = notRecursive(fn)
		}
	}
	p.declare(names...)
	return &ast.LocalAssignStmt{Names: names, Exprs: exprs}, d
}

func (p *parser) returnStmt() (ast.Stmt, int) {
	p.next()
	if p.blockEnds() || p.tok.kind == ";" {
		return &ast.ReturnStmt{}, 0
	}
	exprs, d := p.exprList()
	return &ast.ReturnStmt{Exprs: exprs}, d
}

// exprStmt parses a call or an assignment.
func (p *parser) exprStmt() (ast.Stmt, int) {
	t := p.tok
	first := p.suffixed()
	if first.call && p.tok.kind != "=" && p.tok.kind != "," {
		s := &ast.FuncCallStmt{Expr: first.e}
		s.SetLine(first.e.Line())
		return s, p.deeper(first.depth)
	}
	lhs := []ast.Expr{p.assignable(first, t)}
	d := first.depth
	for p.accept(",") {
		at := p.tok
		e := p.suffixed()
		lhs = append(lhs, p.assignable(e, at))
		d = max(d, e.depth)
	}
	if p.tok.kind != "=" {
		hint := p.expectedHint("=")
		if t.kind == tokName && hint == "" && len(lhs) == 1 {
			hint = nameHint(t.text)
		}
		p.failHere("'=' expected", hint)
	}
	p.next()
	rhs, rd := p.exprList()
	return p.assign(lhs, rhs, t.line), p.deeper(d, rd)
}

// assignable returns e, which stands left of =, or reports that it cannot.
func (p *parser) assignable(e operand, t token) ast.Expr {
	if _, ok := e.e.(*ast.IdentExpr); ok && !e.paren {
		return e.e
	}
	if _, ok := e.e.(*ast.AttrGetExpr); ok && !e.paren {
		return e.e
	}
	if e.call && (p.tok.kind == "=" || p.tok.kind == ",") {
		p.failHere("cannot assign to a function call", "")
	}
	p.fail(t, p.near(t), "syntax error")
	return nil
}
