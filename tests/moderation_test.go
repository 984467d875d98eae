package tests

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"botd/adapters/hctv"
	"botd/adapters/hctv/hctvtest"
	"botd/engine"
	"botd/engine/trace"
)

const moderation = `
local strict = mod.ladder{ "strict", {"warn"}, {"delete"}, {"timeout", "10m"} }
mod.rules{ "house", ladder = strict, { links = {allow = {"example.com"}} } }
mod.rules{ "trial", shadow = true, { words = {list = {"apple"}} } }
bot.command("ping", function(ev) ev:reply("pong to " .. ev.user.name) end)
bot.command{ "permit", args = "who:user", roles = {"moderator"}, run = function(ev, a)
  assert(a.who:permit("links", {count = 1}))
  ev:reply("permitted")
end }
bot.command{ "undo", args = "id:word", roles = {"moderator"}, run = function(ev, a)
  local case, err = mod.undo(a.id, ev.user)
  ev:reply(case and case.status or err.code)
end }
bot.command("cases", function(ev)
  local out = {}
  for _, c in ipairs(mod.cases()) do out[#out + 1] = ("%s %s %s %s %s"):format(c.id, c.user, c.wanted, c.taken, c.status) end
  ev:reply(table.concat(out, ", "))
end)
`

const moderationConfig = `
sessions: [{name: lobby, adapter: local, rooms: [lobby]}]
scripts: [{name: mod, grants: [chat, moderate]}]
`

// withModeration is that with a script that runs in a process of its own, or not.
func withModeration(isolation string) string {
	return strings.Replace(moderationConfig, "name: mod,", "name: mod, isolation: "+isolation+",", 1)
}

// TestModeration: rules take lines before commands see them; steps, permits, cases and
// standings go on after a restart.
func TestModeration(t *testing.T) {
	for _, kind := range []string{"none", "process"} {
		t.Run(kind, func(t *testing.T) { testModeration(t, kind) })
	}
}

func testModeration(t *testing.T, kind string) {
	files := map[string]string{"config.yaml": withModeration(kind), "scripts/mod.lua": moderation}
	d := startIn(t, t.TempDir(), files)
	mia := d.join("lobby", "mia")
	eve := d.joinAs("lobby", engine.User{Name: "eve", Role: engine.Member, Account: "eve"})
	eve.expect("!ping", "pong to eve")
	eve.expect("!ping evil.com", "please ask before you post links | pong to eve")
	eve.expect("!ping evil.com", "") // the second is deleted, so it is no command either
	eve.expect("an apple", "")
	mia.expect("!permit eve", "permitted")
	eve.expect("!ping evil.com", "pong to eve")
	mia.expect("!cases", "3 eve warn  shadow, 2 eve delete delete done, 1 eve warn warn done")
	mia.expect("!undo 2", "undone")
	mia.expect("!undo 2", "conflict")
	mia.expect("!permit eve", "permitted")
	if f := d.fault(); f != "" {
		t.Error(f)
	}
	if err := d.stop(); err != nil {
		t.Fatal(err)
	}
	d = startIn(t, d.dir, files)
	mia = d.join("lobby", "mia")
	eve = d.joinAs("lobby", engine.User{Name: "eve", Role: engine.Member, Account: "eve"})
	mia.expect("!cases", "3 eve warn  shadow, 2 eve delete delete undone, 1 eve warn warn done") // the script answers, so its rules are in force
	eve.expect("!ping evil.com", "pong to eve")                                                  // the permit is still there
	eve.expect("!ping evil.com", "")                                                             // one offence still counts, the other was forgotten
	mia.expect("!cases", "4 eve delete delete done, 3 eve warn  shadow, 2 eve delete delete undone, 1 eve warn warn done")
	eve.expect("evil.com", "")
	eve.p.Leave()
	if got := mia.ask("!cases"); !strings.HasPrefix(got, "5 eve timeout 10m timeout 10m done") {
		t.Errorf("cases: %s", got)
	}
	if f := d.fault(); f != "" {
		t.Error(f)
	}
}

