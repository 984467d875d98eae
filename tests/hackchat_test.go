package tests

import (
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"botd/adapters/hackchat"
	"botd/adapters/hackchat/hackchattest"
)

// doorman is a bot with the rights of a moderator. Servers before 2025 know no edits:
// there it says a second line.
const doorman = `
bot.on("connect", function(ev)
  if ev.room.name == "hall" then
    assert(bot.session("hc"):join("garden"))
  end
end)

bot.on("join", function(ev)
  local m = assert(ev.room:say("Welcome!"))
  local text = "Welcome to " .. ev.room.name .. ", " .. ev.user.name .. "!"
  if ev.room:can("edit") then
    assert(m:edit(text))
  else
    assert(ev.room:say(text))
  end
end)

bot.on("message", function(ev)
  if ev.text:find("spam", 1, true) then
    assert(ev.user:mute())
    assert(ev.user:kick("spam"))
    ev:reply("Gone is " .. ev.user.name)
  elseif ev.text == "commands" then
    local hc, list = bot.session("hc"), {}
    for _, c in ipairs(hc:commands()) do
      if c.name == "kick" then
        for _, p in ipairs(c.params) do
          list[#list + 1] = p.name .. (p.optional and "?" or "") .. ":" .. p.type
        end
        ev:reply(#hc:commands() .. " commands; kick for " .. c.level .. " takes " .. table.concat(list, " "))
      end
    end
  end
end)
`

// TestHackchat: a script in two channels of a server of each generation greets, edits
// its own message, mutes and kicks.
func TestHackchat(t *testing.T) {
	for name, gen := range map[string]hackchattest.Generation{
		"2018": hackchattest.Gen2018, "2020": hackchattest.Gen2020, "2025": hackchattest.Gen2025, "2026": hackchattest.Gen2026,
	} {
		t.Run(name, func(t *testing.T) {
			srv := hackchattest.New(hackchattest.Options{Generation: gen})
			ts := httptest.NewServer(srv)
			t.Cleanup(ts.Close) // after the daemon, which ends by cleanup, too
			t.Cleanup(srv.Close)
			d := start(t, map[string]string{
				"scripts/doorman.lua": doorman,
				"config.yaml": fmt.Sprintf(`
sessions:
  - name: hc
    adapter: hackchat
    rooms: [hall]
    settings: {url: "ws%s", nick: warden, password: %s}
scripts: [{name: doorman, grants: [chat, moderate, session, call]}]
`, strings.TrimPrefix(ts.URL, "http"), hackchattest.ModPassword),
			}, hackchat.Adapter)
			var guests []*hackchattest.User
			for _, room := range []string{"hall", "garden"} {
				d.until("the bot is in "+room, func() bool { return slices.Contains(srv.Members(room), "warden") })
				ann := srv.Join(room, "ann_"+room)
				guests = append(guests, ann)
				d.until("ann reads the greeting", func() bool { return reads(ann, "Welcome to "+room+", ann_"+room+"!") })
				if edited := slices.ContainsFunc(ann.Frames(), func(f map[string]any) bool { return f["cmd"] == "updateMessage" }); edited != (gen <= hackchattest.Gen2025) {
					t.Errorf("edited: %t", edited)
				}
			}
			// What is said at once must fit under the server's limit: each in one channel.
			guests[0].Say("commands")
			d.until("ann reads the commands", func() bool {
				return reads(guests[0], "51 commands; kick for channelModerator, until 2020 moderator takes nick?:string|array userid?:number|array to?:string")
			})
			bob := srv.Join("garden", "bob")
			d.until("bob is greeted", func() bool { return reads(bob, "Welcome to garden, bob!") })
			bob.Say("buy spam")
			d.until("bob is muted and gone", func() bool {
				return reads(guests[1], "Gone is bob") && srv.Muted(bob.Addr()) && !slices.Contains(srv.Members("garden"), "bob")
			})
			if f := d.fault(); f != "" {
				t.Error(f)
			}
		})
	}
}

// TestFiveMinutes does what the page about the move from a bot of one's own says.
func TestFiveMinutes(t *testing.T) {
	page, err := os.ReadFile("../docs/hackchat-in-five-minutes.md")
	if err != nil {
		t.Fatal(err)
	}
	block := func(language string) string {
		_, rest, _ := strings.Cut(string(page), "```"+language+"\n")
		code, _, ok := strings.Cut(rest, "```")
		if !ok {
			t.Fatalf("no %s in the page", language)
		}
		return code
	}
	srv := hackchattest.New(hackchattest.Options{})
	ts := httptest.NewServer(srv)
	t.Cleanup(ts.Close)
	t.Cleanup(srv.Close)
	d := start(t, map[string]string{
		"scripts/mybot.lua": block("lua"),
		"config.yaml": strings.NewReplacer("ws://127.0.0.1:6060", "ws"+strings.TrimPrefix(ts.URL, "http"),
			"${env:HC_PASSWORD}", hackchattest.ModPassword).Replace(block("yaml")),
	}, hackchat.Adapter)
	d.until("the bot is there", func() bool { return slices.Contains(srv.Members("programming"), "mybot") })
	ann := srv.Join("programming", "ann#"+hackchattest.ModPassword)
	bob := srv.Join("programming", "bob")
	for _, step := range []struct{ say, hear string }{
		{"", "Welcome, @ann"}, {"!ping", "pong"}, {"!stats", "users in"}, {"!mute nobody", "nobody"}, {"!count", "2"},
	} {
		if step.say != "" {
			ann.Say(step.say)
		}
		d.until(step.say+" is answered with "+step.hear, func() bool { return reads(ann, step.hear) })
	}
	bob.Whisper("mybot", "psst")
	d.until("the whisper is answered", func() bool { return reads(bob, "You said: psst") })
	ann.Say("!mute bob")
	d.until("bob is muted", func() bool { return srv.Muted(bob.Addr()) })
	if f := d.fault(); f != "" {
		t.Error(f)
	}
}

// reads reports whether somebody was shown a text.
func reads(u *hackchattest.User, text string) bool {
	return slices.ContainsFunc(u.Frames(), func(f map[string]any) bool { return strings.Contains(fmt.Sprint(f["text"]), text) })
}
