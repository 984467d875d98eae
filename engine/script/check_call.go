package script

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/yuin/gopher-lua/ast"

	"botd/engine"
	"botd/engine/nearest"
)

// Need is a call of a function that not every script may use everywhere.
type Need struct {
	Func   string              // "user:kick"
	Caps   []engine.Capability // any of them
	Grants []engine.Grant      // all of them
	Line   int
	Column int
	// Asked: the script asks room:can for one of the capabilities somewhere.
	Asked bool
}

// wrong is what is wrong with an argument, and where.
type wrong struct {
	at   ast.Expr
	word string // by which its column is found
	msg  string
	hint string
}

// call checks a call of a function of the library. It is asked before the arguments are
// walked, so that functions among them know the types of their parameters.
func (c *checker) call(e *ast.FuncCallExpr) {
	f, name := c.callee(e)
	if module, ok := firstString(e.Args); ok && name == "require" {
		c.requires = append(c.requires, module)
	}
	if f == nil {
		c.colon(e)
		return
	}
	c.need(f, name, e)
	variants := f.Variants
	if variants == nil {
		variants = []FuncDoc{*f}
	}
	var first *wrong
	for i := range variants {
		w := c.arguments(name, &variants[i], e)
		if w == nil {
			c.expectAll(&variants[i], e)
			return
		}
		first = w // the last one says what is wrong, as it does when the script runs
	}
	c.expectAll(&variants[len(variants)-1], e)
	c.reportAt(first.at.Line(), first.word, first.hint, "%s", first.msg)
}

// colon finds methods that are called as if they were functions.
func (c *checker) colon(e *ast.FuncCallExpr) {
	get, ok := e.Func.(*ast.AttrGetExpr)
	if !ok {
		return
	}
	key, isName := get.Key.(*ast.StringExpr)
	if class := c.typeOf(get.Object); isName && c.api.functions[class+":"+key.Value] != nil {
		c.reportAt(get.Line(), key.Value, "", "call it with a colon, as in %s:%s(…)", class, key.Value)
	}
}

func (c *checker) need(f *FuncDoc, name string, e *ast.FuncCallExpr) {
	if name == "room:can" || name == "session:can" {
		if s, ok := firstString(e.Args); ok {
			c.asked[s] = true
		}
	}
	if len(f.Caps)+len(f.Grants) == 0 {
		return
	}
	word, last := name, strings.LastIndexAny(name, ".:")+1
	if e.Receiver != nil { // what stands before the colon may be called anything
		word = name[last-1:]
	}
	line, col := c.place(e.Line(), word)
	if col > 0 {
		col += len(word) - len(name[last:])
	}
	c.needs = append(c.needs, Need{Func: name, Caps: f.Caps, Grants: f.Grants, Line: line, Column: col})
}

func firstString(args []ast.Expr) (string, bool) {
	if len(args) == 0 {
		return "", false
	}
	s, ok := args[0].(*ast.StringExpr)
	if !ok {
		return "", false
	}
	return s.Value, true
}

// arguments does what decoding the call would do, as far as types are certain.
func (c *checker) arguments(name string, f *FuncDoc, e *ast.FuncCallExpr) *wrong {
	args, open, at := e.Args, isOpen(e.Args), 0
	word := name[strings.LastIndexAny(name, ".:")+1:]
	for i, p := range f.Params {
		where := fmt.Sprintf("%s: argument %d (%s)", name, i+1, p.Name)
		if p.Rest {
			for ; at < len(args); at++ {
				if w := c.argument(where, p.Type, args[at]); w != nil {
					return w
				}
			}
			return nil
		}
		if at >= len(args) {
			if !p.Optional && !open && p.Type != "any" {
				return &wrong{e, word, where + " is missing: expected " + shownType(p.Type), ""}
			}
			continue
		}
		have := c.typeOf(args[at])
		if p.Optional && have == "nil" {
			at++
			continue
		}
		if open && at == len(args)-1 && have == "" {
			return nil // it may be several, or nothing
		}
		if p.Optional && !c.accepts(p.Type, have) && slices.ContainsFunc(f.Params[i+1:], func(q ParamDoc) bool { return c.accepts(q.Type, have) }) {
			continue
		}
		if w := c.argument(where, p.Type, args[at]); w != nil {
			return w
		}
		at++
	}
	return nil
}

// argument checks a value against a type.
func (c *checker) argument(where, want string, e ast.Expr) *wrong {
	have := c.typeOf(e)
	if !c.accepts(want, have) {
		return &wrong{e, wordOf(e), where + ": expected " + shownType(want) + ", got " + shownValue(e, have), ""}
	}
	if s, ok := e.(*ast.StringExpr); ok {
		if list := values(want); list != nil && !slices.Contains(list, s.Value) {
			return &wrong{e, wordOf(e), where + ": " + unknown("value", s.Value, list), ""}
		}
	}
	if t, ok := e.(*ast.TableExpr); ok {
		if options := c.optionsOf(want); options != "" {
			return c.options(where, options, t)
		}
	}
	return nil
}

