package tests

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"botd/adapters/hackchat/hackchattest"
	"botd/adapters/hackmud/hackmudtest"
	"botd/adapters/hctv/hctvtest"
	"botd/adapters/hitbox/hitboxtest"
	"botd/adapters/simplex/simplextest"
)

// stage is a network with people in a room of it, for scenarios that are the same on all.
type stage struct {
	session string       // of the configuration, with %s for the server's address
	handler http.Handler // the simulator; nil for the local network, which lives in the daemon
	polled  bool         // the daemon asks it for news, so nobody sees that a connection was cut
	// last numbers the last line, where a session saves how far it has read. What it has not
	// saved when it is killed is told of again.
	last func() int64
	// say puts a line into the room, unless the network keeps its author from that. Who was
	// thrown out comes back first, if the network lets them.
	say    func(who, text string)
	vote   func(who string, option int) // in chat if nil
	enter  func(who string)             // a raffle; in chat if nil
	drawn  bool                         // raffles are the network's own: there is no proof
	friend string                       // the account of zoe, by which the configuration knows her
	sever  func()                       // called before connections are cut, if not nil
	begin  func(stdin io.Writer)        // called when the daemon has started, if not nil
}

// people are those in the room. Mia moderates it.
var people = []string{"ann", "bob", "eve", "mia", "sam", "zoe"}

// stages are all networks there are.
var stages = map[string]func(*testing.T) stage{
	"hackchat": hackchatStage, "hackmud": hackmudStage, "hctv": hctvStage, "hitbox": hitboxStage, "simplex": simplexStage, "local": localStage,
}

func hackchatStage(t *testing.T) stage {
	srv := hackchattest.New(hackchattest.Options{Unlimited: true})
	t.Cleanup(srv.Close)
	users := map[string]*hackchattest.User{}
	attend := func(who string) {
		nick := who + map[string]string{"mia": "#" + hackchattest.AdminPassword, "zoe": "#zoe-pass"}[who]
		if u, ok := srv.Attend("lab", nick, func(map[string]any) {}); ok {
			users[who] = u
		}
	}
	for _, name := range people {
		attend(name)
	}
	return stage{
		session: "{name: net, adapter: hackchat, rooms: [lab], settings: {url: 'ws%s', nick: botd, password: " + hackchattest.ModPassword + "}}",
		handler: srv, friend: users["zoe"].Trip(),
		say: func(who, text string) {
			if !slices.Contains(srv.Members("lab"), who) { // the server moves who is kicked to another channel
				users[who].Leave()
				attend(who)
			}
			users[who].Say(text)
		},
	}
}

func hctvStage(t *testing.T) stage {
	srv := hctvtest.New(hctvtest.Options{Unlimited: true})
	t.Cleanup(srv.Close)
	srv.SetRole("lounge", "u_mia", hctvtest.ChatModerator)
	users := map[string]*hctvtest.User{}
	for _, name := range people {
		users[name] = srv.Join("lounge", name)
	}
	return stage{
		session: "{name: net, adapter: hctv, rooms: [lounge], settings: {url: 'ws%s/ws', token: " + hctvtest.ModBotKey + "}}",
		handler: srv, friend: "u_zoe", say: func(who, text string) { users[who].Say(text) },
	}
}

func hackmudStage(t *testing.T) stage {
	const quick = 700 * time.Millisecond
	srv := hackmudtest.New(hackmudtest.Options{Quirks: hackmudtest.Quirks{Interval: quick}})
	t.Cleanup(srv.Close)
	token := srv.AddAccount("botty").Token()
	srv.Put("trade", append([]string{"botty"}, people...)...)
	var last int64
	return stage{
		session: fmt.Sprintf("{name: net, adapter: hackmud, rooms: [trade], settings: {url: 'http%%s', token: %s, interval: %v}}", token, quick),
		handler: srv, polled: true, last: func() int64 { return last }, friend: "zoe",
		say: func(who, text string) { last = srv.Say(who, "trade", text).T },
	}
}

// There the network has polls and raffles of its own.
func hitboxStage(t *testing.T) stage {
	srv := hitboxtest.New(hitboxtest.Options{Unlimited: true})
	t.Cleanup(srv.Close)
	srv.Rank("demo", "mia", "user") // as the wire calls moderators
	users := map[string]*hitboxtest.User{}
	for _, name := range people {
		users[name] = srv.Join("demo", name)
	}
	choose := func(method, who string, option int) {
		users[who].Send(method, map[string]any{"choice": fmt.Sprint(option - 1)})
	}
	return stage{
		session: "{name: net, adapter: hitbox, rooms: [demo], settings: {url: 'http%s', name: demo, password: demo-pass, pace: 0s}}",
		handler: srv, drawn: true, friend: "zoe", say: func(who, text string) { users[who].Say(text) },
		vote:  func(who string, option int) { choose("voteMsg", who, option) },
		enter: func(who string) { choose("voteRaffle", who, 1) },
	}
}

func simplexStage(t *testing.T) stage {
	srv := simplextest.New(simplextest.Options{})
	t.Cleanup(srv.Close)
	group, members, last := srv.Group("team", "owner"), map[string]*simplextest.Peer{}, int64(0)
	for _, name := range people {
		role := "member"
		if name == "mia" {
			role = "moderator"
		}
		members[name] = group.Present(name, role, false)
	}
	return stage{
		session: "{name: net, adapter: simplex, rooms: ['" + group.Chat() + "'], settings: {url: 'ws%s'}}",
		handler: srv, friend: fmt.Sprint("m", members["zoe"].ID()), last: func() int64 { return last },
		say: func(who, text string) { last = max(last, members[who].Say(text)) },
		// Each event is for one connection: those to come are not for the one that is cut.
		sever: srv.Deafen,
	}
}

// localStage has a daemon that brings the people in itself, as its input says.
func localStage(t *testing.T) stage {
	var daemon *json.Encoder
	say := func(who, text string) {
		if err := daemon.Encode(localLine{who, text}); err != nil {
			t.Error(err)
		}
	}
	return stage{
		session: "{name: net, adapter: local, rooms: [lobby]}", friend: "zoe", say: say,
		begin: func(stdin io.Writer) {
			daemon = json.NewEncoder(stdin)
			for _, name := range people {
				say(name, "") // only comes in
			}
		},
	}
}
