package hackmud_test

import (
	"context"
	"net"
	"net/http"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"botd/adapters/adaptertest"
	"botd/adapters/hackmud"
	"botd/adapters/hackmud/hackmudtest"
	"botd/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// worlds are the servers the adapter has to get on with.
var worlds = map[string]hackmudtest.Quirks{
	"plain":  {},
	"strict": {AfterWindow: true, Exclusive: true, Skew: 300e9, Order: hackmudtest.Shuffled},
	"behind": {Skew: -300e9, NoRecipient: true, Order: hackmudtest.Descending},
}

func TestConformance(t *testing.T) {
	for name, quirks := range worlds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adaptertest.Run(t, hackmud.Adapter(), func(tb testing.TB) adaptertest.Simulator {
				return newNetwork(tb, hackmudtest.Options{Quirks: quirks})
			})
		})
	}
}

// network is a simulator on a wire in memory, with an account of one user.
type network struct {
	*hackmudtest.Server
	tb      testing.TB
	account *hackmudtest.Account
	wire    *adaptertest.Wire
}

var _ adaptertest.Simulator = (*network)(nil)

const bot = "botty"

func newNetwork(tb testing.TB, opts hackmudtest.Options) *network {
	n := &network{Server: hackmudtest.New(opts), tb: tb, wire: adaptertest.NewWire(tb)}
	n.account = n.AddAccount(bot)
	for _, room := range n.Rooms() {
		n.Put(string(room), bot)
	}
	srv := &http.Server{Handler: n.Server}
	served := make(chan struct{})
	go func() {
		defer close(served)
		srv.Serve(n.wire)
	}()
	tb.Cleanup(func() {
		n.Server.Close()
		srv.Close()
		<-served
		for _, v := range n.Violations() {
			tb.Errorf("too close to the limits: %s", v)
		}
	})
	return n
}

func (n *network) settings(token string) *hackmud.Settings {
	s := hackmud.Adapter().Settings().(*hackmud.Settings)
	s.URL, s.Token = "http://127.0.0.1/mobile", engine.Secret(token)
	return s
}

func (n *network) Settings() any { return n.settings(n.account.Token()) }
func (n *network) Denied() any   { return n.settings("expiredexpiredexpire") }

func (n *network) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return n.wire.Dial(ctx, network, addr)
}

func (n *network) Rooms() []engine.RoomID { return []engine.RoomID{"0000", "trade"} }

func (n *network) Enter(room engine.RoomID, name string) adaptertest.User {
	n.Server.Enter(string(room), name)
	return user{n, string(room), name}
}

func (n *network) Lines(room engine.RoomID) []string { return n.Server.Lines(string(room)) }

// Requests leaves out the polling.
func (n *network) Requests() int {
	count := 0
	for _, r := range n.Server.Requests() {
		if r.Endpoint == "create_chat" || r.Endpoint == "get_token" {
			count++
		}
	}
	return count
}

func (n *network) Prepare(a engine.Action) engine.Action {
	if call, ok := a.(engine.Call); ok {
		call.Name = "account_data"
		return call
	}
	return a
}

func (n *network) Saw(a engine.Action) bool {
	switch a := a.(type) {
	case engine.Say:
		return slices.Contains(n.Lines(a.Room), a.Text)
	case engine.Whisper:
		return slices.Contains(n.Server.Lines("@"+a.User.Name), a.Text)
	case engine.Call:
		return slices.ContainsFunc(n.Server.Requests(), func(r hackmudtest.Request) bool { return r.Endpoint == a.Name })
	case engine.ListUsers:
		return true // the session knows
	}
	return false
}

func (n *network) Break(f adaptertest.Fault) bool {
	switch f {
	case adaptertest.Garbage:
		n.Fail(hackmudtest.Fault{Kind: hackmudtest.Garbage})
	case adaptertest.Oversized:
		n.Fail(hackmudtest.Fault{Kind: hackmudtest.Oversized})
	case adaptertest.Lag:
		return n.wire.Break(f)
	default: // there is no connection that a session could lose
		return false
	}
	return true
}

// user is one the suite plays.
type user struct {
	n          *network
	room, name string
}

func (u user) Ref() engine.UserRef { return engine.UserRef{Name: u.name} }
func (u user) Say(text string)     { u.n.Say(u.name, u.room, text) }
func (u user) Whisper(text string) { u.n.Tell(u.name, bot, text) }
func (u user) Leave()              { u.n.Server.Leave(u.room, u.name) }
