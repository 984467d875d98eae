package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"botd/adapters/simplex/internal/cli"
	"botd/engine"
)

// variable names the way in which this test program plays the real one.
const variable = "BOTD_TEST_SIMPLEX"

func TestMain(m *testing.M) {
	if how := os.Getenv(variable); how != "" {
		os.Exit(play(how))
	}
	goleak.VerifyTestMain(m)
}

// play is the program: it prints what it gets, as the real one does, and listens.
func play(how string) int {
	os.WriteFile(option("-d")+".args", []byte(strings.Join(os.Args[1:], "\n")), 0o600)
	switch how {
	case "fails":
		fmt.Println("SimpleX Chat v7.0.0.0")
		fmt.Fprintln(os.Stderr, "wrong passphrase "+option("-k"))
		return 3
	case "hangs":
		select {}
	}
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	if how == "stubborn" {
		signal.Ignore(syscall.SIGTERM)
	}
	l, err := net.Listen("tcp", "127.0.0.1:"+option("-p"))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	ended := make(chan struct{})
	go func() { // the end of the input would end it
		io.Copy(io.Discard, os.Stdin)
		close(ended)
	}()
	commands := make(chan string)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b, _ := io.ReadAll(c)
			if c.Close(); len(b) > 0 {
				commands <- string(b)
			}
		}
	}()
	for {
		select {
		case <-terminated:
			os.WriteFile(option("-d")+".clean", nil, 0o600)
			return 0
		case <-ended:
			return 4
		case c := <-commands:
			if c == "die" {
				return 5
			}
			for range 1000 { // more than a pipe takes
				fmt.Printf("received command %q\n", strings.Repeat(c, 100))
			}
			os.WriteFile(option("-d")+".written", nil, 0o600)
		}
	}
}

// option is the value of one of the arguments.
func option(name string) string {
	if i := slices.Index(os.Args, name); i >= 0 && i+1 < len(os.Args) {
		return os.Args[i+1]
	}
	return ""
}

// freePort is one that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func command(t *testing.T, how string) cli.Command {
	t.Helper()
	t.Setenv(variable, how)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	return cli.Command{
		Path: self, Port: freePort(t), Database: filepath.Join(dir, "data", "bot"), Profile: "my bot", Key: "hunter2",
		Files: filepath.Join(dir, "files"), Temp: filepath.Join(dir, "temp"),
	}
}

