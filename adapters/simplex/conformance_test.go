package simplex_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"botd/adapters/adaptertest"
	"botd/adapters/simplex"
	"botd/adapters/simplex/simplextest"
	"botd/engine"
)

// TestConformance holds the owner of a group, a plain member and one on an old program to
// the contract.
func TestConformance(t *testing.T) {
	for name, opt := range map[string]struct {
		role string
		sim  simplextest.Options
	}{
		"owner":       {"owner", simplextest.Options{}},
		"member":      {"member", simplextest.Options{Noise: true}},
		"development": {"owner", simplextest.Options{Envelope: simplextest.Either}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adaptertest.Run(t, withFile(simplex.Adapter()), func(tb testing.TB) adaptertest.Simulator {
				return newNetwork(tb, opt.sim, opt.role)
			})
		})
	}
}

// withFile puts the file that the suite sends into each session's folder.
func withFile(a engine.Adapter) engine.Adapter {
	inner := a.New
	a.New = func(settings any, env engine.Env) (engine.Session, error) {
		if env.Dir != "" {
			if err := os.WriteFile(filepath.Join(env.Dir, "hello.txt"), []byte("hello"), 0o600); err != nil {
				return nil, err
			}
		}
		return inner(settings, env)
	}
	return a
}

// network is a simulator on a wire in memory, with two groups.
type network struct {
	*simplextest.Server
	tb     testing.TB
	wire   *adaptertest.Wire
	groups []*simplextest.Group
	last   *simplextest.Peer // who came last, as a member
	dm     *simplextest.Peer // and as a contact
	file   int64
	dead   bool // the connection is, and the process does not know
}

var _ adaptertest.Simulator = (*network)(nil)

func newNetwork(tb testing.TB, opts simplextest.Options, role string) *network {
	n := &network{tb: tb, Server: simplextest.New(opts), wire: adaptertest.NewWire(tb)}
	n.groups = []*simplextest.Group{n.Group("team", role), n.Group("other", role)}
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
	})
	return n
}

func (n *network) Settings() any {
	set := simplex.Adapter().Settings().(*simplex.Settings)
	set.URL = "ws://127.0.0.1:5225"
	return set
}

func (n *network) Denied() any {
	set := n.Settings().(*simplex.Settings)
	set.Profile = "nobody"
	return set
}

func (n *network) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if n.dead { // a process sees at once that its client on the same machine has gone
		n.dead = false
		n.Drop()
	}
	return n.wire.Dial(ctx, network, addr)
}

func (n *network) Rooms() []engine.RoomID {
	return []engine.RoomID{engine.RoomID(n.groups[0].Chat()), engine.RoomID(n.groups[1].Chat())}
}

func (n *network) group(room engine.RoomID) *simplextest.Group {
	return n.groups[slices.Index(n.Rooms(), room)]
}

// Enter brings a contact of the bot into a group.
func (n *network) Enter(room engine.RoomID, name string) adaptertest.User {
	n.last = n.group(room).Join(name)
	n.dm = n.last.OpenChat()
	return &person{member: n.last, contact: n.dm}
}

func (n *network) Lines(room engine.RoomID) []string { return n.Server.Lines(string(room)) }
func (n *network) Requests() int                     { return len(n.Commands()) }

func (n *network) Prepare(a engine.Action) engine.Action {
	switch a := a.(type) {
	case engine.Call:
		a.Name, a.Params = "APIListMembers", map[string]any{"groupId": float64(n.groups[0].ID())}
		return a
	case engine.Invite:
		friend := n.Contact("friend")
		a.User = engine.UserRef{ID: engine.UserID("c" + strconv.FormatInt(friend.ID(), 10))}
		return a
	case engine.ReceiveFile:
		id := n.last.Send(simplextest.Message{Text: "look", File: &simplextest.File{Name: "hello.txt", Data: []byte("hello")}})
		n.file = n.FileOf(id)
		a.File = strconv.FormatInt(n.file, 10)
		return a
	}
	return a
}

func (n *network) Saw(a engine.Action) bool {
	asked := map[string]string{
		"set_role": "APIMembersRole", "users": "APIListMembers", "list_users": "APIListMembers", "user_info": "APIListMembers", "invite": "APIAddMember", "join": "APIListMembers",
		"leave": "APILeaveGroup", "rename": "APIUpdateProfile", "send_file": "APISendMessages", "receive_file": "ReceiveFile", "call": "APIListMembers",
		"delete": "", "react": "APIChatItemReaction", "edit": "APIUpdateChatItem", "set_topic": "APIUpdateGroupProfile",
	}
	switch a := a.(type) {
	case engine.Say:
		return slices.Contains(n.Lines(a.Room), a.Text)
	case engine.Whisper:
		return slices.Contains(n.Server.Lines(n.dm.Chat()), a.Text)
	case engine.Kick:
		return n.last.Status() == "removed"
	case engine.Mute:
		return n.last.Blocked()
	case engine.Unmute:
		return !n.last.Blocked() && n.Count("APIBlockMembersForAll") > 1
	case engine.Delete:
		if a.Own {
			return n.Count("APIDeleteChatItem") == 1
		}
		return n.Count("APIDeleteMemberChatItem") == 1
	case engine.Edit:
		return slices.ContainsFunc(n.Lines(a.Room), func(s string) bool { return strings.HasSuffix(s, a.Text) })
	}
	return n.Count(asked[engine.ActionName(a)]) > 0
}

func (n *network) Break(f adaptertest.Fault) bool {
	n.dead = f == adaptertest.HalfOpen
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

// person is a user the suite plays: a member of a group and, under another number, a
// contact.
type person struct {
	member, contact *simplextest.Peer
	private         bool // spoke last as a contact
}

func (p *person) Ref() engine.UserRef {
	id := "m" + strconv.FormatInt(p.member.ID(), 10)
	if p.private {
		id = "c" + strconv.FormatInt(p.contact.ID(), 10)
	}
	return engine.UserRef{ID: engine.UserID(id), Name: p.member.Name()}
}

func (p *person) Say(text string)     { p.private = false; p.member.Say(text) }
func (p *person) Whisper(text string) { p.private = true; p.contact.Say(text) }
func (p *person) Leave()              { p.member.Leave() }
