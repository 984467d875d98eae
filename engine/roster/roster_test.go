package roster_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"botd/engine"
	"botd/engine/roster"
)

var (
	lobby = engine.Room{ID: "lobby"}
	start = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	bot   = engine.User{ID: "b", Name: "botd", Role: engine.Member}
	ann   = engine.User{ID: "1", Name: "ann", Joined: start}
	bob   = engine.User{ID: "2", Name: "bob", Joined: start}
)

// in is an event in the lobby of session "s".
func in(user engine.User, body engine.Body) engine.Event {
	return engine.Event{Session: "s", Platform: "local", Room: lobby, At: start, User: user, Body: body}
}

// byBot is something the bot itself did there.
func byBot(body engine.Body) engine.Event {
	ev := in(bot, body)
	ev.Self = true
	return ev
}

// everywhere is an event of the whole session.
func everywhere(ev engine.Event) engine.Event {
	ev.Room = engine.Room{}
	return ev
}

func after(events ...engine.Event) *roster.Roster {
	var r roster.Roster
	for i := range events {
		r.Apply(&events[i])
	}
	return &r
}

// online is how a session usually begins.
func online(users ...engine.User) []engine.Event {
	return []engine.Event{in(engine.User{}, engine.Roster{Users: users}), in(engine.User{}, engine.Connected{Me: bot})}
}

func names(users []engine.User) []string {
	out := []string{}
	for _, u := range users {
		out = append(out, u.Name)
	}
	return out
}

func TestUsers(t *testing.T) {
	later := start.Add(time.Hour)
	tests := []struct {
		name   string
		events []engine.Event
		want   []string
	}{
		{"as listed", nil, []string{"ann", "bob"}},
		{"one came", []engine.Event{in(engine.User{ID: "3", Name: "cy"}, engine.Joined{})}, []string{"ann", "bob", "cy"}},
		{"one came twice", []engine.Event{in(ann, engine.Joined{})}, []string{"ann", "bob"}},
		{"one left", []engine.Event{in(ann, engine.Left{})}, []string{"bob"}},
		{"one left, known by name only", []engine.Event{in(engine.User{Name: "ann"}, engine.Left{})}, []string{"bob"}},
		{"one left who was not there", []engine.Event{in(engine.User{ID: "9", Name: "ann"}, engine.Left{})}, []string{"ann", "bob"}},
		{"one left the network", []engine.Event{everywhere(in(bob, engine.Left{}))}, []string{"ann"}},
		{"one left and came back", []engine.Event{in(ann, engine.Left{}), in(ann, engine.Joined{})}, []string{"bob", "ann"}},
		{"one was kicked", []engine.Event{in(bob, engine.Kicked{Target: ann})}, []string{"bob"}},
		{"one has a new name", []engine.Event{in(engine.User{ID: "1", Name: "anna"}, engine.Renamed{From: "ann"})}, []string{"anna", "bob"}},
		{"one has a new name and ID", []engine.Event{in(engine.User{ID: "7", Name: "anna"}, engine.Renamed{From: "ann"})}, []string{"anna", "bob"}},
		{"one has a new name, no ID told", []engine.Event{in(engine.User{Name: "anna"}, engine.Renamed{From: "ann"})}, []string{"anna", "bob"}},
		{"one has a new name everywhere", []engine.Event{everywhere(in(engine.User{ID: "1", Name: "anna"}, engine.Renamed{From: "ann"}))}, []string{"anna", "bob"}},
		{"two exchange names", []engine.Event{
			in(engine.User{ID: "1", Name: "bob"}, engine.Renamed{From: "ann"}),
			in(engine.User{ID: "2", Name: "ann"}, engine.Renamed{From: "bob"}),
		}, []string{"bob", "ann"}},
		{"a stranger has a new name", []engine.Event{in(engine.User{ID: "9", Name: "cyd"}, engine.Renamed{From: "cy"})}, []string{"ann", "bob"}},
		{"listed anew", []engine.Event{in(engine.User{}, engine.Roster{Users: []engine.User{bob}})}, []string{"bob"}},
		{"nobody at all", []engine.Event{in(engine.User{}, engine.Joined{})}, []string{"ann", "bob"}},
		{"the bot lost the connection", []engine.Event{in(engine.User{}, engine.Disconnected{})}, []string{}},
		{"the session lost the connection", []engine.Event{everywhere(in(engine.User{}, engine.Disconnected{}))}, []string{}},
		{"another room lost the connection", []engine.Event{{Session: "s", Room: engine.Room{ID: "x"}, Body: engine.Disconnected{}}}, []string{"ann", "bob"}},
		{"another session", []engine.Event{{Session: "t", Room: lobby, User: ann, Body: engine.Left{}, At: later}}, []string{"ann", "bob"}},
		{"the bot was kicked", []engine.Event{in(bob, engine.Kicked{Target: bot})}, []string{}},
		{"the bot left", []engine.Event{byBot(engine.Left{})}, []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := after(append(online(ann, bob), tt.events...)...)
			if diff := cmp.Diff(tt.want, names(r.Users("s/lobby"))); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
		})
	}
}

