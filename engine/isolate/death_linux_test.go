package isolate_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"botd/engine/isolate"
	"botd/engine/script"
)

const answers = `bot.on("message", function(ev) ev:reply(ev.text) end)`

func TestKilledProcessIsReplaced(t *testing.T) {
	b := newBench(t)
	b.mustLoad("a", answers)
	if got := b.ask("one"); got != "one" {
		t.Fatalf("got %q", got)
	}
	first := b.status()
	killProcess(t, first.Process)
	b.until("it is replaced", func() bool { st := b.status(); return st.State == "running" && st.Process != first.Process })
	if got := b.ask("two"); got != "two" {
		t.Errorf("got %q", got)
	}
	st := b.status()
	if st.Generation <= first.Generation || st.Handled != 2 || st.Problem != "" {
		t.Errorf("status %+v", st)
	}
	if len(b.faults) != 1 || !strings.Contains(b.fault(), "killed from outside") || b.faults[0].Hint == "" || b.faults[0].Script != "a" {
		t.Errorf("faults %s", b.fault())
	}
}

// What came while there was no process is not lost; what the dead one had is counted.
func TestEventsWaitForTheNextProcess(t *testing.T) {
	b := newBench(t)
	b.mustLoad("a", answers)
	pid := b.status().Process
	stopProcess(t, pid)
	const total = 200
	for i := range total {
		b.say(strconv.Itoa(i))
	}
	if st := b.status(); st.Queued != total {
		t.Errorf("status %+v", st)
	}
	killProcess(t, pid)
	b.idle()
	got := strings.Split(b.take(), "\n")
	st := b.status()
	if st.Dropped == 0 || len(got)+int(st.Dropped) != total || got[len(got)-1] != strconv.Itoa(total-1) {
		t.Errorf("%d answers, the last %s; status %+v", len(got), got[len(got)-1], st)
	}
	for i, line := range got {
		if line != strconv.Itoa(int(st.Dropped)+i) {
			t.Fatalf("answer %d is %s", i, line)
		}
	}
}

func TestLoadEndsThePauseAtOnce(t *testing.T) {
	b := newBench(t)
	b.mustLoad("a", `after(0, function() exit(3) end)`)
	b.until("the pauses have grown", func() bool { return len(b.reported()) >= 4 })
	b.until("it waits for a restart", func() bool { return b.status().State == "restarting" })
	if st := b.status(); !strings.Contains(st.Problem, "it ended by itself with code 3") || st.Until.IsZero() || st.Process != 0 {
		t.Errorf("status %+v", st)
	}
	if err := b.load("a", "x y"); err == nil {
		t.Error("a fault was loaded")
	}
	b.mustLoad("a", answers)
	if got := b.ask("x"); got != "x" {
		t.Errorf("got %q", got)
	}
	if st := b.status(); st.State != "running" || st.Problem != "" {
		t.Errorf("status %+v", st)
	}
}

func TestUnloadEndsThePause(t *testing.T) {
	b := newBench(t)
	b.mustLoad("a", `after(0, function() exit(3) end)`)
	b.until("it has died twice", func() bool { return len(b.reported()) >= 2 })
	if err := b.m.Unload(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	n := len(b.reported())
	b.stop()
	if len(b.reported()) != n || len(children(t)) != 0 {
		t.Error("it was started again")
	}
}

// Whatever ends a process ends it alone, and the author reads why.
func TestCausesOfDeath(t *testing.T) {
	small := func(o *isolate.Options) { o.Data = 48 << 20 }
	soon := func(o *isolate.Options) { o.Deadline = short }
	huge := script.Limits{LoadTime: time.Hour, HandlerTime: time.Hour, Mailbox: 100}
	plain := func(*isolate.Options) {}
	for _, tt := range []struct {
		name, code, why string
		change          func(*isolate.Options)
	}{
		{"memory, in Go", "eat()", "out of memory", small},
		{"memory, in Lua", "local t = {} for i = 1, 1e9 do t[i] = {i} end", "out of memory", small},
		{"endless loop in Go", "spin()", "could not be stopped", soon},
		{"endless loop in Lua", "while true do end", "could not be stopped", soon},
		{"stack", "recurse()", "stack overflow", plain},
		{"panic", "panic_beside()", "a bug", plain},
		{"exit", "exit(0)", "ended by itself with code 0", plain},
		{"garbage", "raw(('x'):rep(100))", "broke the protocol: a frame of", plain},
		{"stderr", "stderr()", "floods its standard error", plain},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, tt.change)
			src := source("a", "bot.command('die', function(ev) "+tt.code+" end)\n"+answers)
			src.Limits = huge
			if err := b.m.Load(t.Context(), src); err != nil {
				t.Fatal(err)
			}
			first := b.status().Process
			b.say("!die")
			b.until("it has died", func() bool { return len(b.reported()) > 0 })
			// A race detector needs memory for each byte of stack too.
			if f := b.fault(); !strings.Contains(f, tt.why) && !(tt.name == "stack" && strings.Contains(f, "out of memory")) {
				t.Errorf("reported %q", f)
			}
			b.until("it is replaced", func() bool { st := b.status(); return st.State == "running" && st.Process != first })
			if got := b.ask("x"); got != "x" {
				t.Errorf("got %q", got)
			}
			if st := b.status(); st.Dropped > 1 { // none if it was known to have begun
				t.Errorf("status %+v", st)
			}
		})
	}
}

