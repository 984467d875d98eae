package luasrc_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// generator writes random Lua programs that end, print what they compute, and mean
// the same to every Lua 5.1. They lean towards what compilers get wrong: multiple
// assignment, calls in all positions, table constructors of many sizes, closures in
// loops, and and or.
type generator struct {
	r      *rand.Rand
	b      strings.Builder
	indent int
	depth  int
	scope  []variable
	loops  int
	vararg bool
	calls  int // nesting of functions
	gotos  bool
}

type variable struct {
	name string
	kind byte // n number, s string, t table of numbers, f function of (n, s) to n, s, n
	base int  // function nesting where it was declared
}

// With gotos they are no longer Lua 5.1, but that of LuaJIT.
func generate(seed uint64, gotos bool) string {
	g := &generator{gotos: gotos, r: rand.New(rand.NewPCG(seed, 7)), vararg: true}
	g.line("local function out(...) local t = {...} for i = 1, select('#', ...) do t[i] = tostring(t[i]) end print(table.concat(t, '|')) end")
	g.line("local function dump(t) local r = {} for i = 1, 120 do if t[i] ~= nil then r[#r + 1] = i .. '=' .. tostring(t[i]) end end for _, k in ipairs{'x', 'y', 'z', 'n'} do r[#r + 1] = k .. tostring(t[k]) end out(unpack(r)) end")
	g.line("local function two(a, b) return a, b end")
	g.line("local function inc(a) a = a + 1 return a, a * 2, 'i' end")
	g.scope = append(g.scope, variable{"inc", 'f', 0})
	g.line("gn, gs = 7, 'g'")
	g.line("local keep = {}")
	for range 4 {
		g.local()
	}
	g.block(14)
	for _, v := range g.scope {
		g.show(v)
	}
	g.line("for i = 1, math.min(#keep, 20) do out(keep[i](), keep[i]()) end")
	return g.b.String()
}

func (g *generator) line(format string, args ...any) {
	g.b.WriteString(strings.Repeat(" ", g.indent))
	fmt.Fprintf(&g.b, format, args...)
	g.b.WriteByte('\n')
}

func (g *generator) n(n int) int { return g.r.IntN(n) }

func (g *generator) pick(options ...string) string { return options[g.n(len(options))] }

func (g *generator) show(v variable) {
	switch v.kind {
	case 't':
		g.line("dump(%s)", v.name)
	case 'f':
		g.line("out(%s(%s, %s))", v.name, g.num(0), g.str(0))
	default:
		g.line("out(%s)", v.name)
	}
}

// of returns a variable of a kind, "" if there is none.
func (g *generator) of(kind byte) string {
	var names []string
	for _, v := range g.scope {
		if v.kind == kind {
			names = append(names, v.name)
		}
	}
	if kind == 'n' {
		names = append(names, "gn")
	}
	if kind == 's' {
		names = append(names, "gs")
	}
	if len(names) == 0 {
		return ""
	}
	// The newest are the likeliest: parameters and locals nearby.
	return names[len(names)-1-min(g.n(len(names)), g.n(len(names)))]
}

func (g *generator) fresh(kind byte) variable {
	v := variable{fmt.Sprintf("%c%d", kind, g.n(6)), kind, g.calls}
	if kind == 'f' {
		v.name = fmt.Sprintf("f%d", g.n(3)+10)
	}
	return v
}

