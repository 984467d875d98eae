package tests

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
)

func ping(answer string) string {
	return fmt.Sprintf("bot.command('ping', function(ev, rest) ev:reply(%q .. rest) end)\n", answer)
}

func TestSavedScriptAnswersDifferently(t *testing.T) {
	d := start(t, map[string]string{"scripts/a.lua": ping("one")})
	ann := d.join("lobby", "ann")
	if got := ann.ask("!ping"); got != "one" {
		t.Fatalf("got %q", got)
	}
	d.write("scripts/a.lua", ping("two"))
	d.until("the save is live", func() bool { return ann.ask("!ping") == "two" })

	d.write("scripts/a.lua", "bot.command('ping', function(ev\n  ev:reply('x')\nend)\n")
	d.until("the fault is shown", func() bool { return strings.Contains(d.fault(), "a.lua:2") })
	if got := ann.ask("!ping"); got != "two" {
		t.Errorf("after a save with a fault: %q, want the old answer", got)
	}
	if f := d.faults[len(d.faults)-1]; f.Line != 2 || len(f.Excerpt) == 0 || !f.Load {
		t.Errorf("report %+v", f)
	}
	if st := d.host.Status().Scripts[0]; st.State != "broken" || st.Problem == "" {
		t.Errorf("status %+v", st)
	}
	d.write("scripts/a.lua", ping("three"))
	d.until("the cure is live", func() bool { return ann.ask("!ping") == "three" })
}

func TestScriptsComeAndGo(t *testing.T) {
	d := start(t, map[string]string{"scripts/a.lua": ping("a")})
	ann := d.join("lobby", "ann")
	d.write("scripts/b.lua", ping("b"))
	d.until("both answer", func() bool { return ann.ask("!ping") == "a | b" })
	d.remove("scripts/a.lua")
	d.until("only b answers", func() bool { return ann.ask("!ping") == "b" })
	d.write("scripts/c.lua", ping("b"))
	d.remove("scripts/b.lua")
	d.until("b is called c", func() bool {
		s := d.host.Status().Scripts
		return len(s) == 1 && s[0].Name == "c" && s[0].State == "running"
	})
	if got := ann.ask("!ping"); got != "b" {
		t.Errorf("after the rename: %q", got)
	}
}

func TestLibraryChangeReloadsItsUsers(t *testing.T) {
	d := start(t, map[string]string{
		"scripts/lib/words.lua": "return {greet = 'hi'}",
		"scripts/a.lua":         "local w = require 'words'; bot.command('ping', function(ev) ev:reply(w.greet) end)",
		"scripts/b.lua":         ping("b"),
	})
	ann := d.join("lobby", "ann")
	if got := ann.ask("!ping"); got != "b | hi" {
		t.Fatalf("got %q", got)
	}
	d.write("scripts/lib/words.lua", "return {greet = 'hey'}")
	d.until("the new word is used", func() bool { return ann.ask("!ping") == "b | hey" })
	d.write("scripts/lib/words.lua", "return {greet = }")
	d.until("the fault is shown", func() bool { return strings.Contains(d.fault(), "words.lua:1") })
	if got := ann.ask("!ping"); got != "b | hey" {
		t.Errorf("after a fault in the library: %q", got)
	}
	d.write("scripts/lib/words.lua", "return {greet = 'hello'}")
	d.until("the cured word is used", func() bool { return ann.ask("!ping") == "b | hello" })
}

// Twelve thousand messages, that is 200 a second for a minute, while the script is
// loaded 300 times.
func TestReloadUnderLoad(t *testing.T) {
	code := func(gen int) string {
		return fmt.Sprintf("-- %d\nbot.on('message', function(ev) ev.room:say('got ' .. ev.text) end)", gen)
	}
	d := start(t, map[string]string{"scripts/count.lua": code(0)})
	ann := d.join("lobby", "ann")
	settle := func() (goroutines int, heap uint64) {
		d.idle()
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return runtime.NumGoroutine(), m.HeapAlloc
	}
	// What is kept on purpose, such as the recent events, is full before it is measured.
	const warm, total, reloads = 3000, 12000, 300
	for i := range warm {
		ann.say("warm %d", i)
		if i%500 == 0 {
			d.idle()
		}
	}
	d.idle()
	ann.mu.Lock()
	ann.heard = make([]string, 0, total)
	ann.mu.Unlock()
	goroutines, heap := settle()

	var loads sync.WaitGroup
	loads.Go(func() {
		for i := range reloads {
			d.write("scripts/count.lua", code(i+1))
			if err := d.host.Reload(context.Background(), "count"); err != nil {
				t.Error(err)
			}
		}
	})
	for i := range total {
		ann.say("%d", i)
		if i%1000 == 999 { // the mailbox holds 4096
			d.idle()
		}
	}
	loads.Wait()
	d.idle()
	ann.mu.Lock()
	defer ann.mu.Unlock()
	if len(ann.heard) != total {
		t.Fatalf("%d answers to %d messages", len(ann.heard), total)
	}
	for i, line := range ann.heard {
		if line != "got "+strconv.Itoa(i) {
			t.Fatalf("answer %d is %q", i, line)
		}
	}
	if gen := d.host.Status().Scripts[0].Generation; gen < reloads {
		t.Errorf("generation %d after %d reloads", gen, reloads)
	}
	// The message log writes what it has heard within a second.
	d.until(fmt.Sprintf("no more than %d goroutines and %d KiB, with some allowance, are left", goroutines, heap>>10), func() bool {
		g, h := settle()
		return g <= goroutines+32 && h <= heap+heap/2+2<<20 // the pool of runners keeps as many
	})
}
