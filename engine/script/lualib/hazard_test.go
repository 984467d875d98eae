package lualib_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"botd/engine/script/lualib"
)

// What is known to bring down a process, or a VM, that uses the stock library. want is
// in the error, or is the printed result.
var hazards = []struct{ name, code, want string }{
	{"replacement of very many escaped percent signs", `print(#(("x"):gsub("x", ("%%"):rep(500000))))`, "500000"},
	{"date of very many escaped percent signs", `print(#os.date(("%%"):rep(500000)))`, "500000"},
	{"format of very many escaped percent signs", `print(#string.format(("%%"):rep(500000)))`, "500000"},
	{"pattern of a million open brackets", `("x"):find(("("):rep(1000000))`, "pattern too long (limit 16 KiB)"},
	{"pattern of nested captures", `("x"):find(("("):rep(5000) .. (")"):rep(5000))`, "too many captures"},
	{"pattern of very many repetitions", `("x"):find(("a*"):rep(5000))`, "pattern too complex (limit 200 repetitions)"},
	{"pattern of very many sets", `print(("x"):find(("[a-z]?"):rep(200)))`, "1\t1"},
	{"lazy repetition over a long subject", `print(("a"):rep(1000000):find("^.-b"))`, "nil"},
	{"greedy repetition over a long subject", `print((("a"):rep(1000000) .. "b"):find("(.*)b") )`, "1\t1000001"},
	{"balance over a long subject", `print(#(("("):rep(400000) .. (")"):rep(400000)):match("%b()"))`, "800000"},
	{"captures over a long subject", `print(#(("ab"):rep(400000)):match("^([ab]*)$"))`, "800000"},
	{"one huge repetition", `("x"):rep(2 ^ 40)`, "string too long (limit 1 MiB)"},
	{"repetition whose length overflows", `("xx"):rep(2 ^ 62)`, "string too long (limit 1 MiB)"},
	{"repetition of infinite count", `("x"):rep(math.huge)`, "string too long (limit 1 MiB)"},
	{"empty repetition of infinite count", `print(#(""):rep(math.huge))`, "0"},
	{"doubling by concatenation", `local s = "x" for i = 1, 60 do s = s .. s end`, "string too long (limit 1 MiB)"},
	{"growth by many operands", `local s = ("x"):rep(1000) for i = 1, 9 do s = ` + strings.Repeat("s .. ", 99) + `s end`, "string too long (limit 1 MiB)"},
	{"growth by a concatenation metamethod", `local t = setmetatable({}, {__concat = function(a, b) return ("x"):rep(600000) end}) local s = "a" .. t s = s .. s`, "string too long (limit 1 MiB)"},
	{"growth by table.concat", `local s, t = ("x"):rep(100000), {} for i = 1, 100 do t[i] = s end table.concat(t)`, "string too long (limit 1 MiB)"},
	{"growth by a separator", `local t = {} for i = 1, 1000 do t[i] = "" end table.concat(t, ("x"):rep(100000))`, "string too long (limit 1 MiB)"},
	{"growth by gsub", `local s = ("x"):rep(100000) s:gsub("x", s)`, "string too long (limit 1 MiB)"},
	{"growth by captures in gsub", `(("x"):rep(2000)):gsub(".*", ("%0"):rep(2000))`, "string too long (limit 1 MiB)"},
	{"growth by a gsub callback", `local s = ("x"):rep(100000) s:gsub("x", function() return s end)`, "string too long (limit 1 MiB)"},
	{"growth by format", `local s = ("x"):rep(600000) s = ("%s%s"):format(s, s)`, "string too long (limit 1 MiB)"},
	{"growth by quoting", `("%q"):format(("\0"):rep(400000))`, "string too long (limit 1 MiB)"},
	{"growth by a date", `os.date(("%c"):rep(300000))`, "string too long (limit 1 MiB)"},
	{"unpacking a huge range", `unpack({}, 1, 2 ^ 40)`, "too many results to unpack"},
	{"unpacking a range that overflows", `unpack({}, -2 ^ 63, 2 ^ 63)`, "too many results to unpack"},
	{"too many bytes of a string", `(("x"):rep(100000)):byte(1, -1)`, "string slice too long"},
	{"too many captures of one match", `("x"):match(("()"):rep(33))`, "too many captures"},
	{"joining a huge range", `print(pcall(table.concat, {}, "", 1, 2 ^ 53))`, "invalid value (nil) at index 1"},
	{"joining a range at the end of the numbers", `print(pcall(table.concat, {}, "", 2 ^ 53 - 1, 2 ^ 53))`, "invalid value (nil) at index"},
	{"inserting at a huge position", `local t = {} table.insert(t, 2 ^ 40, "x") print(#t, t[2 ^ 40])`, "0\tx"},
	{"inserting before the start", `table.insert({}, -2 ^ 40, "x")`, "position out of bounds"},
	{"inserting nil again and again", `local t = {} for i = 1, 1000 do table.insert(t, nil) end print(#t)`, "0"},
	{"removing from a huge position", `print(table.remove({1}, 2 ^ 53), table.remove({1}, -2 ^ 53))`, "nil"},
	{"format verbs of Go", `string.format("%v", {})`, "invalid option '%v' to 'format'"},
	{"format verbs of Go that show types", `string.format("%T", print)`, "invalid option '%T' to 'format'"},
	{"format verbs that show pointers", `string.format("%p", {})`, "invalid option '%p' to 'format'"},
	{"format argument indexes of Go", `string.format("%[2]d", 1, 2)`, "invalid option '%[' to 'format'"},
	{"format widths taken from arguments", `string.format("%*d", 1000000, 1)`, "invalid option '%*' to 'format'"},
	{"format with a huge width", `string.format("%999999999d", 1)`, "invalid format (width or precision too long)"},
	{"format with a huge precision", `string.format("%.999999999f", 1)`, "invalid format (width or precision too long)"},
	{"tostring that calls itself", `local t t = setmetatable({}, {__tostring = function() return tostring(t) end}) tostring(t)`, "overflow"},
	{"concatenation that calls itself", `local t t = setmetatable({}, {__concat = function() return t .. t end}) local x = t .. t`, "overflow"},
	{"index that calls gsub that indexes", `local t t = setmetatable({}, {__index = function(_, k) return (k:gsub(".", t)) end}) local s = ("x"):gsub(".", t)`, "overflow"},
	{"comparator that sorts", `local function less(a, b) table.sort({1, 2}, less) return a < b end table.sort({1, 2}, less)`, "overflow"},
	{"comparator without sense", `local t = {} for i = 1, 1000 do t[i] = i end table.sort(t, function() return true end) print(#t)`, "1000"},
	{"comparator that is random", `local t = {} for i = 1, 1000 do t[i] = i end table.sort(t, function() return math.random() < 0.5 end) print(#t)`, "1000"},
	{"comparator that changes the table", `local t = {3, 1, 2} table.sort(t, function(a, b) t[1], t[9] = nil, 9 return a < b end) print(t[1], t[2], t[3], t[9])`, "1\t2\t3\t9"},
	{"comparator that raises", `local t = {3, 1, 2} pcall(table.sort, t, function() error("no") end) print(t[1], t[2], t[3])`, "3\t1\t2"},
	{"sorting what cannot be compared", `table.sort({1, "a", {}})`, "attempt to compare"},
	{"callback that empties the table of foreach", `local t = {1, 2, 3, a = 1} table.foreach(t, function(k) t[k] = nil end) print(next(t))`, "nil"},
	{"key that is not a number", `rawset({}, 0 / 0, 1)`, "NaN"},
	{"infinite index", `local t = {} t[math.huge] = 1 t[-math.huge] = 2 print(t[1 / 0], t[-1 / 0], #t)`, "1\t2\t0"},
	{"random interval without end", `math.random(0, 1e300)`, "interval too large"},
	{"random interval of infinity", `math.random(math.huge)`, "interval too large"},
	{"random interval that is not a number", `math.random(0 / 0)`, "interval is empty"},
	{"exponent without end", `print(math.ldexp(1, 1e300), math.ldexp(1, -1e300))`, "inf\t0"},
	{"date out of range", `os.date("%c", 1e18)`, "time out of range"},
	{"date that is not a number", `os.date("*t", 0 / 0)`, "time out of range"},
	{"time with fields out of range", `os.time{year = 1e300, month = 1, day = 1}`, "field 'year' is out of range"},
	{"time with fields that are no numbers", `os.time{year = 0 / 0, month = 1, day = 1}`, "field 'year' is out of range"},
	{"deep chain of __index in a date table", `local t = {} for i = 1, 200 do t = setmetatable({}, {__index = t}) end os.time(t)`, "too many recursions"},
	{"very long key in an error", `local n; n = n[("k"):rep(100000)]`, "reading '" + strings.Repeat("k", 60) + "...'"},
	{"number of very many digits", `print(tonumber(("9"):rep(100000)), tonumber("1e99999999999"))`, "nil\tinf"},
}

