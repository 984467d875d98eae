package luasrc

import (
	"fmt"

	"github.com/yuin/gopher-lua/ast"
)

// operand is a parsed expression.
type operand struct {
	e     ast.Expr
	depth int
	fold  int  // nodes the compiler looks at to fold constants
	call  bool // may stand as a statement
	paren bool // written in parentheses
}

func (p *parser) exprList() ([]ast.Expr, int) {
	e := p.expr()
	list, d := []ast.Expr{e.e}, e.depth
	for p.accept(",") {
		e = p.expr()
		list = append(list, e.e)
		d = max(d, e.depth)
	}
	return list, d
}

func (p *parser) expr() operand { return p.binary(0) }

// priorities of binary operators: how tightly they hold what is left and right.
var priorities = map[string]struct{ left, right int }{
	"or": {1, 1}, "and": {2, 2},
	"<": {3, 3}, ">": {3, 3}, "<=": {3, 3}, ">=": {3, 3}, "~=": {3, 3}, "==": {3, 3},
	"..": {5, 4}, "+": {6, 6}, "-": {6, 6}, "*": {7, 7}, "/": {7, 7}, "%": {7, 7},
	"^": {10, 9},
}

const unaryPriority = 8

// binary parses an expression of operators that hold tighter than limit.
func (p *parser) binary(limit int) operand {
	p.enter()
	defer p.leave()
	left := p.unary()
	for {
		op := p.tok
		prio, ok := priorities[op.kind]
		if !ok || prio.left <= limit {
			return left
		}
		if op.kind == ".." {
			left = p.concat(left)
			continue
		}
		p.next()
		left = p.binaryNode(op, left, p.binary(prio.right))
	}
}

func (p *parser) binaryNode(op token, l, r operand) operand {
	o := operand{depth: p.deeper(l.depth, r.depth)}
	switch op.kind {
	case "and", "or":
		o.e = &ast.LogicalOpExpr{Operator: op.kind, Lhs: l.e, Rhs: r.e}
	case "<", ">", "<=", ">=", "==", "~=":
		o.e = &ast.RelationalOpExpr{Operator: op.kind, Lhs: l.e, Rhs: r.e}
	default:
		o.e = &ast.ArithmeticOpExpr{Operator: op.kind, Lhs: l.e, Rhs: r.e}
		p.folds(&o, l.fold+r.fold)
	}
	o.e.SetLine(op.line)
	return o
}

// foldCost is what folding one node costs in steps.
const foldCost = 6

// folds counts the nodes below an arithmetic node, all of which the compiler looks at
// when it comes to the node.
func (p *parser) folds(o *operand, below int) {
	o.fold = 1 + below
	p.charge(foldCost * o.fold)
}

func (p *parser) unary() operand {
	t := p.tok
	switch t.kind {
	case "not", "-", "#":
	default:
		return p.simple()
	}
	p.next()
	x := p.binary(unaryPriority)
	o := operand{depth: p.deeper(x.depth)}
	switch t.kind {
	case "not":
		o.e = &ast.UnaryNotOpExpr{Expr: x.e}
	case "#":
		o.e = &ast.UnaryLenOpExpr{Expr: x.e}
	default:
		o.e = &ast.UnaryMinusOpExpr{Expr: x.e}
		p.folds(&o, x.fold)
	}
	o.e.SetLine(t.line)
	return o
}

func (p *parser) simple() operand {
	t := p.tok
	o := operand{depth: 1, fold: 1}
	switch t.kind {
	case tokNumber:
		p.constant("n" + t.text)
		o.e = &ast.NumberExpr{Value: t.text}
	case tokString:
		p.constant("s" + t.text)
		o.e = &ast.StringExpr{Value: t.text}
	case "nil":
		o.e = &ast.NilExpr{}
	case "true":
		o.e = &ast.TrueExpr{}
	case "false":
		o.e = &ast.FalseExpr{}
	case "...":
		if !p.fn.vararg {
			p.failHere("cannot use '...' outside a vararg function", "")
		}
		o.e = &ast.Comma3Expr{}
	case "{":
		return p.table()
	case "function":
		p.next()
		fn, d := p.funcBody(t.line, false)
		return operand{e: fn, depth: d, fold: 1}
	default:
		return p.suffixed()
	}
	o.e.SetLine(t.line)
	p.next()
	return o
}

// primary parses a name or an expression in parentheses.
func (p *parser) primary() operand {
	t := p.tok
	switch t.kind {
	case tokName:
		p.next()
		p.reference(t.text)
		e := &ast.IdentExpr{Value: t.text}
		e.SetLine(t.line)
		return operand{e: e, depth: 1, fold: 1}
	case "(":
		p.next()
		o := p.expr()
		p.expectMatch(")", "(", t.line)
		one(o.e)
		o.call, o.paren = false, true
		return o
	}
	hint := ""
	if t.kind == "/" && p.ahead().kind == "/" && p.joined() {
		hint = "comments begin with --"
	}
	p.failHere("unexpected symbol", hint)
	return operand{}
}

