package tests

import (
	"strings"
	"testing"

	"botd/engine"
)

const whoami = `bot.command{"who", args = "who:user?", run = function(ev, a)
	local u = a.who or ev.user
	ev:reply(u.role .. " " .. table.concat(u.groups, ",") .. " " .. tostring(u:is("crew")) .. " " .. (u.identity and "linked" or "alone"))
end}
bot.command{"crew", roles = {"crew"}, run = function(ev) ev:reply("aye") end}
bot.command{"grant", args = "who:user role:word", run = function(ev, a) local ok, err = a.who:grant(a.role, "bot") ev:reply(tostring(ok or err)) end}
bot.command{"revoke", args = "who:user role:word", run = function(ev, a) local ok, err = a.who:revoke(a.role, "bot") ev:reply(tostring(ok or err)) end}`

func peopled(kind, more string) string {
	return "sessions: [{name: lobby, adapter: local, rooms: [lobby, attic]}]\nscripts: [{name: a, isolation: " + kind + ", grants: [chat, moderate]}]\npeople:\n" + more
}

// Roles and groups come from the configuration and from scripts, go by account, and outlive
// a restart.
func TestPeople(t *testing.T) {
	for _, kind := range []string{"none", "process"} {
		t.Run(kind, func(t *testing.T) {
			files := map[string]string{
				"config.yaml":   peopled(kind, "  roles: [{role: admin, users: [lobby/a1]}]\n  groups: [{name: crew, users: [lobby/a1, lobby/a2]}]\n"),
				"scripts/a.lua": whoami,
			}
			d := start(t, files)
			as := func(name, account string) *guest {
				return d.joinAs("lobby", engine.User{Name: name, Account: account, Role: engine.Member})
			}
			ann, bob, imp := as("ann", "a1"), as("bob", "a2"), as("a1", "")
			for _, tt := range []struct{ got, want string }{
				{ann.ask("!who"), "admin crew true alone"}, {bob.ask("!who"), "user crew true alone"}, {imp.ask("!who"), "user  false alone"},
				{imp.ask("!who ann"), "admin crew true alone"}, {bob.ask("!crew"), "aye"}, {imp.ask("!crew"), ""},
				{bob.ask("!grant bob moderator"), "true"}, {bob.ask("!who"), "moderator crew true alone"},
				{bob.ask("!grant a1 moderator"), "unsupported: a1 has no account on this network; a name alone proves nothing, so it gets no role"},
			} {
				if tt.got != tt.want {
					t.Errorf("got %q, want %q (%s)", tt.got, tt.want, d.fault())
				}
			}
			d.write("config.yaml", peopled(kind, "  groups: [{name: crew, users: [lobby/a1]}]\n"))
			d.until("the new groups hold", func() bool { return bob.ask("!who") == "moderator  false alone" })
			if got := ann.ask("!who"); got != "user crew true alone" {
				t.Errorf("got %q", got)
			}
			if err := d.stop(); err != nil {
				t.Fatal(err)
			}
			d = startIn(t, d.dir, files)
			bob = d.joinAs("lobby", engine.User{Name: "robert", Account: "a2", Role: engine.Member})
			for _, tt := range [][2]string{{"!who", "moderator crew true alone"}, {"!revoke robert moderator", "true"}, {"!who", "user crew true alone"}} {
				if got := bob.ask(tt[0]); got != tt[1] {
					t.Errorf("%s after a restart: %q, want %q", tt[0], got, tt[1])
				}
			}
		})
	}
}

// Whoever has said enough is a regular.
func TestRegulars(t *testing.T) {
	d := start(t, map[string]string{"config.yaml": peopled("none", "  regular: {lines: 3}\n"), "scripts/a.lua": whoami})
	ann := d.joinAs("lobby", engine.User{Name: "ann", Account: "a1", Role: engine.Member})
	ann.ask("one")
	if got := ann.ask("!who"); got != "user  false alone" {
		t.Errorf("got %q", got)
	}
	if got := ann.ask("!who"); got != "regular  false alone" {
		t.Errorf("got %q", got)
	}
}

// A role of the bot's own takes the grant moderate.
func TestGiveRoleGrant(t *testing.T) {
	d := start(t, map[string]string{"scripts/a.lua": whoami})
	if got := d.joinAs("lobby", engine.User{Name: "ann", Account: "a1"}).ask("!grant ann owner"); !strings.HasPrefix(got, "denied: ") {
		t.Errorf("got %q", got)
	}
}

// Accounts are linked by codes that are whispered on both sides, and so alone.
func TestLink(t *testing.T) {
	conf := strings.Replace(peopled("none", "  groups: [{name: crew, users: [lobby/a1]}]\n"), "sessions: [", "sessions: [{name: second, adapter: local, rooms: [cellar]}, ", 1)
	d := start(t, map[string]string{"config.yaml": conf, "scripts/a.lua": whoami})
	ann := d.joinAs("lobby", engine.User{Name: "ann", Account: "a1", Role: engine.Member})
	other := d.joinAs("cellar", engine.User{Name: "annie", Account: "b7", Role: engine.Member})
	eve := d.joinAs("lobby", engine.User{Name: "eve", Account: "e", Role: engine.Member})
	nobody := d.joinAs("lobby", engine.User{Name: "nobody", Role: engine.Member})
	code := func(text string) string { return text[strings.LastIndex(text, " ")+1:] }

	if got := nobody.answered("!link", true); got != "Not linked: you have no account here, and a name alone proves nothing." {
		t.Errorf("got %q", got)
	}
	first := ann.answered("!link", true)
	if !strings.HasPrefix(first, "Say this with your other account, within 10 minutes: !link ") || strings.Contains(eve.last(), "Say this") {
		t.Fatalf("got %q, eve heard %q", first, eve.last())
	}
	second := other.answered("!link "+code(first), true)
	if !strings.HasPrefix(second, "Now say this with the account you began with") {
		t.Fatalf("got %q", second)
	}
	if got := eve.answered("!link "+code(second), true); got != "Not linked: say this code with the account that began." {
		t.Errorf("got %q", got)
	}
	if got := ann.answered("!link "+code(second), true); got != "Linked: the bot knows now that both accounts are yours." {
		t.Errorf("got %q", got)
	}
	if got := other.answered("!who", true); got != "user crew true linked" {
		t.Errorf("got %q", got)
	}
	if got := other.answered("!unlink", true); got != "This account stands for itself again." {
		t.Errorf("got %q", got)
	}
	if got := other.answered("!who", true); got != "user  false alone" {
		t.Errorf("got %q", got)
	}
	if got := other.answered("!help link", true); !strings.Contains(got, "joins your accounts") {
		t.Errorf("got %q", got)
	}
}

// last is what the bot said last to somebody.
func (g *guest) last() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.heard) == 0 {
		return ""
	}
	return g.heard[len(g.heard)-1]
}

// answered says a line and returns the answer, which may take the disk; with none to come
// it does not wait for one.
func (g *guest) answered(line string, some bool) string {
	g.d.t.Helper()
	g.ask(line)
	if some {
		g.d.until("an answer to "+line, func() bool { return g.last() != "" })
	}
	return g.last()
}
