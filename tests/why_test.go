package tests

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"botd/engine"
	"botd/engine/enginetest"
	"botd/engine/host"
	"botd/engine/store"
	"botd/engine/trace"
)

// whyCase is one cause of nothing happening: a script, what happens, and what botd says
// about the last of that.
type whyCase struct {
	reason  trace.Reason
	text    string // part of what it says besides
	handler string // whose reason it is; "" if it is about the script, an action, or all
	script  string // of scripts/a.lua; none if empty
	entry   string // of the configuration: more of the script's entry
	lines   []string
	do      func(w *whyWorld) // more than lines
	last    func(*engine.Event) bool
	net     func(*enginetest.Network)
	apart   bool // also in a process of its own
}

// whyWorld is a daemon with a network of which the test is the server.
type whyWorld struct {
	*daemon
	net   *enginetest.Network
	files map[string]string
}

// crash ends the daemon and begins another, which finds what is left if the first is killed before
// it has written down which events were handled: only the scripts' own marks of them.
func (w *whyWorld) crash() {
	w.t.Helper()
	if err := w.stop(); err != nil {
		w.t.Fatal(err)
	}
	s, err := store.Open(w.t.Context(), filepath.Join(w.dir, "data", "botd.db"), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	list, err := s.List(w.t.Context(), store.Query{Space: "engine/delivered"})
	if err != nil || len(list) == 0 {
		w.t.Fatalf("nothing was written down: %v", err)
	}
	for _, e := range list {
		if _, err := store.Commit(w.t.Context(), s, store.Delete("engine/delivered", e.Key)); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.daemon = startIn(w.t, w.dir, w.files, w.net.Adapter())
	w.there()
}

// there waits until the bot is in its room.
func (w *whyWorld) there() {
	w.t.Helper()
	w.until("the bot is in its room", func() bool {
		return slices.ContainsFunc(w.host.Latest(100), func(ev *engine.Event) bool { return ev.Kind() == "connect" })
	})
}

func (w *whyWorld) hear(ev engine.Event) {
	ev.Room = engine.Room{ID: "r"}
	if ev.User.Name == "" && !ev.Self {
		ev.User = engine.User{Name: "ann", ID: "ann"}
	}
	w.net.In("r").Emit(ev)
}

func (w *whyWorld) say(text string) { w.hear(engine.Event{Body: engine.Message{Text: text}}) }

// find waits for an event of which is is true, and returns the last one.
func (w *whyWorld) find(is func(*engine.Event) bool) (found *engine.Event) {
	w.until("the event", func() bool {
		for _, ev := range slices.Backward(w.host.Latest(1000)) {
			if is(ev) {
				found = ev
				return true
			}
		}
		return false
	})
	return found
}

// why waits until botd says so about an event, and returns all it says then.
func (w *whyWorld) why(reason trace.Reason, is func(*engine.Event) bool) host.Way {
	w.t.Helper()
	return w.whyOf(reason, w.find(is).ID)
}

// whyOf is why of an event that may be too old to be found.
func (w *whyWorld) whyOf(reason trace.Reason, id engine.EventID) (got host.Way) {
	w.t.Helper()
	defer func() {
		if w.t.Failed() {
			w.t.Logf("it says %+v", got)
		}
	}()
	w.daemon.until("the reason "+string(reason), func() bool {
		var err error
		if got, err = w.host.Why(id); err != nil {
			w.t.Fatal(err)
		}
		return got.Reason == reason
	})
	return got
}

func whyCases(release chan struct{}) []whyCase {
	const quiet = `bot.on("message", function() end)`
	reply := `bot.on("message", function(ev) ev:reply("yes") end)`
	return []whyCase{
		{reason: trace.NoScript, lines: []string{"hello"}},
		{reason: trace.NotLoaded, script: "for =", lines: []string{"hello"}, text: "a.lua:1"},
		{reason: trace.NoHandler, script: `bot.on("join", print)`, lines: []string{"hello"}, apart: true},
		{reason: trace.UnknownCommand, script: `bot.command("roll", print)`, lines: []string{"!rol"}, text: "!rol", apart: true},
		{reason: trace.OtherRoom, script: reply, entry: "rooms: [\"hc/*\"]", lines: []string{"hello"}, text: "hc/*", apart: true},
		{reason: trace.OtherRoom, script: `bot.on("message", {rooms = "net/attic"}, function() end)`, lines: []string{"hello"}, text: "net/attic", handler: "on message at a.lua:1"},
		{reason: trace.Filter, script: `bot.on("message", {platforms = "hitbox"}, print)`, lines: []string{"hello"}, text: "the network is fake", handler: "on message", apart: true},
		{reason: trace.Filter, script: `bot.on("message", {users = "bob"}, print)`, lines: []string{"hello"}, text: "ann is none of its users", handler: "on message"},
		{reason: trace.Filter, script: `bot.on("message", {private = true}, print)`, lines: []string{"hello"}, text: "not private", handler: "on message"},
		{reason: trace.Pattern, script: `bot.hear("^bye", function() end)`, lines: []string{"hello"}, handler: "on message at a.lua:"},
		{reason: trace.OwnMessage, script: reply, text: "self=true", do: func(w *whyWorld) {
			w.hear(engine.Event{Self: true, User: engine.User{Name: "bot"}, Body: engine.Message{Text: "mine"}})
		}, last: textIs("mine")},
		{reason: trace.History, script: reply, text: "history=true", do: func(w *whyWorld) {
			w.hear(engine.Event{History: true, Body: engine.Message{Text: "old"}})
		}, last: textIs("old")},
		{reason: trace.Repeated, script: `bot.on("message", function(ev) kv.set("seen", true) ev:reply("yes") end)`, do: func(w *whyWorld) {
			told := engine.Event{Key: "k1", Body: engine.Message{Text: "again"}}
			w.hear(told)
			w.idle()
			w.crash()
			w.hear(told)
			w.idle()
		}, last: textIs("again"), apart: true},
		{reason: trace.Answer, script: `bot.command("order", function(ev) ev:ask("How many?") sleep("1h") end)`, do: func(w *whyWorld) {
			w.say("!order")
			w.until("the question", func() bool { return slices.Contains(w.net.In("r").Texts(), "How many?") })
			w.say("three")
		}, last: textIs("three"), apart: true},
		{reason: trace.Role, script: `bot.command{"ban", roles = {"moderator"}, run = print}`, lines: []string{"!ban"}, text: "ann is guest, and it takes moderator", handler: "command ban", apart: true},
		{reason: trace.Cooldown, script: `bot.command{"roll", cooldown = {user = "1h"}, run = function(ev) ev:reply("6") end}`, lines: []string{"!roll", "!roll"}, text: "left", handler: "command roll at a.lua:1", apart: true},
		{reason: trace.Busy, script: `bot.command{"order", mode = "single", run = function() sleep("1h") end}`, lines: []string{"!order", "!order"}, text: "it runs already", handler: "command order", apart: true},
		{reason: trace.Stopped, script: `bot.on("message", function(ev) ev:stop() end) bot.on("message", function(ev) ev:reply("no") end)`, lines: []string{"hello"}},
		{reason: trace.MailboxFull, script: reply, entry: "limits: {mailbox: 1}", lines: []string{"one", "two", "three"}, text: "limits.mailbox", net: func(n *enginetest.Network) {
			n.Do = func(*enginetest.Session, engine.Action) engine.Receipt {
				<-release
				return engine.Receipt{Status: engine.Sent}
			}
		}},
		{reason: trace.Suspended, script: `bot.on("message", function() while true do end end)`, entry: "limits: {steps: 1000}", do: func(w *whyWorld) {
			for range 5 {
				w.say("go")
				w.idle()
			}
			w.say("once more")
		}, last: textIs("once more"), text: "left: 5 handlers", apart: true},
		{reason: trace.Waiting, script: `bot.on("message", function() sleep("1h") end)`, lines: []string{"hello"}, handler: "on message", apart: true},
		{reason: trace.HandlerError, script: `bot.on("message", function() error("boom") end)`, lines: []string{"hello"}, text: "boom", handler: "on message", apart: true},
		{reason: trace.Limit, script: `bot.on("message", function() while true do end end)`, entry: "limits: {steps: 1000}", lines: []string{"hello"}, text: "limits.steps", handler: "on message", apart: true},
		{reason: trace.Cancelled, script: `bot.on("message", function() sleep("1h") end)`, lines: []string{"hello"}, do: func(w *whyWorld) {
			w.until("the handler waits", func() bool { return w.why(trace.Waiting, textIs("hello")).Scripts[0].Saw })
			if err := w.host.Reload(context.Background(), "a"); err != nil {
				w.t.Fatal(err)
			}
		}, handler: "on message"},
		{reason: trace.Quiet, script: quiet, lines: []string{"hello"}, handler: "on message", apart: true},
		{reason: trace.Grant, script: `bot.on("message", function(ev) ev.user:kick() end)`, lines: []string{"hello"}, text: `add "moderate" to its grants`, apart: true},
		{reason: trace.Grant, script: `bot.on("message", function(ev) kv.set("a", 1) end)`, entry: "grants: [chat]", lines: []string{"hello"}, text: `add "store" to its grants`, apart: true},
		{reason: trace.Capability, script: `bot.on("message", function(ev) ev.user:kick() end)`, entry: "grants: [moderate]", lines: []string{"hello"}, net: func(n *enginetest.Network) {
			n.Caps.Can = engine.AllCaps.Without(engine.CapKick)
		}, text: "kick"},
		{reason: trace.OtherRoom, script: `bot.on("x.y", function(ev) end) bot.on("message", function(ev) ev:whisper("psst") end)`, entry: "rooms: [\"*/cellar\"]", lines: []string{"hello"}, text: "*/cellar"},
		{reason: trace.BadAction, script: `bot.on("message", function(ev) ev:reply("") end)`, lines: []string{"hello"}},
		{reason: trace.Flood, script: reply, lines: []string{"one", "two"}, net: func(n *enginetest.Network) {
			n.Caps.Can, n.Caps.RoomRate = engine.AllCaps, engine.Rate{PerSecond: 0.0001, Burst: 1}
		}},
		{reason: trace.OutboxFull, script: `bot.on("message", function(ev) if ev.text == "fill" then for i = 1, 10001 do ev:reply("x") end else ev:reply("y") end end)`,
			entry: "limits: {steps: 2000000000, alloc: 4GiB, memory: 4GiB, handler_time: 10m}", net: func(n *enginetest.Network) {
				n.Caps.Can, n.Caps.RoomRate = engine.AllCaps, engine.Rate{PerSecond: 0.0001, Burst: 1}
			}, lines: []string{"fill", "more"}, text: "wait to be sent"},
		{reason: trace.Offline, script: `bot.on("disconnect", function() bot.room("net/r"):say("I am back") end)`, do: func(w *whyWorld) {
			w.net.In("r").Drop(engine.Errorf(engine.Denied, "thrown out"))
		}, last: func(ev *engine.Event) bool { return ev.Kind() == "disconnect" }, text: "given up"},
		{reason: trace.Failed, script: reply, lines: []string{"hello"}, text: "not you", net: func(n *enginetest.Network) {
			n.Do = func(*enginetest.Session, engine.Action) engine.Receipt {
				return engine.Fail(engine.Errorf(engine.Denied, "not you"))
			}
		}},
		{reason: trace.Unknown, script: reply, lines: []string{"hello"}, net: func(n *enginetest.Network) {
			n.Do = func(*enginetest.Session, engine.Action) engine.Receipt {
				return engine.Receipt{Status: engine.Unknown, Err: engine.Errorf(engine.Timeout, "no proof")}
			}
		}, text: "no proof", apart: true},
		{reason: trace.Dropped, script: `bot.filter{ run = function() return "drop" end } bot.hear("hello", print)`, entry: "grants: [moderate]", lines: []string{"hello"}, text: "the filter at a.lua:1 of a", apart: true},
		{reason: trace.FilterFailed, script: `bot.filter{ fail = "closed", run = function() error("boom") end }`, entry: "grants: [moderate]", lines: []string{"hello"}, text: "the filter at a.lua:1 of a: a.lua:1: boom", apart: true},
		{reason: trace.Changed, script: `bot.command("roll", print) bot.filter{ run = function() return "hello" end }`, entry: "grants: [moderate]", lines: []string{"!roll"}, text: "the filter at a.lua:1 of a", apart: true},
		{reason: trace.Usage, script: `bot.command{"roll", args = "n:int", run = print}`, lines: []string{"!roll six"}, text: "n:", handler: "command roll", apart: true},
	}
}

func textIs(text string) func(*engine.Event) bool {
	return func(ev *engine.Event) bool { m, ok := ev.Body.(engine.Message); return ok && m.Text == text }
}

// Each cause of nothing happening has a name of its own, wherever the script runs.
func TestWhyNothingHappened(t *testing.T) {
	release := make(chan struct{})
	close1 := func() {
		select {
		case <-release:
		default:
			close(release)
		}
	}
	tested := map[trace.Reason]bool{}
	for _, c := range whyCases(release) {
		tested[c.reason] = true
		kinds := []string{"none"}
		if c.apart {
			kinds = append(kinds, "process")
		}
		for _, kind := range kinds {
			t.Run(string(c.reason)+"/"+kind, func(t *testing.T) { c.run(t, kind, close1) })
		}
	}
	// Tests of engine/actions, engine/trace, TestWhyModerated and TestWhyOverflow.
	elsewhere := []trace.Reason{trace.DryRun, trace.Forgotten, trace.Moderated, trace.Overflow}
	for _, r := range trace.Reasons() {
		if !tested[r] && !slices.Contains(elsewhere, r) {
			t.Errorf("the reason %s is not tested", r)
		}
	}
}

func (c whyCase) run(t *testing.T, kind string, release func()) {
	net := &enginetest.Network{}
	if c.net != nil {
		c.net(net)
	}
	files := map[string]string{"config.yaml": "sessions: [{name: net, adapter: fake, rooms: [r]}]\nscripts:\n  - name: a\n    isolation: " + kind + "\n"}
	if c.entry != "" {
		files["config.yaml"] += "    " + c.entry + "\n"
	}
	if c.script != "" {
		files["scripts/a.lua"] = c.script
	}
	w := &whyWorld{start(t, files, net.Adapter()), net, files}
	w.there()
	if strings.Contains(string(c.reason), "mailbox") { // before the daemon ends, also if the test fails
		t.Cleanup(release)
	}
	is := c.last
	for _, line := range c.lines {
		w.say(line)
		is = textIs(line)
		if c.reason == trace.MailboxFull && line == "one" {
			w.until("the script is busy", func() bool { return len(net.In("r").Actions()) == 1 })
		}
		if c.reason == trace.OutboxFull {
			w.until("the outbox is full", func() bool { return w.host.Status().Sessions[0].Outbox.Queued["reply"] > 9000 })
		}
	}
	if c.do != nil {
		c.do(w)
	}
	got := w.why(c.reason, is)
	found := got.Text
	if c.handler != "" {
		found = ""
		for _, h := range got.Scripts[0].Handlers {
			if h.Reason == c.reason && strings.HasPrefix(h.Handler, c.handler) {
				found = h.Text
			} else if h.Ended && c.reason == trace.Quiet {
				found = c.text
			}
		}
		if found == "" && c.text != "" {
			t.Errorf("no handler %q has the reason: %+v", c.handler, got.Scripts[0].Handlers)
		}
	}
	if !strings.Contains(found, c.text) {
		t.Errorf("it says %q, want %q", found, c.text)
	}
	if c.script != "" && got.Scripts[0].Script != "a" {
		t.Errorf("no word of the script: %+v", got.Scripts)
	}
}

// Of what did happen it is known who saw it, how long that took, and what was sent.
func TestWhySomethingHappened(t *testing.T) {
	for _, kind := range []string{"none", "process"} {
		t.Run(kind, func(t *testing.T) {
			d := start(t, map[string]string{
				"config.yaml":   withIsolation(kind, "a"),
				"scripts/a.lua": `bot.command("ping", function(ev) sleep(0.001) ev:reply("pong") end)`,
				"scripts/b.lua": `bot.on("join", print)`,
			})
			ann := d.join("lobby", "ann")
			if got := ann.ask("!ping"); got != "pong" {
				t.Fatalf("the bot answers %q", got)
			}
			w := &whyWorld{daemon: d}
			id := w.find(textIs("!ping")).ID
			var got host.Way
			d.until("the handler's end is known", func() bool {
				var err error
				if got, err = d.host.Why(id); err != nil {
					t.Fatal(err)
				}
				h := got.Scripts[0].Handlers
				return len(h) == 1 && h[0].Ended
			})
			a, b := got.Scripts[0], got.Scripts[1]
			if got.Reason != "" || got.Command != "ping" || got.Event.ID != id {
				t.Errorf("it says %+v", got)
			}
			if h := a.Handlers[0]; !a.Saw || h.Reason != "" || h.Ran <= 0 || h.Waited <= 0 || h.Queued < 0 || !strings.HasPrefix(h.Handler, "command ping at a.lua:1") {
				t.Errorf("of the handler it says %+v", h)
			}
			if len(a.Actions) != 1 || a.Actions[0].Action != "say" || a.Actions[0].Status != engine.Echoed || a.Actions[0].Room != "lobby/lobby" {
				t.Errorf("of what was sent it says %+v", a.Actions)
			}
			if b.Saw || b.Reason != trace.NoHandler {
				t.Errorf("of the other script it says %+v", b)
			}
			if _, err := d.host.Why("of another time"); engine.CodeOf(err) != engine.NotFound {
				t.Errorf("an event that never was: %v", err)
			}
		})
	}
}
