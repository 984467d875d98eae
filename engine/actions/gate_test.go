package actions_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"botd/engine"
	"botd/engine/actions"
)

// network is a Sender with one session "hc" in one room "lobby". It answers at once
// unless told to hold answers back.
type network struct {
	can  engine.CapSet
	hold bool

	mu   sync.Mutex
	sent []actions.Item
}

func (n *network) Caps(s engine.SessionID, r engine.RoomID) (engine.Capabilities, bool) {
	return engine.Capabilities{Can: n.can}, s == "hc" && (r == "" || r == "lobby")
}

func (n *network) Do(_ engine.SessionID, it actions.Item) {
	n.mu.Lock()
	n.sent = append(n.sent, it)
	n.mu.Unlock()
	if !n.hold {
		it.Done(engine.Receipt{Status: engine.Echoed, Message: "m1"})
	}
}

// logged is a slog handler that keeps the records.
type logged struct {
	slog.Handler
	records []slog.Record
}

func (l *logged) Enabled(context.Context, slog.Level) bool { return true }
func (l *logged) Handle(_ context.Context, r slog.Record) error {
	l.records = append(l.records, r)
	return nil
}

// attrs of the latest record, as text.
func (l *logged) attrs() map[string]string {
	out := make(map[string]string)
	l.records[len(l.records)-1].Attrs(func(a slog.Attr) bool {
		out[a.Key] = a.Value.String()
		return true
	})
	return out
}

// grants gives all scripts the same.
func grants(gs ...engine.Grant) func(string) engine.GrantSet {
	return func(string) engine.GrantSet { return engine.Grants(gs...) }
}

func gate(n *network, change ...func(*actions.Options)) *actions.Gate {
	o := actions.Options{Sender: n, Grants: grants(engine.AllGrants.List()...)}
	for _, f := range change {
		f(&o)
	}
	return actions.New(o)
}

func everything() *network { return &network{can: engine.AllCaps} }

// ask has script "greeter" do something in hc.
func ask(a engine.Action) actions.Request {
	return actions.Request{Origin: actions.Origin{Script: "greeter", Gen: 3, Event: "e7"}, Session: "hc", Action: a}
}

// do returns the receipts that came before Do returned.
func do(g *actions.Gate, req actions.Request) []engine.Receipt {
	var got []engine.Receipt
	g.Do(req, func(r engine.Receipt) { got = append(got, r) })
	return got
}

var (
	ann   = engine.UserRef{ID: "1", Name: "ann"}
	hello = engine.Say{Room: "lobby", Text: "hello"}
)

func TestDoSends(t *testing.T) {
	n := everything()
	got := do(gate(n), ask(hello))
	if len(got) != 1 || got[0].Status != engine.Echoed || got[0].Message != "m1" {
		t.Errorf("receipts %+v; want the sender's", got)
	}
	want := []actions.Item{{Action: hello, Lane: engine.LaneReply, Split: true, Script: "greeter"}}
	if diff := cmp.Diff(want, n.sent, cmpopts.IgnoreFields(actions.Item{}, "Done")); diff != "" {
		t.Errorf("want (-), sent (+):\n%s", diff)
	}
}

func TestDoPassesTheOptionsOn(t *testing.T) {
	n := everything()
	req := ask(hello)
	req.Lane, req.DropAfter, req.NoSplit, req.Durable = engine.LaneRelay, time.Minute, true, true
	do(gate(n), req)
	want := []actions.Item{{Action: hello, Lane: engine.LaneRelay, DropAfter: time.Minute, Durable: true, Script: "greeter"}}
	if diff := cmp.Diff(want, n.sent, cmpopts.IgnoreFields(actions.Item{}, "Done")); diff != "" {
		t.Errorf("want (-), sent (+):\n%s", diff)
	}
	do(gate(n), ask(engine.Ban{Room: "lobby", User: ann}))
	if got := n.sent[1].Lane; got != engine.LaneModeration {
		t.Errorf("a ban waits in lane %s; want moderation", got)
	}
}

func TestDoWithoutDone(t *testing.T) {
	n := everything()
	gate(n).Do(ask(hello), nil)
	if len(n.sent) != 1 {
		t.Errorf("sent %d; want 1", len(n.sent))
	}
}

