package dispatch_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"botd/engine"
	"botd/engine/dispatch"
)

// contains is a pattern that captures what stands behind a word.
type contains string

func (c contains) Match(text string) ([]string, bool) {
	_, after, ok := strings.Cut(text, string(c))
	return []string{after}, ok
}

func build(t testing.TB, rooms []engine.RoomGlob, subs ...dispatch.Sub) *dispatch.Table {
	t.Helper()
	b := dispatch.NewBuilder(rooms)
	for _, s := range subs {
		if _, err := b.Add(s); err != nil {
			t.Fatal(err)
		}
	}
	return b.Build()
}

// matched lists the handlers called, with their captures.
func matched(table *dispatch.Table, p *dispatch.Prepared) []string {
	out := []string{}
	table.Match(p, func(s *dispatch.Sub, captures []string) bool {
		out = append(out, strings.Join(append([]string{fmt.Sprint(s.Handler)}, captures...), " "))
		return true
	})
	return out
}

func TestFilter(t *testing.T) {
	yes, no := true, false
	moderator := func(ev *engine.Event) { ev.User.Role = engine.Moderator }
	tests := []struct {
		name   string
		filter dispatch.Filter
		ev     *engine.Event
		want   bool
	}{
		{"nothing asked", dispatch.Filter{}, say("hi"), true},
		{"own message", dispatch.Filter{}, say("hi", self), false},
		{"own message, asked for", dispatch.Filter{Self: true}, say("hi", self), true},
		{"history", dispatch.Filter{}, say("hi", history), false},
		{"history, asked for", dispatch.Filter{History: true}, say("hi", history), true},
		{"own history needs both", dispatch.Filter{History: true}, say("hi", history, self), false},
		{"room", dispatch.Filter{Rooms: []string{"x/*", "hc/lob*"}}, say("hi"), true},
		{"another room", dispatch.Filter{Rooms: []string{"hc/attic"}}, say("hi"), false},
		{"user by ID", dispatch.Filter{Users: []string{"1"}}, say("hi"), true},
		{"user by name", dispatch.Filter{Users: []string{"bob", "ann"}}, say("hi"), true},
		{"user by account", dispatch.Filter{Users: []string{"ann@example"}}, say("hi"), true},
		{"another user", dispatch.Filter{Users: []string{"Ann"}}, say("hi"), false},
		{"nobody is not a user", dispatch.Filter{Users: []string{""}}, say("hi", func(ev *engine.Event) { ev.User = engine.User{} }), false},
		{"role", dispatch.Filter{Roles: []string{"user"}}, say("hi"), true},
		{"a role above", dispatch.Filter{Roles: []string{"regular"}}, say("hi", moderator), true},
		{"a role below", dispatch.Filter{Roles: []string{"regular"}}, say("hi"), false},
		{"any of several roles", dispatch.Filter{Roles: []string{"owner", "user"}}, say("hi"), true},
		{"platform", dispatch.Filter{Platforms: []string{"local", "hackchat"}}, say("hi"), true},
		{"another platform", dispatch.Filter{Platforms: []string{"local"}}, say("hi"), false},
		{"text", dispatch.Filter{Text: contains("h")}, say("hi"), true},
		{"another text", dispatch.Filter{Text: contains("x")}, say("hi"), false},
		{"private", dispatch.Filter{Private: &yes}, say("hi", message(private)), true},
		{"private, but is public", dispatch.Filter{Private: &yes}, say("hi"), false},
		{"public", dispatch.Filter{Private: &no}, say("hi"), true},
		{"public, but is private", dispatch.Filter{Private: &no}, say("hi", message(private)), false},
		{"either", dispatch.Filter{}, say("hi", message(private)), true},
		{"no bots", dispatch.Filter{NotFromBots: true}, say("hi"), true},
		{"no bots, but is one", dispatch.Filter{NotFromBots: true}, say("hi", func(ev *engine.Event) { ev.User.IsBot = true }), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			table := build(t, nil, dispatch.Sub{Kind: "message", Filter: tt.filter})
			p := prepare(tt.ev)
			if got := len(matched(table, p)) == 1; got != tt.want {
				t.Errorf("matched %v; want %v", got, tt.want)
			}
			if tt.want && !table.Wants(p) {
				t.Error("not wanted, and would have been lost")
			}
		})
	}
}

