package tests

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// programDir is where the real program is, once some test has asked for it.
var programDir string

// program builds the real program, once for all tests that run it.
var program = sync.OnceValues(func() (path string, err error) {
	if programDir, err = os.MkdirTemp("", "botd-program-"); err != nil {
		return "", err
	}
	path = filepath.Join(programDir, "botd")
	if out, err := exec.Command("go", "build", "-o", path, "../cmd/botd").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

func builtProgram(t *testing.T) string {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// actors are a stage with a daemon on it, which is a process of its own.
type actors struct {
	stage
	t      *testing.T
	args   []string // of the daemon
	dir    string
	wire   *cutter // nil without connections
	cmd    *exec.Cmd
	lines  chan string
	output lockedBuffer
	words  []word // all that the script has said
	newest int64  // how far a session has saved that it has read
}

// newActors puts a daemon on a stage that runs a script, with more configuration besides the session.
func newActors(t *testing.T, s stage, script, more string) *actors {
	a := &actors{stage: s, t: t, dir: t.TempDir()}
	config, address := filepath.Join(a.dir, "config.yaml"), ""
	if s.handler != nil {
		a.args = []string{builtProgram(t), "run", "-c", config}
		srv := httptest.NewUnstartedServer(s.handler)
		a.wire = &cutter{Listener: srv.Listener, conns: map[net.Conn]struct{}{}}
		srv.Listener = a.wire
		srv.Start()
		t.Cleanup(func() { a.wire.cut(); srv.Close() })
		address = strings.TrimPrefix(srv.URL, "http")
	} else {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		a.args = []string{self, "local", config}
	}
	t.Cleanup(a.kill)
	a.write("config.yaml", "admin: {listen: ''}\nlog: {format: json, level: debug}\nsessions:\n- "+strings.ReplaceAll(s.session, "%s", address)+"\n"+more)
	a.write("scripts/a.lua", script)
	if a.stage.vote == nil {
		a.stage.vote = func(who string, option int) { a.stage.say(who, fmt.Sprint(option)) }
	}
	if a.stage.enter == nil {
		a.stage.enter = func(who string) { a.stage.say(who, "!join") }
	}
	return a
}

func (a *actors) write(name, text string) {
	a.t.Helper()
	path := filepath.Join(a.dir, name)
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o600)
	}
	if err != nil {
		a.t.Fatal(err)
	}
}

// start runs the program until it is online.
func (a *actors) start() {
	a.t.Helper()
	a.run()
	a.told("online")
}

// run runs the program.
func (a *actors) run() {
	a.t.Helper()
	a.cmd = exec.Command(a.args[0], a.args[1:]...)
	log, err := a.cmd.StderrPipe()
	var input io.Writer
	if err == nil {
		input, err = a.cmd.StdinPipe()
	}
	if err == nil {
		err = a.cmd.Start()
	}
	if err != nil {
		a.t.Fatal(err)
	}
	a.lines = make(chan string, 1000)
	go func(lines chan<- string) {
		defer close(lines)
		for s := bufio.NewScanner(log); s.Scan(); {
			fmt.Fprintln(&a.output, s.Text())
			lines <- s.Text()
		}
	}(a.lines)
	if a.begin != nil {
		a.begin(input)
	}
}

// kill ends the program as a loss of power would.
func (a *actors) kill() {
	if a.cmd == nil {
		return
	}
	if a.sever != nil {
		a.sever()
	}
	_ = a.cmd.Process.Kill()
	for text := range a.lines { // until its log ends
		a.take(text)
	}
	_ = a.cmd.Wait()
	a.cmd = nil
}

// drop cuts its connections, if it has any, and waits until it is back.
func (a *actors) drop() {
	a.t.Helper()
	if a.wire == nil {
		return
	}
	if a.sever != nil {
		a.sever()
	}
	a.wire.cut()
	if !a.polled {
		a.told("online")
	}
}

// caught waits until a session that saves how far it has read has saved that it has read the last
// line. The daemon must have nothing to say meanwhile.
func (a *actors) caught() {
	a.t.Helper()
	if a.last != nil {
		a.await("that all was read", func(word) bool { return a.newest >= a.last() })
	}
}

// entered waits until so many have.
func (a *actors) entered(n int) { a.t.Helper(); a.told(fmt.Sprint("raffle started ", n)) }

// word is what the script says in the log.
type word struct {
	Msg, Level, What, Proof, Taken, Note string
	Newest                               int64
}

// take takes a line of the log in.
func (a *actors) take(line string) (w word) {
	if json.Unmarshal([]byte(line), &w) != nil { // not all of it
		w.Level = "ERROR"
	}
	switch w.Msg {
	case "told":
		a.words = append(a.words, w)
	case "position saved":
		a.newest = max(a.newest, w.Newest)
	}
	return w
}

// told waits until the script says something, and returns what it says with that.
func (a *actors) told(want string) word {
	a.t.Helper()
	return a.await(want, func(w word) bool { return w.Msg == "told" && w.What == want })
}

// await reads the log until a condition holds, and returns the last line.
func (a *actors) await(what string, ok func(word) bool) (w word) {
	a.t.Helper()
	late := time.After(patience)
	for !ok(w) {
		select {
		case text, more := <-a.lines:
			w = a.take(text)
			if !more || w.Level == "ERROR" {
				a.t.Fatalf("%q instead of %q\n%s", text, what, &a.output)
			}
		case <-late:
			a.t.Fatalf("nobody said %q\n%s", what, &a.output)
		}
	}
	return w
}

// cutter is a listener whose connections can be cut.
type cutter struct {
	net.Listener
	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

func (c *cutter) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err == nil {
		c.mu.Lock()
		c.conns[conn] = struct{}{}
		c.mu.Unlock()
	}
	return conn, err
}

func (c *cutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.conns {
		_ = conn.Close()
	}
	clear(c.conns)
}