func TestDescriptionsOfAUser(t *testing.T) {
	moderator := ann
	moderator.Role, moderator.Roles = engine.Moderator, []string{"mod"}
	renamed := moderator
	renamed.Name = "anna"
	tests := []struct {
		name   string
		events []engine.Event
		want   engine.User
	}{
		{"promoted", []engine.Event{
			in(bob, engine.RoleChanged{Target: engine.User{Name: "ann"}, Role: engine.Moderator, Labels: []string{"mod"}}),
		}, moderator},
		{"renamed with nothing but a name", []engine.Event{
			in(bob, engine.RoleChanged{Target: ann, Role: engine.Moderator, Labels: []string{"mod"}}),
			in(engine.User{Name: "anna"}, engine.Renamed{From: "ann"}),
		}, renamed},
		{"renamed with a full description", []engine.Event{
			in(engine.User{ID: "1", Name: "anna", Role: engine.Moderator, Roles: []string{"mod"}}, engine.Renamed{From: "ann"}),
		}, renamed},
		{"listed anew without the time", []engine.Event{
			in(engine.User{}, engine.Roster{Users: []engine.User{{ID: "1", Name: "ann"}}}),
		}, ann},
		{"an ID becomes known", []engine.Event{
			in(ann, engine.Left{}), in(engine.User{Name: "ann"}, engine.Joined{}), in(ann, engine.Joined{}),
		}, ann},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := after(append(online(ann), tt.events...)...)
			if diff := cmp.Diff([]engine.User{tt.want}, r.Users("s/lobby")); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
		})
	}
}

func TestJoinedTimeIsFilled(t *testing.T) {
	r := after(in(engine.User{Name: "ann"}, engine.Joined{}))
	if got := r.Users("s/lobby")[0]; !got.Joined.Equal(start) {
		t.Errorf("joined %v; want the time of the event", got.Joined)
	}
}

func TestRooms(t *testing.T) {
	other := engine.Event{Session: "a", Platform: "hackchat", Room: engine.Room{ID: "17", Name: "talk", Topic: "welcome"}, Body: engine.Connected{Me: bot}}
	r := after(append(online(ann, bob), other,
		in(ann, engine.TopicSet{Text: "cats"}), in(engine.User{}, engine.TopicSet{Text: "hello!", MOTD: true}))...)
	want := []roster.RoomInfo{
		{Path: "a/17", Session: "a", Platform: "hackchat", Room: other.Room, Online: true, Me: bot},
		{Path: "s/lobby", Session: "s", Platform: "local", Room: engine.Room{ID: "lobby", Topic: "cats"}, Online: true, Me: bot, Users: 2},
	}
	if diff := cmp.Diff(want, r.Rooms()); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	for _, path := range []engine.RoomPath{"a/17", "a/talk"} {
		if got, ok := r.Room(path); !ok || got.Path != "a/17" {
			t.Errorf("Room(%s) = %+v, %v", path, got, ok)
		}
	}
	for _, path := range []engine.RoomPath{"a/18", "b/17", "talk", ""} {
		if got, ok := r.Room(path); ok {
			t.Errorf("Room(%s) = %+v", path, got)
		}
	}
}

