package tests

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"botd/adapters/hctv/hctvtest"
	"botd/engine"
	"botd/engine/store"
)

// Scripts that count each line, old or new, in each way there is to keep something.
const (
	kvTally = `bot.on("connect", function() log.info("is there") end)
bot.on("message", {history = true}, function(ev) kv.incr(ev.text) log.info("counted", {line = ev.text}) end)`
	stateTally = `local st = state{ of = {} }
bot.on("message", {history = true}, function(ev) st.of[ev.text] = (st.of[ev.text] or 0) + 1 end)`
)

// The real program is killed while people talk in a channel that tells its latest lines again at
// each login. Each line counts once with kv, and never twice in a state, wherever the script runs.
func TestToldOverKills(t *testing.T) {
	srv := hctvtest.New(hctvtest.Options{})
	web := httptest.NewServer(srv)
	defer web.Close()
	defer srv.Close()
	c := toldCrash{t: t, dir: t.TempDir(), program: builtProgram(t), srv: srv, counted: map[string]bool{}}
	for name, text := range map[string]string{
		"config.yaml": fmt.Sprintf("admin: {listen: ''}\nlog: {format: json}\nscripts: [{name: c, isolation: process}]\n"+
			"sessions: [{name: tv, adapter: hctv, rooms: [lounge], settings: {url: 'ws%s/ws', token: %s}}]\n", strings.TrimPrefix(web.URL, "http"), hctvtest.PlainBotKey),
		"scripts/a.lua": kvTally, "scripts/b.lua": stateTally, "scripts/c.lua": stateTally,
	} {
		path := filepath.Join(c.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range kills(t, 4) {
		c.say(rand.IntN(4)) // while nobody listens
		c.run(rand.IntN(8), time.Duration(rand.IntN(2500))*time.Millisecond)
	}
	c.run(1, -1)
	c.check()
}

// toldCrash is a channel with a bot that is killed again and again.
type toldCrash struct {
	t            *testing.T
	dir, program string
	srv          *hctvtest.Server
	said         []string
	counted      map[string]bool // by what the log says
}

func (c *toldCrash) say(lines int) {
	for range lines {
		text := fmt.Sprintf("line%d", len(c.said))
		c.said = append(c.said, text)
		c.srv.Post("lounge", "u_owner", text, 0)
	}
}

// run runs the program, has people say some lines once it is there, and kills it some time after;
// a negative time is when all lines have been counted.
func (c *toldCrash) run(lines int, after time.Duration) {
	t := c.t
	t.Helper()
	cmd := exec.Command(c.program, "run", "-c", filepath.Join(c.dir, "config.yaml"))
	var said lockedBuffer
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() { _ = cmd.Process.Kill() }
	stuck := time.AfterFunc(2*patience, kill)
	there := false
	for s := bufio.NewScanner(io.TeeReader(log, &said)); s.Scan(); {
		if strings.Contains(s.Text(), `"is there"`) && !there {
			there = true
			c.say(lines)
			if after >= 0 {
				defer time.AfterFunc(after, kill).Stop()
			}
		}
		var entry struct{ Msg, Line string }
		if json.Unmarshal(s.Bytes(), &entry) == nil && entry.Msg == "counted" {
			c.counted[entry.Line] = true
		}
		if there && after < 0 && len(c.counted) == len(c.said) {
			kill()
		}
	}
	_ = cmd.Wait() // it was killed
	if !stuck.Stop() || !there {
		t.Fatalf("it ended with %s\n%s", cmd.ProcessState, &said)
	}
}

func (c *toldCrash) check() {
	t := c.t
	s, err := store.Open(t.Context(), filepath.Join(c.dir, "data", "botd.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	kv := map[string]string{}
	for q := (store.Query{Space: "kv/a"}); ; {
		list, err := s.List(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		for _, e := range list {
			kv[e.Key] = string(e.Value)
		}
		q.After = list[len(list)-1].Key
	}
	for _, line := range c.said {
		if kv[line] != "1" {
			t.Errorf("with kv %s was counted %q times", line, kv[line])
		}
	}
	for _, script := range []string{"b", "c"} {
		e, err := s.Get(t.Context(), "state/"+script, "state")
		if engine.CodeOf(err) == engine.NotFound {
			continue // the last second is all there was
		}
		var record struct{ Data struct{ Of map[string]int } }
		if err == nil {
			err = json.Unmarshal(e.Value, &record)
		}
		if err != nil {
			t.Fatal(err)
		}
		for line, n := range record.Data.Of {
			if n != 1 || !slices.Contains(c.said, line) {
				t.Errorf("the state of %s has %s %d times", script, line, n)
			}
		}
		t.Logf("%s has %d of %d lines", script, len(record.Data.Of), len(c.said))
	}
}
