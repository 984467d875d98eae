// Package doc reads the doc comments of Go code, for the reference of what scripts can
// do: the text, and the example behind it.
package doc

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Comments are the doc comments of Go code by name: "botd/luaapi.roomSay",
// "botd/luaapi.sayArgs.Text".
type Comments struct {
	text map[string]string
	lost map[string]bool // asked for and not there
}

// Read reads the packages of the module at root: "botd/luaapi".
func Read(root string, packages ...string) (*Comments, error) {
	c := &Comments{text: map[string]string{}, lost: map[string]bool{}}
	for _, pkg := range packages {
		files, err := filepath.Glob(filepath.Join(root, strings.TrimPrefix(pkg, "botd/"), "*.go"))
		if err != nil {
			return nil, err
		}
		for _, path := range files {
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			for _, d := range f.Decls {
				c.decl(pkg+".", d)
			}
		}
	}
	return c, nil
}

func (c *Comments) decl(pkg string, d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			c.text[pkg+d.Name.Name] = d.Doc.Text()
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.ValueSpec:
				for _, n := range s.Names {
					c.text[pkg+n.Name] = first(s.Doc, d.Doc)
				}
			case *ast.TypeSpec:
				c.text[pkg+s.Name.Name] = first(s.Doc, d.Doc)
				if st, ok := s.Type.(*ast.StructType); ok {
					c.fields(pkg+s.Name.Name+".", st)
				}
			}
		}
	}
}

func (c *Comments) fields(prefix string, st *ast.StructType) {
	for _, f := range st.Fields.List {
		for _, n := range f.Names {
			c.text[prefix+n.Name] = first(f.Doc, f.Comment)
		}
	}
}

func first(groups ...*ast.CommentGroup) string {
	for _, g := range groups {
		if text := g.Text(); text != "" {
			return text
		}
	}
	return ""
}

// Need returns the comment of a name for people who know no Go, and remembers if there
// is none. A function's comment begins with its name, which is cut off.
func (c *Comments) Need(name string) string {
	text := c.Of(name)
	if text == "" {
		c.lost[name] = true
	}
	return text
}

var docLink = regexp.MustCompile(`\[([A-Za-z.]+)\]`)

// Of returns the comment of a name like Need, "" if there is none.
func (c *Comments) Of(name string) string {
	text := c.prose(name)
	own := name[strings.LastIndexByte(name, '.')+1:]
	rest, ok := strings.CutPrefix(text, own+" ")
	if !ok {
		return text
	}
	for _, verb := range []string{"is ", "are "} { // "eventKind is what happened"
		rest = strings.TrimPrefix(rest, verb)
	}
	r, size := utf8.DecodeRuneInString(rest)
	return string(unicode.ToUpper(r)) + rest[size:]
}

// prose is a comment without its example, on one line.
func (c *Comments) prose(name string) string {
	var words []string
	for line := range strings.Lines(c.text[name]) {
		if !strings.HasPrefix(line, "\t") {
			words = append(words, strings.Fields(docLink.ReplaceAllString(line, "$1"))...)
		}
	}
	return strings.Join(words, " ")
}

// Example is the code in a comment: its indented lines. It is "" if there are none.
func (c *Comments) Example(name string) string {
	var out strings.Builder
	for line := range strings.Lines(c.text[name]) {
		if code, ok := strings.CutPrefix(line, "\t"); ok {
			out.WriteString(code)
		} else if out.Len() > 0 && strings.TrimSpace(line) == "" {
			out.WriteString("\n")
		}
	}
	return strings.TrimRight(out.String(), "\n")
}

// Whole is the comment as it stands, for things that are named by it.
func (c *Comments) Whole(name string) string {
	text := c.prose(name)
	if text == "" {
		c.lost[name] = true
	}
	return text
}

// Missing is an error that names what has no comment and should.
func (c *Comments) Missing() error {
	if len(c.lost) == 0 {
		return nil
	}
	var names []string
	for n := range c.lost {
		names = append(names, n)
	}
	slices.Sort(names)
	return fmt.Errorf("no doc comment on %s", strings.Join(names, ", "))
}