// start starts a program that has to work. What was logged is in the buffer once it ended.
func start(t *testing.T, c cli.Command, limit cli.Limits) (*cli.Process, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	p, err := cli.Start(t.Context(), c, limit, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p, &log
}

// tell sends the program a command.
func tell(t *testing.T, c cli.Command, text string) {
	t.Helper()
	conn, err := net.Dial("tcp", c.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, text)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// gone reports whether there is no such process, dead ones that nobody waited for included.
func gone(pid int) bool { return syscall.Kill(pid, 0) == syscall.ESRCH }

func TestRun(t *testing.T) {
	c := command(t, "runs")
	p, log := start(t, c, cli.Limits{})
	args, err := os.ReadFile(c.Database + ".args")
	want := []string{"-p", strconv.Itoa(c.Port), "-d", c.Database, "-y", "--create-bot-display-name", "my bot", "--create-bot-allow-files",
		"-k", "hunter2", "--files-folder", c.Files, "--temp-folder", c.Temp}
	if err != nil || string(args) != strings.Join(want, "\n") {
		t.Errorf("arguments %q, %v", args, err)
	}
	tell(t, c, "a secret message ")
	eventually(t, "the output is drained", func() bool { return exists(c.Database + ".written") })
	select {
	case <-p.Done():
		t.Fatalf("it has ended: %v", p.Err())
	default:
	}
	p.Stop()
	if !exists(c.Database + ".clean") {
		t.Error("it was not ended gently")
	}
	if !gone(p.PID()) || p.Err() != nil {
		t.Errorf("after Stop: gone %v, %v", gone(p.PID()), p.Err())
	}
	if s := log.String(); strings.Contains(s, "secret") || strings.Contains(s, "hunter2") || !strings.Contains(s, "program started") {
		t.Errorf("the log is %s", s)
	}
}

// eventually waits for what happens in another process; the limit only ends a test that
// has failed.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	limit := time.After(time.Minute)
	for !ok() {
		select {
		case <-limit:
			t.Fatalf("not so: %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// TestEnds: a process that dies says so, and the next one can start at once.
func TestEnds(t *testing.T) {
	c := command(t, "runs")
	for range 2 {
		p, _ := start(t, c, cli.Limits{})
		tell(t, c, "die")
		<-p.Done()
		if err := p.Err(); engine.CodeOf(err) != engine.NotConnected || !strings.Contains(err.Error(), "exit status 5") {
			t.Errorf("it ended with %v", err)
		}
		p.Stop() // which has nothing left to do
	}
	p, _ := start(t, c, cli.Limits{})
	syscall.Kill(p.PID(), syscall.SIGKILL)
	<-p.Done()
	if err := p.Err(); !strings.Contains(err.Error(), "killed") {
		t.Errorf("it ended with %v", err)
	}
}

func TestStubborn(t *testing.T) {
	c := command(t, "stubborn")
	p, log := start(t, c, cli.Limits{Grace: 50 * time.Millisecond})
	p.Stop()
	if !gone(p.PID()) || !strings.Contains(log.String(), "program killed") {
		t.Errorf("gone %v; the log is %s", gone(p.PID()), log)
	}
}

// TestCannotStart: nothing is left, and the error says why.
func TestCannotStart(t *testing.T) {
	silent := slog.New(slog.DiscardHandler)
	fds := descriptors(t)
	for name, tt := range map[string]struct {
		how    string
		change func(*cli.Command)
		code   engine.Code
		text   string
	}{
		"fails":         {"fails", nil, engine.NotConnected, "exit status 3: wrong passphrase …"},
		"never listens": {"hangs", nil, engine.NotConnected, "does not listen"},
		"no program":    {"runs", func(c *cli.Command) { c.Path = "/nonexistent/simplex-chat" }, engine.Invalid, "cannot be started"},
		"no path":       {"runs", func(c *cli.Command) { c.Path = "" }, engine.Invalid, "path"},
		"bad port":      {"runs", func(c *cli.Command) { c.Port = 70000 }, engine.Invalid, "port"},
		"no database":   {"runs", func(c *cli.Command) { c.Database = "bot" }, engine.Invalid, "absolute"},
		"no profile":    {"runs", func(c *cli.Command) { c.Profile = "" }, engine.Invalid, "profile"},
		"bad profile":   {"runs", func(c *cli.Command) { c.Profile = "-m" }, engine.Invalid, "profile"},
		"bad folder":    {"runs", func(c *cli.Command) { c.Files = "files" }, engine.Invalid, "absolute"},
	} {
		t.Run(name, func(t *testing.T) {
			c := command(t, tt.how)
			if tt.change != nil {
				tt.change(&c)
			}
			limit := cli.Limits{Grace: time.Second}
			if tt.how == "hangs" {
				limit.Start = 100 * time.Millisecond
			}
			_, err := cli.Start(t.Context(), c, limit, silent)
			if engine.CodeOf(err) != tt.code || !strings.Contains(fmt.Sprint(err), tt.text) || strings.Contains(fmt.Sprint(err), "hunter2") {
				t.Errorf("Start: %v (code %s), want %q with code %s", err, engine.CodeOf(err), tt.text, tt.code)
			}
		})
	}
	if n := descriptors(t); n > fds {
		t.Errorf("%d descriptors, there were %d", n, fds)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestPortTaken(t *testing.T) {
	c := command(t, "runs")
	l, err := net.Listen("tcp", c.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := cli.Start(t.Context(), c, cli.Limits{}, slog.New(slog.DiscardHandler)); engine.CodeOf(err) != engine.Conflict {
		t.Errorf("Start: %v", err)
	}
	if exists(c.Database + ".args") {
		t.Error("the program was started all the same")
	}
}

// TestCancelled: the end of the context ends the wait and the process.
func TestCancelled(t *testing.T) {
	c := command(t, "hangs")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		for !exists(c.Database + ".args") {
			select {
			case <-time.After(5 * time.Millisecond):
			case <-t.Context().Done():
				return
			}
		}
	}()
	if _, err := cli.Start(ctx, c, cli.Limits{}, slog.New(slog.DiscardHandler)); err != context.Canceled {
		t.Errorf("Start: %v", err)
	}
	if _, err := cli.Start(ctx, c, cli.Limits{}, slog.New(slog.DiscardHandler)); err != context.Canceled {
		t.Errorf("Start with a context that has ended: %v", err)
	}
}