func TestKinds(t *testing.T) {
	table := build(t, nil,
		dispatch.Sub{Kind: "join", Handler: "join"},
		dispatch.Sub{Kind: "karma.up", Handler: "karma"},
		dispatch.Sub{Kind: "disconnect", Handler: "disconnect"})
	tests := []struct {
		name string
		ev   engine.Event
		want []string
	}{
		{"of the engine", engine.Event{Body: engine.Joined{}}, []string{"join"}},
		{"not asked for", engine.Event{Body: engine.Left{}}, []string{}},
		{"of a script", engine.Event{Body: engine.Custom{Name: "karma.up"}}, []string{"karma"}},
		{"another of a script", engine.Event{Body: engine.Custom{Name: "karma.down"}}, []string{}},
		{"a script's event under a name of ours", engine.Event{Body: engine.Custom{Name: "join"}}, []string{}},
		{"about the bot itself", engine.Event{Self: true, Body: engine.Disconnected{}}, []string{"disconnect"}},
		{"by the bot itself", engine.Event{Self: true, Body: engine.Joined{}}, []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := prepare(&tt.ev)
			if diff := cmp.Diff(tt.want, matched(table, p)); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
			if got := table.Wants(p); got != (len(tt.want) > 0) {
				t.Errorf("wanted %v", got)
			}
		})
	}
}

// TestEveryKindReachesItsHandlers makes sure that each kind has a bit of its own.
func TestEveryKindReachesItsHandlers(t *testing.T) {
	for _, body := range engine.Bodies() {
		if _, custom := body.(engine.Custom); custom {
			continue
		}
		table := build(t, nil, dispatch.Sub{Kind: body.Kind()})
		for _, other := range engine.Bodies() {
			want := other.Kind() == body.Kind()
			if got := table.Wants(prepare(&engine.Event{Body: other})); got != want {
				t.Errorf("a handler of %q wants %q: %v", body.Kind(), other.Kind(), got)
			}
		}
	}
}

func TestMatchOrder(t *testing.T) {
	table := build(t, nil,
		dispatch.Sub{Kind: "message", Handler: "first"},
		dispatch.Sub{Commands: []string{"Ping", "p"}, Handler: "command"},
		dispatch.Sub{Kind: "message", Filter: dispatch.Filter{Text: contains("ping")}, Handler: "heard"},
		dispatch.Sub{Kind: "message", Handler: "last"})
	tests := []struct {
		name, text string
		want       []string
	}{
		{"a command goes first", "!ping", []string{"command", "first", "heard ", "last"}},
		{"by another name, in any case", "!P", []string{"command", "first", "last"}},
		{"captures", "ping pong", []string{"first", "heard  pong", "last"}},
		{"an unknown command is a message", "!pong", []string{"first", "last"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, matched(table, prepare(say(tt.text)))); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
		})
	}
	if got, want := table.Commands(), []string{"p", "ping"}; !slices.Equal(got, want) {
		t.Errorf("commands %q; want %q", got, want)
	}
}

func TestCommandsInAPlace(t *testing.T) {
	table := build(t, []engine.RoomGlob{glob(t, "lobby/*")},
		dispatch.Sub{Commands: []string{"All", "a"}},
		dispatch.Sub{Commands: []string{"attic"}, Filter: dispatch.Filter{Rooms: []string{"lobby/attic"}, Roles: []string{"admin"}}},
		dispatch.Sub{Commands: []string{"elsewhere"}, Filter: dispatch.Filter{Platforms: []string{"hackchat"}}})
	for _, tt := range []struct {
		at   *engine.Event
		want []string
	}{
		{nil, []string{"all", "attic", "elsewhere"}},
		{&engine.Event{Session: "lobby", Platform: "local", Room: engine.Room{ID: "attic"}}, []string{"all", "attic"}},
		{&engine.Event{Session: "lobby", Platform: "hackchat", Room: engine.Room{ID: "cellar"}}, []string{"all", "elsewhere"}},
		{&engine.Event{Session: "hc", Platform: "hackchat", Room: engine.Room{ID: "attic"}}, nil},
	} {
		var got []string
		for _, s := range table.CommandsIn(tt.at) {
			got = append(got, s.Commands[0])
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%+v: want (-), got (+):\n%s", tt.at, diff)
		}
	}
}

func TestMatchStops(t *testing.T) {
	table := build(t, nil,
		dispatch.Sub{Commands: []string{"ping"}},
		dispatch.Sub{Kind: "message"},
		dispatch.Sub{Kind: "message"})
	for stopAfter := 1; stopAfter <= 3; stopAfter++ {
		calls := 0
		table.Match(prepare(say("!ping")), func(*dispatch.Sub, []string) bool {
			calls++
			return calls < stopAfter
		})
		if calls != stopAfter {
			t.Errorf("called %d times; want %d", calls, stopAfter)
		}
	}
}

