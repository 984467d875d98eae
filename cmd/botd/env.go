package main

import (
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"
)

// env is every door to the operating system, so that tests can run the program in
// their own process.
type env struct {
	args    []string // without the program's name
	environ []string
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
	tty     tty
	now     func() time.Time
	// notify delivers signals until stop is called; then they act as if nobody listened.
	notify func(...os.Signal) (c <-chan os.Signal, stop func())
}

// tty says which of the streams are terminals, and operates the one on stdin.
type tty struct {
	stdin, stdout, stderr bool

	raw  func() (restore func() error, err error) // hands over each key as it is pressed
	size func() (width, height int, err error)
}

func osEnv() env {
	return env{
		args: os.Args[1:], environ: os.Environ(),
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, tty: osTTY(),
		now: time.Now, notify: osNotify,
	}
}

func osTTY() tty {
	in, out := int(os.Stdin.Fd()), int(os.Stdout.Fd())
	return tty{
		stdin: term.IsTerminal(in) && inForeground(in), stdout: term.IsTerminal(out), stderr: term.IsTerminal(int(os.Stderr.Fd())),
		raw: func() (func() error, error) {
			old, err := term.MakeRaw(in)
			return func() error { return term.Restore(in, old) }, err
		},
		size: func() (int, int, error) { return term.GetSize(out) },
	}
}

func osNotify(sigs ...os.Signal) (<-chan os.Signal, func()) {
	c := make(chan os.Signal, 4)
	signal.Notify(c, sigs...)
	return c, func() { signal.Stop(c) }
}

// getenv returns the last value of a variable, "" if it is not set.
func (e *env) getenv(name string) string {
	for _, kv := range slices.Backward(e.environ) {
		if k, v, _ := strings.Cut(kv, "="); k == name {
			return v
		}
	}
	return ""
}

// colour says whether a stream that is a terminal or not is written to in colour.
func (e *env) colour(terminal bool) bool {
	return terminal && e.getenv("NO_COLOR") == "" && e.getenv("TERM") != "dumb"
}
