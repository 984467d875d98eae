package tests

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"botd/adapters/hackchat/hackchattest"
)

// promiser announces, orders jobs and counts in its state, and says in the log what was
// accepted and what was done.
const promiser = `local st = state{ n = 0 }
cron.define("job", function(job) log.info("done", {job = job.data, attempt = job.attempt}) end)
bot.spawn(function()
  while not bot.room("hc/lab") do sleep(0.01) end
  local room = bot.room("hc/lab")
  log.info("begins", {state = st.n, taken = kv.get("n") or 0})
  for i = 1, 4 do
    local n = assert(kv.incr("n"))
    assert(room:say("line " .. n .. ".", {lane = "announce"}))
    assert(cron.once(0, "job", n, {id = "job" .. n}))
    st.n = n
    log.info("accepted", {line = n})
    sleep(0.05)
  end
end)`

// The real program is killed while it announces, orders jobs and counts. Each accepted
// line is said once, or not at all if it was on its way in the moment of a kill, and then
// the log says so; each accepted job ends; the state goes back by a second at most.
func TestPromisesOverKills(t *testing.T) {
	kills := 2
	if s := os.Getenv(killsVariable); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		kills = max(2, n/50)
	}
	srv := hackchattest.New(hackchattest.Options{Unlimited: true})
	web := httptest.NewServer(srv)
	defer web.Close()
	defer srv.Close()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"config.yaml": "admin: {listen: ''}\nlog: {format: json}\nsessions: [{name: hc, adapter: hackchat, rooms: [lab], settings: {url: 'ws" +
			strings.TrimPrefix(web.URL, "http") + "', nick: botd}}]\n",
		"scripts/a.lua": promiser,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := promises{t: t, program: builtProgram(t), dir: dir, accepted: map[int]bool{}, ended: map[int]int{}}
	for range kills {
		p.run(1+rand.IntN(6), func() bool { return false })
	}
	p.run(0, func() bool { return p.settled(srv.Lines("lab")) })
	said := strings.Join(srv.Lines("lab"), "\n")
	missing := 0
	for n := 1; n <= p.last; n++ { // of those that are not accepted a kill left a part at most
		switch times := strings.Count(said, fmt.Sprintf("line %d.", n)); {
		case times == 0 && p.accepted[n]:
			missing++
		case times > 1:
			t.Errorf("line %d was said %d times", n, times)
		}
		if p.accepted[n] && p.ended[n] == 0 {
			t.Errorf("job %d was not done", n)
		}
	}
	if missing > p.unsure || p.unsure > kills {
		t.Errorf("%d lines are missing, %d of them on their way in one of %d kills", missing, p.unsure, kills)
	}
}

// promises is what was accepted so far, and what came of it.
type promises struct {
	t            *testing.T
	program, dir string
	accepted     map[int]bool // of which the log says so
	last         int          // of those
	unsure       int
	ended        map[int]int // attempts at each job that were seen to do their work
	state        int
}

// settled reports whether all that was accepted has come to its end.
func (p *promises) settled(said []string) bool {
	all := strings.Join(said, "\n")
	missing := 0
	for n := range p.accepted {
		if !strings.Contains(all, fmt.Sprintf("line %d.", n)) {
			missing++
		}
		if p.ended[n] == 0 {
			return false
		}
	}
	return p.last > 0 && missing <= p.unsure
}

// run runs the program and kills it after so many lines of its log that matter, or once
// over says so.
func (p *promises) run(after int, over func() bool) {
	t := p.t
	t.Helper()
	cmd := exec.Command(p.program, "run", "-c", filepath.Join(p.dir, "config.yaml"))
	var said lockedBuffer
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	limit := time.AfterFunc(4*patience, func() { _ = cmd.Process.Kill() })
	defer limit.Stop()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	lines := make(chan string)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(io.TeeReader(log, &said)); s.Scan(); {
			lines <- s.Text()
		}
	}()
	for seen := 0; ; {
		select {
		case line, ok := <-lines:
			if !ok {
				_ = cmd.Wait() // it was killed
				return
			}
			if p.note(line) {
				if seen++; seen == after {
					_ = cmd.Process.Kill()
				}
			}
		case <-ticker.C:
			if after == 0 && over() {
				after = -1
				_ = cmd.Process.Kill()
			}
		}
	}
}

// note takes in what a line of the log says; true if it is one that counts.
func (p *promises) note(line string) bool {
	var n, attempt, taken int
	switch {
	case strings.Contains(line, "may have been seen"):
		p.unsure++
	case scan(after(line, `"accepted",`, `"line":`), &n):
		p.accepted[n], p.last = true, max(p.last, n)
		return true
	case scan(after(line, `"done",`, `"job":`), &n):
		if scan(after(line, `"done",`, `"attempt":`), &attempt) && attempt == 1 && p.ended[n] > 0 {
			p.t.Errorf("job %d was begun for the first time twice", n)
		}
		p.ended[n]++
		return true
	case scan(after(line, `"begins",`, `"state":`), &n):
		if !scan(after(line, `"begins",`, `"taken":`), &taken) || n < p.state || n > taken {
			p.t.Errorf("the state is %d, was %d, and %d numbers were taken", n, p.state, taken)
		}
		p.state = n
	}
	return false
}

func scan(text string, n *int) bool {
	var f float64
	if _, err := fmt.Sscanf(text, "%g", &f); err != nil {
		return false
	}
	*n = int(f)
	return true
}
