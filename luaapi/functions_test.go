package luaapi_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"botd/adapters"
	"botd/adapters/local"
	"botd/engine"
	"botd/engine/rehearse"
	"botd/engine/script"
	"botd/luaapi"
)

// Each function that scripts or their tests find has three rows in testdata/functions: what
// it does, what it says to a wrong call, and what it does when the world says no. A row is a
// line that begins with "---" and the code below it:
//
//	--- room:say works
//	room:say("hello")
//	--> room:expect("hello")
//
//	--- room:say wrong: argument 1 (text): expected a string, got a table
//	room:say({})
//
//	--- room:say fails: denied: script "say7" may not say
//	--< opts.grants = {"store"}
//	return room:say("hello")
//
//	--- room:can cannot fail: knows
//
// The code is a handler of "!row", which ann says, in a script of its own and the real daemon,
// as botd test runs it; what stands above a line "-- !row" is the top of that script instead. It finds ev, room,
// session, ann (who speaks, a moderator) and bob, and functions of scripts/lib/rows.lua. Lines "--<" are code of
// the test before the script is loaded, with t, room, ann, bob and opts, which is what t:load
// takes; lines "-->" are its code after ann has spoken. For the functions of tests all lines are.
//
// A wrong call must raise an error with the place of the last line of code, the name of the function and
// that message. A row of failing returns what the function returns: nil and an error with that code and
// message, or with "fails: nil" nothing but nil. With "fails: raises" it raises that message.
// For one that cannot fail the reason is one of [certain], and only functions that have no error to return may say so
// (but for the reason "isolated").

// certain are the reasons why a function cannot fail.
var certain = map[string]string{
	"computes":  "it works on its arguments and nothing else",
	"knows":     "it tells what the bot has in its memory",
	"registers": "it notes something in the script's own memory, for later",
	"ends":      "it ends something, and what has ended is ended",
	"logs":      "the log takes all there is",
	"waits":     "time passes",
	"tells":     "it changes nothing but the case that calls it",
	"isolated":  "only a script in a process of its own, with too many requests under way, is told so",
}

const rowsDir = "testdata/functions"

// row is one of the rows of a function.
type row struct {
	file   string // without .lua
	line   int    // of its title
	fn     string // "room:say"
	kind   string // works, wrong, fails or cannot fail
	detail string // what stands behind the kind
	code   []string
	script string // the name of its script: room_say_works, room_say_wrong2
}

var rowTitle = regexp.MustCompile(`^--- (\S+) (works|wrong|fails|cannot fail)(?:: (.*))?$`)

func (r *row) title() string { return strings.TrimPrefix(r.heading(), "--- ") }

func (r *row) heading() string {
	out := "--- " + r.fn + " " + r.kind
	if r.detail != "" {
		out += ": " + r.detail
	}
	return out
}

// readRows reads the rows of a file. Lines before the first are a comment.
func readRows(t *testing.T, path string) (rows []*row) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	var r *row
	for i, line := range strings.Split(strings.TrimRight(string(text), "\n"), "\n") {
		if strings.HasPrefix(line, "--- ") {
			m := rowTitle.FindStringSubmatch(line)
			if m == nil {
				t.Fatalf("%s:%d: %q is no title of a row: write --- FUNCTION works, wrong: MESSAGE, fails: CODE: MESSAGE or cannot fail: REASON", path, i+1, line)
			}
			r = &row{file: strings.TrimSuffix(filepath.Base(path), ".lua"), line: i + 1, fn: m[1], kind: m[2], detail: m[3]}
			r.script = strings.NewReplacer(".", "_", ":", "_", " ", "_").Replace(r.fn + "_" + r.kind)
			if seen[r.script]++; seen[r.script] > 1 {
				r.script += strconv.Itoa(seen[r.script])
			}
			rows = append(rows, r)
		} else if r != nil {
			r.code = append(r.code, line)
		}
	}
	return rows
}

// allFunctions are the functions of scripts and of their tests by name.
func allFunctions() (scripts, tests map[string]script.FuncDoc) {
	flat := func(lib script.Description) map[string]script.FuncDoc {
		out := map[string]script.FuncDoc{}
		add := func(prefix string, list []script.FuncDoc) {
			for _, f := range list {
				out[prefix+f.Name] = f
			}
		}
		add("", lib.Globals)
		for _, m := range lib.Modules {
			add(m.Name+".", m.Functions)
		}
		for _, c := range lib.Classes {
			add(c.Name+":", c.Methods)
		}
		return out
	}
	scripts, tests = flat(luaapi.New().Describe()), flat(rehearse.Library().Describe())
	maps.DeleteFunc(tests, func(name string, _ script.FuncDoc) bool { _, both := scripts[name]; return both })
	return scripts, tests
}

