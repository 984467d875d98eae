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

	"botd/engine"
	"botd/engine/nearest"
	"botd/engine/script/lualib"
	"botd/engine/script/luasrc"
)

// Finding is a place in a script that is probably a mistake, found without running it.
type Finding struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column,omitempty"` // in bytes, from 1
	Msg    string `json:"message"`
	Hint   string `json:"hint,omitempty"`
}

func (f Finding) String() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Msg) }

// Inspection is what reading a script tells about it.
type Inspection struct {
	Findings []Finding
	Needs    []Need   // calls that need a capability or a grant, in the order of the lines
	Sets     []string // the globals it sets
	Requires []string // the modules it names in calls of require
}

// Findings is what [Library.Inspect] finds.
func (l *Library) Findings(file string, code []byte, others ...string) []Finding {
	return l.Inspect(file, code, others...).Findings
}

// Inspect reads a script and reports names that lead nowhere (globals that nobody sets,
// functions that a module does not have, fields that an object does not have), globals
// of the library that the script replaces, and calls that cannot work: wrong options,
// wrong types where they are certain, arguments that are missing. others are globals that
// are known besides, such as those a module sets that the script requires. A source that
// does not compile has no findings: its error is that of loading it.
func (l *Library) Inspect(file string, code []byte, others ...string) Inspection {
	if _, err := luasrc.Compile(file, code, luasrc.Limits{}); err != nil {
		return Inspection{}
	}
	chunk, err := parse.Parse(bytes.NewReader(code), file)
	if err != nil {
		return Inspection{}
	}
	c := &checker{
		file: file, lines: strings.Split(string(code), "\n"), known: l.Environment(), api: l.catalog(), assigned: map[string]bool{},
		changed: reassigned(chunk), params: map[*ast.FunctionExpr][]string{}, asked: map[string]bool{},
	}
	for _, name := range others {
		c.assigned[name] = true
	}
	c.block(chunk)
	c.judge()
	slices.SortStableFunc(c.needs, func(a, b Need) int { return a.Line - b.Line })
	for i := range c.needs {
		n := &c.needs[i]
		n.Asked = slices.ContainsFunc(n.Caps, func(k engine.Capability) bool { return c.asked[k.String()] })
	}
	for _, name := range others {
		delete(c.assigned, name)
	}
	return Inspection{c.found, c.needs, words(c.assigned), c.requires}
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
	lines    []string
	known    map[string][]string
	api      *catalog
	assigned map[string]bool
	changed  map[string]bool                // names that are assigned to somewhere
	scopes   []map[string]string            // locals and their types, "" if not certain
	params   map[*ast.FunctionExpr][]string // types of the parameters, where they are known
	reads    []use
	found    []Finding
	needs    []Need
	requires []string
	asked    map[string]bool // capabilities the script asks for
}

type use struct {
	name string
	line int
}

// reportAt reports something about a word that stands in a line or soon after.
func (c *checker) reportAt(line int, word, hint, format string, args ...any) {
	line, col := c.place(line, word)
	c.found = append(c.found, Finding{c.file, line, col, fmt.Sprintf(format, args...), hint})
}

// place finds a word from a line on: the syntax tree knows only where a statement or an
// expression begins.
func (c *checker) place(line int, word string) (int, int) {
	for n := line; n <= min(line+20, len(c.lines)) && n > 0 && word != ""; n++ {
		if i := wordIn(c.lines[n-1], word); i >= 0 {
			return n, i + 1
		}
	}
	return line, 0
}

// wordIn is where a word stands in a line, and not as a part of another; -1 if it does
// not.
func wordIn(line, word string) int {
	for from := 0; ; {
		i := strings.Index(line[from:], word)
		if i < 0 {
			return -1
		}
		begin, end := from+i, from+i+len(word)
		if (begin == 0 || !inWord(line[begin-1]) || !inWord(word[0])) && (end == len(line) || !inWord(line[end]) || !inWord(word[len(word)-1])) {
			return begin
		}
		from = begin + 1
	}
}

