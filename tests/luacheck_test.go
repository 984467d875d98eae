package tests

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"botd/luaapi"
)

// TestShippedLua holds all Lua that the repository shows to people (scripts, plugins, the
// examples of the documentation, what botd init makes) to our own check, and to luacheck
// where BOTD_LUACHECK names it.
func TestShippedLua(t *testing.T) {
	dir := t.TempDir()
	files := shippedLua(t)
	if len(files) < 50 {
		t.Errorf("only %d pieces of Lua were found", len(files))
	}
	for name, code := range files {
		if !strings.HasSuffix(name, "_test.lua") {
			for _, f := range luaapi.New().Findings(name, []byte(code)) {
				t.Error(f)
			}
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(code), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	luacheck := os.Getenv("BOTD_LUACHECK")
	if luacheck == "" {
		return
	}
	config, err := filepath.Abs("../.luacheckrc")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "wrong"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, code := range map[string]string{"member": "bot.comand('x', print)", "global": "return io", "set": "bot = 1"} {
		path := filepath.Join(dir, "wrong", name+".lua")
		if err := os.WriteFile(path, []byte(code+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(luacheck, "--no-cache", "--config", config, path).CombinedOutput(); err == nil {
			t.Errorf("luacheck with our configuration finds nothing wrong with %s\n%s", code, out)
		}
	}
	// Examples are pieces: not all they name is used in them, and t is what a test gets.
	for _, run := range [][]string{{"shipped"}, {"--ignore", "2", "--read-globals", "t", "--", "examples"}} {
		cmd := exec.Command(luacheck, append([]string{"--no-color", "-q", "--no-cache", "--config", config}, run...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("luacheck: %v\n%s", err, out)
		}
	}
}

var luaBlock = regexp.MustCompile("(?ms)^```lua\n(.*?)^```")

// shippedLua is all Lua by names of files.
func shippedLua(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	root := os.DirFS("..")
	for _, folder := range []string{"scripts", "plugins.d", "cmd/botd/newbot", "docs", "README.md"} {
		err := fs.WalkDir(root, folder, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := fs.ReadFile(root, name)
			if filepath.Ext(name) == ".lua" {
				out["shipped/"+name] = string(text)
			}
			if filepath.Ext(name) == ".md" {
				for i, m := range luaBlock.FindAllStringSubmatch(string(text), -1) {
					kind := ".lua"
					if strings.Contains(m[1], "test.case(") || name == "docs/testing.md" { // they find what tests find
						kind = "_test.lua"
					}
					out[fmt.Sprintf("examples/%s.%d%s", name, i+1, kind)] = m[1]
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}
