// Package lua51 holds what runs Lua here against the language as it is defined: scripts
// followed, line by line, by what they print, compared with the real lua5.1 where it is
// installed.
package lua51

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata; the standard ones need lua5.1")

// Run runs the chunk "test.lua" and returns what it printed: for each print the number
// of the line that called it, a colon, the texts with tabs between them and \\n for line
// ends, and a line end.
type Run func(t *testing.T, code string) (string, error)

// Check runs every script that pattern matches. In them each "-- expect: …" is a line
// printed by the line of code above it, whenever that was. Standard scripts hold for Lua 5.1 too.
func Check(t *testing.T, pattern string, standard bool, run Run) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts %s: %v", pattern, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file))+"/"+filepath.Base(file), func(t *testing.T) { check(t, file, standard, run) })
	}
}

const expectPrefix = "-- expect: "

func check(t *testing.T, file string, standard bool, run Run) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	code, want := split(string(text))
	got, err := run(t, code)
	if err != nil {
		t.Fatalf("%v\nafter:\n%s", err, got)
	}
	if standard {
		if real, ok := runReal(t, code); ok && *update {
			want = real
		} else if ok {
			compare(t, "lua5.1", byLine(real), byLine(want))
		}
	} else if *update {
		want = got
	}
	compare(t, "here", byLine(got), byLine(want))
	if *update {
		if err := os.WriteFile(file, []byte(join(code, want)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// byLine orders output by the line that printed it, as it stands in the scripts.
func byLine(output string) string {
	lines := strings.SplitAfter(output, "\n")
	number := func(s string) int {
		n, _, _ := strings.Cut(s, ":")
		i, _ := strconv.Atoi(n)
		return i
	}
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	}
	slices.SortStableFunc(lines, func(a, b string) int { return number(a) - number(b) })
	return strings.Join(lines, "")
}

// compare reports lines of output that differ.
func compare(t *testing.T, who, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		var a, b string
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			t.Errorf("%s:\n got %q\nwant %q", who, a, b)
			if i >= len(g) || i >= len(w) {
				return
			}
		}
	}
}

// split takes the expectations out of a script and returns the code, whose lines
// then have the numbers the interpreter sees, and the output it should have.
func split(text string) (code, want string) {
	var c, w strings.Builder
	n := 0
	for _, l := range strings.SplitAfter(text, "\n") {
		if e, ok := strings.CutPrefix(l, expectPrefix); ok {
			fmt.Fprintf(&w, "%d:%s", n, e)
			continue
		}
		n++
		c.WriteString(l)
	}
	return c.String(), w.String()
}

// join is the inverse of split.
func join(code, output string) string {
	byLine := map[string][]string{}
	for _, l := range strings.Split(strings.TrimSuffix(output, "\n"), "\n") {
		n, text, _ := strings.Cut(l, ":")
		byLine[n] = append(byLine[n], text)
	}
	var b strings.Builder
	for i, l := range strings.SplitAfter(code, "\n") {
		b.WriteString(l)
		for _, e := range byLine[fmt.Sprint(i+1)] {
			b.WriteString(expectPrefix + e + "\n")
		}
	}
	return b.String()
}

// Variable names the variable that holds the path of lua5.1. If it is set the comparison
// is made or the test fails; else it is made if there is a lua5.1 to be found.
const Variable = "BOTD_LUA51"

// runReal runs code in lua5.1, if there is one.
func runReal(t *testing.T, code string) (string, bool) {
	t.Helper()
	path := os.Getenv(Variable)
	if path == "" {
		var err error
		if path, err = exec.LookPath("lua5.1"); err != nil {
			return "", false
		}
	}
	dir := t.TempDir()
	driver := `local name = ...
function print(...)
  local line = debug.getinfo(2, "l").currentline
  local t = {...}
  for i = 1, select("#", ...) do t[i] = tostring(t[i]):gsub("\n", "\\n") end
  io.write(line, ":", table.concat(t, "\t"), "\n")
end
dofile(name)`
	for name, text := range map[string]string{"driver.lua": driver, "test.lua": code} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(path, "driver.lua", "test.lua")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("lua5.1: %v\n%s", err, out)
	}
	return string(out), true
}
