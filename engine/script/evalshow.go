package script

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"botd/engine/script/lualib"
)

// What is shown of the values of one evaluation.
const (
	maxShown      = 32 << 10 // bytes in all
	maxShownText  = 2000     // of one text
	maxShownItems = 200      // of one table
	maxShownDepth = 8        // tables within tables
	shownWidth    = 76       // of a line, if it can be kept
)

// valuePrinter makes texts of values for people. It runs no code of the script but what properties
// of objects need, and hides secrets before it quotes or cuts anything.
type valuePrinter struct {
	c     *Call
	e     *evaluation
	left  int // bytes
	above []*lua.LTable
}

// top shows a result. Of an object its properties are shown too.
func (p *valuePrinter) top(v lua.LValue) string {
	if ud, ok := v.(*lua.LUserData); ok {
		return p.object(ud)
	}
	return p.value(v, 0)
}

func (p *valuePrinter) value(v lua.LValue, indent int) string {
	p.c.Charge(1)
	text := p.text(v, indent)
	p.left -= len(text)
	return text
}

func (p *valuePrinter) text(v lua.LValue, indent int) string {
	switch v := v.(type) {
	case lua.LString:
		return p.quoted(string(v))
	case lua.LNumber:
		return p.e.hide(lualib.FormatNumber(float64(v)))
	case *lua.LTable:
		return p.table(v, indent)
	case *lua.LFunction:
		return p.function(v)
	case *lua.LUserData:
		return p.name(v)
	case *lua.LState:
		return "coroutine"
	}
	return v.String()
}

// quoted is a text as Lua would read it.
func (p *valuePrinter) quoted(s string) string {
	p.c.Charge(len(s) / 64)
	if s = p.e.hide(s); slices.Contains(p.c.vm.source.Hidden, s) {
		s = hiddenText // too short to be hidden in other texts
	}
	more := ""
	if len(s) > maxShownText {
		more = fmt.Sprintf(" … (%d bytes)", len(s))
		s = s[:maxShownText]
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\%03d`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"` + more
}

func (p *valuePrinter) table(t *lua.LTable, indent int) string {
	vm := p.c.vm
	real := lualib.Behind(t)
	m := vm.bound.modules[real]
	switch {
	case m != nil:
		return "module " + m.Name + ": " + strings.Join(m.names, ", ")
	case t.Metatable == lua.LValue(vm.bound.errMeta) && vm.bound.errMeta != nil:
		return "error: " + Visible(p.e.hide(errorText(t)))
	case slices.Contains(p.above, t):
		return "{… itself}"
	case len(p.above) >= maxShownDepth:
		return "{…}"
	}
	p.above = append(p.above, t)
	defer func() { p.above = p.above[:len(p.above)-1] }()
	return braced(p.items(real, indent+2), indent)
}

// items are the entries of a table: the list in its order, then the rest by name.
func (p *valuePrinter) items(t *lua.LTable, indent int) []string {
	var out []string
	n := t.Len()
	more := 0
	add := func(key string, v lua.LValue) {
		if len(out) >= maxShownItems || p.left <= 0 {
			more++
			return
		}
		p.left -= len(key) + 2
		out = append(out, key+p.value(v, indent))
	}
	for i := 1; i <= n; i++ {
		p.c.Charge(1)
		add("", t.RawGetInt(i))
	}
	for _, k := range p.keys(t, n) {
		add(p.key(k)+" = ", t.RawGet(k))
	}
	if more > 0 {
		out = append(out, fmt.Sprintf("… %d more", more))
	}
	return out
}

// keys are those that are not in the list of n items, numbers first, then by name.
func (p *valuePrinter) keys(t *lua.LTable, n int) []lua.LValue {
	var keys []lua.LValue
	for k, _ := t.Next(lua.LNil); k != lua.LNil; k, _ = t.Next(k) {
		p.c.Charge(2)
		if f, ok := k.(lua.LNumber); !ok || f < 1 || int(f) > n || f != lua.LNumber(int(f)) {
			keys = append(keys, k)
		}
	}
	slices.SortStableFunc(keys, func(a, b lua.LValue) int {
		if x, ok := a.(lua.LNumber); ok {
			if y, ok := b.(lua.LNumber); ok {
				return cmp.Compare(x, y)
			}
		}
		if x, ok := a.(lua.LString); ok {
			if y, ok := b.(lua.LString); ok {
				return cmp.Compare(x, y)
			}
		}
		return cmp.Compare(a.Type(), b.Type())
	})
	return keys
}

func (p *valuePrinter) key(k lua.LValue) string {
	if s, ok := k.(lua.LString); ok && isName(string(s)) && len(s) <= maxShownText && p.quoted(string(s)) == `"`+string(s)+`"` {
		return string(s)
	}
	return "[" + p.text(k, 0) + "]"
}

// braced joins items in one line if that is not too long.
func braced(items []string, indent int) string {
	width := indent
	for _, s := range items {
		if width += len(s) + 2; strings.Contains(s, "\n") {
			width = shownWidth + 1
		}
	}
	if width <= shownWidth {
		return "{" + strings.Join(items, ", ") + "}"
	}
	pad := strings.Repeat(" ", indent)
	return "{\n" + pad + "  " + strings.Join(items, ",\n"+pad+"  ") + "\n" + pad + "}"
}

// function names the arguments and the place of a function of a script.
func (p *valuePrinter) function(fn *lua.LFunction) string {
	if f := p.c.vm.m.library.functions[fn]; f != nil {
		return "function " + f.path
	}
	if fn.IsG {
		return "function (built in)"
	}
	var args []string
	for i := range int(fn.Proto.NumParameters) {
		if i < len(fn.Proto.DbgLocals) {
			args = append(args, fn.Proto.DbgLocals[i].Name)
		}
	}
	if fn.Proto.IsVarArg != 0 {
		args = append(args, "...")
	}
	return Visible(fmt.Sprintf("function(%s) %s", strings.Join(args, ", "), where(fn)))
}

// name is the class of an object and how it calls itself.
func (p *valuePrinter) name(ud *lua.LUserData) string {
	if _, null := ud.Value.(Null); null {
		return "json.null"
	}
	cl := p.c.vm.m.library.classOf(ud)
	if cl == nil {
		return "object"
	}
	text := Visible(p.e.hide(cl.string(ud.Value)))
	if text == cl.name {
		return text
	}
	return cl.name + " " + clip(text)
}

// object shows an object with its properties. What of them cannot be had is left out.
func (p *valuePrinter) object(ud *lua.LUserData) string {
	cl := p.c.vm.m.library.classOf(ud)
	if cl == nil {
		return p.value(ud, 0)
	}
	var items []string
	for _, name := range slices.Sorted(slices.Values(cl.names)) {
		if _, method := cl.byName[name].(*Function); method {
			continue
		}
		var got lua.LValue
		_, err := p.c.Protected(p.c.GoFunc(func(c *Call, _ []Value) { got = c.L.GetField(ud, name) }))
		if err == nil && got != nil && got != lua.LNil {
			items = append(items, name+" = "+p.value(got, 2))
		}
	}
	if len(items) == 0 {
		return p.value(ud, 0)
	}
	return p.value(ud, 0) + " " + braced(items, 0)
}

// classOf is the class of an object, nil if it has none.
func (l *Library) classOf(ud *lua.LUserData) *class {
	if ud.Value == nil {
		return nil
	}
	return l.ready().classes[reflect.TypeOf(ud.Value)]
}