func TestHazards(t *testing.T) {
	// A deep recursion of Go would not be an error, but the end of the process.
	defer debug.SetMaxStack(debug.SetMaxStack(4 << 20))
	for _, tt := range hazards {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			L := newState(t, lualib.Options{}, &out)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got, err := run(t, L, &out, "test", []byte(tt.code))
			runtime.ReadMemStats(&after)
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, tt.want) {
				t.Errorf("got %.300q, want %q", got, tt.want)
			}
			if n := (after.TotalAlloc - before.TotalAlloc) >> 20; n > 24 {
				t.Errorf("allocated %d MiB", n)
			}
		})
	}
}

func TestLargeIntegerKey(t *testing.T) {
	var out bytes.Buffer
	L := newState(t, lualib.Options{}, &out)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := run(t, L, &out, "test", []byte(`local t = {} t[2 ^ 25] = 1 t[2 ^ 53] = 2 t[2 ^ 31 - 1] = 3 print(t[2 ^ 25], t[2 ^ 53], t[2 ^ 31 - 1])`))
	runtime.ReadMemStats(&after)
	if err != nil || got != "1:1\t2\t3\n" {
		t.Errorf("got %q, %v", got, err)
	}
	if n := (after.TotalAlloc - before.TotalAlloc) >> 20; n > 2 {
		t.Errorf("allocated %d MiB", n)
	}
}

