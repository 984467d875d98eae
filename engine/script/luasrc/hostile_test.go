package luasrc_test

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"botd/engine/script/luasrc"
)

// nest returns open repeated, then middle, then shut repeated.
func nest(open, middle, shut string, n int) string {
	return strings.Repeat(open, n) + middle + strings.Repeat(shut, n)
}

// fill repeats s, with the number of the repetition for each %d, up to a size.
func fill(size int, s string) string {
	var b strings.Builder
	for i := 0; b.Len() < size-len(s)-10; i++ {
		b.WriteString(strings.ReplaceAll(s, "%d", fmt.Sprint(i)))
	}
	return b.String()
}

const full = 255 << 10

// many returns n distinct short names, separated.
func names(prefix string, n int, sep string) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("%s%d", prefix, i)
	}
	return strings.Join(list, sep)
}

// Sources made to overflow the stack, to use gigabytes, or to keep the compiler busy
// for minutes. want is in the error; "" means that the source compiles.
var hostile = []struct{ name, src, want string }{
	{"nested parentheses", "x = " + nest("(", "1", ")", 100000), "nested too deeply"},
	{"nested tables", "x = " + nest("{", "", "}", 100000), "nested too deeply"},
	{"nested calls", "x = " + nest("f(", "", ")", 80000), "nested too deeply"},
	{"nested indexes", "x = " + nest("t[", "1", "]", 80000), "nested too deeply"},
	{"nested functions", nest("return function() ", "", " end", 10000), "nested too deeply"},
	{"nested function arguments", nest("f(function() ", "", " end)", 10000), "nested too deeply"},
	{"nested blocks", nest("do ", "", " end", 30000), "nested too deeply"},
	{"nested ifs", nest("if x then ", "", " end", 10000), "nested too deeply"},
	{"nested whiles", nest("while x do ", "", " end", 10000), "nested too deeply"},
	{"nested fors", nest("for i=1,2 do ", "", " end", 10000), "too many local variables"},
	{"nested repeats", nest("repeat ", "", " until x", 10000), "nested too deeply"},
	{"chained not", "x = " + strings.Repeat("not ", 60000) + "1", "nested too deeply"},
	{"chained minus", "x = " + strings.Repeat("- ", 100000) + "1", "nested too deeply"},
	{"chained length", "x = " + strings.Repeat("#", 200000) + "t", "nested too deeply"},
	{"chained power", "x = " + strings.Repeat("2^", 100000) + "1", "nested too deeply"},
	{"chained power of minus", "x = " + strings.Repeat("2^-", 80000) + "1", "nested too deeply"},
	{"chained addition", "x = " + strings.Repeat("1+", 100000) + "1", "expression or chain too long"},
	{"chained addition of names", "x = " + strings.Repeat("a+", 100000) + "a", "expression or chain too long"},
	{"chained or", "x = " + strings.Repeat("a or ", 50000) + "a", "expression or chain too long"},
	{"chained and", "x = " + strings.Repeat("a and ", 40000) + "a", "expression or chain too long"},
	{"chained comparison", "x = " + strings.Repeat("a<", 100000) + "a", "expression or chain too long"},
	{"chained calls", "f" + strings.Repeat("()", 100000), "expression or chain too long"},
	{"chained string calls", "f" + strings.Repeat("''", 100000), "expression or chain too long"},
	{"chained fields", "x = a" + strings.Repeat(".b", 100000), "expression or chain too long"},
	{"chained methods", "a" + strings.Repeat(":b()", 50000), "expression or chain too long"},
	{"chained indexes", "x = a" + strings.Repeat("[1]", 80000), "expression or chain too long"},
	{"chained function name", "function a" + strings.Repeat(".b", 100000) + "() end", "expression or chain too long"},
	{"chained elseif", "if a then " + strings.Repeat("elseif a then ", 15000) + " end", "expression or chain too long"},
	{"chained else if", nest("if a then else ", "", " end", 10000), "nested too deeply"},
	{"chained concatenation", "x = " + strings.Repeat("a..", 80000) + "a", "too many operands of '..'"},
	{"chained concatenation of literals", "x = " + strings.Repeat("''..", 60000) + "''", "too many operands of '..'"},
	{"concatenation in concatenation", "x = " + nest("a..(", "a", ")..a", 30000), "nested too deeply"},
	{"chains in chains", "x = " + nest("(", "1", strings.Repeat("+1", 300)+")", 90), "expression or chain too long"},
	{"many constants", "local t " + fill(full, "t=%d t='%d'"), "function has too many constants"},
	{"many strings in a table", "x = {" + fill(full, "'%d',") + "}", "function has too many constants"},
	{"many fields", "local t={} " + fill(full, "t.a%d=1 "), "function has too many constants"},
	{"many globals", fill(full, "a%d=1 "), "function has too many constants"},
	{"a constant found late again and again", "x = {" + fill(52000, "'%d',") + "} " + fill(full-53000, "f'z'"), "source too complex to compile"},
	{"many locals around many names", deepLocals(49, 190) + fill(150<<10, "a=a ") + strings.Repeat(" end", 49), "source too complex to compile"},
	{"locals of forty functions around many names", deepLocals(40, 150) + fill(150<<10, "a=a ") + strings.Repeat(" end", 40), "source too complex to compile"},
	{"many labels", fill(full, "::l%d::"), "too many labels and gotos"},
	{"many gotos", fill(full, "goto l "), "too many labels and gotos"},
	{"gotos in blocks", fill(full, "do goto l end "), "too many labels and gotos"},
	{"many items", "x = {" + strings.Repeat("1,", 100000) + "}", "table constructor has too many items"},
	{"many named items", "x = {" + strings.Repeat("a=1,", 60000) + "}", "table constructor has too many items"},
	{"items just within the limit", "x = {" + strings.Repeat("1,", 25000) + "}", ""},
	{"many functions", fill(full, "f=function()end "), "too many functions"},
	{"many locals", "local " + names("a", 300, ","), "too many local variables"},
	{"many locals, one by one", fill(5000, "local a%d "), "too many local variables"},
	{"many parameters", "function f(" + names("a", 300, ",") + ") end", "too many local variables"},
	{"many arguments", "f(" + strings.Repeat("1,", 300) + "1)", "too complex"},
	{"many values", "return " + strings.Repeat("1,", 300) + "1", "too complex"},
	{"many targets", strings.Repeat("a,", 300) + "a = 1", "too complex"},
	{"many targets and values", strings.Repeat("a,", 100) + "a = " + strings.Repeat("f(),", 100) + "f()", ""},
	{"many upvalues", manyUpvalues(), "too many local variables of the functions around it"},
	{"many empty blocks", strings.Repeat("do end ", 36000), ""},
	{"many empty statements", strings.Repeat(";", 260000), ""},
	{"many calls", fill(full, "f()f()\n"), "function too large"},
	{"many string calls", strings.Repeat("f''", 80000), "function too large"},
	{"jump over many calls", "while x do " + strings.Repeat("f''", 80000) + " end", "function too large"},
	{"folding in a deep expression", fill(full, "x="+strings.Repeat("a+", 350)+"a "), "source too complex to compile"},
	{"folding of numbers", fill(full, "x="+strings.Repeat("9+", 350)+"9 "), "source too complex to compile"},
	{"as many constants as possible", "x = {" + fill(52000, "'%d',") + "}", ""},
	{"folding of minus", fill(full, "x="+strings.Repeat("- ", 90)+"9 "), ""},
	{"many short expressions", fill(full, "x=a+1 "), "function too large"},
	{"many ifs", fill(full, "if a then b=1 else c=2 end "), ""},
	{"long chains of elseif", fill(full, "if a then "+strings.Repeat("elseif a then ", 300)+"end "), ""},
	{"many long strings", fill(full, "x=[[a]]"), ""},
	{"one long string", "x = '" + strings.Repeat("a", 250<<10) + "'", ""},
	{"one long name", "x = " + strings.Repeat("a", 250<<10), ""},
	{"one long number", "x = " + strings.Repeat("9", 250<<10), "malformed number"},
	{"one long comment", "--" + strings.Repeat("-", 250<<10), ""},
	{"one long bracket comment", "--[[" + strings.Repeat("[[", 120<<10) + "]]", ""},
	{"a bracket of many levels", "x = [" + strings.Repeat("=", 120<<10) + "[", "unfinished long string"},
	{"many brackets of many levels", strings.Repeat("--["+strings.Repeat("=", 1000)+"\n", 200), ""},
	{"many unfinished brackets", "x = " + strings.Repeat("[=", 120<<10), "unfinished long string"},
	{"many escapes", `x = "` + strings.Repeat(`\065`, 60<<10) + `"`, ""},
	{"many lines", strings.Repeat("\n", 260000) + "x = = 1", "unexpected symbol"},
	{"many line ends of both kinds", strings.Repeat("\r\n\n\r", 60000), ""},
	{"zero bytes", strings.Repeat("\x00", 1000), "unexpected symbol"},
	{"bytes that are no text", "x = \xff\xfe", "unexpected symbol"},
	{"compiled code", "\x1bLua\x51\x00\x01", "compiled Lua code is not accepted"},
	{"too large", strings.Repeat(" ", 256<<10+1), "source too large"},
	{"returns in a row", strings.Repeat("return ", 30000), "unexpected symbol"},
	{"ends in a row", strings.Repeat("end ", 60000), "'<eof>' expected"},
	{"open brackets only", strings.Repeat("(", 250000), "nested too deeply"},
	{"braces only", strings.Repeat("{", 250000), "unexpected symbol"},
	{"functions without end", strings.Repeat("function f() ", 15000), "nested too deeply"},
	{"recursive lists of functions", "return " + nest("{function() return ", "1", " end}", 10000), "nested too deeply"},
	{"local functions in functions", nest("local function f(...) ", "", " end", 8000), "nested too deeply"},
}

