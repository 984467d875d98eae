package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"botd/engine/store/disktest"
)

// The test program is botd as well: the scripts start it as a process of its own, with
// real signals, files and sockets.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"botd": func() {
		faultyDisk()
		os.Exit(run(osEnv()))
	}})
}

// faultyDisk gives a process the disk that its environment asks for: DISK_KILL_AT=N,WAY ends it at
// the Nth operation on files of the store, DISK_FULL_WHILE=FILE leaves no room while there is
// a file.
func faultyDisk() {
	if n, way, ok := strings.Cut(os.Getenv("DISK_KILL_AT"), ","); ok {
		at, err := strconv.ParseInt(n, 10, 64)
		if err != nil {
			panic(err)
		}
		disktest.KillAt(at, disktest.Way(way))
	}
	if file := os.Getenv("DISK_FULL_WHILE"); file != "" {
		disktest.FullWhile(file)
	}
}

// patience is how long a script waits for something that must come. It is generous,
// because what it waits for comes at once unless the machine is busy elsewhere.
const patience = 3 * time.Minute

// TestScripts runs the sessions at the command line in tests/testdata. Besides the usual
// commands they have some for programs that run in the background:
//
//	start NAME [VAR=VALUE]... botd ARG...   starts it
//	type NAME TEXT                writes a line to its input
//	eof NAME                      ends its input
//	sees NAME [-err] REGEXP       waits until its output, or error output, shows that after
//	                              what was seen last; named groups become variables
//	times NAME N REGEXP           checks how often its output so far shows that
//	signal NAME kill|term|int|hup sends a signal
//	ends NAME CODE                waits until it ends and checks how
//	until REGEXP botd ARG...      runs a command until its output shows that
//	code N botd ARG...            runs a command, checks its exit code, keeps its output
//	lines FILE N FORMAT           makes a file of numbered lines
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "../../tests/testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, "GORACE=atexit_sleep_ms=0") // instead of a second for each program
			b := &background{env: e, programs: map[string]*program{}}
			e.Values["background"] = b
			e.Defer(b.stop)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start": positive(1, (*background).start), "type": positive(2, (*background).typeLine),
			"eof": positive(1, (*background).eof), "sees": positive(2, (*background).sees),
			"times": positive(3, (*background).times), "signal": positive(2, (*background).signal),
			"ends": positive(2, (*background).ends), "until": positive(2, (*background).until),
			"code": positive(2, (*background).code), "lines": positive(3, (*background).lines),
		},
	})
}

func positive(args int, f func(*background, *testscript.TestScript, []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, a []string) {
		if neg || len(a) < args {
			ts.Fatalf("usage: see TestScripts")
		}
		f(ts.Value("background").(*background), ts, a)
	}
}

// background is the programs a script runs.
type background struct {
	env      *testscript.Env
	programs map[string]*program
}

type program struct {
	cmd            *exec.Cmd
	stdin          io.WriteCloser
	stdout, stderr output
	ended          chan struct{}
}

func (b *background) stop() {
	for _, p := range b.programs {
		_ = p.cmd.Process.Kill() // it may have ended
		<-p.ended
	}
}

func (b *background) start(ts *testscript.TestScript, args []string) {
	vars, words := slices.Clone(b.env.Vars), args[1:]
	for strings.Contains(words[0], "=") {
		vars, words = append(vars, words[0]), words[1:]
	}
	p := &program{cmd: exec.Command(words[0], words[1:]...), ended: make(chan struct{})}
	p.cmd.Dir = ts.MkAbs(".")
	p.cmd.Env = vars
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	var err error
	p.stdin, err = p.cmd.StdinPipe()
	ts.Check(err)
	ts.Check(p.cmd.Start())
	b.programs[args[0]] = p
	go func() {
		_ = p.cmd.Wait() // the state says how it ended
		p.stdout.end()
		p.stderr.end()
		close(p.ended)
	}()
}

func (b *background) program(ts *testscript.TestScript, name string) *program {
	p := b.programs[name]
	if p == nil {
		ts.Fatalf("no program %s was started", name)
	}
	return p
}

func (b *background) typeLine(ts *testscript.TestScript, args []string) {
	_, err := io.WriteString(b.program(ts, args[0]).stdin, args[1]+"\n")
	ts.Check(err)
}

