package luasrc

import (
	"fmt"
	"strconv"

	"github.com/yuin/gopher-lua/ast"

	"botd/engine/script/lualib"
)

// concatName is the local that holds the function for "..". No script can write it.
const concatName = "(concat)"

// concatLocal is the first statement of a chunk that uses "..".
func concatLocal() ast.Stmt {
	str := &ast.StringExpr{Value: lualib.LoaderString}
	str.SetLine(1)
	call := &ast.FuncCallExpr{Func: str, Args: []ast.Expr{}, AdjustRet: true}
	call.SetLine(1)
	s := &ast.LocalAssignStmt{Names: []string{concatName}, Exprs: []ast.Expr{call}}
	s.SetLine(1)
	return s
}

// maxOperands of "..": each needs one of the 200 registers of a function.
const maxOperands = 150

// concat parses the rest of a .. b .. c into one call of the concatenation function.
func (p *parser) concat(first operand) operand {
	op := p.tok
	args, d := []ast.Expr{first.e}, first.depth
	for p.accept("..") {
		o := p.binary(priorities[".."].left)
		args = append(args, o.e)
		d = max(d, o.depth)
		if len(args) > maxOperands {
			p.failHere(fmt.Sprintf("too many operands of '..' (limit %d)", maxOperands), "collect the parts in a table and use table.concat")
		}
	}
	p.usesConcat = true
	p.charge(2 * (p.locals + p.blocks + 1))
	if s, ok := joinLiterals(args); ok {
		p.constant("s" + s)
		e := &ast.StringExpr{Value: s}
		e.SetLine(op.line)
		return operand{e: e, depth: 1, fold: 1}
	}
	one(args[len(args)-1])
	fn := &ast.IdentExpr{Value: concatName}
	fn.SetLine(op.line)
	e := &ast.FuncCallExpr{Func: fn, Args: args, AdjustRet: true}
	e.SetLine(op.line)
	return operand{e: e, depth: p.deeper(d, 1), fold: 1}
}

// joinLiterals makes one literal of a chain of strings.
func joinLiterals(args []ast.Expr) (string, bool) {
	var b []byte
	for _, a := range args {
		s, ok := a.(*ast.StringExpr)
		if !ok {
			return "", false
		}
		b = append(b, s.Value...)
	}
	return string(b), true
}

// notRecursive keeps gopher-lua from taking "local f = function() … end" for
// "local function f() … end", where f is visible in the body.
func notRecursive(fn *ast.FunctionExpr) []ast.Expr {
	none := &ast.NilExpr{}
	none.SetLine(fn.Line())
	return []ast.Expr{fn, none}
}

// assign makes an assignment.
//
// gopher-lua computes a value for a local in the register of the local itself, even if
// a later value of the same statement, or a table on the left, still needs what is in
// there: it does not swap a and b in "a, b = b, a". If that local is the last parameter,
// it builds even a single call in place, over its own arguments. A local is not set at
// all by "x = a and b" if a is nil, and is set too early by "x = (a or b) and x". And it
// loses count of the registers if a field is given the value of a local. So only the
// simple cases are left to it, and for the rest the values go through new locals.
func (p *parser) assign(lhs, rhs []ast.Expr, line int) ast.Stmt {
	last := rhs[len(rhs)-1]
	if call, ok := last.(*ast.FuncCallExpr); ok && len(lhs) == len(rhs) {
		call.AdjustRet = false // the same, and compiled differently
	}
	plain := true
	switch {
	case len(rhs) == 1 && many(last):
		plain = !aliased(lhs)
	case len(lhs) == 1 && len(rhs) == 1:
		_, logical := last.(*ast.LogicalOpExpr)
		plain = !logical || !allLocals(p.fn, lhs)
	default:
		plain = allLocals(p.fn, lhs) && allConstant(rhs)
	}
	if !plain {
		return throughLocals(lhs, rhs, line)
	}
	s := &ast.AssignStmt{Lhs: lhs, Rhs: rhs}
	s.SetLine(line)
	return s
}

func allLocals(f *funcState, list []ast.Expr) bool {
	for _, e := range list {
		id, ok := e.(*ast.IdentExpr)
		if !ok || f.local(id.Value) < 0 {
			return false
		}
	}
	return true
}

func allConstant(list []ast.Expr) bool {
	for _, e := range list {
		if !constant(e) {
			return false
		}
	}
	return true
}

func constant(e ast.Expr) bool {
	switch e.(type) {
	case *ast.NumberExpr, *ast.StringExpr, *ast.NilExpr, *ast.TrueExpr, *ast.FalseExpr:
		return true
	}
	return false
}

