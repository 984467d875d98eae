package tests

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/enginetest"
	"botd/engine/trace"
)

const filterTalk = `
bot.on("message", function(ev) ev:reply("heard " .. ev.text) end)
bot.command("ping", function(ev) ev:stop() ev:reply("pong " .. ev.original) end)
bot.command("order", function(ev) ev:stop() ev:reply("ordered " .. tostring(ev:ask("How many?", {as = "int"}))) end)
bot.command("poll", function(ev)
  ev:stop()
  local p = assert(ev.room:poll{ question = "Tea?", options = {"tea", "none"}, quiet = true })
  ev:reply("open")
  local r = p:wait()
  ev:reply(("%d to %d"):format(r.options[1].votes, r.options[2].votes))
end)
bot.command("raffle", function(ev)
  ev:stop()
  local r = assert(ev.room:raffle{ prize = "cake", quiet = true })
  ev:reply("open")
  local winners = r:wait()
  ev:reply("won by " .. winners[1].name)
end)
bot.command("close", function(ev)
  ev:stop()
  for _, p in ipairs(ev.room:polls()) do assert(p:close()) end
  for _, r in ipairs(ev.room:raffles()) do assert(r:close()) end
end)
`

func filterConfig(kind, grants string) string {
	return "sessions: [{name: lobby, adapter: local, rooms: [lobby]}]\nscripts: [{name: calm, isolation: " + kind + ", grants: [" + grants + "]}]\n"
}

// Filters come before everything else, wherever their script runs: handlers, commands, open
// questions, votes, entries to raffles.
func TestFiltersComeFirst(t *testing.T) {
	for _, kind := range []string{"none", "process"} {
		t.Run(kind, func(t *testing.T) {
			d := start(t, map[string]string{
				"config.yaml": filterConfig(kind, "chat, moderate"),
				"scripts/calm.lua": `
					bot.filter{ run = function(ev)
					  if ev.text:find("spam") or ev.text == "!join" and ev.user.name == "eve" then return "drop" end
					  if ev.text == "seven" then return "7" end
					  if ev.text:sub(1, 1) == "?" then return "!" .. ev.text:sub(2) end
					end }
					bot.filter{ priority = 5, run = function(ev) if ev.text == "ham" then return "spam" end return "pass" end }`,
				"scripts/talk.lua": filterTalk,
			})
			ann, eve := d.join("lobby", "ann"), d.join("lobby", "eve")
			asks := func(g *guest, line, want string) {
				t.Helper()
				got := g.asks(line)
				if want == "" {
					if got != "" {
						t.Errorf("%s: %q, want nothing", line, got)
					}
					return
				}
				d.until(line+": "+want, func() bool { // what a question writes first, nobody here waits for
					g.mu.Lock()
					defer g.mu.Unlock()
					return strings.Join(g.heard, " | ") == want
				})
			}
			asks(ann, "hello", "heard hello")
			asks(ann, "spam", "")
			asks(ann, "ham", "")
			asks(ann, "?ping", "pong ?ping")
			asks(ann, "!ping", "pong ")
			asks(ann, "!ping spam", "")
			asks(ann, "!order", "How many?")
			asks(ann, "spam 5", "") // the question is open still
			asks(ann, "seven", "ordered 7")
			asks(ann, "!poll", "open")
			asks(ann, "2 spam", "")
			asks(eve, "2", "heard 2")
			d.until("the vote counts", func() bool { return d.host.WaitQuiet(context.Background()) == nil })
			asks(ann, "!close", "0 to 1")
			asks(ann, "!raffle", "open")
			asks(eve, "!join", "")
			asks(ann, "!join", "heard !join")
			asks(ann, "!close", "won by ann")
			if f := d.fault(); f != "" {
				t.Error(f)
			}
		})
	}
}

// Who may not moderate has no filters: not from the start, and not any more.
func TestFilterNeedsTheGrant(t *testing.T) {
	for _, kind := range []string{"none", "process"} {
		t.Run(kind, func(t *testing.T) {
			d := start(t, map[string]string{
				"config.yaml":      filterConfig(kind, "chat"),
				"scripts/calm.lua": `local f, err = bot.filter{ run = function() return "drop" end } bot.command("why", function(ev) ev:reply(err and err.code or "fine") end)`,
				"scripts/talk.lua": `bot.on("message", function(ev) ev:reply("heard") end)`,
			})
			ann := d.join("lobby", "ann")
			ann.expect("!why", "denied | heard")
			d.write("config.yaml", filterConfig(kind, "chat, moderate"))
			d.until("the grant is there", func() bool { return d.host.Reload(context.Background(), "calm") == nil && ann.ask("spam") == "" })
			d.write("config.yaml", filterConfig(kind, "chat"))
			d.until("the grant is gone", func() bool { return ann.ask("spam") == "heard" })
		})
	}
}