func TestRoomNameOfTwoRoomsFindsNone(t *testing.T) {
	r := after(
		engine.Event{Session: "s", Room: engine.Room{ID: "1", Name: "talk"}, Body: engine.Connected{Me: bot}},
		engine.Event{Session: "s", Room: engine.Room{ID: "2", Name: "talk"}, Body: engine.Connected{Me: bot}})
	if got, ok := r.Room("s/talk"); ok {
		t.Errorf("found %s", got.Path)
	}
}

func TestRoomsThatComeAndGo(t *testing.T) {
	tests := []struct {
		name   string
		events []engine.Event
		known  bool
		online bool
	}{
		{"connected", nil, true, true},
		{"the connection is lost", []engine.Event{in(engine.User{}, engine.Disconnected{})}, true, false},
		{"the session's connection is lost", []engine.Event{everywhere(in(engine.User{}, engine.Disconnected{}))}, true, false},
		{"and comes back", append([]engine.Event{in(engine.User{}, engine.Disconnected{})}, online()...), true, true},
		{"the bot is kicked", []engine.Event{in(ann, engine.Kicked{Target: engine.User{Name: "botd"}})}, true, false},
		{"somebody is kicked", []engine.Event{in(ann, engine.Kicked{Target: bob})}, true, true},
		{"the bot leaves", []engine.Event{byBot(engine.Left{})}, false, false},
		{"the bot leaves and is offline then", []engine.Event{byBot(engine.Left{}), in(engine.User{}, engine.Disconnected{})}, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := after(append(online(ann), tt.events...)...)
			got, known := r.Room("s/lobby")
			if known != tt.known || got.Online != tt.online {
				t.Errorf("known %v, online %v; want %v, %v", known, got.Online, tt.known, tt.online)
			}
		})
	}
}

func TestMe(t *testing.T) {
	renamed, promoted := bot, bot
	renamed.Name = "botd2"
	promoted.Role, promoted.Roles = engine.Moderator, []string{"mod"}
	restricted := bot
	restricted.Role = engine.Guest
	tests := []struct {
		name             string
		events           []engine.Event
		session, inLobby engine.User
	}{
		{"connected", nil, bot, bot},
		{"offline", []engine.Event{in(engine.User{}, engine.Disconnected{})}, bot, bot},
		{"renamed", []engine.Event{func() engine.Event { ev := byBot(engine.Renamed{From: "botd"}); ev.User = renamed; return ev }()}, renamed, renamed},
		{"promoted here", []engine.Event{in(ann, engine.RoleChanged{Target: bot, Role: engine.Moderator, Labels: []string{"mod"}})}, bot, promoted},
		{"restricted here", []engine.Event{in(ann, engine.AccessChanged{Role: engine.Guest})}, bot, restricted},
		{"restricted everywhere", []engine.Event{everywhere(in(ann, engine.AccessChanged{Role: engine.Guest}))}, restricted, restricted},
		{"somebody else renamed", []engine.Event{in(engine.User{ID: "1", Name: "botd3"}, engine.Renamed{From: "ann"})}, bot, bot},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := after(append(online(ann), tt.events...)...)
			session, _ := r.Me("s")
			inLobby, _ := r.MeIn("s", "lobby")
			if diff := cmp.Diff([]engine.User{tt.session, tt.inLobby}, []engine.User{session, inLobby}); diff != "" {
				t.Errorf("session and room, want (-), got (+):\n%s", diff)
			}
		})
	}
	r := after(online()...)
	if got, ok := r.MeIn("s", "elsewhere"); !ok || got.Name != bot.Name {
		t.Errorf("in a room that tells nothing: %+v, %v; want the session's", got, ok)
	}
	if got, ok := r.Me("t"); ok {
		t.Errorf("an unknown session has %+v", got)
	}
	if got, ok := after(in(ann, engine.Joined{})).Me("s"); ok {
		t.Errorf("a session that was never online has %+v", got)
	}
}

