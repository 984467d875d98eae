package main

import (
	"fmt"
	"io"
	"strings"

	"botd/engine/script"
)

// writeFault shows a fault of a script to its author, in one write: where, what, the
// lines around it, how it came there, what may cure it, and what became of the script,
// if after tells.
func writeFault(w io.Writer, s style, e *script.Error, after string) {
	var b strings.Builder
	b.WriteString(s.paint(red+";"+bold, faultTitle(e)))
	b.WriteByte('\n')
	width := 0
	for _, l := range e.Excerpt {
		width = max(width, len(fmt.Sprint(l.Line)))
	}
	for _, l := range e.Excerpt {
		text := strings.TrimRight(fmt.Sprintf("%*d | %s", width, l.Line, strings.ReplaceAll(printable(l.Text), "\t", "    ")), " ")
		if l.Line == e.Line {
			b.WriteString(s.paint(red, "> ") + s.paint(bold, text) + "\n")
		} else {
			b.WriteString("  " + s.paint(dim, text) + "\n")
		}
	}
	for _, t := range e.Trace {
		b.WriteString("    " + s.paint(dim, "at "+printable(t)) + "\n")
	}
	if e.Hint != "" {
		b.WriteString("  " + s.paint(amber, "hint: ") + printable(e.Hint) + "\n")
	}
	if about := faultContext(e); about != "" {
		b.WriteString("  " + s.paint(dim, about+after) + "\n")
	}
	io.WriteString(w, b.String())
}

// faultTitle has the form compilers use, which terminals and editors turn into links.
func faultTitle(e *script.Error) string {
	if e.File == "" {
		return e.Script + ": " + printable(e.Msg)
	}
	if e.Column > 0 {
		return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, printable(e.Msg))
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, printable(e.Msg))
}

func faultContext(e *script.Error) string {
	switch {
	case e.Load:
		return fmt.Sprintf("script %s was not loaded", e.Script)
	case e.Event != "":
		return fmt.Sprintf("script %s, generation %d, event %s", e.Script, e.Gen, e.Event)
	case e.Gen > 0:
		return fmt.Sprintf("script %s, generation %d", e.Script, e.Gen)
	}
	return ""
}
