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
	kills := 5
	if s := os.Getenv(killsVariable); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		kills = n
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "botd")
	if out, err := exec.Command("go", "build", "-o", program, "../cmd/botd").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
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
	known := map[string]float64{}
	for kill := range kills {
		acknowledged := runAndKill(t, program, dir, 1+rand.IntN(150), known)
		s, err := store.Open(t.Context(), filepath.Join(dir, "data", "botd.db"), nil)
		if err != nil {
			t.Fatalf("kill %d: %v", kill, err)
		}
		for key := range counters {
			acked := acknowledged[key]
			got := stored(t, s, key)
			if got < acked || got > acked+1 {
				t.Errorf("kill %d: %s is %v; %v was acknowledged", kill, key, got, acked)
			}
			known[key] = got
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
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

// runAndKill runs the program, kills it after so many acknowledgements and returns the
// last one of each counter, those that were on their way included. Each must go on from
// where the counter is known to be.
func runAndKill(t *testing.T, program, dir string, after int, known map[string]float64) map[string]float64 {
	t.Helper()
	cmd := exec.Command(program, "run", "-c", filepath.Join(dir, "config.yaml"))
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
	last := maps.Clone(known)
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
	if seen < after {
		t.Fatalf("it ended after %d acknowledgements\n%s", seen, &said)
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