func TestCommandAlone(t *testing.T) {
	table := build(t, nil, dispatch.Sub{Commands: []string{"ping"}, Filter: dispatch.Filter{Roles: []string{"moderator"}}, Handler: "ping"})
	tests := []struct {
		name string
		ev   *engine.Event
		want bool
	}{
		{"allowed", say("!ping", func(ev *engine.Event) { ev.User.Role = engine.Admin }), true},
		{"not allowed", say("!ping"), false},
		{"another word", say("!pong"), false},
		{"no command", say("ping"), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := prepare(tt.ev)
			if got := table.Wants(p); got != tt.want {
				t.Errorf("wanted %v; want %v", got, tt.want)
			}
			if got := len(matched(table, p)) == 1; got != tt.want {
				t.Errorf("matched %v; want %v", got, tt.want)
			}
		})
	}
}

func TestRoomsOfTheScript(t *testing.T) {
	table := build(t, []engine.RoomGlob{glob(t, "hc/lobby")},
		dispatch.Sub{Kind: "message", Handler: "message"},
		dispatch.Sub{Commands: []string{"ping"}, Handler: "command"},
		dispatch.Sub{Kind: "disconnect", Handler: "disconnect"},
		dispatch.Sub{Kind: "karma.up", Handler: "karma"})
	tests := []struct {
		name string
		ev   engine.Event
		want []string
	}{
		{"its room", *say("!ping"), []string{"command", "message"}},
		{"another room", *say("!ping", func(ev *engine.Event) { ev.Room.ID = "attic" }), []string{}},
		{"its session", engine.Event{Session: "hc", Body: engine.Disconnected{}}, []string{"disconnect"}},
		{"another session", engine.Event{Session: "hx", Body: engine.Disconnected{}}, []string{}},
		{"no session", engine.Event{Body: engine.Custom{Name: "karma.up"}}, []string{"karma"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := prepare(&tt.ev)
			if diff := cmp.Diff(tt.want, matched(table, p)); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
			if got := table.Wants(p); got != (len(tt.want) > 0) {
				t.Errorf("wanted %v", got)
			}
		})
	}
}

func TestRoomFilterNeedsARoom(t *testing.T) {
	table := build(t, nil, dispatch.Sub{Kind: "disconnect", Filter: dispatch.Filter{Rooms: []string{"hc/*"}}})
	if table.Wants(prepare(&engine.Event{Session: "hc", Body: engine.Disconnected{}})) {
		t.Error("an event without a room passed a filter for rooms")
	}
}

func TestAddRefuses(t *testing.T) {
	tests := []struct {
		name string
		sub  dispatch.Sub
		code engine.Code
		msg  string
	}{
		{"a slip of a kind", dispatch.Sub{Kind: "mesage"}, engine.Invalid, `no event kind "mesage", did you mean "message"?`},
		{"no kind", dispatch.Sub{}, engine.Invalid, "no event kind given"},
		{"a slip of a role", dispatch.Sub{Kind: "join", Filter: dispatch.Filter{Roles: []string{"moderater"}}}, engine.Invalid, `no role "moderater", did you mean "moderator"?`},
		{"no role at all", dispatch.Sub{Kind: "join", Filter: dispatch.Filter{Roles: []string{"emperor of all"}}}, engine.Invalid, "roles are guest, user"},
		{"a pattern without a session", dispatch.Sub{Kind: "join", Filter: dispatch.Filter{Rooms: []string{"lobby"}}}, engine.Invalid, "session/room"},
		{"a text where none is", dispatch.Sub{Kind: "join", Filter: dispatch.Filter{Text: contains("x")}}, engine.Invalid, `"join" have no text`},
		{"a command of two words", dispatch.Sub{Commands: []string{"a b"}}, engine.Invalid, "one word"},
		{"a command of none", dispatch.Sub{Commands: []string{""}}, engine.Invalid, "one word"},
		{"a command that is there", dispatch.Sub{Commands: []string{"new", "PING"}}, engine.Conflict, `"PING" already`},
		{"a command twice", dispatch.Sub{Commands: []string{"new", "New"}}, engine.Conflict, `"New" already`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := dispatch.NewBuilder(nil)
			if _, err := b.Add(dispatch.Sub{Commands: []string{"ping"}}); err != nil {
				t.Fatal(err)
			}
			_, err := b.Add(tt.sub)
			if engine.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.msg) {
				t.Errorf("got %v; want %s: %s", err, tt.code, tt.msg)
			}
			if got := b.Build().Commands(); b.Len() != 1 || len(got) != 1 {
				t.Errorf("what was refused left traces: %d, %q", b.Len(), got)
			}
		})
	}
}

func TestNamesOfOwnEvents(t *testing.T) {
	tests := []struct {
		name     engine.Kind
		on, emit bool
	}{
		{"message", true, false},
		{"custom", false, false},
		{"mesage", false, false},
		{"bank", false, false}, // too near to ban
		{"bank.paid", true, true},
		{"karma", true, true},
		{"", false, false},
	}
	for _, tt := range tests {
		if err := dispatch.CheckKind(tt.name); (err == nil) != tt.on {
			t.Errorf("CheckKind(%q): %v", tt.name, err)
		}
		if err := dispatch.CheckOwnKind(tt.name); (err == nil) != tt.emit {
			t.Errorf("CheckOwnKind(%q): %v", tt.name, err)
		}
	}
}

