package lualib_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"botd/engine/script/lualib"
)

// meter is a budget of units and bytes. Instructions are free: what is tested is that
// library functions stop by themselves.
type meter struct {
	context.Context
	left, bytes int
	spent       int
	largest     int // allocation announced
	refused     int // answers after the budget was spent
}

var errSpent = errors.New("out of steps")

func newMeter(units, bytes int) *meter {
	return &meter{Context: context.Background(), left: units, bytes: bytes}
}

func (m *meter) Charge(n int) bool {
	m.spent += n
	if m.left -= n; m.left < 0 {
		m.refused++
		return false
	}
	return true
}

func (m *meter) Alloc(n int) bool {
	m.largest = max(m.largest, n)
	if m.bytes -= n; m.bytes < 0 {
		m.left = -1
	}
	return m.Charge(0)
}

func (m *meter) Err() error {
	if m.left < 0 {
		return errSpent
	}
	return nil
}

func (m *meter) Done() <-chan struct{} { return nil }

// Each of these takes seconds or gigabytes in the stock library, in a single call or a
// few. Here the call itself is stopped by the budget.
var expensive = []struct{ name, code string }{
	{"backtracking over three stars", `return (("a"):rep(3000)):match("a*a*a*b")`},
	{"backtracking with many optional items", `return (("a"):rep(25)):match(("a?"):rep(25) .. ("a"):rep(25) .. "b")`},
	{"backtracking with lazy items", `return (("a"):rep(3000)):match(".-.-.-b")`},
	{"backtracking with sets and captures", `return (("ab"):rep(3000)):match("([ab]*)([ab]*)%1%2c")`},
	{"balance tried at every opening bracket", `return (("("):rep(1000000)):match("%b()")`},
	{"balance in gsub", `return (("("):rep(1000000)):gsub("%b()", "")`},
	{"long subject and a pattern that fails at every place", `return (("ab"):rep(500000)):match("a.-c")`},
	{"greedy run at every place", `return (("a"):rep(100000)):match("a*b")`},
	{"gsub that finds nothing", `return (("a"):rep(200000)):gsub("a*b", "")`},
	{"gsub with one empty match for each byte", `local s = ("x"):rep(1000000) for i = 1, 20 do s:gsub("", "") end`},
	{"gsub with a match for each byte", `local s = ("x"):rep(500000) for i = 1, 20 do s:gsub("x", "y") end`},
	{"gmatch over every byte", `local s = ("x"):rep(1000000) for i = 1, 10 do for c in s:gmatch("y") do end end`},
	{"gmatch that fails at every place", `for c in ("a"):rep(100000):gmatch("a*b") do end`},
	{"back references to a long capture", `return (("a"):rep(500000)):match("^(a-)%1b")`},
	{"frontier at every place", `local s = (" a"):rep(500000) for i = 1, 50 do s:match("%f[%d]") end`},
	{"many long replacements", `local r = ("y"):rep(1000) for i = 1, 1000 do (("x"):rep(1000)):gsub("x", r) end`},
	{"repetition again and again", `for i = 1, 1000 do ("x"):rep(1000000) end`},
	{"upper again and again", `local s = ("x"):rep(1000000) for i = 1, 1000 do s:upper() end`},
	{"reverse again and again", `local s = ("x"):rep(1000000) for i = 1, 1000 do s:reverse() end`},
	{"plain find in a long string", `local s = ("x"):rep(1000000) for i = 1, 1000 do s:find("y", 1, true) end`},
	{"plain find of a near miss", `local s, p = ("x"):rep(1000000), ("x"):rep(500000) .. "y" for i = 1, 1000 do s:find(p, 1, true) end`},
	{"format of a long string", `local s = ("x"):rep(1000000) for i = 1, 1000 do ("%s"):format(s) end`},
	{"quoting a long string", `local s = ("\n"):rep(500000) for i = 1, 1000 do ("%q"):format(s) end`},
	{"concatenation of long strings", `local s = ("x"):rep(500000) for i = 1, 1000 do local t = s .. s end`},
	{"concatenation of many empty strings", `local t = {} for i = 1, 20000 do t[i] = "" end for i = 1, 100 do table.concat(t) end`},
	{"concatenation of long parts", `local t, s = {}, ("x"):rep(1000) for i = 1, 1000 do t[i] = s end for i = 1, 1000 do table.concat(t) end`},
	{"sorting long equal strings", `local t, s = {}, ("x"):rep(100000) for i = 1, 5000 do t[i] = s .. (i % 2) end table.sort(t)`},
	{"sorting numbers", `local t = {} for i = 1, 50000 do t[i] = (i * 7919) % 1000003 end table.sort(t)`},
	{"sorting with a callback", `local t = {} for i = 1, 20000 do t[i] = i % 1000 end table.sort(t, function(a, b) return a > b end)`},
	{"inserting at the front of a long list", `local t = {} for i = 1, 50000 do t[i] = i end for i = 1, 10000 do table.insert(t, 1, i) end`},
	{"removing from the front of a long list", `local t = {} for i = 1, 50000 do t[i] = i end for i = 1, 10000 do table.remove(t, 1) end`},
	{"unpacking", `local t = {} for i = 1, 8000 do t[i] = i end for i = 1, 1000 do select("#", unpack(t)) end`},
	{"maxn", `local t = {} for i = 1, 20000 do t[-i] = i end for i = 1, 100 do table.maxn(t) end`},
	{"tonumber of a long string", `local s = ("1"):rep(1000000) for i = 1, 1000 do tonumber(s) tonumber(s, 3) end`},
	{"arithmetic on white space", `local s = (" "):rep(1000000) .. 1 for i = 1, 1000 do local n = s + 1 end`},
	{"a date of very many verbs", `local s = ("%c"):rep(10000) for i = 1, 1000 do os.date(s) end`},
	{"compiling long patterns", `for i = 1, 10000 do ("x"):find(("[a-z]"):rep(3000) .. i) end`},
}

func TestBudgetStopsLibraryFunctions(t *testing.T) {
	for _, tt := range expensive {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			L := newState(t, lualib.Options{}, &out)
			m := newMeter(20_000, 1<<40)
			L.SetContext(m)
			_, err := run(t, L, &out, "test", []byte(tt.code))
			if err == nil || !strings.Contains(err.Error(), errSpent.Error()) {
				t.Fatalf("got %v after %d units, want %v", err, m.spent, errSpent)
			}
			if m.refused != 1 {
				t.Errorf("%d charges after the budget was spent, want none", m.refused-1)
			}
			if m.spent > 100_000 {
				t.Errorf("spent %d units of 20,000", m.spent)
			}
		})
	}
}
