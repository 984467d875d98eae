package main

import (
	"io"
	"sync/atomic"

	"golang.org/x/term"
)

// screen is where the program writes while somebody may be typing: as long as a line
// is edited, all that goes to the terminal is written above that line.
type screen struct {
	editor atomic.Pointer[term.Terminal] // nil unless a line is edited
}

// wrap returns a writer to w that spares the edited line, if w is the terminal.
func (s *screen) wrap(w io.Writer, terminal bool) io.Writer {
	if !terminal {
		return w
	}
	return &screenWriter{s, w}
}

// edit has all output go through an editor from now on, or directly again if it is nil.
func (s *screen) edit(t *term.Terminal) { s.editor.Store(t) }

type screenWriter struct {
	screen *screen
	w      io.Writer
}

func (w *screenWriter) Write(b []byte) (int, error) {
	if editor := w.screen.editor.Load(); editor != nil {
		return editor.Write(b)
	}
	return w.w.Write(b)
}
