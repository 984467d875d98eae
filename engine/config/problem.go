package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"botd/engine"
)

// Problem is one thing wrong with a configuration, or worth a warning.
type Problem struct {
	File   string `json:"file,omitempty"`   // as given to Load; "" if the fault is not in a file
	Line   int    `json:"line,omitempty"`   // from 1; 0 if the fault is not in a file
	Column int    `json:"column,omitempty"` // from 1; 0 if the fault is not in a file
	Env    string `json:"env,omitempty"`    // the variable that is at fault, "" if none is
	Msg    string `json:"message"`          // what is wrong and what cures it, without secrets
}

// String is the form compilers use, "config.yaml:12: unknown key …", which terminals
// and editors turn into links.
func (p Problem) String() string {
	switch {
	case p.Env != "":
		return p.Env + ": " + p.Msg
	case p.Line > 0:
		return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Msg)
	}
	return p.Msg
}

// Problems is all that is wrong, sorted by line, faults of variables last. It is in
// the chain of the error [Load] returns.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// err is ps as an error with code Invalid, nil if nothing is wrong.
func (ps Problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	ps.sort()
	return &engine.Error{Code: engine.Invalid, Msg: ps.Error(), Err: ps}
}

func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.Env, b.Env),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
		)
	})
}

// in returns a function that adds a problem at a node of a file. Without a node it is
// the file as a whole that is wrong, or no file at all if its name is empty.
func (ps *Problems) in(file string) report {
	return func(n *yaml.Node, format string, args ...any) {
		p := Problem{File: file, Msg: fmt.Sprintf(format, args...)}
		switch {
		case n != nil:
			p.Line, p.Column = max(n.Line, 1), max(n.Column, 1)
		case file != "":
			p.Line, p.Column = 1, 1
		}
		*ps = append(*ps, p)
	}
}