func TestDoAnswersOnce(t *testing.T) {
	n := everything()
	n.hold = true
	log := &logged{}
	got := 0
	gate(n, func(o *actions.Options) { o.Log = slog.New(log) }).Do(ask(hello), func(engine.Receipt) { got++ })
	for range 2 {
		n.sent[0].Done(engine.Receipt{Status: engine.Sent})
	}
	if got != 1 {
		t.Errorf("answered %d times", got)
	}
	if last := log.records[len(log.records)-1]; last.Level != slog.LevelError {
		t.Errorf("the second answer is not in the log as an error: %v", last)
	}
}

func TestRefusals(t *testing.T) {
	ban := engine.Ban{Room: "lobby", User: ann}
	chatOnly := func(o *actions.Options) { o.Grants = grants(engine.GrantChat, engine.GrantStore) }
	tests := []struct {
		name   string
		can    engine.CapSet
		change func(*actions.Options)
		req    actions.Request
		code   engine.Code
		msg    string
	}{
		{"not granted", engine.AllCaps, chatOnly, ask(ban), engine.Denied,
			`script "greeter" may not ban: add "moderate" to its grants in config.yaml (scripts: - name: greeter, grants: [chat, moderate, store])`},
		{"the grant is asked before the network", 0, chatOnly, ask(ban), engine.Denied, "may not ban"},
		{"the network cannot", engine.Caps(engine.CapSay), nil, ask(ban), engine.Unsupported, "cannot ban"},
		{"the network is asked before the arguments", engine.Caps(engine.CapSay), nil, ask(engine.Ban{Room: "lobby"}), engine.Unsupported, "cannot ban"},
		{"no user", engine.AllCaps, nil, ask(engine.Ban{Room: "lobby"}), engine.Invalid, "no user given"},
		{"no action", engine.AllCaps, nil, ask(nil), engine.Invalid, "no action"},
		{"no such lane", engine.AllCaps, nil, actions.Request{Session: "hc", Action: hello, Lane: engine.LaneCount}, engine.Invalid, "lane"},
		{"no such session", engine.AllCaps, nil, actions.Request{Session: "x", Action: engine.Rename{Name: "y"}}, engine.NotFound, `no session "x"`},
		{"no such room", engine.AllCaps, nil, ask(engine.Say{Room: "attic", Text: "hi"}), engine.NotFound, "no room hc/attic"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := &network{can: tt.can}
			g := gate(n)
			if tt.change != nil {
				g = gate(n, tt.change)
			}
			got := do(g, tt.req)
			if len(got) != 1 || got[0].Status != engine.Failed || got[0].At.IsZero() {
				t.Fatalf("receipts %+v; want one that failed", got)
			}
			if err := got[0].Err; err.Code != tt.code || !strings.Contains(err.Msg, tt.msg) {
				t.Errorf("got %s: %s; want %s: %s", err.Code, err.Msg, tt.code, tt.msg)
			}
			if len(n.sent) != 0 {
				t.Errorf("sent all the same: %+v", n.sent)
			}
		})
	}
}

// TestEveryActionNeedsItsGrant asks for each action there is with every grant but
// the one it needs, and then with that one alone.
func TestEveryActionNeedsItsGrant(t *testing.T) {
	for name, a := range sound {
		t.Run(name, func(t *testing.T) {
			need := engine.GrantFor(a)
			for _, tt := range []struct {
				grants engine.GrantSet
				want   engine.Code
			}{{engine.AllGrants.Without(need), engine.Denied}, {engine.Grants(need), ""}} {
				n := everything()
				g := gate(n, func(o *actions.Options) { o.Grants = func(string) engine.GrantSet { return tt.grants } })
				got := do(g, ask(a))
				if code := engine.CodeOf(got[0].Error()); code != tt.want || len(n.sent) == 0 != (tt.want != "") {
					t.Errorf("with %s: code %q, sent %d; want code %q", tt.grants, code, len(n.sent), tt.want)
				}
			}
		})
	}
}

