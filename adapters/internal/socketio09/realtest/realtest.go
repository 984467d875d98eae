// Package realtest runs the real socket.io 0.9.17, and other old software, for tests that
// hold ours against it. `make interop` installs it and names it to the tests; without that
// they have nothing to do.
package realtest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// variable names the folder with the node_modules of package.json.
const variable = "BOTD_NODE_MODULES"

// Modules is the folder where the packages are installed. If ok is false the test has
// nothing to run against, and has said so.
func Modules(tb testing.TB) (dir string, ok bool) {
	tb.Helper()
	dir = os.Getenv(variable)
	if dir == "" {
		tb.Logf("%s is not set: `make interop` runs this test", variable)
	}
	return dir, dir != ""
}

// script is the path of a file beside this one.
func script(name string) string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "node", name)
}

// Process is a running script of the folder node.
type Process struct {
	tb  testing.TB
	in  io.Writer
	out *bufio.Scanner
}

// Start runs a script with more environment. It ends with the test.
func Start(tb testing.TB, modules, name string, env ...string) *Process {
	tb.Helper()
	cmd := exec.Command("node", "--no-deprecation", "-r", script("shim.cjs"), script(name))
	cmd.Env = append(os.Environ(), append(env, "MODULES="+modules)...)
	cmd.Stderr = tb.Output()
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatalf("start node: %v", err)
	}
	tb.Cleanup(func() {
		in.Close() // which ends it
		limit := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
		defer limit.Stop()
		cmd.Wait()
	})
	return &Process{tb, in, bufio.NewScanner(out)}
}

// Line is the next one the script printed.
func (p *Process) Line() string {
	p.tb.Helper()
	if !p.out.Scan() {
		p.tb.Fatalf("the script ended: %v", p.out.Err())
	}
	return p.out.Text()
}

// Tell writes a line the script reads.
func (p *Process) Tell(line string) { fmt.Fprintln(p.in, line) }

// Server runs server.cjs and returns its address. Heartbeats come every interval and may
// stay unanswered for timeout; bridge may be empty.
func Server(tb testing.TB, modules, bridge string, interval, timeout time.Duration) (*Process, string) {
	tb.Helper()
	p := Start(tb, modules, "server.cjs", "BRIDGE="+bridge,
		fmt.Sprintf("HB=%v", interval.Seconds()), fmt.Sprintf("HBT=%v", timeout.Seconds()))
	return p, p.Line()
}

// Beats asks a server how many heartbeats it sent, and how many were answered.
func (p *Process) Beats() (sent, answered int) {
	p.tb.Helper()
	fmt.Fprintln(p.in)
	var b struct{ Sent, Answered int }
	if err := json.Unmarshal([]byte(p.Line()), &b); err != nil {
		p.tb.Fatal(err)
	}
	return b.Sent, b.Answered
}