func TestForget(t *testing.T) {
	r := after(online(ann)...)
	r.Forget("s")
	if rooms := r.Rooms(); len(rooms) != 0 {
		t.Errorf("still knows %+v", rooms)
	}
}

func TestUsersOfARoomAreBounded(t *testing.T) {
	crowd := make([]engine.User, roster.MaxUsers+5)
	for i := range crowd {
		crowd[i].Name = fmt.Sprint("user", i)
	}
	r := after(append(online(crowd...), in(ann, engine.Joined{}))...)
	if got := len(r.Users("s/lobby")); got != roster.MaxUsers {
		t.Errorf("%d users; want %d", got, roster.MaxUsers)
	}
	last := in(crowd[0], engine.Left{})
	r.Apply(&last)
	joined := in(ann, engine.Joined{})
	r.Apply(&joined)
	if !slices.ContainsFunc(r.Users("s/lobby"), func(u engine.User) bool { return u.Name == "ann" }) {
		t.Error("a place that became free was not given away")
	}
}

// TestComingAndGoingAgreesWithAList compares the roster with the plainest model of
// one: a list of names in the order of coming.
func TestComingAndGoingAgreesWithAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r roster.Roster
		list := []string{}
		index := func(id string) int {
			for i, name := range list {
				if name[:1] == id {
					return i
				}
			}
			return -1
		}
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			id := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "id")
			at := index(id)
			user := engine.User{ID: engine.UserID(id)}
			switch rapid.SampledFrom([]string{"join", "leave", "rename"}).Draw(t, "what") {
			case "join":
				user.Name = id
				if at >= 0 {
					list[at] = id
				} else {
					list = append(list, id)
				}
				ev := in(user, engine.Joined{})
				r.Apply(&ev)
			case "leave":
				if at >= 0 {
					list = append(list[:at], list[at+1:]...)
				}
				ev := in(user, engine.Left{})
				r.Apply(&ev)
			case "rename":
				user.Name = id + rapid.StringMatching(`[xyz]`).Draw(t, "suffix")
				if at >= 0 {
					list[at] = user.Name
				}
				ev := in(user, engine.Renamed{From: id})
				r.Apply(&ev)
			}
		}
		if diff := cmp.Diff(list, names(r.Users("s/lobby"))); diff != "" {
			t.Fatalf("want (-), got (+):\n%s", diff)
		}
	})
}

func TestQueriesBesideApply(t *testing.T) {
	r := after(online(ann)...)
	var parts sync.WaitGroup
	for range 2 {
		parts.Go(func() {
			for range 100 {
				r.Rooms()
				r.Users("s/lobby")
				r.MeIn("s", "lobby")
			}
		})
	}
	for i := range 100 {
		ev := in(engine.User{Name: fmt.Sprint(i)}, engine.Joined{})
		r.Apply(&ev)
	}
	parts.Wait()
}

func BenchmarkApplyMessage(b *testing.B) {
	r := after(online(ann)...)
	ev := in(ann, engine.Message{Text: "a line of chat"})
	b.ReportAllocs()
	for b.Loop() {
		r.Apply(&ev)
	}
}

func BenchmarkMeIn(b *testing.B) {
	r := after(online(ann)...)
	b.ReportAllocs()
	for b.Loop() {
		r.MeIn("s", "lobby")
	}
}
