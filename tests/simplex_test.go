package tests

import (
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"botd/adapters/simplex"
	"botd/adapters/simplex/simplextest"
)

const supportConfig = `
sessions:
- name: support
  adapter: simplex
  settings:
    url: %s
    address: true
    auto_accept: true
    business: true
    welcome: Welcome!
    menu: [{keyword: help, label: How to use}, {keyword: agent, label: Talk to a person, params: <topic>}]
scripts:
- {name: support, grants: [chat, moderate, session, store, call], config: {desk: "#desk"}}
`

// TestSimplexSupport runs the support desk of the documentation: a customer comes by the
// address, is welcomed, asks for a person and gets one, with a role, in the group of the
// two.
func TestSimplexSupport(t *testing.T) {
	srv := simplextest.New(simplextest.Options{})
	dora := srv.Group("desk", "owner").Join("dora").OpenChat()
	ts := httptest.NewServer(srv)
	t.Cleanup(ts.Close)
	t.Cleanup(srv.Close)
	code, err := os.ReadFile("../docs/examples/simplex-support.lua")
	if err != nil {
		t.Fatal(err)
	}
	d := start(t, map[string]string{
		"config.yaml":         fmt.Sprintf(supportConfig, "ws"+strings.TrimPrefix(ts.URL, "http")),
		"scripts/support.lua": string(code),
		"scripts/notes.lua":   `bot.on("message", function(ev) log.info("heard " .. ev.text) end)`,
	}, simplex.Adapter())
	d.until("the bot has an address and the menu", func() bool {
		_, settings := srv.Address()
		prefs, _ := srv.Profile()["preferences"].(map[string]any)
		return settings["autoAccept"] != nil && prefs["commands"] != nil
	})
	link, _ := srv.Address()
	carol := srv.Use(link, "carol")
	room := carol.Chat()
	var want []string
	says := func(lines ...string) {
		t.Helper()
		want = append(want, lines...)
		d.until(lines[len(lines)-1], func() bool { return len(srv.Lines(room)) >= len(want) })
		if got := srv.Lines(room); !slices.Equal(got, want) {
			t.Fatalf("the customer reads\n%q\nwant\n%q\n%s\n%s", got, want, d.fault(), &d.log)
		}
	}
	const menu = "Write /help for this text, /agent and what it is about to talk to a person."
	says("Welcome!", menu)
	carol.Say("/help")
	says(menu)
	carol.Say("/agent my parcel is late")
	says("Somebody will be with you soon.")
	id, err := strconv.ParseInt(strings.TrimPrefix(room, "#"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	helper := dora.Accept(srv.FindGroup(id))
	if helper == nil {
		t.Fatal("dora was not invited")
	}
	says("@" + helper.Name() + " is here. It is about: my parcel is late")
	if role := helper.Role(); role != "moderator" {
		t.Errorf("dora is a %s", role)
	}
	if data := srv.Custom(room); data["step"] != "person" || data["topic"] != "my parcel is late" {
		t.Errorf("the group keeps %v", data)
	}
	carol.Say("/help") // there is a person for that now
	d.until("nobody answers that", func() bool { return strings.Count(d.log.String(), "heard /help") == 2 })
	d.idle()
	helper.Say("/done")
	says("Thank you. " + menu)
	d.until("dora has gone", func() bool { return helper.Status() == "removed" })
}

const reactedPoll = `
bot.command("ask", function(ev)
  assert(ev.room:poll{ question = "Tea?", options = {"yes", "no"} })
  log.info("open")
end)
bot.command("close", function(ev)
  local p = ev.room:polls()[1]
  assert(p:close())
  local r = p:results()
  ev:reply(("%s %g:%g"):format(r.winner_text, r.options[1].votes, r.options[2].votes))
end)`

// TestSimplexPollByReaction: people vote by the few reactions that the network has, the message of the
// poll says which, and shows the result.
func TestSimplexPollByReaction(t *testing.T) {
	srv := simplextest.New(simplextest.Options{})
	team := srv.Group("team", "member")
	ann, bob := team.Join("ann"), team.Join("bob")
	ts := httptest.NewServer(srv)
	t.Cleanup(ts.Close)
	t.Cleanup(srv.Close)
	d := start(t, map[string]string{
		"config.yaml":   "sessions: [{name: net, adapter: simplex, rooms: ['" + team.Chat() + "'], settings: {url: 'ws" + strings.TrimPrefix(ts.URL, "http") + "'}}]\n",
		"scripts/a.lua": reactedPoll,
	}, simplex.Adapter())
	d.until("the bot is there", func() bool { return d.host.Status().Sessions[0].State == "online" })
	// message is the one of the group that says something, once there is one.
	message := func(what, want string) (it simplextest.Item) {
		t.Helper()
		d.until(what, func() bool {
			items := srv.Items(team.Chat())
			i := slices.IndexFunc(items, func(it simplextest.Item) bool { return strings.HasPrefix(it.Text, want) })
			if i >= 0 {
				it = items[i]
			}
			return i >= 0
		})
		return it
	}
	ann.Say("!ask")
	poll := message("the poll", "Poll: Tea? 1) yes 2) no. Say the number or !vote 1. 👍 = 1, 👎 = 2.")
	d.idle()
	ann.React(poll.ID, "👎", true)
	message("a vote is shown", "Poll: Tea? 1) yes: 0, 2) no: 1. Say the number or !vote 1. 👍 = 1, 👎 = 2.")
	bob.React(poll.ID, "👎", true)
	ann.React(poll.ID, "👎", false)
	ann.React(poll.ID, "👍", true)
	ann.React(poll.ID, "🚀", true)
	bob.Say("1")
	bob.Say("!close")
	message("the result", "yes 2:0")
}