func deepLocals(depth, n int) string {
	var b strings.Builder
	for range depth {
		b.WriteString("function f() local " + names("l", n, ",") + " ")
	}
	return b.String()
}

// manyUpvalues is a function that uses 300 locals of those around it.
func manyUpvalues() string {
	return "local " + names("a", 150, ",") + "\nlocal function g() local " + names("b", 150, ",") +
		"\nreturn function() return {" + names("a", 150, ",") + "," + names("b", 150, ",") + "} end end"
}

func TestHostileSources(t *testing.T) {
	// A deep recursion of Go would not be an error, but the end of the process.
	defer debug.SetMaxStack(debug.SetMaxStack(8 << 20))
	for _, tt := range hostile {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			proto, err := luasrc.Compile("test", []byte(tt.src), luasrc.Limits{})
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			mib := (after.TotalAlloc - before.TotalAlloc) >> 20
			t.Logf("%v, %d MiB", took.Round(time.Millisecond), mib)
			if mib > 150 {
				t.Errorf("allocated %d MiB", mib)
			}
			if tt.want == "" {
				if err != nil || proto == nil {
					t.Errorf("got error %.300q", err)
				}
				return
			}
			var e *luasrc.Error
			if !errors.As(err, &e) || !strings.Contains(e.Msg, tt.want) {
				t.Fatalf("got %.300v, want %q", err, tt.want)
			}
			if e.File != "test" || e.Line < 1 || len(e.Near) > 60 {
				t.Errorf("got file %q, line %d, near %q", e.File, e.Line, e.Near)
			}
		})
	}
}
