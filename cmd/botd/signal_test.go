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

// A stop waits for what is being printed, unless it is asked for twice.
func TestSecondSignal(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "scripts"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"config.yaml":   "sessions: [{name: lobby, adapter: local, rooms: [lobby]}]",
		"scripts/a.lua": `bot.command("ping", function(ev) ev:reply("pong") end)`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	reader, stdout := io.Pipe()
	stdin, keys := io.Pipe()
	defer keys.Close()
	defer reader.Close()
	sigs := make(chan os.Signal)
	var stderr output
	ended := make(chan int, 1)
	go func() {
		ended <- run(env{
			args:  []string{"run", "--prompt", "-c", filepath.Join(dir, "config.yaml")},
			stdin: stdin, stdout: stdout, stderr: &stderr, now: time.Now,
			notify: func(...os.Signal) (<-chan os.Signal, func()) { return sigs, func() {} },
		})
	}()
	if _, err := io.WriteString(keys, "!ping\n"); err != nil {
		t.Fatal(err)
	}
	one := make([]byte, 1)
	if _, err := reader.Read(one); err != nil || string(one) != "b" { // and the rest waits
		t.Fatalf("%q, %v", one, err)
	}
	sigs <- syscall.SIGTERM
	if _, ok := stderr.wait(regexp.MustCompile("(?s)stopping.*session stopped")); !ok {
		t.Fatal(stderr.String())
	}
	select {
	case code := <-ended:
		t.Errorf("ended with %d", code)
	default:
	}
	sigs <- syscall.SIGTERM
	if code := <-ended; code != exitFailed || !strings.Contains(stderr.String(), "stopped at once") {
		t.Errorf("exit code %d\n%s", code, stderr.String())
	}
}