// gmatch finds one match at a time: the first of a million costs next to nothing.
func TestGmatchIsLazy(t *testing.T) {
	var out bytes.Buffer
	L := newState(t, lualib.Options{}, &out)
	s := strings.Repeat("x", 1_000_000)
	L.SetGlobal("s", lua.LString(s))
	m := newMeter(100, 1<<20)
	L.SetContext(m)
	got, err := run(t, L, &out, "test", []byte(`local next = s:gmatch("()x") print(next()) print(next())`))
	if err != nil || got != "1:1\n1:2\n" {
		t.Errorf("got %q, %v after %d units", got, err, m.spent)
	}
}

// A short part of a long string must not keep the long one in memory.
func TestPartsDoNotHoldTheWhole(t *testing.T) {
	var out bytes.Buffer
	L := newState(t, lualib.Options{}, &out)
	_, err := run(t, L, &out, "test", []byte(`
keep = {}
for i = 1, 50 do
  local s = ("x"):rep(1000000) .. i
  keep[#keep + 1] = s:sub(1, 20)
  keep[#keep + 1] = s:match("x(x?x?x?x?)")
  keep[#keep + 1] = s:gmatch("xxx")()
  s:gsub("^xxxx", function(m) keep[#keep + 1] = m end)
  keep[#keep + 1] = (s:gsub("x+", ""))
  s:find("x", 1, true) s:find(i .. "$")
end`))
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > 24<<20 {
		t.Errorf("%d MiB in use", m.HeapAlloc>>20)
	}
	runtime.KeepAlive(L)
}

