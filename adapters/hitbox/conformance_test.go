package hitbox_test

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"botd/adapters/adaptertest"
	"botd/adapters/hitbox"
	"botd/adapters/hitbox/hitboxtest"
	"botd/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// services are the ways of the service the adapter has to get on with.
var services = map[string]hitboxtest.Options{
	"plain": {},
	"other": {Form: hitboxtest.Alternating, OldNames: true, Strings: true, AdminFirst: true, BareMotd: true},
}

func TestConformance(t *testing.T) {
	for name, opts := range services {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adaptertest.Run(t, hitbox.Adapter, func(tb testing.TB) adaptertest.Simulator { return newNetwork(tb, opts) })
		})
	}
}

// network is a simulator on a wire in memory.
type network struct {
	*hitboxtest.Server
	wire *adaptertest.Wire

	mu     sync.Mutex
	dialed []string
	refuse func(ctx context.Context, addr string) (c net.Conn, err error, refused bool) // instead of a Dial, unless nil
	users  map[string]*hitboxtest.User
}

var _ adaptertest.Simulator = (*network)(nil)

const channel = "botd" // of the bot itself: nobody may do more

func newNetwork(tb testing.TB, opts hitboxtest.Options) *network {
	n := &network{Server: hitboxtest.New(opts), wire: adaptertest.NewWire(tb), users: map[string]*hitboxtest.User{}}
	srv := &http.Server{Handler: n.Server}
	served := make(chan struct{})
	go func() {
		defer close(served)
		srv.Serve(n.wire)
	}()
	tb.Cleanup(func() {
		srv.Close()
		<-served
		n.Server.Close()
	})
	return n
}

func (n *network) Settings() any {
	s := hitbox.Adapter.Settings().(*hitbox.Settings)
	s.URL, s.Name, s.Password = "http://simulator", "Botd", engine.Secret(hitboxtest.Password("Botd"))
	s.UsersEvery = 10 * time.Second // the suite is not as patient as people are
	return s
}

func (n *network) Denied() any {
	s := n.Settings().(*hitbox.Settings)
	s.Password = "wrong"
	return s
}

func (n *network) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	n.mu.Lock()
	n.dialed = append(n.dialed, addr)
	refuse := n.refuse
	n.mu.Unlock()
	if refuse != nil {
		if c, err, ok := refuse(ctx, addr); ok {
			return c, err
		}
	}
	return n.wire.Dial(ctx, network, addr)
}

func (n *network) Rooms() []engine.RoomID { return []engine.RoomID{channel, "lounge"} }

func (n *network) Enter(room engine.RoomID, name string) adaptertest.User {
	u := n.Join(string(room), name)
	n.users[name] = u
	return user{u, n}
}

func (n *network) Lines(room engine.RoomID) []string { return n.Server.Lines(string(room)) }

// Requests leaves out the lists of users the session asks for by itself, which are its way to
// look whether anybody is there.
func (n *network) Requests() int {
	return len(n.REST()) + len(slices.DeleteFunc(n.Server.Requests(), func(r hitboxtest.Request) bool { return r.Method == "getChannelUserList" }))
}

func (n *network) Prepare(a engine.Action) engine.Action {
	switch a := a.(type) {
	case engine.Call:
		a.Name, a.Params = "mediaLog", map[string]any{"type": "image"}
		return a
	case engine.SetRole:
		if a.Revoke {
			n.Rank(string(a.Room), a.User.Name, "user")
		}
	}
	return a
}

func (n *network) Saw(a engine.Action) bool {
	room := string(a.In())
	switch a := a.(type) {
	case engine.Say:
		return slices.Contains(n.Lines(a.Room), a.Text)
	case engine.Whisper:
		return slices.ContainsFunc(n.users[a.User.Name].Frames("directMsg"), func(f hitboxtest.Frame) bool { return f.Params["text"] == a.Text })
	case engine.TimeOut:
		return n.asked("kickUser", "timeout", "60")
	case engine.Ban:
		return n.Banned(room, a.User.Name) && (!a.Address || n.asked("banUser", "banIP", true))
	case engine.Unban:
		return !n.Banned(room, a.User.Name) && n.asked("unbanUser", "name", a.User.Name)
	case engine.SetRole:
		return n.Role(room, a.User.Name) == map[bool]string{false: "user", true: "anon"}[a.Revoke]
	case engine.SetTopic:
		return n.Sticky(room) == a.Text
	case engine.Slow:
		slow, _ := n.Modes(room)
		return slow == int(a.Interval.Seconds())
	case engine.SubscribersOnly:
		_, on := n.Modes(room)
		return on == a.On
	case engine.ListUsers:
		return n.asked("getChannelUserList", "channel", room)
	case engine.UserInfo:
		return n.asked("getChannelUser", "name", a.User.Name)
	case engine.Call:
		return n.asked(a.Name, "channel", room)
	case engine.OpenPoll:
		poll, _ := n.Status(room)
		return poll == "started"
	case engine.SetPoll:
		poll, _ := n.Status(room)
		return poll == map[string]string{"vote": "started", "pause": "paused", "resume": "started", "end": ""}[a.Verb]
	case engine.OpenRaffle:
		_, raffle := n.Status(room)
		return raffle == "started"
	case engine.SetRaffle:
		_, raffle := n.Status(room)
		return raffle == map[string]string{"pause": "paused", "end": "ended", "draw": "ended", "cleanup": ""}[a.Verb]
	}
	return false
}

func (n *network) asked(method, param string, value any) bool {
	return slices.ContainsFunc(n.Server.Requests(), func(r hitboxtest.Request) bool {
		return r.Method == method && r.Params[param] == value
	})
}

func (n *network) Break(f adaptertest.Fault) bool {
	switch f {
	case adaptertest.Garbage:
		for _, frame := range []string{
			"garbage", "9::", "5:::not json", "::", "4:::not json", `5:::{"name":"message","args":["not json"]}`,
			`5:::{"name":"message","args":[{"method":"chatMsg"}]}`, `5:::{"name":"message","args":[{"method":"pollMsg","params":{"choices":7}}]}`,
			`5:::{"name":"message","args":[{"method":"userList","params":{"channel":"botd","data":[1]}}]}`,
			`5:7+::{"name":"other","args":[{}]}`, `5:::{"name":"message","args":["{\"method\":\"new\",\"params\":{}}"]}`, "3:::\xff\x00", "8::", "6:::99",
		} {
			n.Frame(frame)
		}
	case adaptertest.Oversized:
		n.Frame(`3:::` + strings.Repeat("x", 5<<20))
	default:
		return n.wire.Break(f)
	}
	return true
}

// user is one the suite plays. On this network people enter a giveaway with a click and not
// by saying a word.
type user struct {
	*hitboxtest.User
	net *network
}

func (u user) Ref() engine.UserRef { return engine.UserRef{Name: u.Name()} }
func (u user) Whisper(text string) { u.User.Whisper("botd", text) }

func (u user) Say(text string) {
	if strings.HasPrefix(text, "!") {
		u.Send("voteRaffle", map[string]any{"name": u.Name(), "choice": "0"})
		return
	}
	u.User.Say(text)
}