// takesAnything: a call of it cannot be wrong.
func takesAnything(f script.FuncDoc) bool {
	return !f.Method && !slices.ContainsFunc(f.Params, func(p script.ParamDoc) bool { return p.Type != "any" })
}

// missing says which of the three rows a function lacks, with what is to be written.
func missing(name string, f script.FuncDoc, rows []*row) (out []string) {
	have, isolated := map[string]bool{}, false
	for _, r := range rows {
		if r.fn == name {
			have[r.kind] = true
			isolated = isolated || r.kind == "cannot fail" && r.detail == "isolated"
		}
	}
	file := rowsDir + "/" + rowsFile(name)
	lack := func(kind, cure string) {
		out = append(out, fmt.Sprintf("%s has no row %q: add to %s\n%s", name, kind, file, cure))
	}
	if !have["works"] {
		lack("works", "\t--- "+name+" works\n\t(Lua that calls it and looks at what came of it)")
	}
	if !have["wrong"] && !takesAnything(f) {
		lack("wrong", "\t--- "+name+" wrong: argument 1 (…): expected …, got …\n\t(Lua that calls it wrongly in its last line)")
	}
	switch {
	case f.Fails && have["cannot fail"] && !isolated:
		out = append(out, name+" returns an error, so there is something to fail: write a row \"fails: CODE: MESSAGE\" in place of \"cannot fail\"")
	case !have["fails"] && f.Fails && !isolated:
		lack("fails", "\t--- "+name+" fails: CODE: MESSAGE\n\t(Lua that returns what it returns when the world says no)")
	case !have["fails"] && !have["cannot fail"]:
		lack("fails", "\t--- "+name+" fails: nil, or: fails: raises MESSAGE, or: cannot fail: "+strings.Join(slices.Sorted(maps.Keys(certain)), "|"))
	}
	return out
}

// rowsFile is where the rows of a function belong: one file for each module or class.
func rowsFile(name string) string {
	owner := "globals"
	if i := strings.IndexAny(name, ".:"); i >= 0 {
		owner = name[:i]
	}
	return owner + ".lua"
}

