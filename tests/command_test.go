package tests

import (
	"slices"
	"testing"

	"botd/engine"
)

const commandScript = `
bot.command{ {"roll", "r"}, args = "dice:dice=1d6", help = "Rolls dice.", cooldown = {user = "1h"},
  examples = { {"!roll 1d1", "1"} }, run = function(ev, a) ev:reply(tostring(rng.dice(a.dice))) end }
bot.command{ "mute", args = "who:user for:duration=2m reason:rest?", roles = {"moderator"}, run = function(ev, a)
  ev:reply(a.who.name .. " " .. a["for"] .. " " .. (a.reason or "-")) end }
bot.command{ "attic", rooms = "lobby/attic", run = function(ev) ev:reply("in the attic") end }
bot.command{ "secret", hidden = true, help = "psst", run = function(ev) ev:reply("psst") end }
`

// Commands, their help and their cooldowns are the same wherever a script runs, and what
// somebody may not use they are not told of.
func TestCommands(t *testing.T) {
	for _, kind := range []string{"none", "process"} {
		t.Run(kind, func(t *testing.T) {
			files := map[string]string{
				"config.yaml":   withIsolation(kind, "a") + "commands: {rooms: [{room: lobby/attic, prefix: \"?\"}]}\n",
				"scripts/a.lua": commandScript,
				"scripts/b.lua": `bot.command("ping", function(ev) ev:reply("pong") end)`,
			}
			dir := t.TempDir()
			d := startIn(t, dir, files)
			ann, bob := d.join("lobby", "ann"), d.joinAs("lobby", engine.User{Name: "bob"})
			up := d.join("attic", "ann")
			for _, tt := range []struct {
				who        *guest
				line, want string
			}{
				{ann, "!help", "Commands: !mute, !ping, !roll. !help NAME tells more about one."},
				{bob, "!help", "Commands: !ping, !roll. !help NAME tells more about one."},
				{up, "?help", "Commands: ?attic, ?mute, ?ping, ?roll. ?help NAME tells more about one."},
				{up, "!help", ""},
				{up, "botd: help attic", "?attic."},
				{ann, "!help roll", "!roll [dice=1d6]: Rolls dice. Example: !roll 1d1 (also !r)"},
				{ann, "!help !r", "!roll [dice=1d6]: Rolls dice. Example: !roll 1d1 (also !r)"},
				{ann, "!help secret", "!secret: psst."},
				{bob, "!help mute", "There is no command !mute here"},
				{ann, "!help rolll", "There is no command !rolll here, did you mean !roll?"},
				{bob, "!mute ann", ""},
				{ann, "!mute bob 5m no shouting", "bob 300 no shouting"},
				{ann, "!mute bob --for", `--for needs a value: a duration such as "90s", "5m" or "1h30m". Usage: !mute <who> [for=2m] [reason...]`},
				{up, "?mute", "who is missing: a user. Usage: ?mute <who> [for=2m] [reason...]"},
				{bob, "@botd r 1d1", "1"},
				{bob, "!roll 1d1", ""},
				{ann, "!rol", ""}, // other bots may have it
				{ann, "botd: rol", "There is no command !rol, did you mean !roll?"},
				{ann, "botd: rol", ""}, // not twice in a row
				{ann, "botd: quite something else", ""},
			} {
				if got := tt.who.ask(tt.line); got != tt.want {
					t.Errorf("%s: got %q, want %q\n%s", tt.line, got, tt.want, d.fault())
				}
			}
			if err := d.stop(); err != nil {
				t.Fatal(err)
			}
			d = startIn(t, dir, files)
			bob, ann = d.joinAs("lobby", engine.User{Name: "bob"}), d.joinAs("lobby", engine.User{Name: "eve"})
			if a, b := bob.ask("!roll 1d1"), ann.ask("!roll 1d1"); b != "1" {
				t.Errorf("after a restart: %q, %q", a, b)
			}
		})
	}
}