func (c *checker) judge() {
	names := slices.Concat(slices.Sorted(maps.Keys(c.known)), slices.Sorted(maps.Keys(c.assigned)))
	for _, r := range c.reads {
		if _, ok := c.known[r.name]; ok || c.assigned[r.name] {
			continue
		}
		c.reportAt(r.line, r.name, "", "nothing sets %q%s", r.name, nearest.Hint(r.name, names))
	}
	slices.SortStableFunc(c.found, func(a, b Finding) int { return a.Line - b.Line })
}

func (c *checker) declare(names ...string) {
	for _, n := range names {
		c.scopes[len(c.scopes)-1][n] = ""
	}
}

// declareTyped declares a local whose type may be certain.
func (c *checker) declareTyped(name, typ string) {
	if c.changed[name] {
		typ = ""
	}
	c.scopes[len(c.scopes)-1][name] = typ
}

// localType is the type of the innermost local of that name.
func (c *checker) localType(name string) string {
	for _, s := range slices.Backward(c.scopes) {
		if t, ok := s[name]; ok {
			return t
		}
	}
	return ""
}

func (c *checker) isLocal(name string) bool {
	return slices.ContainsFunc(c.scopes, func(s map[string]string) bool { _, ok := s[name]; return ok })
}

// inside runs f in a scope of its own.
func (c *checker) inside(f func()) {
	c.scopes = append(c.scopes, map[string]string{})
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
		types := make([]string, len(s.Names))
		for i := range s.Names {
			if i < len(s.Exprs) {
				types[i] = c.typeOf(s.Exprs[i])
			}
		}
		for i, name := range s.Names {
			c.declareTyped(name, types[i])
		}
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
		item := c.itemType(s)
		c.inside(func() {
			c.declare(s.Names...)
			if item != "" {
				c.declareTyped(s.Names[1], item)
			}
			c.stmts(s.Stmts)
		})
	case *ast.FuncDefStmt:
		c.funcDef(s)
	case *ast.ReturnStmt:
		c.exprs(s.Exprs...)
	}
}

// itemType is the type of the second variable of a loop over ipairs(list), "" if it is not
// certain.
func (c *checker) itemType(s *ast.GenericForStmt) string {
	if len(s.Exprs) != 1 || len(s.Names) != 2 {
		return ""
	}
	call, ok := s.Exprs[0].(*ast.FuncCallExpr)
	if !ok || call.Func == nil || len(call.Args) != 1 {
		return ""
	}
	if name, ok := c.module(call.Func); !ok || name != "ipairs" {
		return ""
	}
	item, isList := strings.CutSuffix(c.typeOf(call.Args[0]), "[]")
	if !isList {
		return ""
	}
	return certain(strings.Trim(item, "()"))
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
			c.reportAt(e.Line(), e.Value, "", "%q is a name of the library; with another name, or local, it would not be replaced", e.Value)
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
		if e.Receiver != nil {
			c.object(c.typeOf(e.Receiver), e.Method, e.Line())
		}
		c.call(e)
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
		for i, t := range c.params[f] {
			if i < len(f.ParList.Names) {
				c.declareTyped(f.ParList.Names[i], certain(t))
			}
		}
		c.stmts(f.Stmts)
	})
}

// member checks module.name.
func (c *checker) member(e *ast.AttrGetExpr) {
	if key, ok := e.Key.(*ast.StringExpr); ok {
		c.object(c.typeOf(e.Object), key.Value, e.Line())
	}
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
		c.reportAt(e.Line(), key.Value, "", `there is no %s, did you mean "%s.%s"?`, path, module.Value, near)
	} else {
		slices.Sort(members)
		c.reportAt(e.Line(), key.Value, "", "there is no %s; %s has %s", path, module.Value, strings.Join(members, ", "))
	}
}
