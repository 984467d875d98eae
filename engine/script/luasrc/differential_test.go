package luasrc_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"botd/engine/script/lualib"
	"botd/engine/script/luasrc"
)

// execute runs a chunk and returns what it printed, and "ERR" if it ended in an error.
func execute(t testing.TB, src string) string {
	t.Helper()
	proto, err := luasrc.Compile("t", []byte(src), luasrc.Limits{})
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	L := lua.NewState(lua.Options{SkipOpenLibs: true, RegistrySize: 256, RegistryMaxSize: 16384})
	defer L.Close()
	lualib.Open(L, lualib.Options{})
	var out bytes.Buffer
	L.SetGlobal("print", L.NewFunction(func(L *lua.LState) int {
		for i := 1; i <= L.GetTop(); i++ {
			if i > 1 {
				out.WriteByte('\t')
			}
			out.WriteString(lualib.ToString(L, L.Get(i)))
		}
		out.WriteByte('\n')
		return 0
	}))
	L.SetGlobal("pcall", L.NewFunction(func(L *lua.LState) int {
		if err := L.PCall(L.GetTop()-1, lua.MultRet, nil); err != nil {
			L.Push(lua.LFalse)
			L.Push(err.(*lua.ApiError).Object)
			return 2
		}
		L.Insert(lua.LTrue, 1)
		return L.GetTop()
	}))
	L.Push(L.NewFunctionFromProto(proto))
	if err := L.PCall(0, 0, nil); err != nil {
		out.WriteString("ERR\n")
	}
	return out.String()
}

// Random programs print the same as in Lua 5.1, and those with gotos the same as in
// LuaJIT, where they are installed. Everywhere they compile, and gopher-lua survives
// them.
func TestGeneratedPrograms(t *testing.T) {
	for interpreter, gotos := range map[string]bool{"lua5.1": false, "luajit": true} {
		t.Run(interpreter, func(t *testing.T) { comparePrograms(t, interpreter, gotos) })
	}
}

func comparePrograms(t *testing.T, interpreter string, gotos bool) {
	const programs = 150
	dir := t.TempDir()
	var mine, names []string
	for seed := range uint64(programs) {
		src := generate(seed, gotos)
		mine = append(mine, execute(t, src))
		names = append(names, fmt.Sprintf("%d.lua", seed))
		if err := os.WriteFile(filepath.Join(dir, names[seed]), []byte(src), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	path, err := exec.LookPath(interpreter)
	if err != nil {
		t.Log("not installed: programs were run, not compared")
		return
	}
	driver := `for i = 1, #arg do
  local f = assert(loadfile(arg[i]))
  if not pcall(f) then print("ERR") end
  io.write("\0")
end`
	if err := os.WriteFile(filepath.Join(dir, "driver.lua"), []byte(driver), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, append([]string{"driver.lua"}, names...)...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for i, real := range strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		if mine[i] != real {
			t.Errorf("program %d:\n got %q\nwant %q", i, mine[i], real)
			failed++
		}
		if failed > 3 {
			t.Fatal("and more")
		}
	}
}
