package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"golang.org/x/term"
)

// converse lets a person edit lines on the terminal and says them.
func (p *prompt) converse(ctx context.Context) error {
	e := p.daemon.app.env
	editor := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{e.stdin, e.stdout}, p.paint.paint(dim, promptUser+"> "))
	editor.AutoCompleteCallback = p.complete
	// The editor writes before and after it has the keys: its line ends suit both modes
	// of a terminal.
	p.daemon.screen.edit(editor)
	defer p.daemon.screen.edit(nil)
	restore, err := e.tty.raw()
	if err != nil {
		return fmt.Errorf("take over the terminal: %w", err)
	}
	defer func() {
		fmt.Fprint(e.stdout, "\r\x1b[K") // the prompt, which nobody needs any more
		_ = restore()
	}()
	return p.each(ctx, func() (string, error) {
		if w, h, err := e.tty.size(); err == nil && w > 0 && h > 0 {
			_ = editor.SetSize(w, h)
		}
		line, err := editor.ReadLine()
		if err == term.ErrPasteIndicator {
			err = nil
		}
		return line, err
	}, p.say)
}

// complete is called with each key: Tab completes the command at the start of the line
// as far as it is certain, and shows the choice if there is one.
func (p *prompt) complete(line string, pos int, key rune) (string, int, bool) {
	if key != '\t' {
		return "", 0, false
	}
	typed, rest := line[:pos], line[pos:]
	if typed == "" || strings.Contains(typed, " ") {
		return line, pos, true // a tab is no part of a chat
	}
	var fits []string
	for _, name := range p.daemon.host.Commands(p.room) {
		if strings.HasPrefix(name, strings.ToLower(typed)) {
			fits = append(fits, name)
		}
	}
	switch len(fits) {
	case 0:
		return line, pos, true
	case 1:
		done := fits[0] + " "
		return done + strings.TrimPrefix(rest, " "), len(done), true
	}
	common := commonPrefix(fits)
	if len(common) <= len(typed) {
		fmt.Fprintln(p.out, p.paint.paint(dim, strings.Join(fits, "  ")))
		return line, pos, true
	}
	return common + rest, len(common), true
}

// commonPrefix is what all words begin with; there is at least one.
func commonPrefix(words []string) string {
	common := words[0]
	for _, w := range words[1:] {
		for !strings.HasPrefix(w, common) {
			common = common[:len(common)-1]
		}
	}
	return strings.ToValidUTF8(common, "")
}
