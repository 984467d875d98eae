package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"
)

// converse evaluates what a person types at a terminal. The terminal is raw only while a line
// is edited, so that Ctrl-C stops what runs.
func (r *repl) converse(ctx context.Context) error {
	e := r.app.env
	if r.of.Write {
		fmt.Fprintf(e.stdout, "%s, generation %d; what you do changes it. Ctrl-D leaves.\n", r.script, r.gen)
	} else {
		fmt.Fprintf(e.stdout, "%s, generation %d; nothing you do changes it, for that there is --write. Ctrl-D leaves.\n", r.script, r.gen)
	}
	keys := &keyboard{from: e.stdin}
	editor := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{keys, e.stdout}, "")
	past := openHistory(historyFile(e))
	editor.History = past
	var chunk chunk
	editor.AutoCompleteCallback = func(line string, pos int, key rune) (string, int, bool) {
		if key != '\t' {
			return "", 0, false
		}
		return r.complete(ctx, editor, chunk.text, line, pos)
	}
	for {
		line, err := r.readLine(editor, chunk.text != "")
		switch {
		case keys.taken():
			chunk.rest()
			continue
		case errors.Is(err, io.EOF):
			fmt.Fprintln(e.stdout)
			return past.save()
		case err != nil:
			return errors.Join(err, past.save())
		}
		if code, ok := chunk.add(line); ok {
			stoppable, done := r.app.untilSignal(ctx)
			r.evaluate(stoppable, code)
			done()
		}
	}
}

func (r *repl) readLine(editor *term.Terminal, more bool) (string, error) {
	e := r.app.env
	prompt := r.script + "> "
	if more {
		prompt = strings.Repeat(".", len(r.script)) + "> "
	}
	editor.SetPrompt(r.colours.paint(dim, prompt))
	restore, err := e.tty.raw()
	if err != nil {
		return "", fmt.Errorf("take over the terminal: %w", err)
	}
	defer func() { _ = restore() }()
	if w, h, err := e.tty.size(); err == nil && w > 0 && h > 0 {
		_ = editor.SetSize(w, h)
	}
	line, err := editor.ReadLine()
	if err == term.ErrPasteIndicator {
		err = nil
	}
	return line, err
}

// complete completes the name before the cursor as far as it is certain, and shows the choice
// if there is one.
func (r *repl) complete(ctx context.Context, editor io.Writer, before, line string, pos int) (string, int, bool) {
	typed, rest := line[:pos], line[pos:]
	if strings.TrimSpace(typed) == "" {
		return typed + "  " + rest, pos + 2, true
	}
	fits := r.names(ctx, before+typed)
	if len(fits) == 0 {
		return line, pos, true
	}
	common := commonPrefix(fits)
	from := 0
	for from < pos && !strings.HasPrefix(fits[0], typed[from:]) {
		from++
	}
	if len(fits) > 1 && len(common) <= pos-from {
		fmt.Fprintln(editor, r.colours.paint(dim, printable(strings.Join(fits, "  "))))
		return line, pos, true
	}
	done := typed[:from] + common
	return done + rest, len(done), true
}

const (
	ctrlC = 0x03
	// dropLine moves to the end of a line, removes it and enters the empty one. The editor
	// itself takes Ctrl-C for the end of its input.
	dropLine = "\x05\x15\r"
)

// keyboard is what is typed, with Ctrl-C turned into dropping the line.
type keyboard struct {
	from    io.Reader
	pending []byte
	dropped bool
}

func (k *keyboard) Read(b []byte) (int, error) {
	if len(k.pending) == 0 {
		n, err := k.from.Read(b)
		if err != nil {
			return n, err
		}
		if bytes.IndexByte(b[:n], ctrlC) < 0 {
			return n, nil
		}
		k.dropped = true
		k.pending = bytes.ReplaceAll(bytes.Clone(b[:n]), []byte{ctrlC}, []byte(dropLine))
	}
	n := copy(b, k.pending)
	k.pending = k.pending[n:]
	return n, nil
}

// taken reports whether the line that was read last was taken back.
func (k *keyboard) taken() bool {
	was := k.dropped
	k.dropped = false
	return was
}

// maxHistory is how many lines are kept.
const maxHistory = 1000

// history is the lines typed so far, in a file between sessions. It implements [term.History].
type history struct {
	path  string // "" keeps nothing
	lines []string
}

var _ term.History = (*history)(nil)

// historyFile is where lines are kept, as the XDG Base Directory Specification says; "" for nowhere.
func historyFile(e *env) string {
	dir := e.getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(dir) {
		home := e.getenv("HOME")
		if home == "" {
			return ""
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "botd", "repl_history")
}

// openHistory reads what there is; that there is nothing, or that it cannot be read, does not matter.
func openHistory(path string) *history {
	h := &history{path: path}
	text, err := os.ReadFile(path)
	if path == "" || err != nil {
		return h
	}
	for line := range strings.Lines(string(text)) {
		h.Add(strings.TrimRight(line, "\r\n"))
	}
	return h
}

// Add implements [term.History]. Empty lines, and those that come again at once, are left out.
func (h *history) Add(line string) {
	if strings.TrimSpace(line) == "" || len(h.lines) > 0 && h.lines[len(h.lines)-1] == line {
		return
	}
	h.lines = append(h.lines, line)
	h.lines = h.lines[max(0, len(h.lines)-maxHistory):]
}

// Len implements [term.History].
func (h *history) Len() int { return len(h.lines) }

// At implements [term.History]: 0 is the latest.
func (h *history) At(i int) string { return h.lines[len(h.lines)-1-i] }

// save writes the lines for the user alone.
func (h *history) save() error {
	if h.path == "" || len(h.lines) == 0 {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(h.path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(h.path, []byte(strings.Join(h.lines, "\n")+"\n"), 0o600)
}
