package lualib_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"botd/engine/script/lualib"
	"botd/engine/script/luasrc"
)

var workloads = []struct{ name, code string }{
	{"match", `for i = 1, 100 do local a, b = line:match("^!(%a+)%s+(%S+)") end`},
	{"match without a hit", `for i = 1, 100 do local a = line:match("^%?(%a+)") end`},
	{"find plain", `for i = 1, 100 do local a = line:find("world", 1, true) end`},
	{"find far", `for i = 1, 10 do local a = long:find("%d%d") end`},
	{"gmatch", `for i = 1, 20 do for w in line:gmatch("%a+") do end end`},
	{"gsub with a string", `for i = 1, 50 do local s = line:gsub("o", "0") end`},
	{"gsub with a function", `for i = 1, 20 do local s = line:gsub("%a+", function(w) return w end) end`},
	{"format", `for i = 1, 100 do local s = ("%s has %d points (%5.1f%%)"):format("ann", i, i / 3) end`},
	{"concatenation of two", `local s = "abc" for i = 1, 100 do local t = s .. line end`},
	{"concatenation of six", `local s = "abc" for i = 1, 100 do local t = s .. i .. ", " .. line .. " " .. s end`},
	{"table.concat", `for i = 1, 10 do local s = table.concat(words, " ") end`},
	{"table.insert and remove", `local t = {} for i = 1, 100 do table.insert(t, i) end for i = 1, 100 do table.remove(t) end`},
	{"sort", `local t = {} for i = 1, 100 do t[i] = (i * 7919) % 101 end table.sort(t)`},
	{"sort with a function", `local t = {} for i = 1, 100 do t[i] = (i * 7919) % 101 end table.sort(t, function(a, b) return a > b end)`},
	{"upper", `for i = 1, 100 do local s = line:upper() end`},
	{"sub and byte", `for i = 1, 100 do local s, b = line:sub(2, 6), line:byte(3) end`},
	{"tostring and tonumber", `for i = 1, 100 do local n = tonumber(tostring(i * 7)) end`},
	{"math", `for i = 1, 100 do local n = math.floor(math.max(i / 3, 7)) end`},
	{"pairs", `for i = 1, 10 do for k, v in pairs(words) do end end`},
}

// BenchmarkLibrary runs the same code on the stock library and on this one, with a
// meter that counts instructions too.
func BenchmarkLibrary(b *testing.B) {
	for _, w := range workloads {
		b.Run(strings.ReplaceAll(w.name, " ", "_")+"/stock", func(b *testing.B) {
			L := lua.NewState()
			defer L.Close()
			fn, err := L.LoadString(w.code)
			if err != nil {
				b.Fatal(err)
			}
			benchmark(b, L, fn)
		})
		b.Run(strings.ReplaceAll(w.name, " ", "_")+"/ours", func(b *testing.B) {
			L := newState(b, lualib.Options{}, new(bytes.Buffer))
			proto, err := luasrc.Compile("bench", []byte(w.code), luasrc.Limits{})
			if err != nil {
				b.Fatal(err)
			}
			L.SetContext(&counter{Context: context.Background()})
			benchmark(b, L, L.NewFunctionFromProto(proto))
		})
	}
}

// counter is a meter that never ends.
type counter struct {
	context.Context
	n int
}

func (c *counter) Done() <-chan struct{} { c.n++; return nil }
func (c *counter) Charge(n int) bool     { c.n += n; return true }
func (c *counter) Alloc(int) bool        { return true }
func (c *counter) Err() error            { return nil }

func benchmark(b *testing.B, L *lua.LState, fn *lua.LFunction) {
	L.SetGlobal("line", lua.LString("!hello world how are you doing today, bot number 7?"))
	L.SetGlobal("long", lua.LString(strings.Repeat("some words ", 100)+"42"))
	words := L.NewTable()
	for w := range strings.FieldsSeq(strings.Repeat("several words to be joined ", 10)) {
		words.Append(lua.LString(w))
	}
	L.SetGlobal("words", words)
	b.ReportAllocs()
	for b.Loop() {
		L.Push(fn)
		L.Call(0, 0)
	}
}

// BenchmarkOpen is the price of the library for a new VM.
func BenchmarkOpen(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		L := lua.NewState(lua.Options{SkipOpenLibs: true, RegistrySize: 256, MinimizeStackMemory: true})
		lualib.Open(L, lualib.Options{})
		L.Close()
	}
}