// TestEveryActionNeedsItsCapability does the same with what the network can.
func TestEveryActionNeedsItsCapability(t *testing.T) {
	for name, a := range sound {
		t.Run(name, func(t *testing.T) {
			need := a.Needs()
			without := engine.AllCaps.Without(need)
			if need == engine.CapDeleteOwn {
				without = without.Without(engine.CapDelete)
			}
			if got := do(gate(&network{can: without}), ask(a)); engine.CodeOf(got[0].Error()) != engine.Unsupported {
				t.Errorf("without it: %+v", got)
			}
			if got := do(gate(&network{can: engine.Caps(need)}), ask(a)); got[0].Err != nil {
				t.Errorf("with it: %v", got[0].Err)
			}
		})
	}
}

func TestWhoCanDeleteAnythingCanDeleteTheirOwn(t *testing.T) {
	n := &network{can: engine.Caps(engine.CapDelete)}
	if got := do(gate(n), ask(engine.Delete{Room: "lobby", Message: "1", Own: true})); got[0].Err != nil {
		t.Error(got[0].Err)
	}
}

func TestOperatorNeedsNoGrant(t *testing.T) {
	n := everything()
	g := gate(n, func(o *actions.Options) { o.Grants = grants() })
	req := actions.Request{Origin: actions.Origin{Operator: true}, Session: "hc", Action: engine.Ban{Room: "lobby", User: ann}}
	if got := do(g, req); got[0].Err != nil {
		t.Error(got[0].Err)
	}
	req.Action = engine.Ban{Room: "lobby"}
	if got := do(g, req); engine.CodeOf(got[0].Error()) != engine.Invalid {
		t.Errorf("the other checks do not hold for an operator: %+v", got)
	}
}

func TestGrantsAreReadEachTime(t *testing.T) {
	n := everything()
	now := engine.Grants()
	g := gate(n, func(o *actions.Options) { o.Grants = func(string) engine.GrantSet { return now } })
	if got := do(g, ask(hello)); engine.CodeOf(got[0].Error()) != engine.Denied {
		t.Errorf("got %+v; want denied", got)
	}
	now = engine.Grants(engine.GrantChat)
	if got := do(g, ask(hello)); got[0].Err != nil {
		t.Errorf("still denied after it was granted: %v", got[0].Err)
	}
}

func TestJoinAsksTheSession(t *testing.T) {
	n := everything()
	if got := do(gate(n), ask(engine.Join{Room: "attic"})); got[0].Err != nil {
		t.Errorf("a room the bot is not in cannot be joined: %v", got[0].Err)
	}
}

func TestInvalidTextIsMended(t *testing.T) {
	n := everything()
	do(gate(n), ask(engine.Say{Room: "lobby", Text: "a\xffb"}))
	if got := engine.TextOf(n.sent[0].Action); got != "a\uFFFDb" {
		t.Errorf("sent %q", got)
	}
}

func TestDryRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, log := everything(), &logged{}
		g := gate(n, func(o *actions.Options) { o.DryRun, o.Log = true, slog.New(log) })
		got := do(g, ask(hello))
		if len(got) != 1 || got[0].Status != engine.Sent || !got[0].At.Equal(time.Now()) || len(n.sent) != 0 {
			t.Errorf("receipts %+v, sent %d; want sent, and nothing sent", got, len(n.sent))
		}
		if attrs := log.attrs(); attrs["dry_run"] != "true" || attrs["text"] != "hello" || log.records[0].Level != slog.LevelInfo {
			t.Errorf("logged %v at %s", attrs, log.records[0].Level)
		}
		if rec := g.Audit(1); !rec[0].DryRun {
			t.Errorf("recorded as %+v", rec[0])
		}
		if got := do(g, ask(engine.Say{Room: "lobby"})); got[0].Status != engine.Failed {
			t.Errorf("a dry run lets through what would be refused: %+v", got)
		}
	})
}