// options checks the fields of a table that is written out.
func (c *checker) options(where, table string, t *ast.TableExpr) *wrong {
	fields, seen, items, computed := c.api.tables[table], map[string]bool{}, 0, false
	for _, f := range t.Fields {
		key, isName := f.Key.(*ast.StringExpr)
		var p ParamDoc
		switch {
		case isName:
			known, ok := fields[key.Value]
			if !ok || known.First || known.Items {
				return &wrong{key, key.Value, where + ": " + unknown("option", key.Value, optionNames(fields)), ""}
			}
			p = known
		case f.Key == nil:
			items++
			if p = itemOption(fields, items); p.Name == "" {
				if isOpen([]ast.Expr{f.Value}) {
					computed = true
					continue
				}
				return &wrong{f.Value, wordOf(f.Value), fmt.Sprintf("%s: unexpected item [%d]; options are %s", where, items, strings.Join(optionNames(fields), ", ")), ""}
			}
		default:
			computed = true
			continue
		}
		seen[p.Name] = true
		if w := c.argument(where+": "+p.Name, p.Type, f.Value); w != nil {
			return w
		}
	}
	for _, name := range words(fields) {
		if p := fields[name]; !p.Optional && !seen[name] && !computed {
			label := name
			if p.First {
				label = "the first item (" + name + ")"
			}
			return &wrong{t, "{", where + ": " + label + " is missing: expected " + shownType(p.Type), ""}
		}
	}
	return nil
}

func optionNames(fields map[string]ParamDoc) (out []string) {
	for _, name := range words(fields) {
		if p := fields[name]; !p.First && !p.Items {
			out = append(out, name)
		}
	}
	return out
}

// itemOption is what takes the nth list item of an options table; it has no name if
// nothing does.
func itemOption(fields map[string]ParamDoc, n int) (p ParamDoc) {
	for _, f := range fields {
		if f.First && n == 1 {
			return f
		}
		if f.Items {
			p = f
		}
	}
	return p
}

// expectAll tells functions among the arguments what they are called with.
func (c *checker) expectAll(f *FuncDoc, e *ast.FuncCallExpr) {
	for i, arg := range e.Args {
		for _, p := range f.Params[min(i, len(f.Params)):] { // optional ones may be left out
			if c.accepts(p.Type, c.typeOf(arg)) {
				c.expect(p.Type, arg)
				break
			}
		}
	}
}

func (c *checker) expect(want string, e ast.Expr) {
	switch e := e.(type) {
	case *ast.FunctionExpr:
		for _, w := range union(want) {
			if types := paramTypes(w); types != nil {
				c.params[e] = types
			}
		}
	case *ast.TableExpr:
		fields := c.api.tables[c.optionsOf(want)]
		for _, f := range e.Fields {
			if key, ok := f.Key.(*ast.StringExpr); ok {
				c.expect(fields[key.Value].Type, f.Value)
			}
		}
	}
}

// shownType is a type as people read it.
func shownType(t string) string {
	var out []string
	for _, w := range union(t) {
		switch {
		case strings.HasPrefix(w, "fun("):
			w = "a function"
		case w == "duration":
			w = wantDuration
		case w == "boolean":
			w = "true or false"
		case strings.HasPrefix(w, `"`):
		case strings.HasSuffix(w, "[]"):
			w = "a list"
		case strings.Contains(w, "_"), strings.HasPrefix(w, "table"):
			w = "a table"
		default:
			w = article(w)
		}
		out = append(out, w)
	}
	return strings.Join(slices.Compact(out), " or ")
}

// shownValue is what stands there instead.
func shownValue(e ast.Expr, have string) string {
	switch e := e.(type) {
	case *ast.StringExpr:
		return "the string " + strconv.Quote(clip(e.Value))
	case *ast.NumberExpr:
		return "the number " + e.Value
	case *ast.TrueExpr:
		return "true"
	case *ast.FalseExpr:
		return "false"
	case *ast.NilExpr:
		return "nil"
	}
	return shownType(have)
}

// wordOf is what an expression begins with in the source, as far as it is a word.
func wordOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StringExpr:
		return e.Value
	case *ast.NumberExpr:
		return e.Value
	case *ast.IdentExpr:
		return e.Value
	case *ast.AttrGetExpr:
		word := wordOf(e.Object)
		if key, ok := e.Key.(*ast.StringExpr); ok && word != "" {
			word += "." + key.Value
		}
		return word
	case *ast.TrueExpr:
		return "true"
	case *ast.FalseExpr:
		return "false"
	case *ast.NilExpr:
		return "nil"
	case *ast.TableExpr:
		return "{"
	case *ast.FunctionExpr:
		return "function"
	}
	return ""
}

// object checks the name of a member of an object whose class is certain.
func (c *checker) object(class, name string, line int) {
	members := c.api.classes[class]
	if members == nil {
		return
	}
	if _, ok := members[name]; ok {
		return
	}
	all := words(members)
	c.reportAt(line, name, "", "%s has no %s%s", article(class), name, cmp.Or(nearest.Hint(name, all), "; it has "+strings.Join(all, ", ")))
}
