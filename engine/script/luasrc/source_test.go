package luasrc_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"botd/engine/script/luasrc"
)

// Mistakes as authors make them, with the whole text they get.
var mistakes = []struct{ name, src, want string }{
	{"assignment in a condition", "if x = 1 then end", "t:1: 'then' expected near '=' (write '==' to compare)"},
	{"assignment in a loop", "while x = 1 do end", "t:1: 'do' expected near '=' (write '==' to compare)"},
	{"missing end", "if x then\nfoo()\n", "t:3: 'end' expected (to close 'if' at line 1) near '<eof>'"},
	{"missing end of a function", "function f()\n if x then y() end\n", "t:3: 'end' expected (to close 'function' at line 1) near '<eof>'"},
	{"missing end of a loop", "for i = 1, 3 do\n", "t:2: 'end' expected (to close 'for' at line 1) near '<eof>'"},
	{"missing until", "repeat\n x()\nend", "t:3: 'until' expected (to close 'repeat' at line 1) near 'end'"},
	{"missing then", "if x foo() end", "t:1: 'then' expected near 'foo'"},
	{"missing then before a new line", "if x\n  local y = 1\nend", "t:2: 'then' expected (after 'if' at line 1) near 'local'"},
	{"missing then after elseif", "if x then\nelseif y\n z()\nend", "t:3: 'then' expected (after 'elseif' at line 2) near 'z'"},
	{"missing do", "for k, v in pairs(t)\n print(k)\nend", "t:2: 'do' expected (after 'for' at line 1) near 'print'"},
	{"missing do of while", "while x\n print(k)\nend", "t:2: 'do' expected (after 'while' at line 1) near 'print'"},
	{"one end too many", "function f() end end", "t:1: '<eof>' expected near 'end' (there is one 'end' too many)"},
	{"else if for elseif", "if a then b() else if c then d() end\n", "t:2: 'end' expected (to close 'if' at line 1) near '<eof>' (the 'else if' at line 1 needs an 'end' of its own: write 'elseif')"},
	{"elif", "if a then b()\nelif c then d() end", "t:2: '=' expected near 'c' (write 'elseif')"},
	{"plus and equals", "x += 1", "t:1: '=' expected near '+' (Lua has no '+=': write x = x + ...)"},
	{"dots and equals", "x ..= 'a'", "t:1: '=' expected near '..' (Lua has no '..=': write x = x .. ...)"},
	{"field minus and equals", "a.b -= 1", "t:1: '=' expected near '-' (Lua has no '-=': write x = x - ...)"},
	{"increment", "x++", "t:1: '=' expected near '+' (Lua has no '++': write x = x + 1)"},
	{"not equal of C", "if a != b then end", "t:1: unexpected symbol near '!=' (write '~=' for \"not equal\")"},
	{"not of C", "if !a then end", "t:1: unexpected symbol near '!' (write 'not')"},
	{"and of C", "if a && b then end", "t:1: unexpected symbol near '&&' (write 'and')"},
	{"or of C", "if a || b then end", "t:1: unexpected symbol near '||' (write 'or')"},
	{"comment of C", "// hello", "t:1: unexpected symbol near '/' (comments begin with --)"},
	{"braces of C", "if x then {", "t:1: unexpected symbol near '{'"},
	{"braces after a condition", "while true {", "t:1: 'do' expected near '{' (Lua has no braces around blocks: write 'do ... end')"},
	{"braces of a function", "f = function {", "t:1: '(' expected near '{' (Lua has no braces around blocks: write 'function() ... end')"},
	{"typographic quotes", "x = “hi”", "t:1: unexpected symbol near '“' (use plain quotes)"},
	{"colon and equals", "local x := 1", "t:1: '=' expected near ':' (write '=')"},
	{"const", "const x = 1", "t:1: '=' expected near 'x' (write 'local')"},
	{"def", "def f() end", "t:1: '=' expected near 'f' (write 'function')"},
	{"continue", "while x do continue end", "t:1: '=' expected near 'end' (Lua 5.1 has no continue: put a label ::continue:: at the end of the loop and write 'goto continue')"},
	{"missing comma in a table", "t = { a = 1, b = 2\n c = 3 }", "t:2: '}' expected (to close '{' at line 1) near 'c' (or a ',' between two items)"},
	{"missing bracket", "f(1,\n 2\nx = 3", "t:3: ')' expected (to close '(' at line 1) near 'x'"},
	{"missing bracket at the end", "f(", "t:1: unexpected symbol near '<eof>'"},
	{"string without end", "x = \"abc\ny = 1", "t:1: unfinished string near '\"abc'"},
	{"string without end at the end", "x = 'abc", "t:1: unfinished string near '<eof>'"},
	{"string that ends in a backslash", `x = "abc\`, "t:1: unfinished string near '<eof>'"},
	{"long string without end", "x = [[abc\n\n", "t:1: unfinished long string near '<eof>'"},
	{"long comment without end", "x = 1 --[[ abc\n\n", "t:1: unfinished long comment near '<eof>'"},
	{"number and letters", "x = 3x", "t:1: malformed number near '3x'"},
	{"number with two dots", "x = 1.2.3", "t:1: malformed number near '1.2.3'"},
	{"number and dots", "x = 1..2", "t:1: malformed number near '1..2'"},
	{"hexadecimal number without digits", "x = 0x", "t:1: malformed number near '0x'"},
	{"escape beyond a byte", `x = "a\300b"`, `t:1: escape sequence too large near '\300'`},
	{"code after return", "function f()\n return 1\n print(2)\nend", "t:3: 'end' expected near 'print' ('return' must be the last statement of its block)"},
	{"code after break", "while x do break y() end", "t:1: 'end' expected near 'y' ('break' must be the last statement of its block)"},
	{"break without a loop", "x()\nbreak", "t:2: no loop to break near 'break'"},
	{"break in a function in a loop", "while x do f(function() break end) end", "t:1: no loop to break near 'break'"},
	{"goto without a label in this function", "::a:: f(function() goto a end)", "t:1: no visible label 'a' for goto"},
	{"goto into a block", "goto a do ::a:: end", "t:1: no visible label 'a' for goto"},
	{"goto into a local before until", "repeat goto a local x ::a:: until x", "t:1: <goto a> jumps into the scope of local 'x'"},
	{"goto without a label", "do\n goto away\nend\n", "t:2: no visible label 'away' for goto"},
	{"label twice", "::a::\n::a::", "t:2: label 'a' already defined on line 1"},
	{"goto into a local", "goto a\nlocal x\n::a::\nprint(x)", "t:1: <goto a> jumps into the scope of local 'x'"},
	{"dots in a function without", "function f() return ... end", "t:1: cannot use '...' outside a vararg function near '...'"},
	{"two names", "foo bar", "t:1: '=' expected near 'bar'"},
	{"name alone", "foo\n", "t:2: '=' expected near '<eof>'"},
	{"assignment to a call", "f() = 1", "t:1: cannot assign to a function call near '='"},
	{"assignment to a bracket", "(a) = 1", "t:1: syntax error near '('"},
	{"call on the next line", "local x = f\n(g or h)()", "t:2: ambiguous syntax (function call x new statement) near '(' (put a ; before the bracket, or move it to the line of the function)"},
	{"keyword as a name", "local end = 1", "t:1: <name> expected near 'end'"},
	{"keyword as a field", "x = t.end", "t:1: <name> expected near 'end'"},
	{"method without a call", "x = a:b", "t:1: function arguments expected near '<eof>'"},
	{"operator without an operand", "x = 1 +", "t:1: unexpected symbol near '<eof>'"},
	{"control character", "x = \x01", `t:1: unexpected symbol near '\x01'`},
	{"bytes that are no text", "x = \xff", `t:1: unexpected symbol near '\xff'`},
	{"letter of another alphabet", "größe = 1", "t:1: unexpected symbol near 'ö'"},
	{"one line in the middle", "a = 1\nb = = 2\nc = 3", "t:2: unexpected symbol near '='"},
	{"long token", "x y" + strings.Repeat("z", 100), "t:1: '=' expected near 'y" + strings.Repeat("z", 39) + "...'"},
}

func TestMistakes(t *testing.T) {
	for _, tt := range mistakes {
		t.Run(tt.name, func(t *testing.T) {
			_, err := luasrc.Compile("t", []byte(tt.src), luasrc.Limits{})
			if err == nil || err.Error() != tt.want {
				t.Errorf("\n got %v\nwant %v", err, tt.want)
			}
		})
	}
}

func TestErrorPosition(t *testing.T) {
	_, err := luasrc.Compile("dir/a.lua", []byte("local a = 1\n\n  local b = a +* 2\n"), luasrc.Limits{})
	var e *luasrc.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v", err)
	}
	want := luasrc.Error{File: "dir/a.lua", Line: 3, Col: 16, Msg: "unexpected symbol", Near: "*"}
	if *e != want {
		t.Errorf("got %+v, want %+v", *e, want)
	}
}

// Sources whose value is known. They are programs because a chunk's result is easy to
// compare.
var sources = []struct{ name, src, want string }{
	{"empty", "", ""},
	{"byte order mark", "\ufeffprint(1)", "1"},
	{"first line of a shell", "#!/usr/bin/env botd\nprint(1)", "1"},
	{"byte order mark and first line", "\ufeff#!x\nprint(1)", "1"},
	{"only a first line", "#!x", ""},
	{"line ends", "print(1)\r\nprint(2)\rprint(3)\n\rprint(4)", "1 2 3 4"},
	{"form feeds and tabs", "print(1)\f\v\tprint(2)", "1 2"},
	{"comments", "--\n--[[x]]print(1)--[==[ ]] ]==]print(2)--[=x\nprint(3)--", "1 2 3"},
	{"semicolons", ";;print(1);;print(2);", "1 2"},
	{"numbers", "print(0010, 08, 0x1F, 1e1, .5, 5., 3e-2, 0xA.8p1)", "10\t8\t31\t10\t0.5\t5\t0.03\t21"},
	{"strings", `print("a\tb", 'a\'b', "\65\066\0", [[
x]], [==[a]]b]==])`, "a\tb\ta'b\tAB\x00\tx\ta]]b"},
	{"line ends in long strings", "print(([[a\r\nb\rc\n\rd]]):byte(1, -1))", "97\t10\t98\t10\t99\t10\t100"},
	{"escaped line end", "print('a\\\r\nb')", "a\nb"},
	{"goto as a name", "local goto = 5 goto = goto + 1 print(goto)", "6"},
	{"goto", "for i = 1, 3 do if i == 2 then goto next end print(i) ::next:: end", "1 3"},
	{"goto keeps captured locals", "local n = 0 local function inc() n = n + 1 end for i = 1, 3 do if i == 2 then goto next end inc() ::next:: end inc() print(n)", "3"},
	{"goto gives each round its own local", "local fs = {} for i = 1, 3 do local x = i fs[i] = function() x = x + 1 return x end if i == 2 then goto next end ::next:: end print(fs[1](), fs[2](), fs[3](), fs[1]())", "2\t3\t4\t3"},
	{"goto back", "local fs, i = {}, 1 ::top:: local cap = i fs[i] = function() cap = cap + 100 return cap end i = i + 1 if i < 4 then goto top end print(fs[1](), fs[2](), fs[3](), fs[1]())", "101\t102\t103\t201"},
	{"goto out of blocks", "local f while true do local y = 5 do local k = 6 f = function() k = k + 1 return k, y end goto out end end ::out:: local a, b, c = 1, 2, 3 print(f())", "7\t5"},
	{"goto over a local to the end of a block", "do goto out local x = 1 print(x) ::out:: end print('end')", "end"},
	{"goto a label of a block around", "do local i = 0 ::top:: i = i + 1 do if i < 3 then goto top end end print(i) end", "3"},
	{"label of the same name inside", "do do goto a print(1) ::a:: end goto a print(2) ::a:: end print(3)", "3"},
	{"break out of blocks with captured locals", "local f while true do do local y = 1 f = function() return y end break end end local a, b, c = 7, 8, 9 print(f())", "1"},
	{"break out of an if with captured locals", "local f for i = 1, 3 do if i == 2 then local z = i * 10 f = function() z = z + 1 return z end break end end local a, b, c, d, e = 1, 2, 3, 4, 5 print(f(), f())", "21\t22"},
	{"break out of repeat with captured locals", "local f repeat local x = 3 if x then local y = 4 f = function() return x + y end break end until false local a, b, c = 1, 2, 3 print(f())", "7"},
	{"break keeps captured locals outside", "local n = 0 local function inc() n = n + 1 end for _, v in ipairs{1, 2} do if v then local c = v inc(function() return c end) break end end inc() print(n)", "2"},
	{"local function sees itself", "local function f(n) if n == 0 then return 0 end return f(n - 1) end print(f(3))", "0"},
	{"local variable does not see itself", "f = 5 local f = function() return f end print(f())", "5"},
	{"wrapped function", "local tostring = function(x) return '<' .. tostring(x) .. '>' end print(tostring(1))", "<1>"},
	{"swap", "local a, b = 1, 2 a, b = b, a print(a, b)", "2\t1"},
	{"swap of parameters", "local function f(a, b) a, b = b, a return a, b end print(f(1, 2))", "2\t1"},
	{"swap of fields", "local t = {1, 2} t[1], t[2] = t[2], t[1] print(t[1], t[2])", "2\t1"},
	{"index and variable at once", "local i, t = 1, {} i, t[i] = i + 1, 20 print(i, t[1], t[2])", "2\t20\tnil"},
	{"table and field at once", "local t = {} local o = t t, t.x = 1, 2 print(t, o.x)", "1\t2"},
	{"global and field of a local", "local a, t = 5, {} g, t.x = 1, a print(g, t.x)", "1\t5"},
	{"call in brackets to a parameter", "local function g(x) return x end local function f(a) a = (g(a)) return a end print(f(5))", "5"},
	{"calls to parameters", "local function g(x) return x end local function f(a, b) a, b = g(b), g(a) return a, b end print(f(5, 6))", "6\t5"},
	{"and that is nil, to a local", "local function f() end local x = 5 x = f() and 1 print(x)", "nil"},
	{"and of a global, to a local", "local x = 5 x = nothing and 1 print(x)", "nil"},
	{"or inside and, to a local", "local x, y = 5, 6 x = (y or 1) and x or 7 print(x)", "5"},
	{"constructor that ends in a named call", "local t = {1, 2, k = tostring(5)} print(#t, t[3], t.k)", "2\tnil\t5"},
	{"constructor that ends in named dots", "local function f(...) return {1, k = ...} end local t = f(7, 8) print(#t, t.k)", "1\t7"},
	{"fifty items and a call", "local function f() return 'a', 'b' end local t = {" + strings.Repeat("0,", 50) + "f()} print(#t, t[1], t[51], t[52])", "52\t0\ta\tb"},
	{"fifty items and dots", "local function f(...) return {" + strings.Repeat("0,", 50) + "...} end local t = f('a', 'b') print(#t, t[1], t[52])", "52\t0\tb"},
	{"fifty items and a named call", "local t = {" + strings.Repeat("0,", 50) + "k = tostring(7)} print(#t, t[1], t.k)", "50\t0\t7"},
	{"fifty items, a name, and more", "local function f() return 'a', 'b' end local t = {" + strings.Repeat("0,", 50) + "k = tostring(7), 1, f()} print(#t, t[1], t[51], t[53], t.k)", "53\t0\t1\tb\t7"},
	{"a hundred items and a call", "local function f() return 'a', 'b' end local t = {" + strings.Repeat("0,", 100) + "f()} print(#t, t[1], t[101], t[102])", "102\t0\ta\tb"},
	{"concatenation order", "local function f(x) io = (io or '') .. x return x end local s = f('a') .. f('b') .. f('c') print(s, io)", "abc\tabc"},
	{"concatenation and arithmetic", "print(1 + 2 .. 3 * 4 .. -5, 2 ^ 2 .. '', 'a' .. 1 < 'b')", "312-5\t4\ttrue"},
	{"concatenation of many values", "local function f() return 'x', 'y' end print('a' .. f(), f() .. 'b', (f() .. f()))", "ax\txb\txx"},
	{"concatenation in a return", "local function f(...) return 'n' .. select('#', ...) end print(f(1, nil), (f()))", "n2\tn0"},
	{"concatenation of a hundred and fifty", "local a = 'x' print(#(a" + strings.Repeat(" .. a", 149) + "))", "150"},
	{"hidden names stay hidden", "for k in pairs(_G) do if k:match('[^%w_]') then print(k) end end print(#('a' .. 'b'))", "2"},
	{"a script's own concat", "concat = 5 local concat = 6 _G['(concat)'] = 7 print('a' .. concat)", "a6"},
	{"line of an error in a chain", "print(pcall(function()\n local t = {}\n t\n .a\n .b = 1\nend))", "false\tt:5: attempt to index a nil value (field 'a'), setting 'b'"},
	{"line of a call", "print(pcall(function()\n local x =\n  nothing(\n   1)\nend))", "false\tt:3: attempt to call a nil value (global 'nothing')"},
	{"line of a concatenation", "print(pcall(function()\n local x = 'a'\n  .. 'b'\n  .. nil\nend))", "false\tt:3: attempt to concatenate a nil value"},
	{"line of arithmetic", "print(pcall(function()\n local x = 1\n  + nil\nend))", "false\tt:3: attempt to perform arithmetic on a nil value"},
	{"method on a literal", "print(('x'):rep(2), #'abc', ({1, 2})[2], (function() return 3 end)())", "xx\t3\t2\t3"},
	{"calls without brackets", "local function f(x) return type(x) == 'table' and x[1] or x end print(f'a', f\"b\", f[[c]], f{'d'})", "a\tb\tc\td"},
	{"repeat sees its locals", "local i = 0 repeat local done = i >= 2 i = i + 1 until done print(i)", "3"},
	{"closures in a loop", "local fs = {} for i = 1, 3 do fs[i] = function() i = i + 1 return i end end print(fs[1](), fs[1](), fs[2]())", "2\t3\t3"},
	{"vararg and arg", "local function f(...) local a, b = ... return a, b, select('#', ...) end print(f(1, nil, 3))", "1\tnil\t3"},
	{"comparison chain", "print(1 < 2 == true, not 1 == 2, not (1 == 2), -2 ^ 2, 2 ^ -1, 2 ^ 3 ^ 2)", "true\tfalse\ttrue\t-4\t0.5\t512"},
	{"and or", "print(nil and 1, false or nil, 1 and 2 or 3, nil and 2 or 3, false == nil)", "nil\tnil\t2\t3\tfalse"},
}

func TestSources(t *testing.T) {
	for _, tt := range sources {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.ReplaceAll(strings.TrimSuffix(execute(t, tt.src), "\n"), "\n", " ")
			if want := strings.ReplaceAll(tt.want, "\n", " "); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// The code has no instruction that concatenates without a cap, and keeps no spare
// memory.
func TestCode(t *testing.T) {
	src := generate(3, true) + "\nlocal function f(...) local s = '' for i = 1, 9 do s = s .. i .. s end return s .. 'x' end"
	proto, err := luasrc.Compile("t", []byte(src), luasrc.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var check func(p *lua.FunctionProto)
	check = func(p *lua.FunctionProto) {
		for pc, inst := range p.Code {
			if int(inst>>26) == lua.OP_CONCAT {
				t.Errorf("line %d: OP_CONCAT", p.DbgSourcePositions[pc])
			}
		}
		for _, spare := range []int{
			cap(p.Code) - len(p.Code), cap(p.Constants) - len(p.Constants), cap(p.DbgCalls) - len(p.DbgCalls),
			cap(p.DbgSourcePositions) - len(p.DbgSourcePositions), cap(p.FunctionPrototypes) - len(p.FunctionPrototypes),
			cap(p.DbgLocals) - len(p.DbgLocals), cap(p.DbgUpvalues) - len(p.DbgUpvalues),
		} {
			if spare != 0 {
				t.Errorf("line %d: %d spare elements", p.LineDefined, spare)
			}
		}
		for _, f := range p.FunctionPrototypes {
			check(f)
		}
	}
	check(proto)
}

func TestLimits(t *testing.T) {
	for _, tt := range []struct {
		name   string
		limits luasrc.Limits
		src    string
		want   string
	}{
		{"size", luasrc.Limits{Size: 10}, "x = 1 -- 2 3", "source too large (12 bytes, limit 10)"},
		{"depth", luasrc.Limits{Depth: 5}, "x = ((((((1))))))", "nested too deeply (limit 5 levels)"},
		{"chain", luasrc.Limits{Depth: 5}, "x = 1" + strings.Repeat("+1", 30), "expression or chain too long (limit 20)"},
		{"constants", luasrc.Limits{Constants: 3}, "x = {1, 2, 3, 4}", "function has too many constants (limit 3)"},
		{"labels", luasrc.Limits{Labels: 2}, "::a:: ::b:: ::c::", "too many labels and gotos (limit 2)"},
		{"items", luasrc.Limits{Items: 2}, "x = {1, 2, 3}", "table constructor has too many items (limit 2)"},
		{"functions", luasrc.Limits{Functions: 2}, "f(function() end, function() end)", "too many functions (limit 2)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := luasrc.Compile("t", []byte(tt.src), tt.limits)
			var e *luasrc.Error
			if !errors.As(err, &e) || e.Msg != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if _, err := luasrc.Compile("t", []byte(tt.src), luasrc.Limits{}); err != nil {
				t.Errorf("with the default limits: %v", err)
			}
		})
	}
	// Counting begins anew in each function and chunk.
	var b strings.Builder
	for i := range 10 {
		fmt.Fprintf(&b, "function f%d() return {%d, %d, %d} end ", i, i*3+100, i*3+101, i*3+102)
	}
	if _, err := luasrc.Compile("t", []byte(b.String()), luasrc.Limits{Constants: 10}); err != nil {
		t.Error(err)
	}
}
