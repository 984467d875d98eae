package cli

import (
	"io"
	"strings"
	"sync"
)

// maxHead is how many bytes of the output are kept.
const maxHead = 4 << 10

var _ io.Writer = (*head)(nil)

// A head takes all of a program's output and keeps the beginning, until it is closed.
type head struct {
	hide string // is kept out of it

	mu     sync.Mutex
	closed bool
	text   []byte
}

// Write never fails and never waits.
func (h *head) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.text = append(h.text, b[:min(len(b), maxHead-len(h.text))]...)
	}
	return len(b), nil
}

// close forgets what was kept, and keeps no more.
func (h *head) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed, h.text = true, nil
}

// last is the last line that was kept.
func (h *head) last() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(strings.ToValidUTF8(string(h.text), "")), "\n")
	line := strings.TrimSpace(lines[len(lines)-1])
	if h.hide != "" {
		line = strings.ReplaceAll(line, h.hide, "…")
	}
	if line == "" {
		return "it said nothing"
	}
	return line
}
