package tests

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"botd/adapters"
	"botd/adapters/hackchat"
	"botd/adapters/hackchat/hackchattest"
	"botd/adapters/local"
	"botd/adapters/simplex"
	"botd/adapters/simplex/simplextest"
	"botd/engine"
)

// A screen is a network on which messages can be edited, with ann and bob before it.
type screen struct {
	session string         // of the configuration, with %s for the server's address
	adapter engine.Adapter // none for the local network, which the daemon has
	handler http.Handler
	how     string // what a poll says of how to vote, besides what it says everywhere
	count   string // what it says of how votes are counted
	arrive  func(*daemon)
	say     func(who, text string)
	// shows lists what the bot has said in the room as it stands there now: who edits a line
	// changes it, and adds none.
	shows func() []string
}

const byName = "; counted by name, which proves nothing"

// screens are all networks on which messages can be edited.
var screens = map[string]func(*testing.T) screen{"hackchat": hackchatScreen, "simplex": simplexScreen, "local": localScreen}

func hackchatScreen(t *testing.T) screen {
	srv := hackchattest.New(hackchattest.Options{})
	t.Cleanup(srv.Close)
	users := map[string]*hackchattest.User{"ann": srv.Join("lab", "ann"), "bob": srv.Join("lab", "bob")}
	return screen{
		session: "{name: net, adapter: hackchat, rooms: [lab], settings: {url: 'ws%s', nick: botd}}",
		adapter: hackchat.Adapter, handler: srv, count: byName,
		say: func(who, text string) { users[who].Say(text) },
		shows: func() []string {
			var page pageOf
			for _, f := range users["ann"].Frames() {
				id, _ := f["customId"].(string)
				text, _ := f["text"].(string)
				switch {
				case f["cmd"] == "chat" && f["nick"] == "botd":
					page.say(id, text)
				case f["cmd"] == "updateMessage" && f["mode"] == "overwrite":
					page.edit(id, text)
				}
			}
			return page.lines()
		},
	}
}

func simplexScreen(t *testing.T) screen {
	srv := simplextest.New(simplextest.Options{})
	t.Cleanup(srv.Close)
	team := srv.Group("team", "member")
	peers := map[string]*simplextest.Peer{"ann": team.Join("ann"), "bob": team.Join("bob")}
	return screen{
		session: "{name: net, adapter: simplex, rooms: ['" + team.Chat() + "'], settings: {url: 'ws%s'}}",
		adapter: simplex.Adapter(), handler: srv, how: " 👍 = 1, 👎 = 2.",
		say:   func(who, text string) { peers[who].Say(text) },
		shows: func() []string { return srv.Lines(team.Chat()) },
	}
}

func localScreen(*testing.T) screen {
	guests := map[string]*guest{}
	var mu sync.Mutex
	var page pageOf
	return screen{
		session: "{name: net, adapter: local, rooms: [lobby]}", count: byName,
		arrive: func(d *daemon) {
			guests["ann"], guests["bob"] = d.join("lobby", "ann"), d.join("lobby", "bob")
			if _, err := d.hub.Room("lobby").Join(local.Visit{User: engine.User{Name: "eve"}, Hear: func(ev engine.Event) {
				mu.Lock()
				defer mu.Unlock()
				switch b := ev.Body.(type) {
				case engine.Message:
					if ev.User.Name == "botd" {
						page.say(string(b.ID), b.Text)
					}
				case engine.Edited:
					page.edit(string(b.ID), b.Text)
				}
			}}); err != nil {
				d.t.Fatal(err)
			}
		},
		say:   func(who, text string) { guests[who].say("%s", text) },
		shows: func() []string { mu.Lock(); defer mu.Unlock(); return page.lines() },
	}
}

// pageOf is lines with names by which they can be changed.
type pageOf []struct{ id, text string }

func (p *pageOf) say(id, text string) { *p = append(*p, struct{ id, text string }{id, text}) }

func (p pageOf) edit(id, text string) {
	for i := range p {
		if p[i].id == id {
			p[i].text = text
		}
	}
}

func (p pageOf) lines() (out []string) {
	for _, l := range p {
		out = append(out, l.text)
	}
	return out
}

// Where messages can be edited, the one that opened a poll shows how it stands, and in the end its
// result. Nothing else is said of the votes.
func TestLiveResult(t *testing.T) {
	for _, a := range adapters.All(local.NewHub(local.Options{})) {
		if a.Caps.Can.Has(engine.CapEdit) != (screens[a.Name] != nil) {
			t.Errorf("a network where messages can be edited is not among the screens, or one where they cannot is: %s", a.Name)
		}
	}
	for name, make := range screens {
		t.Run(name, func(t *testing.T) { watchPoll(t, make(t)) })
	}
}

func watchPoll(t *testing.T, s screen) {
	address, extra := "", []engine.Adapter(nil)
	if s.handler != nil {
		ts := httptest.NewServer(s.handler)
		t.Cleanup(ts.Close)
		address, extra = strings.TrimPrefix(ts.URL, "http"), append(extra, s.adapter)
	}
	d := start(t, map[string]string{
		"config.yaml": "sessions: [" + strings.ReplaceAll(s.session, "%s", address) + "]\n",
		"scripts/a.lua": `
bot.command("ask", function(ev) assert(ev.room:poll{ question = "Tea?", options = {"yes", "no"} }) end)
bot.command("close", function(ev) assert(ev.room:polls()[1]:close()) end)`,
	}, extra...)
	d.until("the bot is there", func() bool { return d.host.Status().Sessions[0].State == "online" })
	if s.arrive != nil {
		s.arrive(d)
	}
	shows := func(what string, want ...string) {
		t.Helper()
		var got []string
		d.until(what+": "+want[0], func() bool {
			got = slices.DeleteFunc(s.shows(), func(l string) bool { return !strings.HasPrefix(l, "Poll") })
			return len(got) > 0 && got[0] == want[0] && len(got) >= len(want)
		})
		if !slices.Equal(got, want) {
			t.Fatalf("%s: the room shows %q, want %q", what, got, want)
		}
	}
	how := ". Say the number or !vote 1." + s.how
	s.say("ann", "!ask")
	shows("the poll", "Poll: Tea? 1) yes 2) no"+how)
	d.idle() // it knows which message it is
	s.say("ann", "1")
	shows("a vote", "Poll: Tea? 1) yes: 1, 2) no: 0"+how)
	s.say("bob", "1")
	s.say("bob", "!close")
	ended := "Poll has ended: Tea? yes wins" + s.count + " (1) yes: 2, 2) no: 0)"
	shows("the result, in its place and as news", ended, ended)
}
