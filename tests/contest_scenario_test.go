package tests

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"botd/adapters/hackchat/hackchattest"
	"botd/adapters/hackmud/hackmudtest"
	"botd/adapters/hctv/hctvtest"
	"botd/adapters/hitbox/hitboxtest"
	"botd/engine/raffle"
)

// scenario is the same script on every network: a poll, and when that has ended a raffle in
// which all who enter win. It says in the log what it is told.
const scenario = `
local function first(room) return room:polls()[1], room:raffles()[1] end
bot.on("connect", function(ev)
  if not ev.room then return end
  log.info("told", {what = "online"})
  if kv.incr("runs") == 1 then
    assert(ev.room:poll{ question = "Tea?", options = {"yes", "no"} })
    log.info("told", {what = "poll is open"}) -- and will be after a crash
  end
end)
bot.on("poll", function(ev)
  log.info("told", {what = ("poll %s %g:%g"):format(ev.status, ev.options[1].votes or 0, ev.options[2].votes or 0)})
end)
bot.on("raffle", function(ev)
  log.info("told", {what = ("raffle %s %d"):format(ev.status, ev.entries or 0)})
end)
bot.on("message", function(ev)
  local p, r = first(ev.room)
  if ev.text == "close it" and p then
    assert(p:close())
    local got = p:results()
    log.info("told", {what = ("result %s %g:%g %d"):format(got.winner_text, got.options[1].votes, got.options[2].votes, got.voters)})
    assert(ev.room:raffle{ prize = "a cake", winners = 3 })
    log.info("told", {what = "raffle is open"})
  elseif ev.text == "draw it" and r then
    assert(r:close())
    local winners, proof = r:wait()
    local names = {}
    for i, w in ipairs(winners) do names[i] = w.name:lower() end
    table.sort(names)
    log.info("told", {what = "winners " .. table.concat(names, " "), proof = json.encode(proof or {})})
  end
end)`

// stage is a network with three people in a room of it.
type stage struct {
	session string // of the configuration, with %s for the server's address
	handler http.Handler
	say     func(who int, text string)
	vote    func(who, option int) // in chat if nil
	enter   func(who int)         // in chat if nil
	proves  bool
}

// people are those of the scenario, by their places.
var people = []string{"ann", "bob", "eve"}

var stages = map[string]func(*testing.T) stage{
	"hackchat": func(t *testing.T) stage {
		srv := hackchattest.New(hackchattest.Options{Unlimited: true})
		t.Cleanup(srv.Close)
		var users []*hackchattest.User
		for _, name := range people {
			users = append(users, srv.Join("lab", name))
		}
		return stage{
			session: "{name: net, adapter: hackchat, rooms: [lab], settings: {url: 'ws%s', nick: botd}}",
			handler: srv, say: func(who int, text string) { users[who].Say(text) }, proves: true,
		}
	},
	"hctv": func(t *testing.T) stage {
		srv := hctvtest.New(hctvtest.Options{Unlimited: true})
		t.Cleanup(srv.Close)
		var users []*hctvtest.User
		for _, name := range people {
			users = append(users, srv.Join("lounge", name))
		}
		return stage{
			session: "{name: net, adapter: hctv, rooms: [lounge], settings: {url: 'ws%s/ws', token: " + hctvtest.ModBotKey + "}}",
			handler: srv, say: func(who int, text string) { users[who].Say(text) }, proves: true,
		}
	},
	"hackmud": func(t *testing.T) stage {
		const quick = 700 * time.Millisecond
		srv := hackmudtest.New(hackmudtest.Options{Quirks: hackmudtest.Quirks{Interval: quick}})
		t.Cleanup(srv.Close)
		token := srv.AddAccount("botty").Token()
		srv.Put("trade", append([]string{"botty"}, people...)...)
		return stage{
			session: fmt.Sprintf("{name: net, adapter: hackmud, rooms: [trade], settings: {url: 'http%%s', token: %s, interval: %v}}", token, quick),
			handler: srv, say: func(who int, text string) { srv.Say(people[who], "trade", text) }, proves: true,
		}
	},
	// There the network has polls and raffles of its own.
	"hitbox": func(t *testing.T) stage {
		srv := hitboxtest.New(hitboxtest.Options{Unlimited: true})
		t.Cleanup(srv.Close)
		var users []*hitboxtest.User
		for _, name := range people {
			users = append(users, srv.Join("demo", name))
		}
		choose := func(method string, who, option int) {
			users[who].Send(method, map[string]any{"choice": fmt.Sprint(option - 1)})
		}
		return stage{
			session: "{name: net, adapter: hitbox, rooms: [demo], settings: {url: 'http%s', name: demo, password: demo-pass, pace: 0s}}",
			handler: srv, say: func(who int, text string) { users[who].Say(text) },
			vote:  func(who, option int) { choose("voteMsg", who, option) },
			enter: func(who int) { choose("voteRaffle", who, 1) },
		}
	},
}

// The real program runs the scenario on each network. It is killed with the poll half done, and
// with the raffle half done, and connections are lost between two votes and two entries. The results
// are the same everywhere, nobody's vote or entry is lost, and none counts twice.
func TestContestScenario(t *testing.T) {
	program := filepath.Join(t.TempDir(), "botd")
	if out, err := exec.Command("go", "build", "-o", program, "../cmd/botd").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, make := range stages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			playScenario(t, newActors(t, program, make(t)))
		})
	}
}