// TestModerationPortable: where hackclub.tv lacks a step the next gentler one is taken.
func TestModerationPortable(t *testing.T) {
	srv := hctvtest.New(hctvtest.Options{})
	ts := httptest.NewServer(srv)
	t.Cleanup(ts.Close)
	t.Cleanup(srv.Close)
	d := start(t, map[string]string{
		"config.yaml": fmt.Sprintf(`
sessions:
- {name: lobby, adapter: local, rooms: [lobby]}
- {name: tv, adapter: hctv, rooms: [lounge], settings: {url: "ws%s/ws", token: %s}}
scripts: [{name: mod, grants: [chat, moderate]}]
`, strings.TrimPrefix(ts.URL, "http"), hctvtest.ModBotKey),
		"scripts/mod.lua": `
mod.rules{ "house", ladder = mod.ladder{ "k", {"kick"}, {"timeout", "1m"} }, { words = {list = {"scam"}} } }
bot.command("cases", function(ev)
  local out = {}
  for _, c in ipairs(mod.cases()) do out[#out + 1] = ("%s %s %s: %s"):format(c.wanted, c.taken, c.status, c.note) end
  ev:reply(table.concat(out, ", "))
end)`,
	}, hctv.Adapter)
	op := d.join("lobby", "op")
	bob := srv.Join("lounge", "bob")
	d.until("the first offence is settled", func() bool {
		if strings.Contains(op.ask("!cases"), "done") {
			return true
		}
		if op.ask("!cases") == "" {
			bob.Say("what a scam")
		}
		return false
	})
	if got := op.ask("!cases"); !strings.Contains(got, "kick delete done: hctv has no kick here, so: delete") {
		t.Errorf("cases: %s", got)
	}
	if f := d.fault(); f != "" {
		t.Error(f)
	}
}

// What was taken out says so.
func TestWhyModerated(t *testing.T) {
	d := start(t, map[string]string{"config.yaml": moderationConfig, "scripts/mod.lua": `
		mod.rules{ "house", ladder = mod.ladder{ "strict", {"delete"} }, { words = {list = {"apple"}} } }
		bot.on("message", function(ev) ev:reply("heard " .. ev.text) end)`})
	ann := d.joinAs("lobby", engine.User{Name: "ann", Role: engine.Member, Account: "ann"})
	ann.say("an apple")
	if got := ann.ask("a pear"); got != "heard a pear" {
		t.Errorf("the bot says %q", got)
	}
	w := &whyWorld{daemon: d}
	way, err := d.host.Why(w.find(textIs("an apple")).ID)
	if err != nil || len(way.Scripts[0].Handlers) != 1 || way.Scripts[0].Handlers[0].Reason != trace.Moderated {
		t.Errorf("%+v, %v", way, err)
	}
	if acts := way.Scripts[0].Actions; way.Reason != trace.Moderated || len(acts) != 1 || acts[0].Status != engine.Echoed { // that it was deleted is no answer to it
		t.Errorf("reason %q, actions %+v", way.Reason, acts)
	}
}

// When a script is said to be loaded its rules hold, and those of the version before do not.
func TestRulesHoldOnceLoaded(t *testing.T) {
	for _, kind := range []string{"none", "process"} {
		t.Run(kind, func(t *testing.T) {
			rules := func(names ...string) string {
				var code strings.Builder
				for _, name := range names {
					fmt.Fprintf(&code, "assert(mod.rules{ %q, { words = {list = {%q}} } })\n", name, name)
				}
				return code.String()
			}
			d := start(t, map[string]string{
				"config.yaml":     withModeration(kind),
				"scripts/mod.lua": rules("apple", "pear"),
			})
			for i, names := range [][]string{{"apple", "pear"}, {"pear", "plum"}, {}} {
				if i > 0 {
					d.write("scripts/mod.lua", rules(names...))
					if err := d.host.Load(t.Context(), "mod", "saved"); err != nil {
						t.Fatal(err)
					}
				}
				var hold []string
				for _, r := range d.host.Rules() {
					hold = append(hold, r.Config.Name)
				}
				if !slices.Equal(hold, names) {
					t.Errorf("%v hold after version %d with %v was loaded", hold, i+1, names)
				}
			}
		})
	}
}
