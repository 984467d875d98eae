package tests

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"botd/adapters/hctv"
	"botd/adapters/hctv/hctvtest"
	"botd/engine/supervisor"
)

// hctvActors are the sessions of the test, and with what they log in.
var hctvActors = []struct{ name, credential string }{
	{"owner", "cookie: sess_owner"},
	{"manager", "cookie: sess_manager"},
	{"mod", "cookie: sess_mod"},
	{"admin", "cookie: sess_admin"},
	{"alice", "cookie: sess_alice"},
	{"modbot", "token: " + hctvtest.ModBotKey},
	{"adminbot", "token: " + hctvtest.AdminBotKey},
	{"plainbot", "token: " + hctvtest.PlainBotKey},
}

// hctvOutcomes are what each may do to whom. A bot moderator counts as its owner where
// the target is that owner, and only there.
var hctvOutcomes = map[string]map[string]string{
	"owner":    {"owner": "invalid", "manager": "ok", "mod": "ok", "bob": "ok", "admin": "denied"},
	"manager":  {"owner": "denied", "manager": "invalid", "mod": "ok", "bob": "ok", "admin": "denied"},
	"mod":      {"owner": "denied", "manager": "denied", "mod": "invalid", "bob": "ok", "admin": "denied"},
	"admin":    {"owner": "ok", "manager": "ok", "mod": "ok", "bob": "ok", "admin": "invalid"},
	"modbot":   {"owner": "invalid", "manager": "denied", "mod": "denied", "bob": "ok", "admin": "denied"},
	"adminbot": {"owner": "denied", "manager": "denied", "mod": "denied", "bob": "ok", "admin": "invalid"},
	"alice":    {"owner": "unsupported", "bob": "unsupported"},
	"plainbot": {"owner": "unsupported", "bob": "unsupported"},
}

const hctvScript = `
local function code(ok, err) return ok and "ok" or err.code end
local verbs = {
  timeout = function(u) return u:timeout("1m", "testing") end,
  unmute = function(u) return u:unmute() end,
  ban = function(u) return u:ban{reason = "testing"} end,
  unban = function(u) return u:unban() end,
}
bot.command("as", function(ev, line)
  local who, verb, whom = line:match("^(%S+) (%S+) (%S+)$")
  local user = assert(bot.room(who .. "/lounge"):user(whom))
  ev:reply(code(verbs[verb](user)))
end)
bot.command("say", function(ev, who)
  local ok, err = bot.room(who .. "/lounge"):say("may I?", {wait = true})
  ev:reply(code(ok, err) .. (err and err.retry_after and err.retry_after > 50 and " later" or ""))
end)
local heard
bot.on("message", {rooms = {"plainbot/lounge"}}, function(ev) heard = ev end)
bot.command("heard", function(ev) ev:reply(heard and heard.text or "nothing") end)
local freed = {}
bot.on("unban", function(ev) freed[ev.session.name] = (freed[ev.session.name] or 0) + 1 end)
bot.command("freed", function(ev, who) ev:reply(tostring(freed[who] or 0)) end)
bot.command("delete", function(ev, who)
  ev:reply(code(bot.session(who):call("mod:deleteMessage", {msgId = heard.message_id}, "lounge")))
end)
bot.command("can", function(ev, who)
  local room = bot.room(who .. "/lounge")
  ev:reply(("%s %s %s"):format(room:can("say"), room:can("ban"), room:can("presence")))
end)
`

// hctvDaemon runs the script with a session for each actor on a server in which everybody
// has said something, so that their ids are known.
func hctvDaemon(t *testing.T) (*hctvtest.Server, *guest) {
	srv := hctvtest.New(hctvtest.Options{})
	ts := httptest.NewServer(srv)
	t.Cleanup(ts.Close)
	t.Cleanup(srv.Close)
	for _, name := range []string{"bob", "owner", "manager", "mod", "admin", "alice"} {
		srv.Join("lounge", name).Say("I am " + name)
	}
	var conf strings.Builder
	conf.WriteString("sessions:\n- {name: lobby, adapter: local, rooms: [lobby]}\n")
	for _, a := range hctvActors {
		fmt.Fprintf(&conf, "- {name: %s, adapter: hctv, rooms: [lounge], settings: {url: \"ws%s/ws\", %s}}\n", a.name, strings.TrimPrefix(ts.URL, "http"), a.credential)
	}
	conf.WriteString("scripts:\n- {name: mod, grants: [chat, moderate, call]}\n")
	d := start(t, map[string]string{"config.yaml": conf.String(), "scripts/mod.lua": hctvScript}, hctv.Adapter)
	d.until("everybody is online", func() bool {
		online := 0
		for _, st := range d.host.Status().Sessions {
			if st.State == supervisor.Online {
				online++
			}
		}
		return online == len(hctvActors)+1
	})
	return srv, d.join("lobby", "op")
}

func (g *guest) expect(line, want string) {
	g.d.t.Helper()
	if got := g.ask(line); got != want {
		g.d.t.Errorf("%s: %q, want %q\n%s", line, got, want, g.d.fault())
	}
}

// TestHctvModeration runs a moderation script as each role against a simulated
// hackclub.tv, which keeps the hierarchy.
func TestHctvModeration(t *testing.T) {
	_, op := hctvDaemon(t)
	freed := 0
	for _, a := range hctvActors {
		// The wire does not say who unbanned somebody: what others did must have arrived
		// before this one acts on the same people.
		op.d.until(a.name+" has heard of all others", func() bool { return op.ask("!freed "+a.name) == fmt.Sprint(freed) })
		for whom, want := range hctvOutcomes[a.name] {
			if want != "ok" {
				op.expect("!as "+a.name+" timeout "+whom, want)
				op.expect("!as "+a.name+" unban "+whom, want)
				continue
			}
			op.expect("!as "+a.name+" timeout "+whom, "ok")
			op.expect("!as "+a.name+" unmute "+whom, "ok")
			op.expect("!as "+a.name+" ban "+whom, "ok")
			op.expect("!as "+a.name+" timeout "+whom, "conflict") // it would end the ban
			op.expect("!as "+a.name+" unban "+whom, "ok")
			freed += 2
		}
	}
}

// Deleting knows no ranks, rights apart; and who is timed out says nothing.
func TestHctvRights(t *testing.T) {
	srv, op := hctvDaemon(t)
	owner := srv.Join("lounge", "owner")
	for i, a := range hctvActors {
		line := fmt.Sprint("line ", i)
		owner.Say(line)
		op.d.until(line, func() bool { return op.ask("!heard") == line })
		want := "ok"
		if hctvOutcomes[a.name]["bob"] != "ok" {
			want = "denied"
		}
		op.expect("!delete "+a.name, want)
	}
	op.expect("!can alice", "true false false")
	op.expect("!can modbot", "true true false")
	op.expect("!say alice", "ok")
	op.expect("!as modbot timeout alice", "ok")
	op.expect("!say alice", "denied later")
	op.expect("!as modbot unmute alice", "ok")
	op.expect("!say alice", "ok")
}