func (g *generator) num(d int) string {
	if d > 2 {
		if v := g.of('n'); v != "" && g.n(3) > 0 {
			return v
		}
		return fmt.Sprint(g.n(9))
	}
	switch g.n(16) {
	case 0, 1, 2, 3:
		return g.of('n')
	case 4:
		return fmt.Sprint(g.n(200))
	case 5, 6:
		if g.n(3) > 0 {
			return fmt.Sprintf("%s %s %s", g.num(d+1), g.pick("+", "-"), g.num(d+1))
		}
		return fmt.Sprintf("(%s * %s + 0)", g.num(d+1), g.num(d+1)) // never -0, which differs
	case 7:
		return fmt.Sprintf("(%s)", g.num(d+1))
	case 8:
		return fmt.Sprintf("(-%s + 0)", g.num(3))
	case 9:
		return "#" + g.str(3)
	case 10:
		if t := g.of('t'); t != "" {
			return fmt.Sprintf("(%s[%s] or %s)", t, g.num(d+1), g.num(d+1))
		}
		return "1"
	case 11:
		if f := g.of('f'); f != "" {
			return fmt.Sprintf("(%s(%s, %s))", f, g.num(d+1), g.str(d+1))
		}
		return "2"
	case 12:
		return fmt.Sprintf("(%s and %s or %s)", g.cond(d+1), g.num(d+1), g.num(d+1))
	case 13:
		return fmt.Sprintf("(two(%s, %s))", g.num(d+1), g.num(d+1))
	case 14:
		return fmt.Sprintf("select(%d, %s, %s)", g.n(2)+1, g.num(d+1), g.num(d+1))
	default:
		return fmt.Sprintf("(%s or %s)", g.pick("nil", "false", g.num(d+1)), g.num(d+1))
	}
}

func (g *generator) str(d int) string {
	if d > 2 {
		return g.pick(g.of('s'), `"q"`)
	}
	switch g.n(9) {
	case 0, 1, 2:
		return g.of('s')
	case 3:
		return fmt.Sprintf("%q", g.pick("", "a", "bc", "x y"))
	case 4, 5:
		parts := make([]string, g.n(3)+2)
		for i := range parts {
			parts[i] = g.pick(g.str(d+1), "("+g.num(d+1)+")", fmt.Sprint(g.n(5)), g.str(d+1))
		}
		s := strings.Join(parts, " .. ")
		if g.n(3) == 0 {
			return s
		}
		return "(" + s + ")"
	case 6:
		return fmt.Sprintf("tostring(%s)", g.num(d+1))
	case 7:
		return fmt.Sprintf("(%s):sub(%s, 20)", g.str(d+1), g.num(d+1))
	default:
		return fmt.Sprintf("(%s and %s or %s)", g.cond(d+1), g.str(d+1), g.str(d+1))
	}
}

func (g *generator) cond(d int) string {
	if d > 2 {
		return g.pick("true", "false", "nil", g.of('n')+" > 3")
	}
	switch g.n(9) {
	case 0:
		return fmt.Sprintf("%s %s %s", g.num(d+1), g.pick("<", ">", "<=", ">=", "==", "~="), g.num(d+1))
	case 1:
		return fmt.Sprintf("(%s) %s (%s)", g.str(d+1), g.pick("<", ">", "<=", ">=", "==", "~="), g.str(d+1))
	case 2:
		return "not " + g.cond(d+1)
	case 3, 4:
		return fmt.Sprintf("(%s %s %s)", g.cond(d+1), g.pick("and", "or"), g.cond(d+1))
	case 5:
		return g.num(d + 1)
	case 6:
		return "not (" + g.cond(d+1) + ")"
	default:
		return g.pick("true", "false", "nil")
	}
}

// any returns a value of any kind, perhaps several at the end of a list.
func (g *generator) value(kind byte, d int) string {
	switch kind {
	case 'n':
		return g.num(d)
	case 's':
		return g.str(d)
	case 't':
		return g.table(d)
	}
	return g.function()
}

