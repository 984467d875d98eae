package script

import (
	"slices"
	"strings"

	"github.com/yuin/gopher-lua/ast"
)

// catalog is the description of a library by names, for the checker.
type catalog struct {
	functions map[string]*FuncDoc            // "sleep", "bot.on", "room:say"
	classes   map[string]map[string]string   // types of fields and methods ("") by class
	props     map[string]string              // of modules: "bot.config"
	tables    map[string]map[string]ParamDoc // fields by options table
}

func (l *Library) catalog() *catalog {
	d := l.Describe()
	c := &catalog{functions: map[string]*FuncDoc{}, classes: map[string]map[string]string{}, props: map[string]string{}, tables: map[string]map[string]ParamDoc{}}
	add := func(prefix string, list []FuncDoc) {
		for i := range list {
			c.functions[prefix+list[i].Name] = &list[i]
		}
	}
	add("", d.Globals)
	for _, m := range d.Modules {
		add(m.Name+".", m.Functions)
		for _, p := range m.Props {
			c.props[m.Name+"."+p.Name] = p.Type
		}
	}
	for _, cl := range d.Classes {
		add(cl.Name+":", cl.Methods)
		members := map[string]string{}
		for _, m := range cl.Methods {
			members[m.Name] = ""
		}
		for _, p := range cl.Props {
			members[p.Name] = p.Type
		}
		c.classes[cl.Name] = members
	}
	for _, t := range d.Tables {
		fields := map[string]ParamDoc{}
		for _, f := range t.Fields {
			fields[f.Name] = f
		}
		c.tables[t.Name] = fields
	}
	return c
}

// union cuts a type at the bars that are not inside of anything.
func union(t string) []string {
	var out []string
	depth, from := 0, 0
	var quote byte
	for i := 0; i < len(t); i++ {
		switch b := t[i]; {
		case quote != 0:
			if b == quote {
				quote = 0
			}
		case b == '"':
			quote = b
		case strings.IndexByte("(<{[", b) >= 0:
			depth++
		case strings.IndexByte(")>}]", b) >= 0:
			depth--
		case b == '|' && depth == 0:
			out = append(out, t[from:i])
			from = i + 1
		}
	}
	return append(out, t[from:])
}

// paramTypes are the types of the parameters in "fun(ev: event, ...: string)".
func paramTypes(fun string) []string {
	_, list, ok := strings.Cut(fun, "fun(")
	if !ok {
		return nil
	}
	depth, end := 1, 0
	for ; end < len(list) && depth > 0; end++ {
		switch list[end] {
		case '(':
			depth++
		case ')':
			depth--
		}
	}
	var out []string
	for p := range strings.SplitSeq(list[:max(end-1, 0)], ",") {
		name, t, _ := strings.Cut(strings.TrimSpace(p), ":")
		if name == "..." {
			break
		}
		out = append(out, strings.TrimSpace(t))
	}
	return out
}

// typeOf is the type of an expression as far as it is certain, in the notation of the
// description; "" if it is not.
func (c *checker) typeOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StringExpr, *ast.StringConcatOpExpr:
		return "string"
	case *ast.NumberExpr, *ast.UnaryLenOpExpr:
		return "number"
	case *ast.TrueExpr, *ast.FalseExpr, *ast.UnaryNotOpExpr, *ast.RelationalOpExpr:
		return "boolean"
	case *ast.NilExpr:
		return "nil"
	case *ast.TableExpr:
		return "table"
	case *ast.FunctionExpr:
		return "function"
	case *ast.IdentExpr:
		return c.localType(e.Value)
	case *ast.AttrGetExpr:
		return c.memberType(e)
	case *ast.FuncCallExpr:
		if f, _ := c.callee(e); f != nil && f.Variants == nil {
			return certain(f.Result)
		}
	}
	return ""
}

// certain is a type without what makes it uncertain: a union says too little.
func certain(t string) string {
	if t = strings.TrimSuffix(t, "?"); len(union(t)) > 1 || t == "any" || strings.Contains(t, "...") {
		return ""
	}
	return t
}

