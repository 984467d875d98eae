package host

import (
	"os"
	"path/filepath"
	"strings"

	"botd/engine/script"
)

// moduleBook reads the modules that scripts require, each file once.
type moduleBook struct {
	library *script.Library
	report  func(*Fault)
	sets    map[string][]string // globals by file, those of the modules it requires too
}

// of returns the globals that modules set, and reports what is found in files that were
// not read before.
func (b *moduleBook) of(src script.Source, names []string) (globals []string) {
	for _, name := range names {
		for _, root := range src.Roots {
			file := filepath.Join(root, filepath.FromSlash(strings.ReplaceAll(name, ".", "/"))+ext)
			if code, err := os.ReadFile(file); err == nil {
				globals = append(globals, b.read(src, file, code)...)
				break
			}
		}
	}
	return globals
}

func (b *moduleBook) read(src script.Source, file string, code []byte) []string {
	if sets, ok := b.sets[file]; ok {
		return sets
	}
	b.sets[file] = nil // modules may require each other
	others := b.of(src, b.library.Inspect(file, code).Requires)
	found := b.library.Inspect(file, code, others...)
	for _, f := range found.Findings {
		b.report(&Fault{Script: src.Name, File: file, Line: f.Line, Column: f.Column, Msg: f.Msg, Hint: f.Hint, Excerpt: script.Excerpt(code, f.Line)})
	}
	b.sets[file] = append(found.Sets, others...)
	return b.sets[file]
}