// Lists that are used as queues do not grow behind the script's back: gopher-lua keeps
// a nil for every item taken by assigning nil.
func TestListsDoNotGrowInside(t *testing.T) {
	var out bytes.Buffer
	L := newState(t, lualib.Options{}, &out)
	got, err := run(t, L, &out, "test", []byte(`
q = {}
for i = 1, 20000 do
  table.insert(q, 1, i)
  if #q > 3 then q[#q] = nil end
end
print(#q, q[1], q[3], q[4])`))
	if err != nil || !strings.HasSuffix(got, ":3\t20000\t19998\tnil\n") {
		t.Fatalf("got %q, %v", got, err)
	}
	n := 0
	q := L.GetGlobal("q").(*lua.LTable)
	for ; q.Remove(-1) != lua.LNil || n < 3; n++ {
		if n > 10 {
			t.Fatal("the list has grown")
		}
	}
}

// What a callback of the library calls in the library, and what other handlers call
// while it waits, does not disturb the call around it.
func TestCallbacksMayUseTheLibrary(t *testing.T) {
	var out bytes.Buffer
	L := newState(t, lualib.Options{}, &out)
	other, _ := L.NewThread()
	L.SetGlobal("wait", L.NewFunction(func(L *lua.LState) int {
		// Another thread of the VM runs while this one waits.
		if err := other.DoString(`
assert(("other text"):gsub("%w+", function(w) return w:upper() end) == "OTHER TEXT")
assert(("%5s|%q"):format("x", "y") == '    x|"y"')
local t = {5, 4, 3} table.sort(t) assert(table.concat(t, "-") == "3-4-5")
for w in ("a b"):gmatch("%a") do w:find("x*") end`); err != nil {
			t.Error(err)
		}
		return 0
	}))
	got, err := run(t, L, &out, "test", []byte(`
print(("a1 b2 c3"):gsub("(%a)(%d)", function(a, d)
  wait()
  local inner = ("xyz"):gsub(".", function(c) wait() return c .. d end)
  for k in inner:gmatch("%a") do wait() end
  return ("%s%s"):format(a:upper(), inner)
end))
print(("k1 k2"):gsub("%w+", setmetatable({}, { __index = function(_, k) wait() return ("<" .. k .. ">"):rep(2) end })))
local t = { 3, 1, 2, 5, 4 }
table.sort(t, function(a, b) wait() local u = { a, b } table.sort(u, function(x, y) wait() return x < y end) return u[1] == a and a ~= b end)
print(table.concat(t, ","))
for a in ("one two"):gmatch("%a+") do wait() print(a, (a:gsub("o", "0"))) end
local o = setmetatable({}, { __tostring = function() wait() return ("o"):rep(3) end, __concat = function(a, b) wait() return "c" end })
print(("%s-%s-%5s"):format(o, "x", o), "a" .. "b" .. o .. "c" .. "d")
print(pcall(string.gsub, "abc", ".", function(c) wait() if c == "b" then error("stop", 0) end end))
print(("abc"):gsub(".", "%0%0"))`))
	want := []string{
		"A" + "x1y1z1 Bx2y2z2 Cx3y3z3\t3", "<k1><k1> <k2><k2>\t2", "1,2,3,4,5",
		"one\t0ne", "two\ttw0", "ooo-x-  ooo\tabc", "false\tstop", "aabbcc\t3",
	}
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range strings.Split(strings.TrimSpace(got), "\n") {
		if _, text, _ := strings.Cut(l, ":"); i >= len(want) || text != want[i] {
			t.Errorf("got %q", l)
		}
	}
}

