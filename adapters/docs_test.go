package adapters_test

import (
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"botd/adapters"
	"botd/adapters/local"
	"botd/engine"
)

//go:generate go test -run TestDocs . -update

var update = flag.Bool("update", false, "write the reference part of docs/adapters anew")

// What stands above the mark in a page is written by hand, what stands below is made.
const mark = "<!-- From here on made by: go generate ./adapters -->\n"

// TestDocs checks that docs/adapters/<name>.md says what the adapter's value says.
func TestDocs(t *testing.T) {
	for _, a := range adapters.All(local.NewHub(local.Options{})) {
		t.Run(a.Name, func(t *testing.T) {
			path := filepath.Join("..", "docs", "adapters", a.Name+".md")
			got, err := os.ReadFile(path)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			head, _, marked := strings.Cut(string(got), mark)
			if err != nil {
				head = "# " + a.Name + "\n\n" + a.Doc
			}
			if !marked {
				head = strings.TrimSpace(head) + "\n\n"
			}
			want := head + mark + reference(t, a)
			if *update {
				if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if string(got) != want {
				t.Errorf("%s is stale: go generate ./adapters", path)
			}
		})
	}
}

// reference is what an adapter's value says of itself.
func reference(t *testing.T, a engine.Adapter) string {
	var b strings.Builder
	settingsTable(t, &b, a)
	abilities(&b, a)
	commandTable(&b, a.Commands)
	eventTable(&b, a.Events)
	return b.String()
}

func table(b *strings.Builder, title string, columns ...string) {
	fmt.Fprintf(b, "\n## %s\n\n| %s |\n|%s\n", title, strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
}

// row writes a line of a table; a bar in a cell would end the cell.
func row(b *strings.Builder, cells ...string) {
	for _, c := range cells {
		fmt.Fprintf(b, "| %s ", strings.ReplaceAll(strings.Join(strings.Fields(c), " "), "|", `\|`))
	}
	b.WriteString("|\n")
}

// code is a cell in the font of code, or an empty one.
func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

// settingsTable takes names and defaults from the settings and their meaning from the
// comments on the fields.
func settingsTable(t *testing.T, b *strings.Builder, a engine.Adapter) {
	v := reflect.ValueOf(a.Settings()).Elem()
	docs := fieldDocs(t, v.Type())
	table(b, "Settings", "setting", "default", "")
	for _, f := range reflect.VisibleFields(v.Type()) {
		if docs[f.Name] == "" {
			t.Errorf("setting %s has no comment", f.Name)
		}
		row(b, code(f.Tag.Get("config")), preset(v.FieldByIndex(f.Index)), docs[f.Name])
	}
}

func preset(v reflect.Value) string {
	if v.IsZero() {
		return "none"
	}
	return code(fmt.Sprint(v))
}

// fieldDocs are the comments on the fields of a struct type of this module.
func fieldDocs(t *testing.T, typ reflect.Type) map[string]string {
	t.Helper()
	dir := filepath.Join("..", strings.TrimPrefix(typ.PkgPath(), "botd/"))
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || spec.Name.Name != typ.Name() {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range s.Fields.List {
					for _, name := range f.Names {
						docs[name.Name] = meaning(f.Doc.Text(), name.Name)
					}
				}
			}
			return false
		})
	}
	return docs
}

// meaning is a comment without the name it begins with.
func meaning(comment, name string) string {
	rest, _ := strings.CutPrefix(comment, name+" ")
	rest = strings.TrimPrefix(rest, "is ")
	if rest == "" {
		return ""
	}
	return strings.ToUpper(rest[:1]) + rest[1:]
}

// abilities says what the most privileged session can do, and how much.
func abilities(b *strings.Builder, a engine.Adapter) {
	b.WriteString("\n## What a session can do\n\nAt most, with every right the network gives; `session:can` and `room:can` tell what holds now.\n\n")
	names := make([]string, 0)
	can := a.Caps.Can
	if a.PerRoom {
		can = can.With(engine.CapJoin, engine.CapLeave) // the supervisor does these
	}
	for _, c := range can.List() {
		names = append(names, code(c.String()))
	}
	fmt.Fprintf(b, "- actions: %s\n", strings.Join(names, ", "))
	if a.Caps.Text.Max > 0 {
		fmt.Fprintf(b, "- longest text: %d %s; longer lines are split\n", a.Caps.Text.Max, a.Caps.Text.Unit)
	}
	if a.Caps.Echo {
		b.WriteString("- what the bot says comes back and proves that it arrived\n")
	} else {
		b.WriteString("- there is no proof that a line arrived\n")
	}
}

func commandTable(b *strings.Builder, commands []engine.Command) {
	if len(commands) == 0 {
		return
	}
	table(b, "Commands", "`session:call`", "level", "parameters", "", "answer")
	for _, c := range commands {
		params := make([]string, len(c.Params))
		for i, p := range c.Params {
			params[i] = param(p)
		}
		row(b, code(c.Name), c.Level, strings.Join(params, ", "), c.Doc, c.Answer)
	}
}

func param(p engine.Param) string {
	s := code(p.Name)
	if p.Optional {
		s += "?"
	}
	if p.Type != "string" && p.Type != "" {
		s += " " + strings.ReplaceAll(p.Type, "|", " or ")
	}
	if p.Doc != "" {
		s += " (" + p.Doc + ")"
	}
	return s
}

func eventTable(b *strings.Builder, events []engine.Origin) {
	if len(events) == 0 {
		return
	}
	table(b, "Events", "on the wire", "event", "")
	for _, e := range events {
		row(b, code(e.Wire), code(string(e.Kind)), e.Doc)
	}
}
