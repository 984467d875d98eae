package script

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"

	"botd/engine/nearest"
	"botd/engine/script/lualib"
	"botd/engine/script/luasrc"
)

// Finding is a place in a script that is probably a mistake, found without running it.
type Finding struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Msg  string `json:"message"`
}

func (f Finding) String() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Msg) }

// Findings reads a script and reports names that lead nowhere: globals that nobody
// sets, functions that a module does not have, and globals of the library that the
// script replaces. others are globals that are known besides, such as those a module
// sets that the script requires. A source that does not compile has no findings: its
// error is that of loading it.
func (l *Library) Findings(file string, code []byte, others ...string) []Finding {
	if _, err := luasrc.Compile(file, code, luasrc.Limits{}); err != nil {
		return nil
	}
	chunk, err := parse.Parse(bytes.NewReader(code), file)
	if err != nil {
		return nil
	}
	c := &checker{file: file, known: l.Environment(), assigned: map[string]bool{}}
	for _, name := range others {
		c.assigned[name] = true
	}
	c.block(chunk)
	c.judge()
	return c.found
}

// Environment maps every global scripts find to the names of its members; nil for what
// is no table.
func (l *Library) Environment() map[string][]string {
	L := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer L.Close()
	lualib.Open(L, lualib.Options{})
	out := map[string][]string{}
	L.G.Global.ForEach(func(k, v lua.LValue) {
		var members []string
		if t, ok := v.(*lua.LTable); ok && k.String() != "_G" {
			lualib.Behind(t).ForEach(func(k, _ lua.LValue) { members = append(members, k.String()) })
		}
		out[k.String()] = members
	})
	for _, name := range []string{"pcall", "xpcall", "print", "require"} {
		out[name] = nil
	}
	out["coroutine"] = []string{"create", "resume", "running", "status", "wrap", "yield"}
	for _, name := range l.Names("") {
		out[name] = l.Names(name)
	}
	return out
}

// checker walks a syntax tree. Globals are judged at the end, when it is known which of
// them the script sets itself.
type checker struct {
	file     string
	known    map[string][]string
	assigned map[string]bool
	scopes   []map[string]bool
	reads    []use
	found    []Finding
}

type use struct {
	name string
	line int
}

func (c *checker) report(line int, format string, args ...any) {
	c.found = append(c.found, Finding{c.file, line, fmt.Sprintf(format, args...)})
}

func (c *checker) judge() {
	names := slices.Concat(slices.Sorted(maps.Keys(c.known)), slices.Sorted(maps.Keys(c.assigned)))
	for _, r := range c.reads {
		if _, ok := c.known[r.name]; ok || c.assigned[r.name] {
			continue
		}
		if near, ok := nearest.Name(r.name, names); ok {
			c.report(r.line, "nothing sets %q; did you mean %q?", r.name, near)
		} else {
			c.report(r.line, "nothing sets %q", r.name)
		}
	}
	slices.SortStableFunc(c.found, func(a, b Finding) int { return a.Line - b.Line })
}

func (c *checker) declare(names ...string) {
	for _, n := range names {
		c.scopes[len(c.scopes)-1][n] = true
	}
}

func (c *checker) isLocal(name string) bool {
	return slices.ContainsFunc(c.scopes, func(s map[string]bool) bool { return s[name] })
}

// inside runs f in a scope of its own.
func (c *checker) inside(f func()) {
	c.scopes = append(c.scopes, map[string]bool{})
	f()
	c.scopes = c.scopes[:len(c.scopes)-1]
}

func (c *checker) block(stmts []ast.Stmt) {
	c.inside(func() { c.stmts(stmts) })
}

func (c *checker) stmts(list []ast.Stmt) {
	for _, s := range list {
		c.stmt(s)
	}
}

