package luaapi_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"botd/luaapi"
)

func TestFindings(t *testing.T) {
	tests := []struct {
		name, code string
		want       []string
	}{
		{"clean", `local n = 0
			bot.on("message", function(ev) n = n + 1 for i, w in ipairs(ev.words) do print(i, w, math.pi, ("x"):rep(2)) end end)
			local function f(x) if x > 0 then return f(x - 1) end end
			function helper(a, ...) return select("#", ...), helper end
			local t = {} function t.a.b:c() return self end
			repeat local done = true until done
			while n < 1 do n = n + 1 end
			for i = 1, 2 do after(i, f) end
			goto over ::over::
			return helper, t, _G, coroutine.wrap, string.format, {[n] = 1, n = 2, n}`, nil},
		{"unknown function", "\nbot.comand('x', print)", []string{"x.lua:2: there is no bot.comand; did you mean bot.command?"}},
		{"nothing near", `json.transmogrify()`, []string{"x.lua:1: there is no json.transmogrify; json has array, decode, encode, null"}},
		{"standard library", `table.insrt({}, 1) string.dump(print)`, []string{"x.lua:1: there is no table.insrt; did you mean table.insert?", "x.lua:1: there is no string.dump; string has "}},
		{"unknown global", "local a = logg\nreturn a, io.open('x')", []string{`x.lua:1: nothing sets "logg"; did you mean "log"?`, `x.lua:2: nothing sets "io"`}},
		{"own global misspelt", "counter = 0\nreturn conter", []string{`x.lua:2: nothing sets "conter"; did you mean "counter"?`}},
		{"replaced", "bot = 1\nfunction sleep() end", []string{`x.lua:1: "bot" is a name of the library`, `x.lua:2: "sleep" is a name of the library`}},
		{"a local of that name", "local bot, log = {}, {}\nbot.x = log.y", nil},
		{"out of scope", "do local x = 1 end\nreturn x", []string{`x.lua:2: nothing sets "x"`}},
		{"in conditions", "if foo1 or not bar2 then return -baz3 + #qux4 .. (nil == zap5) end", []string{"foo1", "bar2", "baz3", "qux4", "zap5"}},
		{"known besides", "return shared_thing, other", []string{`nothing sets "other"`}},
		{"does not compile", "return return", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := luaapi.New().Findings("x.lua", []byte(tt.code), "shared_thing")
			if len(got) != len(tt.want) {
				t.Fatalf("found %v, want %q", got, tt.want)
			}
			for i, f := range got {
				if !strings.Contains(f.String(), tt.want[i]) {
					t.Errorf("found %q, want %q", f, tt.want[i])
				}
			}
		})
	}
}

func TestScriptsHaveNoFindings(t *testing.T) {
	files, err := filepath.Glob("../scripts/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		code, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range luaapi.New().Findings(file, code) {
			t.Error(f)
		}
	}
}

func TestHas(t *testing.T) {
	lib := luaapi.New()
	for path, want := range map[string]bool{"bot.on": true, "bot": true, "sleep": true, "bot.nothing": false, "nothing": false, "sleep.x": false, "json.null": true} {
		if lib.Has(path) != want {
			t.Errorf("Has(%q) = %t", path, !want)
		}
	}
}