func (b *background) eof(ts *testscript.TestScript, args []string) {
	ts.Check(b.program(ts, args[0]).stdin.Close())
}

func (b *background) sees(ts *testscript.TestScript, args []string) {
	p := b.program(ts, args[0])
	out, pattern := &p.stdout, args[len(args)-1]
	if args[1] == "-err" {
		out = &p.stderr
	}
	re, err := regexp.Compile("(?m)" + pattern)
	ts.Check(err)
	groups, ok := out.wait(re)
	if !ok {
		ts.Fatalf("%s never showed %s\noutput:\n%s\nerror output:\n%s", args[0], pattern, p.stdout.String(), p.stderr.String())
	}
	for i, name := range re.SubexpNames() {
		if name != "" {
			ts.Setenv(name, groups[i])
		}
	}
}

func (b *background) times(ts *testscript.TestScript, args []string) {
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	re, err := regexp.Compile("(?m)" + args[2])
	ts.Check(err)
	text := b.program(ts, args[0]).stdout.String()
	if got := len(re.FindAllString(text, -1)); got != want {
		ts.Fatalf("%s showed %s %d times, not %d:\n%s", args[0], args[2], got, want, text)
	}
}

func (b *background) signal(ts *testscript.TestScript, args []string) {
	sig, ok := map[string]syscall.Signal{"kill": syscall.SIGKILL, "term": syscall.SIGTERM, "int": syscall.SIGINT, "hup": syscall.SIGHUP}[args[1]]
	if !ok {
		ts.Fatalf("no signal %s", args[1])
	}
	ts.Check(b.program(ts, args[0]).cmd.Process.Signal(sig))
}

func (b *background) ends(ts *testscript.TestScript, args []string) {
	p := b.program(ts, args[0])
	select {
	case <-p.ended:
	case <-time.After(patience):
		ts.Fatalf("%s goes on\nerror output:\n%s", args[0], p.stderr.String())
	}
	if got := fmt.Sprint(p.cmd.ProcessState.ExitCode()); got != args[1] {
		ts.Fatalf("%s ended with %s, not %s\nerror output:\n%s", args[0], p.cmd.ProcessState, args[1], p.stderr.String())
	}
}

func (b *background) until(ts *testscript.TestScript, args []string) {
	re, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	var out []byte
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		cmd := exec.Command(args[1], args[2:]...)
		cmd.Dir = ts.MkAbs(".")
		cmd.Env = b.env.Vars
		if out, err = cmd.CombinedOutput(); re.Match(out) {
			return
		}
	}
	ts.Fatalf("it never showed %s, last %v and\n%s", args[0], err, out)
}

func (b *background) code(ts *testscript.TestScript, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, not %s", got, args[0])
	}
}

func (b *background) lines(ts *testscript.TestScript, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	var text []byte
	for i := range n {
		text = fmt.Appendf(text, args[2]+"\n", i)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), text, 0o600))
}

// output is what a program writes, for those who wait for it.
type output struct {
	mu    sync.Mutex
	text  []byte
	seen  int
	over  bool
	grown chan struct{} // closed with the next write, if somebody waits
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, b...)
	o.wake()
	return len(b), nil
}

func (o *output) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.over = true
	o.wake()
}

func (o *output) wake() {
	if o.grown != nil {
		close(o.grown)
		o.grown = nil
	}
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}

// wait returns what re matches in the output after the last match.
func (o *output) wait(re *regexp.Regexp) (groups []string, ok bool) {
	late := time.After(patience)
	for {
		o.mu.Lock()
		rest := o.text[o.seen:]
		if loc := re.FindSubmatchIndex(rest); loc != nil {
			for _, g := range re.FindSubmatch(rest) {
				groups = append(groups, string(g))
			}
			o.seen += loc[1]
			o.mu.Unlock()
			return groups, true
		}
		if o.over {
			o.mu.Unlock()
			return nil, false
		}
		if o.grown == nil {
			o.grown = make(chan struct{})
		}
		grown := o.grown
		o.mu.Unlock()
		select {
		case <-grown:
		case <-late:
			return nil, false
		}
	}
}