func playScenario(t *testing.T, a *actors) {
	vote := func(who, option int, want string) {
		t.Helper()
		a.vote(who, option)
		a.told(want)
	}
	a.start()
	a.told("poll is open")
	vote(0, 1, "poll started 1:0")
	a.kill()
	a.start()
	vote(1, 2, "poll started 1:1")
	a.drop()
	vote(2, 2, "poll started 1:2")
	a.say(0, "close it")
	a.told("result no 1:2 3")
	a.told("raffle is open")
	a.enter(0)
	a.entered(1)
	a.kill()
	a.start()
	a.enter(1)
	a.entered(2)
	a.drop()
	a.enter(2)
	a.entered(3)
	a.say(0, "draw it")
	proof := a.told("winners ann bob eve")
	if !a.proves {
		return
	}
	var p raffle.Proof
	if err := json.Unmarshal([]byte(proof), &p); err != nil || p.Verify() != nil || len(p.Entries) != 3 {
		t.Errorf("%v %v %s", err, p.Verify(), proof)
	}
}

// actors are a stage with the program on it.
type actors struct {
	stage
	t       *testing.T
	program string
	dir     string
	wire    *cutter
	cmd     *exec.Cmd
	lines   chan string
	output  lockedBuffer
}

func newActors(t *testing.T, program string, s stage) *actors {
	a := &actors{stage: s, t: t, program: program, dir: t.TempDir()}
	srv := httptest.NewUnstartedServer(s.handler)
	a.wire = &cutter{Listener: srv.Listener, conns: map[net.Conn]struct{}{}}
	srv.Listener = a.wire
	srv.Start()
	t.Cleanup(func() { a.kill(); a.wire.cut(); srv.Close() })
	a.write("config.yaml", "admin: {listen: ''}\nlog: {format: json}\nsessions:\n- "+
		strings.ReplaceAll(s.session, "%s", strings.TrimPrefix(srv.URL, "http"))+"\n")
	a.write("scripts/a.lua", scenario)
	if a.stage.vote == nil {
		a.stage.vote = func(who, option int) { a.stage.say(who, fmt.Sprint(option)) }
	}
	if a.stage.enter == nil {
		a.stage.enter = func(who int) { a.stage.say(who, "!join") }
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
	a.cmd = exec.Command(a.program, "run", "-c", filepath.Join(a.dir, "config.yaml"))
	log, err := a.cmd.StderrPipe()
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
}

// kill ends the program as a loss of power would.
func (a *actors) kill() {
	if a.cmd == nil {
		return
	}
	_ = a.cmd.Process.Kill()
	for range a.lines { // until its log ends
		continue
	}
	_ = a.cmd.Wait()
	a.cmd = nil
}

// drop cuts its connections, and waits until it is back.
func (a *actors) drop() {
	a.t.Helper()
	if _, polls := a.stage.handler.(*hackmudtest.Server); polls {
		a.wire.cut() // it asks anew for each look, and nobody sees that one was cut
		return
	}
	a.wire.cut()
	a.told("online")
}

// entered waits until so many have.
func (a *actors) entered(n int) { a.t.Helper(); a.told(fmt.Sprint("raffle started ", n)) }

// told waits until the script says something, and returns the proof it says with that.
func (a *actors) told(want string) string {
	a.t.Helper()
	late := time.After(patience)
	for {
		select {
		case text, ok := <-a.lines:
			var line struct{ Msg, Level, What, Proof string }
			if !ok || json.Unmarshal([]byte(text), &line) != nil || line.Level == "ERROR" {
				a.t.Fatalf("%q instead of %q\n%s", text, want, &a.output)
			}
			if line.Msg == "told" && line.What == want {
				return line.Proof
			}
		case <-late:
			a.t.Fatalf("nobody said %q\n%s", want, &a.output)
		}
	}
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

// In the local network, which is a part of the daemon, it is stopped and started again.
func TestLocalContestScenario(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{"scripts/a.lua": scenario}
	var d *daemon
	heard := func(want string) {
		t.Helper()
		d.until(want, func() bool { return strings.Contains(d.log.String(), `"`+want+`"`) })
	}
	begin := func() (say func(who, text string)) {
		d = startIn(t, dir, files)
		guests := map[string]*guest{}
		for _, name := range people {
			guests[name] = d.join("lobby", name)
		}
		return func(who, text string) { guests[who].say("%s", text) }
	}
	say := begin()
	heard("poll started 0:0")
	say("ann", "1")
	heard("poll started 1:0")
	if err := d.stop(); err != nil {
		t.Fatal(err)
	}
	say = begin()
	say("bob", "2")
	heard("poll started 1:1")
	say("eve", "no")
	heard("poll started 1:2")
	say("ann", "close it")
	heard("result no 1:2 3")
	heard("raffle started 0")
	say("ann", "!join")
	heard("raffle started 1")
	if err := d.stop(); err != nil {
		t.Fatal(err)
	}
	say = begin()
	say("bob", "!join")
	heard("raffle started 2")
	say("eve", "!join")
	heard("raffle started 3")
	say("ann", "draw it")
	heard("winners ann bob eve")
}
