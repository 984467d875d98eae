package luasrc

import (
	"bytes"
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// Limits bound what Compile accepts. A field that is 0 has its default.
type Limits struct {
	Size      int // bytes of source; 256 KiB
	Depth     int // of nesting: blocks, functions, brackets; 100
	Constants int // distinct ones in a function; 8,000
	Labels    int // labels and gotos together; 500
	Items     int // of one table constructor; 25,000, and no more is possible
	Functions int // 2,000
}

func (l *Limits) defaults() {
	for _, f := range []struct {
		field *int
		def   int
	}{
		{&l.Size, 256 << 10}, {&l.Depth, 100}, {&l.Constants, 8000},
		{&l.Labels, 500}, {&l.Items, maxItems}, {&l.Functions, 2000},
	} {
		if *f.field <= 0 {
			*f.field = f.def
		}
	}
	l.Items = min(l.Items, maxItems)
}

const (
	// maxItems: beyond 25,550 the compiler misplaces items.
	maxItems = 25000
	// maxCode is where the compiler's jumps end, less a margin.
	maxCode = 120000
	// maxUpvalues is what fits in the compiler's counter.
	maxUpvalues = 255
	// maxWork bounds the steps of the compiler's linear searches in one chunk. A step
	// takes about 2 ns. See [parser.charge].
	maxWork = 200_000_000
)

var tooLarge = fmt.Sprintf("function too large (limit %d instructions)", maxCode)

// Error is what is wrong with a source.
type Error struct {
	File string
	Line int    // from 1
	Col  int    // byte in the line, from 1; 0 if unknown
	Msg  string // in the words of Lua
	Near string // the offending text, "<eof>" at the end; "" if there is none
	Hint string // what may cure it; may be empty
}

// Error returns "file:line: message near 'text' (hint)".
func (e *Error) Error() string {
	s := fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg)
	if e.Near != "" {
		s += " near '" + e.Near + "'"
	}
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// Compile compiles a chunk. The result may be shared by any number of VMs, all of
// which must have package lualib open. Its errors are of type *[Error].
//
// It takes well under a second for any source within the limits, and never panics.
func Compile(name string, src []byte, limits Limits) (proto *lua.FunctionProto, err error) {
	limits.defaults()
	if len(src) > limits.Size {
		return nil, &Error{File: name, Line: 1, Msg: fmt.Sprintf("source too large (%d bytes, limit %d)", len(src), limits.Size)}
	}
	if bytes.HasPrefix(src, []byte("\x1b")) {
		return nil, &Error{File: name, Line: 1, Msg: "compiled Lua code is not accepted"}
	}
	p := newParser(name, src, limits)
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Error:
			proto, err = nil, r
		default:
			// A fault of ours or of gopher-lua. What it says could only confuse.
			proto, err = nil, &Error{File: name, Line: max(p.tok.line, 1), Msg: "internal compiler fault"}
		}
	}()
	chunk := p.chunk()
	proto, err = lua.Compile(chunk, name)
	if err != nil {
		return nil, compileError(name, err)
	}
	p.fixJumps(proto)
	if err := finish(name, proto); err != nil {
		return nil, err
	}
	return proto, nil
}

// compileError translates what only gopher-lua's compiler finds: functions that are too
// large.
func compileError(name string, err error) *Error {
	e := &Error{File: name, Line: 1, Msg: err.Error()}
	if ce, ok := err.(*lua.CompileError); ok {
		e.Line, e.Msg = max(ce.Line, 1), ce.Message
	}
	switch {
	case strings.HasPrefix(e.Msg, "too long to jump"):
		e.Msg = tooLarge
	case strings.HasPrefix(e.Msg, "register overflow"), e.Msg == "too many local variables":
		e.Msg = "function or expression too complex (more than 200 local variables and temporary values)"
	}
	return e
}

// finish checks what can only be checked in the code, and gives back the memory the
// compiler set aside: over 15 KiB for each function.
func finish(name string, p *lua.FunctionProto) *Error {
	msg := ""
	switch {
	case len(p.Code) > maxCode:
		msg = tooLarge
	case len(p.DbgUpvalues) > maxUpvalues:
		msg = fmt.Sprintf("function uses too many local variables of the functions around it (limit %d)", maxUpvalues)
	}
	if msg != "" {
		return &Error{File: name, Line: max(p.LineDefined, 1), Msg: msg}
	}
	p.Code = clip(p.Code)
	p.Constants = clip(p.Constants)
	p.FunctionPrototypes = clip(p.FunctionPrototypes)
	p.DbgSourcePositions = clip(p.DbgSourcePositions)
	p.DbgLocals = clip(p.DbgLocals)
	p.DbgCalls = clip(p.DbgCalls)
	p.DbgUpvalues = clip(p.DbgUpvalues)
	for _, f := range p.FunctionPrototypes {
		if err := finish(name, f); err != nil {
			return err
		}
	}
	return nil
}

// clip moves s to an array of its own size.
func clip[T any](s []T) []T { return append(make([]T, 0, len(s)), s...) }

var _ error = (*Error)(nil)

// chunk parses the whole source.
func (p *parser) chunk() []ast.Stmt {
	p.openFunc(nil, true)
	p.next()
	body, _ := p.block(opener{kind: "<chunk>", line: 1})
	if p.tok.kind != tokEOF {
		p.unexpectedEnd()
	}
	p.closeFunc()
	if p.usesConcat {
		body = append([]ast.Stmt{concatLocal()}, body...)
	}
	return body
}