func TestDeathWhileLoading(t *testing.T) {
	b := newBench(t, func(o *isolate.Options) { o.Data = 48 << 20 })
	b.mustLoad("a", answers)
	err := b.load("a", "eat()")
	if err == nil || !strings.Contains(err.Error(), "died while it loaded: it was out of memory") || b.fault() != err.Error() || !b.faults[0].Load {
		t.Errorf("err %v, reported %q", err, b.fault())
	}
	if st := b.status(); st.State != "broken" || st.Problem != err.Error() {
		t.Errorf("status %+v", st)
	}
	if got := b.ask("x"); got != "x" {
		t.Errorf("the old version: got %q", got)
	}
	if err := b.load("b", "exit(1)"); err == nil {
		t.Error("loaded")
	}
	if st := b.m.Status()[1]; st.State != "failed" {
		t.Errorf("status %+v", st)
	}
}

func TestFrozenProcessIsKilled(t *testing.T) {
	b := newBench(t, func(o *isolate.Options) { o.Deadline = short })
	b.mustLoad("a", answers)
	stopProcess(t, b.status().Process)
	b.until("it is killed", func() bool { return len(b.reported()) > 0 })
	if f := b.fault(); !strings.Contains(f, "has not answered for "+short.String()) {
		t.Errorf("reported %q", f)
	}
	if got := b.ask("x"); got != "x" {
		t.Errorf("got %q", got)
	}
}

// A version whose handlers do not end is killed when another takes its place.
func TestReloadOfABusyScript(t *testing.T) {
	b := newBench(t, func(o *isolate.Options) { o.Deadline = short })
	src := source("a", `bot.command("spin", function(ev) spin() end)`+"\n"+answers)
	src.Limits.HandlerTime = 0
	if err := b.m.Load(t.Context(), src); err != nil {
		t.Fatal(err)
	}
	pid := b.status().Process
	b.say("!spin")
	b.until("it spins", func() bool { return b.status().Queued == 0 || len(b.reported()) > 0 })
	b.say("x")
	b.mustLoad("a", answers)
	b.until("its process is gone", func() bool { return !alive(pid) })
	if got := b.ask("y"); got != "y" {
		t.Errorf("got %q", got)
	}
}

func TestStopLeavesNoProcess(t *testing.T) {
	b := newBench(t)
	for i := range 3 {
		b.mustLoad(fmt.Sprint("s", i), answers+` bot.command("wait", function() sleep(3600) end)`)
	}
	b.say("!wait")
	if n := len(children(t)); n != 3 {
		t.Errorf("%d processes for 3 scripts", n)
	}
	b.stop()
	if n := len(children(t)); n != 0 {
		t.Errorf("%d processes are left", n)
	}
	if f := b.fault(); f != "" {
		t.Errorf("faults %s", f)
	}
	if err := b.load("late", answers); err == nil {
		t.Error("a script was loaded after the stop")
	}
}

// The daemon is killed: nothing can be done any more, and nothing is left.
func TestKilledDaemonLeavesNoProcess(t *testing.T) {
	for _, state := range []string{"idle", "busy", "frozen"} {
		t.Run(state, func(t *testing.T) {
			exe, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			daemon := exec.Command(exe, "daemon")
			in, err := daemon.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			out, err := daemon.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			daemon.Stderr = os.Stderr
			if err := daemon.Start(); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(out).ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(strings.TrimSpace(line))
			if err != nil || !alive(pid) {
				t.Fatalf("process %d: %v", pid, err)
			}
			switch state {
			case "busy":
				fmt.Fprintln(in, "!spin")
			case "frozen":
				stopProcess(t, pid)
			}
			killProcess(t, daemon.Process.Pid)
			_ = daemon.Wait()
			b := &bench{t: t, m: isolate.NewManager(isolate.Options{})}
			b.until("the script's process is gone", func() bool { return !running(pid) })
		})
	}
}

// running is false also for a process that is dead, but whose end its new parent has not
// yet looked at.
func running(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}

// daemon is a process with one script in a process of its own, until it is killed.
func daemon() {
	b := newBench(&testing.B{})
	b.mustLoad("a", `bot.command("spin", function() spin() end)`+"\n"+answers)
	fmt.Println(b.status().Process)
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		b.say(in.Text())
	}
	select {}
}
