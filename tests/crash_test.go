package tests

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"botd/engine/store"
	"botd/engine/store/disktest"
)

// killsVariable sets how often the daemon is killed, for a soak.
const killsVariable = "BOTD_TEST_KILLS"

// counters are scripts that count, each in its own way, and say in the log what was
// acknowledged. The log takes 200 lines of a script at once, so they do not hurry.
var counters = map[string]string{"n": `bot.spawn(function()
  while true do
    log.info("acknowledged", {n = assert(kv.incr("n"))})
    sleep(0.002)
  end
end)`}

const updater = `bot.spawn(function()
  while true do
    log.info("acknowledged", {KEY = assert(kv.update("KEY", function(old) return (old or 0) + 1 end))})
    sleep(0.002)
  end
end)`

func init() {
	for _, key := range []string{"w1", "w2", "w3", "w4"} {
		counters[key] = strings.ReplaceAll(updater, "KEY", key)
	}
}

// The real program is killed at random moments. What it acknowledged must be there, and
// nothing may count twice: at most the one write of each counter that was under way may be
// there without having been acknowledged.
func TestKilled(t *testing.T) {
	c := newCrash(t, builtProgram(t))
	for range kills(t, 5) {
		c.kill(1+rand.IntN(150), "")
	}
}

// It ends at each single operation on the disk: before, after, and in the middle of it. Those of
// the opening, which come first, are among them.
func TestKilledAtEachWrite(t *testing.T) {
	// The program of the tests of cmd/botd is botd too, with a disk that can fail.
	program := filepath.Join(t.TempDir(), "botd")
	if out, err := exec.Command("go", "test", "-c", "-o", program, "../cmd/botd").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c := newCrash(t, program)
	each := kills(t, 9)
	for n := range each {
		way := []disktest.Way{disktest.Before, disktest.Torn, disktest.After}[n%3]
		at := 1 + n/3
		if each < 100 { // spread the few that there are
			at = 1 + rand.IntN(60)
		}
		c.kill(0, fmt.Sprintf("DISK_KILL_AT=%d,%s", at, way))
	}
}

// kills is how often to kill, unless the environment says so.
func kills(t *testing.T, usual int) int {
	s := os.Getenv(killsVariable)
	if s == "" {
		return usual
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// crash is a bot that is killed again and again.
type crash struct {
	t       *testing.T
	dir     string
	program string
	known   map[string]float64 // the counters, as they were found after the last time
	count   int
}

func newCrash(t *testing.T, program string) *crash {
	dir := t.TempDir()
	c := &crash{t: t, dir: dir, program: program, known: map[string]float64{}}
	files := map[string]string{"config.yaml": "admin: {listen: ''}\nlog: {format: json}\n"}
	for key, code := range counters {
		files["scripts/"+key+".lua"] = code
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// kill runs the program until it was killed, after so many acknowledgements or, if that is 0, by
// itself, and compares what is stored with what was acknowledged.
func (c *crash) kill(after int, env string) {
	c.t.Helper()
	c.count++
	acknowledged := c.run(after, env)
	s, err := store.Open(c.t.Context(), filepath.Join(c.dir, "data", "botd.db"), nil)
	if err != nil {
		c.t.Fatalf("kill %d %s: %v", c.count, env, err)
	}
	for key := range counters {
		acked := acknowledged[key]
		got := stored(c.t, s, key)
		if got < acked || got > acked+1 {
			c.t.Errorf("kill %d %s: %s is %v; %v was acknowledged", c.count, env, key, got, acked)
		}
		c.known[key] = got
	}
	if err := s.Close(); err != nil {
		c.t.Fatal(err)
	}
}

func stored(t *testing.T, s store.Store, key string) float64 {
	t.Helper()
	list, err := s.List(context.Background(), store.Query{Space: "kv/" + key, Prefix: key})
	if err != nil || len(list) > 1 {
		t.Fatalf("%s: %v, %v", key, list, err)
	}
	if len(list) == 0 {
		return 0
	}
	v, err := store.Decode(list[0].Value)
	n, ok := v.(float64)
	if err != nil || !ok {
		t.Fatalf("%s: %v, %v", key, v, err)
	}
	return n
}

// run runs the program, kills it after so many acknowledgements, or has it do so by itself, and
// returns the last one of each counter, those that were on their way included. Each must go
// on from where the counter is known to be.
func (c *crash) run(after int, env string) map[string]float64 {
	t := c.t
	t.Helper()
	cmd := exec.Command(c.program, "run", "-c", filepath.Join(c.dir, "config.yaml"))
	cmd.Env = append(os.Environ(), env)
	var said lockedBuffer
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stuck := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() }) // then too little was acknowledged
	defer stuck.Stop()
	last := maps.Clone(c.known)
	seen := 0
	for lines := bufio.NewScanner(io.TeeReader(log, &said)); lines.Scan(); {
		var key string
		var n float64
		if !acknowledgement(lines.Text(), &key, &n) {
			continue
		}
		if n != last[key]+1 {
			t.Errorf("%s is %v after %v", key, n, last[key])
		}
		last[key] = n
		if seen++; seen == after {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // it was killed
	if seen < after || cmd.ProcessState.ExitCode() != -1 || !stuck.Stop() {
		t.Fatalf("%s: it ended with %s after %d acknowledgements\n%s", env, cmd.ProcessState, seen, &said)
	}
	return last
}

func acknowledgement(line string, key *string, n *float64) bool {
	for _, k := range []string{"n", "w1", "w2", "w3", "w4"} {
		if _, err := fmt.Sscanf(after(line, `"acknowledged",`, `"`+k+`":`), "%g", n); err == nil {
			*key = k
			return true
		}
	}
	return false
}

// after is what follows mark in a line that has another text before it, "" if it does not.
func after(line, text, mark string) string {
	_, rest, ok := strings.Cut(line, text)
	if !ok {
		return ""
	}
	_, rest, _ = strings.Cut(rest, mark)
	return rest
}