// faults says what is wrong with a row itself.
func (r *row) fault(known bool) string {
	code := strings.Join(r.code, "\n")
	name := r.fn[strings.LastIndexAny(r.fn, ".:")+1:]
	switch {
	case !known:
		return "there is no function " + r.fn
	case rowsFile(r.fn) != r.file+".lua":
		return "belongs into " + rowsFile(r.fn)
	case r.kind == "cannot fail":
		if certain[r.detail] == "" {
			return fmt.Sprintf("%q is none of the reasons: %s", r.detail, strings.Join(slices.Sorted(maps.Keys(certain)), ", "))
		}
		return ""
	case !regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`).MatchString(code):
		return "does not call the function"
	case r.kind == "works" && !regexp.MustCompile(`\b(assert|same|expect\w*)\b`).MatchString(code):
		return "looks at nothing: use assert, same or expect"
	case r.kind != "works" && r.detail == "":
		return "does not say what the script is told"
	}
	return ""
}

// TestFunctionRows fails for each function that lacks a row, with what is to be written.
func TestFunctionRows(t *testing.T) {
	scripts, tests := allFunctions()
	files, err := filepath.Glob(rowsDir + "/*.lua")
	if err != nil {
		t.Fatal(err)
	}
	var rows []*row
	for _, path := range files {
		rows = append(rows, readRows(t, path)...)
	}
	all := maps.Clone(scripts)
	maps.Copy(all, tests)
	for _, r := range rows {
		_, known := all[r.fn]
		if fault := r.fault(known); fault != "" {
			t.Errorf("%s/%s.lua:%d: %s: %s", rowsDir, r.file, r.line, r.title(), fault)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, fault := range missing(name, all[name], rows) {
			t.Error(fault)
		}
	}
}

// TestFunctions runs the rows, each in a daemon of its own.
func TestFunctions(t *testing.T) {
	_, tests := allFunctions()
	files, err := filepath.Glob(rowsDir + "/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".lua"), func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(filepath.Join(dir, "scripts"), os.DirFS(rowsDir+"/scripts")); err != nil {
				t.Fatal(err)
			}
			var rows []*row
			for _, r := range readRows(t, path) {
				if r.kind != "cannot fail" {
					rows = append(rows, r)
				}
			}
			runRows(t, dir, path, rows, tests)
		})
	}
}

func runRows(t *testing.T, dir, path string, rows []*row, tests map[string]script.FuncDoc) {
	opt := rehearse.Options{
		Adapters: adapters.All(local.NewHub(local.Options{})), Library: luaapi.New(), Tests: rehearse.Library(luaapi.Pure()...),
		ScriptsDir: filepath.Join(dir, "scripts"), PluginsDir: filepath.Join(dir, "plugins.d"), Seed: 1,
	}
	// The lines of what is made of a file are those of the file.
	var suite []string
	for _, r := range rows {
		for len(suite) < r.line-1 {
			suite = append(suite, "")
		}
		if _, ok := tests[r.fn]; ok {
			suite = append(suite, r.ofTest()...)
			continue
		}
		suite = append(suite, r.test()...)
		write(t, filepath.Join(opt.ScriptsDir, r.script+".lua"), r.lua())
	}
	test := filepath.Join(dir, filepath.Base(path))
	write(t, test, strings.Join(suite, "\n"))
	sum, err := rehearse.Files(t.Context(), opt, []string{test})
	if err != nil {
		t.Fatal(err)
	}
	for _, res := range sum.Results {
		if res.Failure != nil {
			t.Errorf("%s: %s\n%s", path, res.Name, res.Failure.Text())
		}
	}
	if sum.Cases != len(rows) {
		t.Errorf("%d of %d rows ran", sum.Cases, len(rows))
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// last is the line of its last code.
func (r *row) last() int {
	for i, line := range slices.Backward(r.code) {
		if !comment(line) {
			return r.line + 1 + i
		}
	}
	return r.line
}

func comment(line string) bool { return strings.TrimSpace(line) == "" || strings.HasPrefix(line, "--") }

// error is what a wrong call in a file must say.
func (r *row) error(file string) string {
	return fmt.Sprintf("%s:%d: %s: %s", file, r.last(), r.fn, r.detail)
}

// stage is what the tests of rows find.
func (r *row) stage() string {
	return fmt.Sprintf(`test.case(%q, function(t) local room = t:room("lobby/lobby", {topic = "tea", users = {"ann", "bob"}, can = {%s}}) `+
		`local ann, bob = room:user("ann", {role = "moderator"}), room:user("bob") local opts = {grants = {%s}} `, fmt.Sprintf("%s (line %d)", r.title(), r.line), capNames, grantNames)
}

// All grants, and all that a network can do, as Lua lists.
var (
	grantNames = luaList(engine.GrantNames())
	capNames   = func() string {
		var names []string
		for _, c := range engine.AllCaps.List() {
			names = append(names, c.String())
		}
		return luaList(names)
	}()
)

func luaList(names []string) string { return `"` + strings.Join(names, `", "`) + `"` }

// test is its case of a test, with as many lines as it has.
func (r *row) test() []string {
	begin, end := fmt.Sprintf("t:load(%q, opts) ann:says('!row') ", r.script+".lua"), " t:expect_log('row is done') end)"
	if r.kind == "wrong" {
		begin, end = fmt.Sprintf("t:expect_error(%q, function() %s", r.error(r.script+".lua"), begin), " end) end)"
	}
	out := []string{r.stage()}
	begun := false
	for _, line := range r.code {
		code, mark := "", ""
		if len(line) > 4 && strings.HasPrefix(line, "--") {
			mark, code = line[:4], line[4:]
		}
		switch {
		case mark == "--< ", mark == "--> ":
		case !begun && !comment(line):
			code, begun = begin, true
		default:
			code = ""
		}
		out = append(out, code)
	}
	out[len(out)-1] += end
	return out
}

// ofTest is the case of a row about a function of tests.
func (r *row) ofTest() []string {
	out := append([]string{r.stage()}, r.code...)
	begin, end := "", "end)"
	if r.kind != "works" {
		want := r.error(r.file + ".lua")
		if r.kind == "fails" {
			want = fmt.Sprintf("%s.lua:%d: %s", r.file, r.last(), r.detail)
		}
		begin, end = "expect(function()", fmt.Sprintf("end):raises(%q) end)", want)
	}
	out[0] += begin
	out[len(out)-1] += " " + end
	return out
}

// lua is its script. The lines of its code are those of the file.
func (r *row) lua() string {
	handler := `bot.command("row", function(ev) local room, session, ann, bob = ev.room, ev.session, ev.user, ev.room:user("bob") local function row() `
	var b strings.Builder
	b.WriteString(strings.Repeat("\n", r.line-1))
	b.WriteString(`local rows = require "rows" local same = rows.same `)
	top := slices.Contains(r.code, "-- !row")
	if !top {
		b.WriteString(handler)
	}
	for _, line := range r.code {
		if line == "-- !row" {
			line = handler
		}
		b.WriteString("\n" + line)
	}
	b.WriteString("\nend " + r.check() + ` log.info("row is done") end)`)
	return b.String()
}

// check calls the row and looks at what it returns.
func (r *row) check() string {
	if r.kind != "fails" {
		return "row()"
	}
	if text, ok := strings.CutPrefix(r.detail, "raises "); ok {
		return fmt.Sprintf("rows.raises(%q, row)", text)
	}
	code, text, _ := strings.Cut(r.detail, ": ")
	if code == "nil" {
		return "rows.none(row())"
	}
	return fmt.Sprintf("rows.fails(%q, %q, row())", code, text)
}