func TestRandomIsPerVM(t *testing.T) {
	sequence := func(script string) string {
		var out bytes.Buffer
		L := newState(t, lualib.Options{Rand: rand.New(rand.NewPCG(1, 2))}, &out)
		got, err := run(t, L, &out, "test", []byte(script))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	const draw = ` for i = 1, 5 do print(math.random(1000)) end`
	first := sequence(draw)
	sequence("math.randomseed(99)" + draw)
	if again := sequence(draw); again != first {
		t.Errorf("the same generator gave %q and %q", first, again)
	}
	seeded := sequence("math.randomseed(5)" + draw)
	if again := sequence("math.random() math.randomseed(5)" + draw); again != seeded || seeded == first {
		t.Errorf("the same seed gave %q and %q", seeded, again)
	}
}

func TestTimeIsTheVMs(t *testing.T) {
	zone := time.FixedZone("TST", 3600)
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, zone)
	var out bytes.Buffer
	L := newState(t, lualib.Options{Now: func() time.Time { return now }}, &out)
	got, err := run(t, L, &out, "test", []byte(`print(os.time(), os.date("%Y-%m-%d %H:%M:%S %Z"), os.date("!%H"), os.clock(), os.time(os.date("*t")), os.date("%H", 0))`))
	want := fmt.Sprintf("1:%d\t2030-01-02 03:04:05 TST\t02\t0\t%d\t01\n", now.Unix(), now.Unix())
	if err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	now = now.Add(90 * time.Second)
	if got, err = run(t, L, &out, "test", []byte(`print(os.clock())`)); err != nil || got != "1:90\n" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestReadOnly(t *testing.T) {
	var out bytes.Buffer
	L := newState(t, lualib.Options{}, &out)
	real := L.CreateTable(3, 1)
	for i, s := range []string{"a", "b", "c"} {
		real.RawSetInt(i+1, lua.LString(s))
	}
	real.RawSetString("x", lua.LNumber(1))
	front := lualib.ReadOnly(L, real)
	L.SetGlobal("list", front)
	got, err := run(t, L, &out, "test", []byte(`
print(#list, list[2], list.x, table.concat(list, ","), unpack(list))
for i, v in ipairs(list) do print(i, v) end
local n = 0 for k, v in pairs(list) do n = n + 1 assert(list[k] == v) end print(n)
print(pcall(function() list[4] = 1 end), pcall(function() list[1] = nil end), pcall(table.insert, list, "d"))
print(rawlen(list), rawget(list, 1), next(list), table.maxn(list), table.getn(list))
print((pcall(table.sort, list)), (pcall(table.remove, list)), (pcall(rawset, list, "x", 2)), (pcall(setmetatable, list, nil)))
table.foreachi(list, function(i, v) print(i, v) end)`))
	if err != nil {
		t.Fatal(err)
	}
	want := "2:3\tb\t1\ta,b,c\ta\tb\tc\n3:1\ta\n3:2\tb\n3:3\tc\n4:4\n"
	if !strings.HasPrefix(got, want) || !strings.Contains(got, "6:3\ta\t1\t3\t3\n7:false\tfalse\tfalse\tfalse\n8:1\ta\n") {
		t.Errorf("got %q", got)
	}
	if lualib.Behind(front) != real || lualib.Behind(real) != real || real.RawGetInt(4) != lua.LNil {
		t.Error("the table behind is not the one given, or has changed")
	}
	real.RawSetString("x", lua.LNumber(2)) // the host may
	if got, _ := run(t, L, &out, "test", []byte(`print(list.x)`)); got != "1:2\n" {
		t.Errorf("got %q after the host changed the table", got)
	}
}

// VMs share no state, and what they share of the library nobody writes to.
func TestVMsInParallel(t *testing.T) {
	const script = `
local names = {}
for _, m in ipairs({string, table, math, os}) do for k, v in pairs(m) do names[#names + 1] = k end end
table.sort(names)
local s = table.concat(names, " "):gsub("%a+", string.upper)
math.randomseed(1)
print(#names, s:match("SORT"), ("%5.1f"):format(math.max(1, 2)), "10" + 1, pcall(function() return nil .. "x" end))
print(pcall(function() string.upper = 1 end))`
	type result struct {
		out string
		err error
	}
	results := make(chan result)
	for range 4 {
		var out bytes.Buffer
		L := newState(t, lualib.Options{}, &out)
		go func() {
			var r result
			for range 20 {
				r.out, r.err = run(t, L, &out, "test", []byte(script))
			}
			results <- r
		}()
	}
	first := <-results
	for range 3 {
		if r := <-results; r != first || r.err != nil {
			t.Errorf("got %v and %v", r, first)
		}
	}
}
