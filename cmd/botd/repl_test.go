package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// attach starts a bot with a script, and a repl with it at a terminal that the test plays.
func attach(t *testing.T, code string, args ...string) (c *console, home string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "scripts"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"config.yaml":      "admin: {listen: \"\"}\nsessions: [{name: lobby, adapter: local, rooms: [lobby]}]",
		"scripts/look.lua": code,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config := filepath.Join(dir, "config.yaml")
	stop := make(chan os.Signal, 1)
	ended := make(chan int, 1)
	bot := &console{t: t}
	go func() {
		ended <- run(env{
			args: []string{"run", "-c", config}, stdin: strings.NewReader(""), stdout: io.Discard, stderr: &bot.screen, now: time.Now,
			notify: func(...os.Signal) (<-chan os.Signal, func()) { return stop, func() {} },
		})
	}()
	t.Cleanup(func() {
		stop <- syscall.SIGTERM
		if code := <-ended; code != 0 {
			t.Errorf("the bot ended with %d:\n%s", code, bot.screen.String())
		}
	})
	bot.sees("botd runs")
	return sitAt(t, append([]string{"repl", "-c", config, "look"}, args...), dir), dir
}

// sitAt starts a command at a terminal.
func sitAt(t *testing.T, args []string, home string) *console {
	stdin, keys := io.Pipe()
	c := &console{t: t, keys: keys, sigs: make(chan os.Signal, 1), ended: make(chan int, 1)}
	e := env{
		args: args, environ: []string{"HOME=" + home, "USER=ann", "NO_COLOR=1"},
		stdin: stdin, stdout: &c.screen, stderr: &c.screen, now: time.Now,
		notify: func(...os.Signal) (<-chan os.Signal, func()) { return c.sigs, func() {} },
		tty: tty{
			stdin: true, stdout: true, stderr: true,
			raw:  func() (func() error, error) { return func() error { c.cooked++; return nil }, nil },
			size: func() (int, int, error) { return 200, 24, nil },
		},
	}
	go func() { c.ended <- run(e) }()
	t.Cleanup(func() { keys.Close() })
	return c
}

const (
	up       = "\x1b[A"
	ctrlDKey = "\x04"
	ctrlCKey = "\x03"
)

func TestReplAtATerminal(t *testing.T) {
	c, home := attach(t, `
		local karma = {ann = 3}
		function report() return karma end
		bot.command("k", report)`)
	c.sees("look, generation 1; nothing you do changes it, for that there is --write")
	c.types("karma.a\t + 1\r")
	c.sees(`(?m)^4\r?$`)
	c.types("bot.roo\t\t") // as far as it can, then the choice
	c.sees("bot.room  bot.rooms")
	c.types(" ~= nil\r") // the bot need not be in its rooms yet
	c.sees(`(?m)^true\r?$`)
	c.types("rep\t()\r")
	c.sees(`\{ann = 3\}`)

	// A line that is not complete goes on, and Ctrl-C takes it back.
	c.types("for i = 1, 2 do\r")
	c.sees(`\.\.\.\.> `)
	c.types("print('n', i) end\r")
	c.sees("n\t1\r?\nn\t2")
	c.types("for i = 1, 2 do\r")
	c.sees(`\.\.\.\.> `)
	c.types("karma" + ctrlCKey)
	c.types("1 + 41\r")
	c.sees(`(?m)^42\r?$`)

	// The line before comes back, also in the next session.
	c.types(up + "0\r")
	c.sees(`(?m)^411\r?$`)
	c.types(ctrlDKey)
	if code := <-c.ended; code != 0 {
		t.Fatalf("exit code %d", code)
	}
	text, err := os.ReadFile(filepath.Join(home, ".local", "state", "botd", "repl_history"))
	if err != nil || !strings.HasSuffix(string(text), "\n1 + 41\n1 + 410\n") {
		t.Errorf("history %q, %v", text, err)
	}
	c = sitAt(t, []string{"repl", "-c", filepath.Join(home, "config.yaml"), "look"}, home)
	c.sees("generation 1")
	c.types(up + up + "1\r")
	c.sees(`(?m)^412\r?$`)
	c.types(ctrlDKey)
	<-c.ended
}

// Ctrl-C stops what runs, and the session and the script go on.
func TestReplIsInterrupted(t *testing.T) {
	c, _ := attach(t, "local n = 1 bot.command('n', function() return n end)", "--write")
	c.sees("what you do changes it")
	c.types("print('begins') sleep(3600)\r")
	c.sees(`look> print`)
	c.sigs <- os.Interrupt
	c.sees("cancelled")
	c.types("n\r")
	c.sees(`(?m)^1\r?$`)
	c.types(ctrlDKey)
	if code := <-c.ended; code != 0 {
		t.Fatalf("exit code %d", code)
	}
}
