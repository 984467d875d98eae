package luaapi

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"botd/engine/script"
)

//go:embed meta/*.d.lua
var meta embed.FS

// Stubs are the editor types of all that scripts find, by the names of their files.
func Stubs() map[string][]byte {
	out := map[string][]byte{}
	files, err := fs.Glob(meta, "meta/*.d.lua")
	if err != nil {
		panic(err) // the pattern is wrong
	}
	for _, f := range files {
		text, err := meta.ReadFile(f)
		if err != nil {
			panic(err) // it is in the program
		}
		out[strings.TrimPrefix(f, "meta/")] = text
	}
	return out
}

// Luarc is the .luarc.json of lua-language-server for a folder whose editor types are in
// types: Lua as scripts find it, and nothing of what they do not have.
func Luarc(types string) []byte {
	builtin := map[string]string{}
	for _, name := range []string{"basic", "coroutine", "math", "os", "string", "table"} {
		builtin[name] = "enable"
	}
	for _, name := range []string{"bit", "bit32", "debug", "ffi", "io", "jit", "package", "utf8", "table.clear", "table.new", "string.buffer"} {
		builtin[name] = "disable"
	}
	text, err := json.MarshalIndent(map[string]any{
		"runtime.version":           "Lua 5.1",
		"runtime.path":              []string{"?.lua", "lib/?.lua"},
		"runtime.builtin":           builtin,
		"workspace.library":         []string{types},
		"workspace.checkThirdParty": false,
		"workspace.ignoreDir":       []string{"data"},
	}, "", "  ")
	if err != nil {
		panic(err) // these are texts
	}
	return append(text, '\n')
}

// Luacheckrc is the .luacheckrc of luacheck: the globals that scripts find, with their
// members.
func Luacheckrc(lib *script.Library) []byte {
	var b bytes.Buffer
	b.WriteString("-- Made by botd from the list of what scripts find; 'botd init' writes it.\n\nstds.botd = { read_globals = {\n")
	env := lib.Environment()
	for _, name := range slices.Sorted(maps.Keys(env)) {
		switch members := slices.Sorted(slices.Values(env[name])); {
		case name == "_G":
			b.WriteString("  _G = { other_fields = true },\n")
		case members == nil:
			fmt.Fprintf(&b, "  %q,\n", name)
		default:
			fmt.Fprintf(&b, "  %s = { fields = { %s } },\n", name, luaList(members))
		}
	}
	b.WriteString(`} }

std = "botd"
max_line_length = false
unused_args = false  -- handlers get more than they need
exclude_files = { "data", ".botd" }

-- Tests run under botd test.
files["**/tests/*.lua"] = { read_globals = { "expect", test = { other_fields = true } } }
files["**/*_test.lua"] = files["**/tests/*.lua"]
`)
	return b.Bytes()
}

func luaList(names []string) string {
	var out []string
	for _, n := range names {
		out = append(out, fmt.Sprintf("%q", n))
	}
	return strings.Join(out, ", ")
}
