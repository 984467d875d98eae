package isolate_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"botd/engine"
)

const counting = `
local st = state{ n = 0 }
bot.on("message", function(ev) st.n = st.n + 1 ev:reply(bot.generation .. ":" .. st.n) end)`

// state is what was kept of the script a.
func (d *door) state() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return string(d.states["a"])
}

// A new process goes on with the table of the one before as it was when that stopped, and
// no event falls between them.
func TestStateOverReload(t *testing.T) {
	b := newBench(t)
	b.mustLoad("a", counting)
	const loads, lines = 5, 40
	for range loads {
		for range lines {
			b.say("x")
		}
		b.mustLoad("a", counting)
	}
	b.idle()
	said := strings.Fields(b.take())
	for i, s := range said {
		if _, n, _ := strings.Cut(s, ":"); n != fmt.Sprint(i+1) {
			t.Fatalf("line %d is answered by %s", i+1, s)
		}
	}
	if len(said) != loads*lines || !strings.HasPrefix(b.ask("x"), "6:") {
		t.Errorf("%d answers\n%s", len(said), b.fault())
	}
	b.stop()
	if got, want := b.state(), fmt.Sprintf(`{"version":1,"data":{"n":%d}}`, loads*lines+1); got != want {
		t.Errorf("kept %s, want %s", got, want)
	}
}

// A version that cannot take the state over leaves the one before at work.
func TestStateAfterAFailedLoad(t *testing.T) {
	b := newBench(t)
	b.mustLoad("a", counting)
	b.say("x")
	for _, broken := range []string{
		`state{ version = 2, migrate = function(old) error("no") end }`,
		`state{ n = 0 } error("no")`,
		`state{ n = 0 } raw("nonsense")`,
	} {
		if err := b.load("a", broken); err == nil {
			t.Fatalf("it loads: %s", broken)
		}
		b.say("x")
	}
	b.mustLoad("a", `local st = state{ version = 2, migrate = function(old, from) old.n = old.n * 100 + from end }
		bot.on("message", function(ev) ev:reply("now " .. st.n) end)`)
	if got := b.ask("x"); got != "now 401" {
		t.Errorf("got %q\n%s", got, b.fault())
	}
	b.idle()
}

// A process that dies is started again with what was kept; nothing that was kept is lost.
func TestStateOverDeath(t *testing.T) {
	b := newBench(t)
	b.mustLoad("a", `local st = state{ n = 0 }
		bot.command("die", function() exit(1) end)
		bot.command("add", function(ev) st.n = st.n + 1 ev:reply(tostring(st.n)) end)`)
	b.ask("!add")
	b.until("it is kept", func() bool { return strings.Contains(b.state(), `"n":1}`) })
	b.say("!die")
	b.until("it is back", func() bool { return b.status().State == "running" && b.status().Generation > 1 })
	if got := b.ask("!add"); got != "2" {
		t.Errorf("got %q\n%s", got, b.fault())
	}
}

// Hold stops a script and has its state saved; afterwards it goes on.
func TestHold(t *testing.T) {
	b := newBench(t)
	b.mustLoad("a", counting)
	b.ask("x")
	if err := b.m.Hold(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if got := b.state(); !strings.Contains(got, `"n":1}`) {
		t.Errorf("kept %s", got)
	}
	b.say("x")
	b.m.Release("a")
	if b.idle(); b.take() != "1:2" {
		t.Error("it does not go on")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.m.Hold(ctx, "none"); err != nil {
		t.Error(err)
	}
}

// A state comes with the events that may be told again after a crash and that it may hold, each
// of them once.
func TestStateNamesItsEvents(t *testing.T) {
	b := newBench(t)
	b.mustLoad("a", counting)
	for _, id := range []engine.EventID{"1", "2", "3"} {
		ev := message("x")
		ev.ID = id
		if id != "2" {
			ev.Key = "key of " + string(id)
		}
		b.deliver(ev)
	}
	b.idle()
	b.stop()
	if got := fmt.Sprint(b.begun); got != "[1 3]" {
		t.Errorf("%s, want those with a key", got)
	}
}