// A filter whose script goes while it decides has failed: fail says what becomes of the
// message, and those behind it go on in their order.
func TestFilterThatGoes(t *testing.T) {
	leave := map[string]func(t *testing.T, d *daemon){
		"reload": func(t *testing.T, d *daemon) {
			if err := d.host.Reload(context.Background(), "calm"); err != nil {
				t.Error(err)
			}
		},
		"unload": func(t *testing.T, d *daemon) {
			if err := d.host.Unload(context.Background(), "calm"); err != nil {
				t.Error(err)
			}
		},
		"kill": func(t *testing.T, d *daemon) {
			for _, s := range d.host.Status().Scripts {
				if s.Name == "calm" {
					p, err := os.FindProcess(s.Process)
					if err != nil || s.Process == 0 {
						t.Fatalf("no process: %v", err)
					}
					_ = p.Kill()
				}
			}
		},
	}
	for _, kind := range []string{"none", "process"} {
		for how, goes := range leave {
			if how == "kill" && kind == "none" {
				continue
			}
			for _, fail := range []string{"open", "closed"} {
				t.Run(kind+"/"+how+"/"+fail, func(t *testing.T) {
					d := start(t, map[string]string{
						"config.yaml":      filterConfig(kind, "chat, moderate"),
						"scripts/calm.lua": `bot.filter{ fail = "` + fail + `", run = function(ev) log.info("deciding about " .. ev.text) if ev.text == "hold" then bot.room("lobby/lobby"):wait("topic") end end }`,
						"scripts/talk.lua": `bot.on("message", function(ev) ev:reply("heard " .. ev.text) end)`,
					})
					ann := d.join("lobby", "ann")
					ann.say("hold")
					d.until("the filter waits", func() bool { return strings.Contains(d.log.String(), "deciding about hold") })
					if how == "kill" && fail == "closed" { // until there is another process nothing passes
						goes(t, d)
						d.until("the filter is back", func() bool { return ann.ask("after") == "heard after" })
						return
					}
					ann.say("after")
					goes(t, d)
					want := "heard after"
					if fail == "open" {
						want = "heard hold | heard after"
					}
					d.until("all has gone on", func() bool {
						ann.mu.Lock()
						defer ann.mu.Unlock()
						return strings.Join(ann.heard, " | ") == want
					})
				})
			}
		}
	}
}

// However often the script of a filter is loaded again while people talk, each line passes the
// filter once, reaches a handler once, and keeps its place.
func TestReloadWhileAFilterDecides(t *testing.T) {
	for _, kind := range []string{"none", "process"} {
		t.Run(kind, func(t *testing.T) {
			const lines = 200
			d := start(t, map[string]string{
				"config.yaml":      filterConfig(kind, "chat, moderate"),
				"scripts/calm.lua": `bot.filter{ fail = "closed", run = function(ev) return ev.text .. "!" end }`,
				"scripts/talk.lua": `bot.on("message", function(ev) log.info("heard " .. ev.text .. ".") end)`,
			})
			ann := d.join("lobby", "ann")
			var want []string
			for i := range lines {
				ann.say("line%03d", i)
				want = append(want, fmt.Sprintf("line%03d!.", i))
				if i%20 == 0 {
					if err := d.host.Reload(context.Background(), "calm"); err != nil {
						t.Fatal(err)
					}
				}
			}
			d.idle()
			var got []string
			for word := range strings.FieldsSeq(d.log.String()) {
				if strings.HasPrefix(word, "line") {
					got = append(got, strings.Trim(word, `"`))
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("heard %d lines: %q", len(got), got)
			}
		})
	}
}

// What a room that is full loses to its filters is known, and the first of it too.
func TestWhyOverflow(t *testing.T) {
	net := &enginetest.Network{}
	w := &whyWorld{daemon: start(t, map[string]string{
		"config.yaml":   "sessions: [{name: net, adapter: fake, rooms: [r]}]\nscripts: [{name: a, grants: [moderate]}]\n",
		"scripts/a.lua": `bot.filter{ fail = "closed", run = function() bot.room("net/r"):wait("topic") end }`,
	}, net.Adapter()), net: net}
	w.until("the bot is in its room", func() bool {
		return slices.ContainsFunc(w.host.Latest(100), func(ev *engine.Event) bool { return ev.Kind() == "connect" })
	})
	for i := range 100 {
		w.say(fmt.Sprint("line ", i))
	}
	id := w.find(textIs("line 99")).ID
	way := w.whyOf(trace.Waiting, id)
	if !strings.Contains(way.Text, "behind 99 others") && !strings.Contains(way.Text, "filters of the room") {
		t.Errorf("while it is held: %+v", way)
	}
	for i := range dispatch.MaxHeld {
		w.say(fmt.Sprint("more ", i))
	}
	way = w.whyOf(trace.Overflow, id)
	if !strings.Contains(way.Text, "the filter at a.lua:1 of a") || len(way.Filters) != 1 {
		t.Errorf("it says %+v", way)
	}
}