func (g *generator) table(d int) string {
	n := g.n(4)
	if g.n(6) == 0 {
		n = []int{48, 49, 50, 51, 99, 100}[g.n(6)]
	}
	var items []string
	for i := range n {
		if n > 10 && g.n(20) > 0 {
			items = append(items, fmt.Sprint(i))
			continue
		}
		items = append(items, g.num(d+1))
	}
	for range g.n(3) {
		f := fmt.Sprintf("%s = %s", g.pick("x", "y", "z", "[3+100]", `["n"]`), g.num(d+1))
		if g.n(3) == 0 && len(items) > 0 && n < 10 {
			i := g.n(len(items))
			items = append(items[:i], append([]string{f}, items[i:]...)...)
		} else {
			items = append(items, f)
		}
	}
	switch g.n(5) {
	case 0:
		if f := g.of('f'); f != "" {
			items = append(items, fmt.Sprintf("%s(%s, %s)", f, g.num(d+1), g.str(d+1)))
		}
	case 1:
		if g.vararg {
			items = append(items, "...")
		}
	case 2:
		if f := g.of('f'); f != "" {
			items = append(items, fmt.Sprintf("%s = %s(%s, %s)", g.pick("x", "y"), f, g.num(d+1), g.str(d+1)))
		}
	}
	return "{" + strings.Join(items, ", ") + "}"
}

// function writes a function of a number and a string to a number, a string, and a
// number. It sees the locals around it, and may change them.
func (g *generator) function() string {
	if g.calls >= 2 || g.depth > 3 {
		return "function(n, s) return n, s, 0 end"
	}
	outer := *g
	g.b = strings.Builder{}
	g.calls++
	g.loops = 0
	g.vararg = g.n(3) == 0
	head := "function(n, s)"
	if g.vararg {
		head = "function(n, s, ...)"
	}
	// Functions do not see functions: calls could go on without end.
	var seen []variable
	for _, v := range g.scope {
		if v.kind != 'f' || v.name == "inc" {
			seen = append(seen, v)
		}
	}
	g.scope = append(seen, variable{"n", 'n', g.calls}, variable{"s", 's', g.calls})
	g.indent += 2
	g.block(g.n(4) + 1)
	g.line("return %s, %s, %s", g.num(0), g.str(0), g.pick(g.num(0), "select('#', inc(1))"))
	g.indent -= 2
	body := g.b.String()
	outer.r = g.r
	*g = outer
	return head + "\n" + body + strings.Repeat(" ", g.indent) + "end"
}

func (g *generator) block(n int) {
	mark := len(g.scope)
	g.depth++
	for range n {
		g.statement()
	}
	g.depth--
	g.scope = g.scope[:min(mark, len(g.scope))]
}

func (g *generator) local() {
	kinds := []byte("nnsstf")
	switch g.n(4) {
	case 0: // several at once
		k1, k2 := kinds[g.n(4)], kinds[g.n(4)]
		v1, v2 := g.fresh(k1), g.fresh(k2)
		g.line("local %s, %s = %s, %s", v1.name, v2.name, g.value(k1, 0), g.value(k2, 0))
		g.scope = append(g.scope, v1, v2)
	case 1: // from one call
		if f := g.of('f'); f != "" {
			v1, v2 := g.fresh('n'), g.fresh('s')
			g.line("local %s, %s = %s(%s, %s)", v1.name, v2.name, f, g.num(0), g.str(0))
			if f == "inc" {
				g.line("%s = 'k' .. %s", v2.name, v2.name)
			}
			g.scope = append(g.scope, v1, v2)
			return
		}
		fallthrough
	default:
		k := kinds[g.n(len(kinds))]
		v := g.fresh(k)
		g.line("local %s = %s", v.name, g.value(k, 0))
		g.scope = append(g.scope, v)
	}
}

