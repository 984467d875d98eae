package script_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"botd/engine/script"
	"botd/luaapi/luaapitest"
)

// Modules take memory, so a VM has those that a source names. No script may notice.
func TestModulesAreThereForWhoNamesThem(t *testing.T) {
	for name, code := range map[string]string{
		"by name":     `assert(type(json.encode) == "function")`,
		"through _G":  `assert(type(_G["js" .. "on"].encode) == "function")`,
		"all globals": `local n = 0; for name in pairs(_G) do if name:match("^[jk][sv]") then n = n + 1 end end assert(n == 2, n)`,
		"required":    `assert(require("coder")({1}) == "[1]")`,
		"replaced":    `json = {encode = function() return "mine" end} assert(require("coder")({1}) == "mine")`,
		"with others": `local t = {string, table, math, coroutine, json, text} assert(#t == 6)`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "coder.lua"), []byte("return function(v) return json.encode(v) end"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := luaapitest.New(t).Load(script.Source{Code: []byte(code), Roots: []string{dir}}); err != nil {
				t.Error(err)
			}
		})
	}
}

// BenchmarkFullVM measures the memory of an idle VM with the whole library.
func BenchmarkFullVM(b *testing.B) {
	used := func() uint64 {
		runtime.GC()
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return s.HeapAlloc + s.StackInuse
	}
	for name, code := range map[string]string{
		"empty": ``,
		"hello": `bot.command("ping", function(ev, rest) ev:reply("pong " .. rest) end)`,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				m := luaapitest.New(b).Manager
				load := func(i int) {
					if err := m.Load(context.Background(), script.Source{Name: "vm" + strconv.Itoa(i), File: "vm.lua", Code: []byte(code), Limits: script.DefaultLimits}); err != nil {
						b.Fatal(err)
					}
				}
				load(0)
				before := used()
				const n = 300
				for i := range n {
					load(i + 1)
				}
				b.ReportMetric(float64(used()-before)/n/1024, "KiB/vm")
			}
		})
	}
}
