package hackchat_test

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"botd/adapters/adaptertest"
	"botd/adapters/hackchat"
	"botd/adapters/hackchat/hackchattest"
	"botd/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// generations are the stages of the server the adapter has to get on with.
var generations = map[string]hackchattest.Generation{
	"2026": hackchattest.Gen2026,
	"2025": hackchattest.Gen2025,
	"2020": hackchattest.Gen2020,
	"2018": hackchattest.Gen2018,
}

func TestConformance(t *testing.T) {
	for name, gen := range generations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adaptertest.Run(t, hackchat.Adapter, func(tb testing.TB) adaptertest.Simulator {
				return newNetwork(tb, hackchattest.Options{Generation: gen})
			})
		})
	}
}

// network is a simulator on a wire in memory.
type network struct {
	*hackchattest.Server
	wire  *adaptertest.Wire
	users map[string]*hackchattest.User
}

var _ adaptertest.Simulator = (*network)(nil)

func newNetwork(tb testing.TB, opts hackchattest.Options) *network {
	n := &network{Server: hackchattest.New(opts), wire: adaptertest.NewWire(tb), users: map[string]*hackchattest.User{}}
	mux := http.NewServeMux()
	mux.Handle("/chat-ws", n.Server)
	mux.HandleFunc("/closed", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "members only", http.StatusForbidden)
	})
	srv := &http.Server{Handler: mux}
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
	return &hackchat.Settings{URL: "ws://simulator/chat-ws", Nick: "botd", Password: hackchattest.AdminPassword}
}

func (n *network) Denied() any {
	return &hackchat.Settings{URL: "ws://simulator/closed", Nick: "botd"}
}

func (n *network) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return n.wire.Dial(ctx, network, addr)
}

func (n *network) Rooms() []engine.RoomID { return []engine.RoomID{"botdev", "lounge"} }

func (n *network) Enter(room engine.RoomID, name string) adaptertest.User {
	u := n.Join(string(room), name)
	n.users[name] = u
	return user{u}
}

func (n *network) Lines(room engine.RoomID) []string { return n.Server.Lines(string(room)) }

func (n *network) Requests() int { return len(n.Server.Requests()) }

func (n *network) Prepare(a engine.Action) engine.Action {
	if call, ok := a.(engine.Call); ok {
		call.Name = "morestats"
		return call
	}
	return a
}

func (n *network) Saw(a engine.Action) bool {
	room := string(a.In())
	switch a := a.(type) {
	case engine.Say:
		return slices.Contains(n.Lines(a.Room), a.Text)
	case engine.Emote:
		return n.saw("ann", "@botd "+a.Text)
	case engine.Whisper:
		return n.saw(a.User.Name, "botd whispered: "+a.Text)
	case engine.Edit:
		return n.saw("ann", a.Text)
	case engine.Delete:
		return n.saw("ann", "\x00")
	case engine.Move:
		return slices.Contains(n.Members(string(a.To)), a.User.Name)
	case engine.Invite:
		return slices.ContainsFunc(n.users[a.User.Name].Frames(), func(f map[string]any) bool {
			text, _ := f["text"].(string)
			return strings.HasPrefix(text, "botd invited you to ?"+string(a.To))
		})
	case engine.Rename:
		return slices.Contains(n.Members(room), a.Name)
	case engine.Kick:
		return !slices.Contains(n.Members(room), a.User.Name)
	case engine.Ban:
		return n.Banned(n.users[a.User.Name].Addr())
	case engine.Unban:
		return !n.Banned(n.users[a.User.Name].Addr()) && n.asked("unban")
	case engine.Mute:
		return n.Muted(n.users[a.User.Name].Addr())
	case engine.Unmute:
		return !n.Muted(n.users[a.User.Name].Addr()) && n.asked("speak")
	case engine.Lock:
		return n.Locked(room) == a.On
	case engine.Call:
		return n.asked(a.Name)
	case engine.ListUsers, engine.UserInfo:
		return true // the session knows
	}
	return false
}

func (n *network) saw(name, text string) bool {
	return slices.ContainsFunc(n.users[name].Frames(), func(f map[string]any) bool { return f["text"] == text })
}

func (n *network) asked(cmd string) bool {
	return slices.ContainsFunc(n.Server.Requests(), func(r hackchattest.Request) bool { return r.Cmd == cmd })
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
type user struct{ *hackchattest.User }

func (u user) Ref() engine.UserRef { return engine.UserRef{Name: u.Nick()} }
func (u user) Whisper(text string) { u.User.Whisper("botd", text) }