func (c *checker) stmt(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.AssignStmt:
		c.exprs(s.Rhs...)
		for _, e := range s.Lhs {
			c.assign(e)
		}
	case *ast.LocalAssignStmt:
		if len(s.Exprs) == 1 { // local function f: it may call itself
			if _, ok := s.Exprs[0].(*ast.FunctionExpr); ok {
				c.declare(s.Names...)
			}
		}
		c.exprs(s.Exprs...)
		c.declare(s.Names...)
	case *ast.FuncCallStmt:
		c.expr(s.Expr)
	case *ast.DoBlockStmt:
		c.block(s.Stmts)
	case *ast.WhileStmt:
		c.expr(s.Condition)
		c.block(s.Stmts)
	case *ast.RepeatStmt:
		c.inside(func() { c.stmts(s.Stmts); c.expr(s.Condition) })
	case *ast.IfStmt:
		c.expr(s.Condition)
		c.block(s.Then)
		c.block(s.Else)
	case *ast.NumberForStmt:
		c.exprs(s.Init, s.Limit, s.Step)
		c.inside(func() { c.declare(s.Name); c.stmts(s.Stmts) })
	case *ast.GenericForStmt:
		c.exprs(s.Exprs...)
		c.inside(func() { c.declare(s.Names...); c.stmts(s.Stmts) })
	case *ast.FuncDefStmt:
		c.funcDef(s)
	case *ast.ReturnStmt:
		c.exprs(s.Exprs...)
	}
}

func (c *checker) funcDef(s *ast.FuncDefStmt) {
	self := []string(nil)
	if s.Name.Func != nil {
		c.assign(s.Name.Func)
	} else {
		c.expr(s.Name.Receiver)
		self = []string{"self"}
	}
	c.function(s.Func, self...)
}

// assign notes a global that the script sets.
func (c *checker) assign(e ast.Expr) {
	switch e := e.(type) {
	case *ast.IdentExpr:
		if c.isLocal(e.Value) {
			return
		}
		if _, ok := c.known[e.Value]; ok {
			c.report(e.Line(), "%q is a name of the library; with another name, or local, it would not be replaced", e.Value)
		}
		c.assigned[e.Value] = true
	case *ast.AttrGetExpr:
		c.exprs(e.Object, e.Key)
	}
}

func (c *checker) exprs(list ...ast.Expr) {
	for _, e := range list {
		if e != nil {
			c.expr(e)
		}
	}
}

func (c *checker) expr(e ast.Expr) {
	switch e := e.(type) {
	case *ast.IdentExpr:
		if !c.isLocal(e.Value) {
			c.reads = append(c.reads, use{e.Value, e.Line()})
		}
	case *ast.AttrGetExpr:
		c.exprs(e.Object, e.Key)
		c.member(e)
	case *ast.TableExpr:
		for _, f := range e.Fields {
			c.exprs(f.Key, f.Value)
		}
	case *ast.FuncCallExpr:
		c.exprs(e.Func, e.Receiver)
		c.exprs(e.Args...)
	case *ast.LogicalOpExpr:
		c.exprs(e.Lhs, e.Rhs)
	case *ast.RelationalOpExpr:
		c.exprs(e.Lhs, e.Rhs)
	case *ast.StringConcatOpExpr:
		c.exprs(e.Lhs, e.Rhs)
	case *ast.ArithmeticOpExpr:
		c.exprs(e.Lhs, e.Rhs)
	case *ast.UnaryMinusOpExpr:
		c.expr(e.Expr)
	case *ast.UnaryNotOpExpr:
		c.expr(e.Expr)
	case *ast.UnaryLenOpExpr:
		c.expr(e.Expr)
	case *ast.FunctionExpr:
		c.function(e)
	}
}

func (c *checker) function(f *ast.FunctionExpr, more ...string) {
	c.inside(func() {
		c.declare(more...)
		c.declare(f.ParList.Names...)
		c.stmts(f.Stmts)
	})
}

// member checks module.name.
func (c *checker) member(e *ast.AttrGetExpr) {
	module, ok := e.Object.(*ast.IdentExpr)
	key, isName := e.Key.(*ast.StringExpr)
	if !ok || !isName || c.isLocal(module.Value) || c.assigned[module.Value] {
		return
	}
	members := c.known[module.Value]
	if members == nil || slices.Contains(members, key.Value) {
		return
	}
	path := module.Value + "." + key.Value
	if near, ok := nearest.Name(key.Value, members); ok {
		c.report(e.Line(), "there is no %s; did you mean %s.%s?", path, module.Value, near)
	} else {
		slices.Sort(members)
		c.report(e.Line(), "there is no %s; %s has %s", path, module.Value, strings.Join(members, ", "))
	}
}