func TestBuilderChanges(t *testing.T) {
	b := dispatch.NewBuilder(nil)
	add := func(s dispatch.Sub) uint64 {
		t.Helper()
		id, err := b.Add(s)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	p := prepare(say("!ping"))
	command := add(dispatch.Sub{Commands: []string{"ping"}, Handler: "command"})
	add(dispatch.Sub{Kind: "message", Handler: "message"})
	before := b.Build()
	if b.Build() != before {
		t.Error("a table was made anew without a change")
	}
	if !b.Remove(command) || b.Remove(command) {
		t.Error("removal is told wrongly")
	}
	add(dispatch.Sub{Commands: []string{"ping"}, Handler: "again"})
	for name, tt := range map[string]struct {
		table *dispatch.Table
		want  []string
	}{
		"the table made before": {before, []string{"command", "message"}},
		"the table made after":  {b.Build(), []string{"again", "message"}},
	} {
		if diff := cmp.Diff(tt.want, matched(tt.table, p)); diff != "" {
			t.Errorf("%s: want (-), got (+):\n%s", name, diff)
		}
	}
}

// TestTableAgreesWithAList adds and removes at random and compares with a walk
// over a plain list.
func TestTableAgreesWithAList(t *testing.T) {
	bodies := []engine.Body{engine.Joined{}, engine.Left{}, engine.Message{Text: "!a"}, engine.Message{Text: "b"}, engine.Custom{Name: "x.y"}}
	kinds := []engine.Kind{"join", "leave", "message", "x.y"}
	rapid.Check(t, func(t *rapid.T) {
		b := dispatch.NewBuilder(nil)
		var list []dispatch.Sub
		for range rapid.IntRange(0, 20).Draw(t, "steps") {
			if len(list) > 0 && rapid.Bool().Draw(t, "remove") {
				i := rapid.IntRange(0, len(list)-1).Draw(t, "which")
				b.Remove(list[i].ID)
				list = slices.Delete(list, i, i+1)
			} else {
				s := dispatch.Sub{Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Filter: dispatch.Filter{Self: rapid.Bool().Draw(t, "self")}}
				if rapid.IntRange(0, 4).Draw(t, "is command") == 0 {
					s.Commands = []string{"a"}
				}
				var err error
				if s.ID, err = b.Add(s); err != nil {
					continue // there is a command of that name
				}
				list = append(list, s)
			}
			ev := &engine.Event{Body: rapid.SampledFrom(bodies).Draw(t, "body"), Self: rapid.Bool().Draw(t, "own")}
			p := prepare(ev)
			var want, got []uint64
			for _, command := range []bool{true, false} {
				for _, s := range list {
					isCommand := len(s.Commands) > 0
					fits := isCommand && p.Command == "a" || !isCommand && s.Kind == p.Kind
					if isCommand == command && fits && (!ev.Self || s.Filter.Self) {
						want = append(want, s.ID)
					}
				}
			}
			table := b.Build()
			table.Match(p, func(s *dispatch.Sub, _ []string) bool { got = append(got, s.ID); return true })
			if !slices.Equal(got, want) {
				t.Fatalf("matched %v; want %v", got, want)
			}
			var explained []uint64
			for _, v := range table.Explain(p) {
				if v.Reason == "" {
					explained = append(explained, v.Sub.ID)
				}
			}
			if !slices.Equal(explained, want) {
				t.Fatalf("%v are explained to want it; %v do", explained, want)
			}
			if table.Wants(p) != (len(want) > 0) {
				t.Fatalf("wanted %v; but %d match", table.Wants(p), len(want))
			}
		}
	})
}

// Delivery must not become slow for everybody because one script waits for very much: that
// script has to look for itself.
func TestWantsOfVeryManySubscriptions(t *testing.T) {
	for n, want := range map[int]bool{100: false, 101: true, 5000: true} {
		subs := make([]dispatch.Sub, n)
		for i := range subs {
			subs[i] = dispatch.Sub{Kind: "message", Filter: dispatch.Filter{Users: []string{"nobody"}}, Handler: i}
		}
		table := build(t, nil, subs...)
		p := prepare(say("hi"))
		if got := table.Wants(p); got != want {
			t.Errorf("%d subscriptions: wants %v", n, got)
		}
		if got := matched(table, p); len(got) > 0 {
			t.Errorf("%d subscriptions: %v", n, got)
		}
	}
}
