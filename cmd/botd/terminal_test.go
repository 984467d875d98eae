package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// console is a botd at a terminal that the test plays.
type console struct {
	t      *testing.T
	keys   *io.PipeWriter
	screen output // both output streams are on the terminal
	sigs   chan os.Signal
	ended  chan int
	cooked int // how often the terminal was given back
}

// sit starts botd in a folder with files, at a terminal.
func sit(t *testing.T, files map[string]string, environ ...string) *console {
	t.Helper()
	dir := t.TempDir()
	files["config.yaml"] = "sessions: [{name: lobby, adapter: local, rooms: [lobby]}]"
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stdin, keys := io.Pipe()
	c := &console{t: t, keys: keys, sigs: make(chan os.Signal, 1), ended: make(chan int, 1)}
	e := env{
		args: []string{"-c", filepath.Join(dir, "config.yaml")}, environ: environ,
		stdin: stdin, stdout: &c.screen, stderr: &c.screen, now: time.Now,
		notify: func(...os.Signal) (<-chan os.Signal, func()) { return c.sigs, func() {} },
		tty: tty{
			stdin: true, stdout: true, stderr: true,
			raw:  func() (func() error, error) { return func() error { c.cooked++; return nil }, nil },
			size: func() (int, int, error) { return 80, 24, nil },
		},
	}
	go func() { c.ended <- run(e) }()
	t.Cleanup(func() { keys.Close() })
	return c
}

func (c *console) sees(pattern string) {
	c.t.Helper()
	if _, ok := c.screen.wait(regexp.MustCompile(pattern)); !ok {
		c.t.Fatalf("never showed %s:\n%q", pattern, c.screen.String())
	}
}

func (c *console) types(keys string) {
	c.t.Helper()
	if _, err := io.WriteString(c.keys, keys); err != nil {
		c.t.Fatal(err)
	}
}

func (c *console) leaves() {
	c.t.Helper()
	select {
	case code := <-c.ended:
		if code != 0 || c.cooked != 1 {
			c.t.Errorf("exit code %d, terminal given back %d times\n%s", code, c.cooked, c.screen.String())
		}
	case <-time.After(patience):
		c.t.Fatalf("goes on:\n%s", c.screen.String())
	}
}

const greeter = `
bot.command("ping", function(ev) ev:reply("pong") end)
bot.command("wave", function(ev) ev.room:emote("waves") end)
bot.command("wait", function(ev) end)
bot.command("leave", function(ev) bot.emit("left.us", {}) error("no \27[31m way") end)
bot.on("join", function(ev) ev.room:say("hello " .. ev.user.name .. "\n\27[2Jagain") end)
`

func TestTerminal(t *testing.T) {
	c := sit(t, map[string]string{"scripts/a.lua": greeter})
	c.sees(`botd>\S* hello you`)
	c.sees("botd>\\S* \uFFFD\\[2Jagain") // what a message holds is not obeyed
	c.types("!ping\r")
	c.sees(`botd>\S* pong`)
	c.types("!wave\r")
	c.sees(`\* \S*botd\S* waves`)

	c.types("!w\t\t") // completes as far as it can, then shows the choice
	c.sees(`!wait  !wave`)
	c.types("v\t\r") // there is but one
	c.sees(`\* \S*botd\S* waves`)
	c.types("!p\t\r")
	c.sees(`botd>\S* pong`)

	// A fault on the screen spares the line that is typed.
	c.types("!leave\rhalf a li")
	c.sees("a.lua:5: no \uFFFD\\[31m way")
	c.sees("half a li$")
	c.types("\x7f\x7f\x04\x15\x04") // Ctrl-D ends at the start of a line only
	c.leaves()
}

func TestTerminalColours(t *testing.T) {
	c := sit(t, map[string]string{"scripts/a.lua": greeter})
	c.sees("\x1b\\[36mbotd>\x1b\\[0m hello you")
	c.keys.Close()
	c.leaves()

	c = sit(t, map[string]string{"scripts/a.lua": greeter}, "NO_COLOR=1")
	c.sees("botd> hello you")
	c.keys.Close()
	c.leaves()
	if strings.Contains(c.screen.String(), "\x1b[3") {
		t.Errorf("colours: %q", c.screen.String())
	}
}

func TestTerminalSignal(t *testing.T) {
	c := sit(t, map[string]string{"scripts/a.lua": greeter})
	c.sees("you> ")
	c.sigs <- syscall.SIGHUP
	c.sees("reading everything again")
	c.sees("script loaded.*script=a reason=operator")
	c.sigs <- syscall.SIGTERM
	c.leaves()
}