func (g *generator) statement() {
	switch g.n(17) {
	case 15:
		g.capture()
	case 16:
		if g.loops > 0 {
			g.line("if %s then", g.cond(0))
			g.indent += 2
			g.capture()
			g.line("%s end", g.leave())
			g.indent -= 2
		}
	case 0, 1, 2:
		if g.depth < 6 {
			g.local()
		}
	case 3, 4:
		k := []byte("ns")[g.n(2)]
		g.line("%s = %s", g.of(k), g.value(k, 0))
	case 5, 6, 7:
		g.multiAssign()
	case 8:
		if t := g.of('t'); t != "" {
			g.line("%s[%s], %s = %s, %s", t, g.num(2), g.of('n'), g.num(1), g.num(1))
		}
	case 9:
		g.line("out(%s, %s, %s)", g.num(0), g.str(0), g.pick("inc("+g.num(1)+")", g.cond(0)))
	case 10:
		if g.depth < 4 {
			g.line("if %s then", g.cond(0))
			g.nested(2)
			if g.n(2) == 0 {
				g.line("elseif %s then", g.cond(0))
				g.nested(1)
			}
			if g.n(2) == 0 {
				g.line("else")
				g.nested(2)
			}
			g.line("end")
		}
	case 11:
		if g.depth < 3 && g.loops < 2 {
			g.loop()
		}
	case 12:
		if f := g.of('f'); f != "" {
			a, b := g.of('n'), g.of('s')
			if f == "inc" {
				g.line("%s = %s(%s)", a, f, g.num(1))
			} else {
				g.line("%s, %s = %s(%s, %s)", a, b, f, g.num(1), g.str(1))
			}
		}
	case 13:
		if t := g.of('t'); t != "" {
			g.line("%s.%s = %s", t, g.pick("x", "y", "z"), g.num(0))
		}
	case 14:
		if g.depth < 4 {
			g.line("do")
			g.nested(2)
			g.line("end")
		}
	}
}

// capture makes a function that outlives the block and changes a local of it.
func (g *generator) capture() {
	g.line("local z = %s", g.num(0))
	g.line("keep[#keep + 1] = function() z = z + 1 return z, %s end", g.of('n'))
}

// leave leaves the loop, or the round of the loop.
func (g *generator) leave() string {
	if g.gotos && g.n(2) == 0 {
		return "goto continue"
	}
	return "break"
}

func (g *generator) nested(n int) {
	g.indent += 2
	g.block(g.n(n) + 1)
	g.indent -= 2
}

func (g *generator) multiAssign() {
	n := g.n(3) + 2
	var lhs, rhs []string
	seen := map[string]bool{}
	for range n {
		k := []byte("nnst")[g.n(4)]
		v := g.of(k)
		if v == "" || seen[v] {
			continue
		}
		seen[v] = true
		if k == 't' {
			lhs = append(lhs, v+"."+g.pick("x", "y"))
			k = 'n'
		} else {
			lhs = append(lhs, v)
		}
		rhs = append(rhs, g.value(k, 1))
	}
	if len(lhs) > 0 {
		g.line("%s = %s", strings.Join(lhs, ", "), strings.Join(rhs, ", "))
	}
}

// body writes the body of a loop.
func (g *generator) body(n int) {
	g.indent += 2
	if g.gotos {
		g.line("do")
	}
	g.block(g.n(n) + 1)
	if g.gotos {
		g.line("end ::continue::")
	}
	g.indent -= 2
}

func (g *generator) loop() {
	g.loops++
	v := g.fresh('n')
	mark := len(g.scope)
	switch g.n(4) {
	case 0:
		g.line("for %s = %d, %d do", v.name, g.n(3), g.n(4))
		g.scope = append(g.scope, v)
		g.body(3)
		g.line("end")
	case 1:
		if t := g.of('t'); t != "" {
			g.line("for %s, w in ipairs(%s) do if %s > 5 then break end", v.name, t, v.name)
			g.scope = append(g.scope, v, variable{"w", 'n', g.calls})
			g.body(3)
			g.line("end")
		}
	case 2:
		g.line("do local w = 0 while w < 3 and (%s) ~= 'zz' do w = w + 1", g.str(0))
		g.body(3)
		g.line("end end")
	default:
		g.line("do local fs, w = {}, 0 repeat local c = w w = w + 1")
		g.scope = append(g.scope, variable{"c", 'n', g.calls})
		g.line("fs[w] = function() c = c + 1 return c end")
		g.line("do")
		g.body(2)
		g.line("end")
		g.line("until w >= 3 or c > 4")
		g.scope = g.scope[:mark]
		g.line("for i = 1, #fs do out(fs[i](), fs[i]()) end end")
	}
	g.scope = g.scope[:mark]
	g.loops--
}
