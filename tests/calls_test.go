package tests

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// banned are functions whose use breaks a rule that no compiler knows.
var banned = []struct {
	pkg     string
	names   []string
	allowed func(file source) bool
	why     string
}{
	{"time", []string{"Sleep"}, func(f source) bool { return f.isTest && (f.inCmd || f.virtualTime) },
		"waiting listens to a context; a test waits for what it needs, or in the virtual time of synctest"},
	{"context", []string{"TODO"}, func(source) bool { return false },
		"the caller's context is passed on"},
	{"os", []string{"Exit"}, func(f source) bool { return f.inCmd || f.isTest || f.name == "engine/isolate/worker.go" }, // a worker without its daemon
		"only the program decides to end; it would end before what is deferred"},
	{"log", []string{"Fatal", "Fatalf", "Fatalln", "Print", "Printf", "Println"}, func(f source) bool { return f.inCmd },
		"a logger is passed in, and only the program decides to end"},
	{"log/slog", []string{"Debug", "DebugContext", "Info", "InfoContext", "Warn", "WarnContext", "Error", "ErrorContext",
		"Log", "LogAttrs", "Default", "SetDefault", "With"}, func(f source) bool { return f.inCmd },
		"a logger is passed in"},
}

// source is a parsed file.
type source struct {
	name        string // path below the module, with slashes
	ast         *ast.File
	imports     map[string]string // paths by the names the file uses
	inCmd       bool              // of a program, not a library
	isTest      bool              // or belongs to a package for tests, such as adapters/adaptertest
	virtualTime bool              // its folder runs things in synctest, itself or by a package for tests
}

func TestBannedCalls(t *testing.T) {
	root := os.DirFS("..")
	texts := make(map[string]string)
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		text, err := fs.ReadFile(root, name)
		texts[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(texts) < 10 {
		t.Errorf("only %d files were read", len(texts))
	}
	for _, fault := range callFaults(texts) {
		t.Error(fault)
	}
}

// callFaults returns the banned calls in files, given by name.
func callFaults(texts map[string]string) (faults []string) {
	fset := token.NewFileSet()
	var files []source
	virtual := make(map[string]bool) // folders
	for name, text := range texts {
		parsed, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			faults = append(faults, err.Error())
			continue
		}
		f := source{
			name: name, ast: parsed, imports: imported(parsed), inCmd: strings.HasPrefix(name, "cmd/") || parsed.Name.Name == "main",
			isTest: strings.HasSuffix(name, "_test.go") || strings.HasSuffix(path.Dir(name), "test"),
		}
		for _, p := range f.imports {
			if p == "testing/synctest" || strings.HasPrefix(p, module+"/") && strings.HasSuffix(p, "test") {
				virtual[path.Dir(name)] = true
			}
		}
		files = append(files, f)
	}
	for _, f := range files {
		f.virtualTime = virtual[path.Dir(f.name)]
		faults = append(faults, f.faults(fset)...)
	}
	slices.Sort(faults)
	return faults
}

func (f source) faults(fset *token.FileSet) (faults []string) {
	ast.Inspect(f.ast, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := sel.X.(*ast.Ident)
		if !ok {
			return true
		}
		for _, b := range banned {
			if f.imports[x.Name] == b.pkg && slices.Contains(b.names, sel.Sel.Name) && !b.allowed(f) {
				faults = append(faults, fmt.Sprintf("%s: %s.%s: %s", fset.Position(sel.Pos()), x.Name, sel.Sel.Name, b.why))
			}
		}
		return true
	})
	return faults
}

// imported maps the names a file uses to import paths.
func imported(f *ast.File) map[string]string {
	m := make(map[string]string)
	for _, spec := range f.Imports {
		importPath, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(importPath)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		m[name] = importPath
	}
	return m
}

// The check must find what it is there for.
func TestCallFaults(t *testing.T) {
	const sleep = `package p; import "time"; func f() { time.Sleep(1) }`
	tests := []struct {
		name, file, text string
		want             int
	}{
		{"sleep", "engine/a.go", sleep, 1},
		{"sleep in a test", "engine/a_test.go", sleep, 1},
		{"sleep in virtual time", "engine/a_test.go", `package p; import ("time"; "testing/synctest"); func f() { time.Sleep(1); synctest.Wait() }`, 0},
		{"sleep in code that imports synctest", "engine/a.go", `package p; import ("time"; "testing/synctest"); func f() { time.Sleep(1); synctest.Wait() }`, 1},
		{"sleep in a simulator", "adapters/x/xtest/a.go", sleep, 1},
		{"sleep in a package for virtual time", "adapters/x/xtest/a.go", `package p; import ("time"; "testing/synctest"); func f() { time.Sleep(1); synctest.Wait() }`, 0},
		{"sleep beside a package for tests", "engine/a_test.go", `package p; import ("time"; "botd/engine/enginetest"); func f() { time.Sleep(1); enginetest.Run() }`, 0},
		{"sleep in the program", "cmd/botd/a.go", sleep, 1},
		{"sleep in a test of the program", "cmd/botd/a_test.go", sleep, 0},
		{"another Sleep", "engine/a.go", `package p; import "x/clock"; func f() { clock.Sleep(1) }`, 0},
		{"as a value", "engine/a.go", `package p; import "time"; var f = time.Sleep`, 1},
		{"renamed", "engine/a.go", `package p; import c "context"; var x = c.TODO()`, 1},
		{"exit", "engine/a.go", `package p; import "os"; func f() { os.Exit(1) }`, 1},
		{"exit of the program", "cmd/botd/a.go", `package p; import "os"; func f() { os.Exit(1) }`, 0},
		{"package logger", "luaapi/a.go", `package p; import "log/slog"; func f() { slog.Info("x"); slog.Default().Warn("y") }`, 2},
		{"own logger", "luaapi/a.go", `package p; import "log/slog"; func f(l *slog.Logger) { l.Info("x", slog.Int("a", 1)) }`, 0},
		{"old logger", "engine/a.go", `package p; import "log"; func f() { log.Fatal("x") }`, 1},
		{"no Go", "engine/a.go", `x`, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := callFaults(map[string]string{tt.file: tt.text})
			if len(got) != tt.want {
				t.Errorf("faults %q, want %d", got, tt.want)
			}
		})
	}
}