// aliased reports whether one target is a field of another, as in "t, t.x = f()".
func aliased(lhs []ast.Expr) bool {
	for _, l := range lhs {
		get, ok := l.(*ast.AttrGetExpr)
		if !ok {
			continue
		}
		for _, m := range lhs {
			if sameIdent(get.Object, m) {
				return true
			}
		}
	}
	return false
}

func sameIdent(a, b ast.Expr) bool {
	x, okx := a.(*ast.IdentExpr)
	y, oky := b.(*ast.IdentExpr)
	return okx && oky && x.Value == y.Value
}

// throughLocals makes of "t[k], x = a, b"
//
//	do local o1, k1, v1, v2 = t, k, a, b; x = v2; o1[k1] = v1 end
//
// The order, from the last target to the first, is that of Lua.
func throughLocals(lhs, rhs []ast.Expr, line int) ast.Stmt {
	b := localsBuilder{line: line}
	targets := make([]ast.Expr, len(lhs))
	for i, l := range lhs {
		targets[i] = l
		if get, ok := l.(*ast.AttrGetExpr); ok {
			t := &ast.AttrGetExpr{Object: b.add(get.Object), Key: get.Key}
			if !constant(get.Key) {
				t.Key = b.add(get.Key)
			}
			t.SetLine(get.Line())
			targets[i] = t
		}
	}
	values := make([]ast.Expr, max(len(lhs), len(rhs)))
	for i := range values {
		values[i] = b.add(nil)
	}
	b.exprs = append(b.exprs, rhs...)
	local := &ast.LocalAssignStmt{Names: b.names, Exprs: b.exprs}
	local.SetLine(line)
	stmts := []ast.Stmt{local}
	for i := len(lhs) - 1; i >= 0; i-- {
		set := &ast.AssignStmt{Lhs: targets[i : i+1], Rhs: values[i : i+1]}
		set.SetLine(line)
		stmts = append(stmts, set)
	}
	do := &ast.DoBlockStmt{Stmts: stmts}
	do.SetLine(line)
	do.SetLastLine(line)
	return do
}

type localsBuilder struct {
	line  int
	names []string
	exprs []ast.Expr
}

// add adds a local, with its value unless that comes later, and returns a use of it.
func (b *localsBuilder) add(value ast.Expr) ast.Expr {
	name := "(temporary " + strconv.Itoa(len(b.names)+1) + ")"
	b.names = append(b.names, name)
	if value != nil {
		one(value)
		b.exprs = append(b.exprs, value)
	}
	id := &ast.IdentExpr{Value: name}
	id.SetLine(b.line)
	return id
}

// itemsPerFlush is how many items of a constructor gopher-lua stores at once.
const itemsPerFlush = 50

// tableBuilder collects the fields of a constructor and keeps away from what
// gopher-lua compiles wrongly: a named field whose value is a call, at the end; and
// right after every 50th item, a named field, or a last item with many values.
type tableBuilder struct {
	fields []*ast.Field
	items  int // without a key
	item   int // index of the last of them
}

func (b *tableBuilder) full() bool { return b.items > 0 && b.items%itemsPerFlush == 0 }

func (b *tableBuilder) add(f *ast.Field) {
	b.fields = append(b.fields, f)
	if f.Key == nil {
		b.items++
		b.item = len(b.fields) - 1
		return
	}
	one(f.Value)
	if b.full() { // goes before the item instead
		copy(b.fields[b.item+1:], b.fields[b.item:])
		b.fields[b.item] = f
		b.item++
	}
}

func (b *tableBuilder) finish() []*ast.Field {
	n := len(b.fields)
	if n == 0 {
		return []*ast.Field{}
	}
	last := b.fields[n-1]
	b.items--
	if last.Key == nil && many(last.Value) && b.full() {
		// Both the 50th item and what follows come from one call.
		prev := b.fields[n-2]
		prev.Value = passThrough(prev.Value, last.Value)
		return b.fields[:n-1]
	}
	return b.fields
}

// passThrough makes (function(...) return ... end)(a, b).
func passThrough(a, b ast.Expr) ast.Expr {
	line := a.Line()
	dots := &ast.Comma3Expr{}
	dots.SetLine(line)
	ret := &ast.ReturnStmt{Exprs: []ast.Expr{dots}}
	ret.SetLine(line)
	fn := &ast.FunctionExpr{ParList: &ast.ParList{HasVargs: true, Names: []string{}}, Stmts: []ast.Stmt{ret}}
	fn.SetLine(line)
	fn.SetLastLine(line)
	call := &ast.FuncCallExpr{Func: fn, Args: []ast.Expr{a, b}}
	call.SetLine(line)
	return call
}