// The cooldown of somebody with an account holds over a restart.
func TestCooldownOverARestart(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{"scripts/a.lua": commandScript}
	for i, want := range []string{"1", ""} {
		d := startIn(t, dir, files)
		ann := d.joinAs("lobby", engine.User{Name: "ann", Account: "ann@home"})
		if got := ann.ask("!roll 1d1"); got != want {
			t.Errorf("run %d: %q, want %q", i+1, got, want)
		}
		if err := d.stop(); err != nil {
			t.Fatal(err)
		}
	}
}

// Help and suggestions can be turned off, or on for everybody, while the bot runs.
func TestWhatTheBotSaysByItself(t *testing.T) {
	room := "sessions: [{name: lobby, adapter: local, rooms: [lobby]}]\n"
	d := start(t, map[string]string{"config.yaml": room + "commands: {suggest: always}\n", "scripts/b.lua": `bot.command("ping", function(ev) ev:reply("pong") end)`})
	ann := d.join("lobby", "ann")
	if got := ann.ask("!pnig"); got != "There is no command !pnig, did you mean !ping?" {
		t.Errorf("got %q", got)
	}
	d.write("config.yaml", room+"commands: {help: false, suggest: never}\n")
	d.until("the help is off", func() bool { return ann.ask("!help") == "" })
	if got := ann.ask("botd: pnig"); got != "" {
		t.Errorf("got %q", got)
	}
	d.write("scripts/c.lua", `bot.command("help", function(ev) ev:reply("help yourself") end)`)
	d.until("a script's own help", func() bool { return ann.ask("!help") == "help yourself" })
}

// A conversation goes the same way wherever the script runs, and its answers reach no
// other script.
func TestConversation(t *testing.T) {
	for _, kind := range []string{"none", "process"} {
		t.Run(kind, func(t *testing.T) {
			d := start(t, map[string]string{
				"config.yaml": withIsolation(kind, "a"),
				"scripts/a.lua": `bot.command{ "order", mode = "single", run = function(ev)
  local size = ev:choose("Which size?", {"small", "medium", "large"}, {timeout = "60s"})
  if not size then return ev:reply("no answer, order dropped") end
  local n, why = ev:ask("How many?", {as = "int", tries = 3})
  if not n then return ev:reply("order dropped: " .. why.message) end
  if ev:confirm(("%d %s, right?"):format(n, size)) then
    ev:reply("ordered, your total: " .. kv.incr("orders/" .. ev.user.id, n))
  end
end }`,
				"scripts/b.lua": `bot.on("message", function(ev) if #ev.text < 6 then ev:reply("b heard " .. ev.text) end end)`,
			})
			ann, bob := d.join("lobby", "ann"), d.join("lobby", "bob")
			for _, tt := range []struct {
				who        *guest
				line, want string
			}{
				{ann, "!order", "Which size? 1) small 2) medium 3) large"},
				{bob, "large", "b heard large"},
				{ann, "2", "How many?"},
				{ann, "!order", ""}, // it runs already
				{ann, "two", `Expected a whole number, got "two". How many?`},
				{ann, "3", "3 medium, right? (yes/no)"},
				{ann, "yes", "ordered, your total: 3"},
				{ann, "2", "b heard 2"},
				{bob, "!order", "Which size? 1) small 2) medium 3) large"},
				{bob, "cancel", "no answer, order dropped"},
			} {
				tt.who.hears(tt.line, tt.want)
			}
		})
	}
}

// hears says a line and waits until the bot, which may wait for more then, says want.
func (g *guest) hears(line, want string) {
	g.d.t.Helper()
	g.mu.Lock()
	g.heard = nil
	g.mu.Unlock()
	g.say("%s", line)
	g.d.until("after "+line+" the bot says "+want, func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return want == "" && g.own == g.said || slices.Contains(g.heard, want)
	})
}