func (c *checker) memberType(e *ast.AttrGetExpr) string {
	key, ok := e.Key.(*ast.StringExpr)
	if !ok {
		return ""
	}
	if module, ok := c.module(e.Object); ok {
		return certain(c.api.props[module+"."+key.Value])
	}
	if members := c.api.classes[c.typeOf(e.Object)]; members != nil {
		return certain(members[key.Value])
	}
	return ""
}

// module is the name of a module of the library that an expression is.
func (c *checker) module(e ast.Expr) (string, bool) {
	id, ok := e.(*ast.IdentExpr)
	if !ok || c.isLocal(id.Value) || c.assigned[id.Value] {
		return "", false
	}
	return id.Value, true
}

// callee is the function of the library that is called, and its name.
func (c *checker) callee(e *ast.FuncCallExpr) (*FuncDoc, string) {
	name := ""
	switch {
	case e.Receiver != nil:
		if class := c.typeOf(e.Receiver); c.api.classes[class] != nil {
			name = class + ":" + e.Method
		}
	default:
		switch f := e.Func.(type) {
		case *ast.IdentExpr:
			name, _ = c.module(f)
		case *ast.AttrGetExpr:
			module, ok := c.module(f.Object)
			if key, isName := f.Key.(*ast.StringExpr); ok && isName {
				name = module + "." + key.Value
			}
		}
	}
	return c.api.functions[name], name
}

// accepts reports whether a value of type have can be one of type want. Scripts may give
// numbers for texts and the other way round, as everywhere in Lua.
func (c *checker) accepts(want, have string) bool {
	if have == "" || have == "any" {
		return true
	}
	for _, w := range union(want) {
		w = strings.TrimSuffix(strings.Trim(w, "() "), "?")
		switch {
		case w == have, w == "any", w == "", w == "userdata":
			return true
		case w == "string", w == "number", w == "integer", w == "duration":
			if have == "string" || have == "number" || have == "integer" {
				return true
			}
		case strings.HasPrefix(w, `"`):
			if have == "string" {
				return true
			}
		case w == "function", strings.HasPrefix(w, "fun("):
			if have == "function" {
				return true
			}
		case w == "true", w == "false":
			if have == "boolean" {
				return true
			}
		case w == "table", strings.HasSuffix(w, "[]"), strings.HasPrefix(w, "table<"), strings.HasPrefix(w, "{"), c.api.tables[w] != nil:
			if have == "table" || strings.HasSuffix(have, "[]") || strings.HasPrefix(have, "table<") || c.api.tables[have] != nil {
				return true
			}
		case c.api.classes[w] == nil: // nothing the checker knows
			return true
		}
	}
	return false
}

// values are the texts a type allows, nil if it allows others too.
func values(t string) []string {
	var out []string
	for _, w := range union(t) {
		if !strings.HasPrefix(w, `"`) {
			return nil
		}
		out = append(out, strings.Trim(w, `"`))
	}
	return out
}

// optionsOf is the one options table that a type allows, "" if there is none or it allows
// other tables too.
func (c *checker) optionsOf(t string) string {
	found := ""
	for _, w := range union(t) {
		switch {
		case c.api.tables[w] != nil && found == "":
			found = w
		case w == "table", w == "any", strings.HasSuffix(w, "[]"), strings.HasPrefix(w, "table<"), c.api.tables[w] != nil:
			return ""
		}
	}
	return found
}

// isOpen reports whether the number of values an expression yields is not known.
func isOpen(list []ast.Expr) bool {
	if len(list) == 0 {
		return false
	}
	switch list[len(list)-1].(type) {
	case *ast.FuncCallExpr, *ast.Comma3Expr:
		return true
	}
	return false
}

// reassigned are the names of locals that get another value somewhere: their types are
// not certain.
func reassigned(stmts []ast.Stmt) map[string]bool {
	out := map[string]bool{}
	w := assignments{out}
	w.stmts(stmts)
	return out
}

// words lists the names of a map in order.
func words[V any](m map[string]V) []string {
	var out []string
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