func TestAudit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := everything()
		n.hold = true
		g := gate(n, func(o *actions.Options) { o.Grants = grants(engine.GrantModerate) })
		asked := time.Now()
		g.Do(ask(engine.Ban{Room: "lobby", User: ann, Reason: "spam"}), nil)
		g.Do(ask(hello), nil) // refused
		time.Sleep(time.Second)
		n.sent[0].Done(engine.Receipt{Status: engine.Unknown, Err: engine.Errorf(engine.Timeout, "no proof in time")})
		origin := actions.Origin{Script: "greeter", Gen: 3, Event: "e7"}
		want := []actions.Record{
			{At: asked, Origin: origin, Session: "hc", Room: "lobby", Action: "say", Status: engine.Failed, Code: engine.Denied},
			{At: asked, Origin: origin, Session: "hc", Room: "lobby", Action: "ban", Target: ann, Status: engine.Unknown,
				Code: engine.Timeout, Error: "no proof in time"},
		}
		got := g.Audit(10)
		got[0].Error = "" // tested with the refusals
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
	})
}

func TestAuditIsBounded(t *testing.T) {
	g := gate(everything(), func(o *actions.Options) { o.Audit = 3 })
	for i := range 5 {
		req := ask(hello)
		req.Gen = uint64(i)
		g.Do(req, nil)
	}
	for n, want := range map[int]string{10: "[2 3 4]", 2: "[3 4]", 0: "[]", -1: "[]"} {
		gens := []uint64{}
		for _, r := range g.Audit(n) {
			gens = append(gens, r.Gen)
		}
		if got := fmt.Sprint(gens); got != want {
			t.Errorf("the latest %d are %s; want %s", n, got, want)
		}
	}
}

func TestLog(t *testing.T) {
	tests := []struct {
		name  string
		req   actions.Request
		level slog.Level
		want  map[string]string
	}{
		{"chat", ask(hello), slog.LevelDebug, map[string]string{
			"action": "say", "status": "echoed", "session": "hc", "room": "lobby", "script": "greeter", "gen": "3", "event": "e7"}},
		{"moderation", ask(engine.Kick{Room: "lobby", User: ann}), slog.LevelInfo, map[string]string{
			"action": "kick", "status": "echoed", "session": "hc", "room": "lobby", "user": "ann", "script": "greeter", "gen": "3", "event": "e7"}},
		{"an operator", actions.Request{Origin: actions.Origin{Operator: true}, Session: "hc", Action: engine.Rename{Name: "x"}}, slog.LevelInfo, map[string]string{
			"action": "rename", "status": "echoed", "session": "hc", "operator": "true"}},
		{"refused", ask(engine.Kick{Room: "lobby"}), slog.LevelInfo, map[string]string{
			"action": "kick", "status": "failed", "session": "hc", "room": "lobby", "script": "greeter", "gen": "3", "event": "e7",
			"err": "kick: no user given"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			log := &logged{}
			do(gate(everything(), func(o *actions.Options) { o.Log = slog.New(log) }), tt.req)
			if len(log.records) != 1 || log.records[0].Level != tt.level || log.records[0].Message != "action" {
				t.Fatalf("logged %+v; want one line at %s", log.records, tt.level)
			}
			if got := log.attrs(); !maps.Equal(got, tt.want) {
				t.Errorf("want (-), got (+):\n%s", cmp.Diff(tt.want, got))
			}
		})
	}
}

func TestManyAtOnce(t *testing.T) {
	n := everything()
	g := gate(n, func(o *actions.Options) { o.Audit = 50; o.Log = slog.New(slog.NewTextHandler(io.Discard, nil)) })
	var parts sync.WaitGroup
	for range 4 {
		parts.Go(func() {
			for range 100 {
				do(g, ask(hello))
				g.Audit(5)
			}
		})
	}
	parts.Wait()
	if len(n.sent) != 400 || len(g.Audit(100)) != 50 {
		t.Errorf("sent %d, recorded %d; want 400 and 50", len(n.sent), len(g.Audit(100)))
	}
}

// mute is a sender that costs nothing.
type mute struct{}

func (mute) Caps(engine.SessionID, engine.RoomID) (engine.Capabilities, bool) {
	return engine.Capabilities{Can: engine.AllCaps}, true
}
func (mute) Do(_ engine.SessionID, it actions.Item) { it.Done(engine.Receipt{Status: engine.Sent}) }

func BenchmarkDo(b *testing.B) {
	g := actions.New(actions.Options{Sender: mute{}, Grants: grants(engine.GrantChat)})
	req := ask(hello)
	b.ReportAllocs()
	for b.Loop() {
		g.Do(req, nil)
	}
}
