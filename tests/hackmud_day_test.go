package tests

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"botd/adapters/hackmud/hackmudtest"
	"botd/engine/store"
)

// announcer is a script for trade channels: it announces in all of them, more than it may,
// and answers questions, some at length.
const announcer = `
every("45s", function()
  for _, room in ipairs(bot.rooms()) do room:say("` + "`LSELLING`" + ` weapon, 3 left", {lane = "announce"}) end
end)
bot.command("price", function(ev) ev:reply("` + "`F10MGC`" + ` for " .. ev.user.name) end)
bot.command("list", function(ev) ev:reply(("` + "`Nitem`" + ` of the day\n"):rep(60)) end)
bot.on("message", {private = true}, function(ev) ev:reply("write !price in the channel") end)
`

// TestHackmudDay: four users of one token, in four channels, announce and answer for a
// day, and none of the network's limits is passed.
func TestHackmudDay(t *testing.T) {
	dir := scriptFolder(t, announcer)
	synctest.Test(t, func(t *testing.T) {
		users := []string{"one", "two", "three", "four"}
		w := newWorld(t, dir, hackmudtest.Options{Quirks: hackmudtest.Quirks{Latency: 600 * time.Millisecond, Delay: time.Second}}, users...)
		for _, u := range users[1:] { // one stays in trade; each other has a channel of its own
			w.sim.Leave("trade", u)
		}
		for i, u := range users {
			w.sim.Put(fmt.Sprint("market", i), u, "ann")
		}
		w.configure(dir, `[trade, market0, market1, market2, market3]`)
		ctx, cancel := context.WithCancel(t.Context())
		var log lockedBuffer
		var beside sync.WaitGroup
		beside.Go(func() { w.life(ctx, &mortal{Store: w.kept, died: make(chan struct{})}, &log) })
		w.untilPolled()
		random := rand.New(rand.NewPCG(1, 2))
		lines := []string{"!price", "!list", "hello", "`L!price` please"}
		for end := time.Now().Add(24 * time.Hour); time.Now().Before(end); {
			time.Sleep(time.Duration(random.Int64N(int64(80 * time.Second))))
			if random.IntN(10) == 0 {
				w.sim.Tell("ann", users[random.IntN(4)], "how much?")
				continue
			}
			w.sim.Say("ann", fmt.Sprint("market", random.IntN(4)), lines[random.IntN(len(lines))])
		}
		cancel()
		beside.Wait()
		for _, v := range w.sim.Violations() {
			t.Errorf("over a limit: %s", v)
		}
		refused := 0
		for _, r := range w.sim.Requests() {
			if r.Status != 200 && r.Status != 0 {
				refused++
			}
		}
		if refused > 0 {
			t.Errorf("%d requests were refused\n%s", refused, &log)
		}
		for i := range users {
			if n := len(w.sim.Lines(fmt.Sprint("market", i))); n < 1500 {
				t.Errorf("%d lines in market%d, want at least 1500", n, i)
			}
		}
	})
}

// TestHackmudKilled: the real program, killed with kill -9 while players talk, has its
// script count each line once.
func TestHackmudKilled(t *testing.T) {
	t.Parallel()
	const quick = 700 * time.Millisecond
	sim := hackmudtest.New(hackmudtest.Options{Quirks: hackmudtest.Quirks{Interval: quick, Delay: time.Second}})
	token := sim.AddAccount("botty").Token()
	sim.Put("trade", "botty", "ann")
	srv := httptest.NewServer(sim)
	defer srv.Close()
	defer sim.Close()

	dir := scriptFolder(t, counter)
	program := builtProgram(t)
	text := fmt.Sprintf("admin: {listen: ''}\ndata_dir: %s\nscripts_dir: %s\nsessions: [{name: hm, adapter: hackmud, rooms: [trade], settings: {url: '%s', token: %s, interval: %v}}]\n",
		filepath.Join(dir, "data"), filepath.Join(dir, "scripts"), srv.URL, token, quick)
	if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	stored := func() map[string]float64 {
		s, err := store.Open(t.Context(), filepath.Join(dir, "data", "botd.db"), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		out := map[string]float64{}
		list, err := s.List(t.Context(), store.Query{Space: "kv/a", Prefix: "m/"})
		if err != nil || len(list) == store.MaxList {
			t.Fatalf("%d keys, %v", len(list), err)
		}
		for _, e := range list {
			if out[e.Key], err = strconv.ParseFloat(string(e.Value), 64); err != nil {
				t.Fatal(err)
			}
		}
		return out
	}
	said := 0
	// live runs the program until it has asked for messages a few times, with somebody
	// talking meanwhile, and then ends it.
	live := func(polls int, end os.Signal) {
		t.Helper()
		cmd := exec.Command(program, "run", "-c", filepath.Join(dir, "config.yaml"))
		log, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var output lockedBuffer
		var reading sync.WaitGroup
		reading.Go(func() {
			for lines := bufio.NewScanner(log); lines.Scan(); {
				fmt.Fprintln(&output, lines.Text())
			}
		})
		asked := func() int {
			n := 0
			for _, r := range sim.Requests() {
				if r.Endpoint == "chats" {
					n++
				}
			}
			return n
		}
		before := asked()
		talk := time.NewTicker(15 * time.Millisecond)
		defer talk.Stop()
		tooLate := time.After(patience)
		for asked() < before+polls {
			select {
			case <-talk.C:
				if asked() > 0 && said < 900 { // the first look sets where reading begins
					sim.Say("ann", "trade", fmt.Sprint("n", said))
					said++
				}
			case <-tooLate:
				_ = cmd.Process.Kill()
				t.Fatalf("it does not ask\n%s", &output)
			}
		}
		if end == os.Kill {
			for range rand.IntN(3) { // the moment after an answer is the one that matters
				<-talk.C
			}
		}
		if err := cmd.Process.Signal(end); err != nil {
			t.Fatal(err)
		}
		reading.Wait()
		_ = cmd.Wait() // it was killed, or says so itself
	}
	for range 3 {
		live(1+rand.IntN(3), os.Kill)
	}
	said = 900 // nobody talks any more
	live(5, os.Interrupt)
	got := stored()
	for _, m := range sim.Messages() {
		switch n := got["m/"+m.Msg]; {
		case n > 1:
			t.Errorf("%q was handled %v times", m.Msg, n)
		case n == 0:
			t.Errorf("%q was lost", m.Msg)
		}
	}
	if len(got) < 50 {
		t.Errorf("%d lines were heard: too few to show anything", len(got))
	}
}
