package hctv_test

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"botd/adapters/adaptertest"
	"botd/adapters/hctv"
	"botd/adapters/hctv/hctvtest"
	"botd/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestConformance holds a bot with and one without rights to the contract.
func TestConformance(t *testing.T) {
	for name, key := range map[string]string{"moderator": hctvtest.ModBotKey, "plain bot": hctvtest.PlainBotKey} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adaptertest.Run(t, hctv.Adapter, func(tb testing.TB) adaptertest.Simulator {
				n := newNetwork(tb)
				n.key = key
				return n
			})
		})
	}
}

// network is a simulator on a wire in memory.
type network struct {
	*hctvtest.Server
	wire  *adaptertest.Wire
	key   string
	users map[engine.UserID]*hctvtest.User
	last  *hctvtest.User
}

var _ adaptertest.Simulator = (*network)(nil)

func newNetwork(tb testing.TB) *network {
	n := &network{Server: hctvtest.New(hctvtest.Options{}), wire: adaptertest.NewWire(tb), key: hctvtest.ModBotKey, users: map[engine.UserID]*hctvtest.User{}}
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

const address = "ws://simulator/ws"

// settingsWith are the defaults with another address.
func settingsWith(token engine.Secret) *hctv.Settings {
	set := hctv.Adapter.Settings().(*hctv.Settings)
	set.URL, set.Token = address, token
	return set
}

func (n *network) Settings() any { return settingsWith(engine.Secret(n.key)) }
func (n *network) Denied() any   { return settingsWith("hctvb_ffffffffffffffffffffffffffffffff") }

func (n *network) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return n.wire.Dial(ctx, network, addr)
}

func (n *network) Rooms() []engine.RoomID { return []engine.RoomID{"lounge", "early"} }

func (n *network) Enter(room engine.RoomID, name string) adaptertest.User {
	u := n.Join(string(room), name)
	n.users[engine.UserID(u.ID())] = u
	n.last = u
	return user{u}
}

func (n *network) Lines(room engine.RoomID) []string { return n.Server.Lines(string(room)) }

func (n *network) Requests() int { return n.Opened() + len(n.Server.Requests()) }

// Prepare lets the bot see the target, whom it would not know otherwise, and puts on what
// is to be lifted.
func (n *network) Prepare(a engine.Action) engine.Action {
	switch a := a.(type) {
	case engine.Call:
		a.Name, a.Params = "emojiSearch", map[string]any{"searchTerm": "yay"}
		return a
	case engine.UserInfo:
		n.last.Say("here I am")
		time.Sleep(time.Second)
	case engine.Unmute:
		n.Restrict(string(a.Room), n.last.ID(), "testing", time.Hour)
	}
	return a
}

func (n *network) Saw(a engine.Action) bool {
	room := string(a.In())
	switch a := a.(type) {
	case engine.Say:
		return slices.Contains(n.Lines(a.Room), a.Text)
	case engine.Delete:
		return n.asked("mod:deleteMessage") && n.told("messageDeleted", "msgId", string(a.Message))
	case engine.Ban, engine.TimeOut:
		return n.Restricted(room, n.last.ID())
	case engine.Unban, engine.Unmute:
		return !n.Restricted(room, n.last.ID()) && n.told("systemMsg", "message", n.last.Name()+" can chat again.")
	case engine.Emoji:
		return n.asked("emojiMsg")
	case engine.SearchEmoji:
		return n.asked("emojiSearch")
	case engine.Call:
		return n.asked(a.Name)
	case engine.UserInfo:
		return true // the session knows
	}
	return false
}

// told says whether the user who came last was sent a frame.
func (n *network) told(kind, key, value string) bool {
	return slices.ContainsFunc(n.last.Frames(), func(f map[string]any) bool { return f["type"] == kind && f[key] == value })
}

func (n *network) asked(kind string) bool {
	return slices.ContainsFunc(n.Server.Requests(), func(r hctvtest.Request) bool { return r.Type == kind })
}

func (n *network) Break(f adaptertest.Fault) bool {
	switch f {
	case adaptertest.Garbage:
		n.Garbage()
	case adaptertest.Oversized:
		n.Oversized(5 << 20)
	default:
		return n.wire.Break(f)
	}
	return true
}

// user is one the suite plays.
type user struct{ *hctvtest.User }

func (u user) Ref() engine.UserRef {
	return engine.UserRef{ID: engine.UserID(u.ID()), Name: strings.TrimPrefix(u.ID(), "u_")}
}

func (u user) Whisper(string) { panic("nobody can whisper here") }
