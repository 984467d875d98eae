package script

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"botd/engine"
)

// Error is a fault of a script as its author should see it.
type Error struct {
	Script  string         `json:"script"`
	Gen     uint64         `json:"gen,omitempty"`
	Event   engine.EventID `json:"event,omitempty"`
	At      time.Time      `json:"time,omitzero"`
	Load    bool           `json:"load,omitempty"` // the script did not load; the old version serves on
	File    string         `json:"file,omitempty"`
	Line    int            `json:"line,omitempty"`
	Column  int            `json:"column,omitempty"` // in bytes, from 1; 0 if only the line is known
	Msg     string         `json:"message"`
	Excerpt []ExcerptLine  `json:"excerpt,omitempty"`
	Trace   []string       `json:"trace,omitempty"`
	Hint    string         `json:"hint,omitempty"`
}

// ExcerptLine is a line of source near the fault.
type ExcerptLine struct {
	Line int    `json:"line"`
	Text string `json:"text"`
}

func (e *Error) Error() string {
	if e.File == "" {
		return e.Msg
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg)
}

// maxMessage bounds what an error raised by a script may put into a log.
const maxMessage = 2000

var position = regexp.MustCompile(`^([^\n:]+\.lua):(\d+): ?`)

// describe makes the report of an error that came out of a handler or a load.
func (vm *VM) describe(err error, t *Task) *Error {
	e := &Error{Script: vm.slot.name, Gen: vm.gen, At: vm.m.clock.Now().UTC()}
	if t != nil {
		e.Load = t.loading
		e.Trace = t.trace
		if t.event != nil {
			e.Event = t.event.ID
		}
	}
	text := clean(errorText(errorValue(err)))
	if m := position.FindStringSubmatch(text); m != nil {
		e.File = m[1]
		e.Line, _ = strconv.Atoi(m[2])
		text = text[len(m[0]):]
	} else if len(e.Trace) > 0 {
		if m := position.FindStringSubmatch(e.Trace[0]); m != nil {
			e.File = m[1]
			e.Line, _ = strconv.Atoi(m[2])
		}
	}
	e.Msg = text
	e.Hint = hint(text)
	e.Excerpt = vm.excerpt(e.File, e.Line)
	return e
}

// errorText reads an error value without running any code of the script.
func errorText(v lua.LValue) string {
	switch v := v.(type) {
	case lua.LString:
		return string(v)
	case *lua.LTable:
		if msg, ok := v.RawGetString("message").(lua.LString); ok {
			if code, ok := v.RawGetString("code").(lua.LString); ok {
				return string(code) + ": " + string(msg)
			}
			return string(msg)
		}
		return "(error object is a table)"
	case *lua.LUserData:
		if err, ok := v.Value.(error); ok {
			return err.Error()
		}
	case lua.LNumber:
		return v.String()
	}
	return "(error object is a " + v.Type().String() + " value)"
}

// clean cuts a text of a script to size and makes control characters visible, so that
// it can be shown on a terminal.
func clean(s string) string {
	if len(s) > maxMessage {
		s = s[:maxMessage] + "…"
	}
	return Visible(s)
}

// Visible makes control characters visible, but for those that make lines.
func Visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return '�'
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
}

// excerpt returns the lines around a place in a file of the script.
func (vm *VM) excerpt(file string, line int) []ExcerptLine {
	src, ok := vm.files[file]
	if !ok {
		return nil
	}
	return Excerpt(src, line)
}

// maxExcerpt bounds a line of an excerpt: a source may be one line, and a fault of it comes
// again and again.
const maxExcerpt = 300

func shortLine(s string) string {
	if len(s) <= maxExcerpt {
		return s
	}
	return strings.ToValidUTF8(s[:maxExcerpt], "") + "…"
}

// Excerpt returns a line of a source, counted from 1, and its two neighbours. Of long lines
// it returns the beginning.
func Excerpt(src []byte, line int) []ExcerptLine {
	if line <= 0 {
		return nil
	}
	var out []ExcerptLine
	n := 0
	for text := range bytes.SplitSeq(src, []byte("\n")) {
		if n++; n > line+1 {
			break
		}
		if n >= line-1 {
			// The copy is of this line alone: an error may be kept for long, and the source not with it.
			out = append(out, ExcerptLine{n, shortLine(string(bytes.TrimRight(text, "\r")))})
		}
	}
	return out
}

var hints = []struct{ pattern, hint string }{
	{`attempt to index a non-table object\(nil\) with key '(\w+)'`, "what stands before .%s or :%s is nil: it was never set, or a call before it failed; check its result first"},
	{`attempt to call a non-function object`, "the name is misspelt or not available to scripts; docs/lua.md lists every function"},
	{`attempt to perform arithmetic on`, "one side is not a number; tonumber(x) turns text into one, and gives nil if it cannot"},
	{`cannot concatenate|attempt to concatenate`, "a value put together with .. is nil or a table; tostring(x) shows what it is"},
	{`attempt to compare`, "both sides of a comparison must be numbers, or both text"},
	{`stopped: more than \d+ instructions`, "a loop that does not end? work in pieces with sleep() in between, or raise limits.steps for this script"},
}

var compiledHints = func() []*regexp.Regexp {
	out := make([]*regexp.Regexp, len(hints))
	for i, h := range hints {
		out[i] = regexp.MustCompile(h.pattern)
	}
	return out
}()

func hint(msg string) string {
	for i, re := range compiledHints {
		m := re.FindStringSubmatch(msg)
		if m == nil {
			continue
		}
		if len(m) > 1 {
			return fmt.Sprintf(hints[i].hint, m[1], m[1])
		}
		return hints[i].hint
	}
	return ""
}

// cancelledBy reports whether err is the end of a task at a reload or stop, which is
// nobody's fault.
func cancelledBy(c cause) bool { return c == reloaded || c == stopped }