// one cuts an expression that may have many values, or none, to one.
func one(e ast.Expr) {
	switch e := e.(type) {
	case *ast.FuncCallExpr:
		e.AdjustRet = true
	case *ast.Comma3Expr:
		e.AdjustRet = true
	}
}

// many reports whether an expression may have many values.
func many(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.FuncCallExpr:
		return !e.AdjustRet
	case *ast.Comma3Expr:
		return !e.AdjustRet
	}
	return false
}

// suffixed parses a primary expression and the fields, indexes and calls after it.
func (p *parser) suffixed() operand {
	o := p.primary()
	for {
		t := p.tok
		switch t.kind {
		case ".":
			p.next()
			o = operand{e: p.field(o.e, p.expect(tokName)), depth: p.deeper(o.depth)}
		case "[":
			p.next()
			key := p.expr()
			p.expectMatch("]", "[", t.line)
			e := &ast.AttrGetExpr{Object: o.e, Key: key.e}
			one(key.e)
			e.SetLine(t.line)
			o = operand{e: e, depth: p.deeper(o.depth, key.depth)}
		case ":":
			p.next()
			name := p.name()
			p.constant("s" + name)
			args, d := p.args()
			e := &ast.FuncCallExpr{Receiver: o.e, Method: name, Args: args}
			e.SetLine(t.line)
			o = operand{e: e, depth: p.deeper(o.depth, d), call: true}
		case "(", "{", tokString:
			if t.kind == "(" && t.line != p.prevLine {
				p.failHere("ambiguous syntax (function call x new statement)", "put a ; before the bracket, or move it to the line of the function")
			}
			args, d := p.args()
			e := &ast.FuncCallExpr{Func: o.e, Args: args}
			e.SetLine(t.line)
			o = operand{e: e, depth: p.deeper(o.depth, d), call: true}
		default:
			if o.fold == 0 {
				o.fold = 1
			}
			return o
		}
	}
}

func (p *parser) args() ([]ast.Expr, int) {
	t := p.tok
	switch t.kind {
	case tokString:
		o := p.simple()
		return []ast.Expr{o.e}, o.depth
	case "{":
		o := p.table()
		return []ast.Expr{o.e}, o.depth
	case "(":
	default:
		p.failHere("function arguments expected", "")
	}
	p.next()
	if p.accept(")") {
		return []ast.Expr{}, 0
	}
	list, d := p.exprList()
	p.expectMatch(")", "(", t.line)
	return list, d
}

func (p *parser) table() operand {
	t := p.tok
	p.next()
	var b tableBuilder
	depth := 0
	for p.tok.kind != "}" {
		f, d := p.tableField()
		depth = max(depth, d)
		b.add(f)
		if len(b.fields) > p.limits.Items {
			p.failHere(fmt.Sprintf("table constructor has too many items (limit %d)", p.limits.Items), "")
		}
		if p.tok.kind != "," && p.tok.kind != ";" {
			break
		}
		p.next()
	}
	p.expectMatch("}", "{", t.line)
	e := &ast.TableExpr{Fields: b.finish()}
	e.SetLine(t.line)
	return operand{e: e, depth: p.deeper(depth, 2), fold: 1}
}

func (p *parser) tableField() (*ast.Field, int) {
	switch t := p.tok; {
	case t.kind == tokName && p.ahead().kind == "=":
		p.next()
		p.next()
		p.constant("s" + t.text)
		key := &ast.StringExpr{Value: t.text}
		key.SetLine(t.line)
		v := p.expr()
		return &ast.Field{Key: key, Value: v.e}, v.depth
	case t.kind == "[":
		p.next()
		key := p.expr()
		p.expectMatch("]", "[", t.line)
		p.expect("=")
		v := p.expr()
		return &ast.Field{Key: key.e, Value: v.e}, max(key.depth, v.depth)
	}
	v := p.expr()
	return &ast.Field{Value: v.e}, v.depth
}

// funcBody parses parameters and body. line is that of the word function.
func (p *parser) funcBody(line int, method bool) (*ast.FunctionExpr, int) {
	p.expect("(")
	params := &ast.ParList{Names: []string{}}
	for p.tok.kind != ")" {
		if p.accept("...") {
			params.HasVargs = true
			break
		}
		params.Names = append(params.Names, p.name())
		if p.tok.kind != "," {
			break
		}
		p.next()
		if p.tok.kind == ")" {
			p.failHere("<name> expected", "")
		}
	}
	p.expect(")")
	all := params.Names
	if method {
		all = append([]string{"self"}, all...)
	}
	p.openFunc(all, params.HasVargs)
	if params.HasVargs {
		p.declare("arg") // gopher-lua keeps a register for it
	}
	o := opener{kind: "function", line: line}
	body, d := p.statements(o)
	fn := &ast.FunctionExpr{ParList: params, Stmts: body}
	fn.SetLine(line)
	fn.SetLastLine(p.end(o).line)
	p.closeFunc()
	return fn, p.deeper(d)
}
