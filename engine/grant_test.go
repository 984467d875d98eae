package engine_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"

	"pgregory.net/rapid"

	"botd/engine"
)

func TestGrantsHaveNames(t *testing.T) {
	seen := make(map[string]bool)
	for _, g := range engine.AllGrants.List() {
		if name := g.String(); name == "" || seen[name] {
			t.Errorf("grant %d is named %q", g, name)
		}
		seen[g.String()] = true
		var back engine.Grant
		textRoundTrip(t, g, &back)
		if back != g {
			t.Errorf("%s came back as %s", g, back)
		}
	}
	if names := engine.GrantNames(); len(names) != len(seen) {
		t.Errorf("GrantNames lists %d of %d", len(names), len(seen))
	}
	if _, err := engine.ParseGrant("fly"); engine.CodeOf(err) != engine.Invalid {
		t.Errorf("ParseGrant(fly): %v; want invalid", err)
	}
}

func TestGrantSetText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := engine.GrantSet(rapid.Uint32().Draw(t, "bits")) & engine.AllGrants
		text, err := set.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		back := engine.AllGrants
		if err := back.UnmarshalText(text); err != nil {
			t.Fatal(err)
		}
		if back != set || engine.Grants(set.List()...) != set {
			t.Fatalf("%s came back as %s", set, back)
		}
	})
}

func TestDefaultScriptGrants(t *testing.T) {
	if got, want := engine.DefaultScriptGrants.String(), "chat,store,cron,http,emit"; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
}

func TestGrantOfCapabilities(t *testing.T) {
	tests := []struct {
		grant engine.Grant
		caps  engine.CapSet
	}{
		{engine.GrantChat, engine.Caps(engine.CapSay, engine.CapReply, engine.CapWhisper, engine.CapEmote, engine.CapEdit,
			engine.CapReact, engine.CapDeleteOwn, engine.CapUsers, engine.CapUserInfo, engine.CapPoll, engine.CapRaffle, engine.CapPresence,
			engine.CapEmoji)},
		{engine.GrantModerate, engine.Caps(engine.CapKick, engine.CapBan, engine.CapBanAddress, engine.CapUnban, engine.CapTimeout,
			engine.CapMute, engine.CapUnmute, engine.CapDelete, engine.CapSlow, engine.CapSubscribersOnly, engine.CapLock,
			engine.CapClear, engine.CapRole, engine.CapTopic)},
		{engine.GrantSession, engine.Caps(engine.CapJoin, engine.CapLeave, engine.CapMove, engine.CapRename, engine.CapInvite)},
		{engine.GrantFiles, engine.Caps(engine.CapFile)},
		{engine.GrantCall, engine.Caps(engine.CapCall)},
	}
	left := engine.AllCaps
	for _, tt := range tests {
		for _, c := range tt.caps.List() {
			if got := c.Grant(); got != tt.grant {
				t.Errorf("%s needs %s; want %s", c, got, tt.grant)
			}
		}
		left &^= tt.caps
	}
	if left != 0 {
		t.Errorf("no grant was decided on for %s", left)
	}
}

// TestCapGrantsIsTotal reads the source, because a capability left out of the table
// would silently need the first grant there is.
func TestCapGrantsIsTotal(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "grant.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	entries := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Names[0].Name != "capGrants" {
			return true
		}
		entries = len(spec.Values[0].(*ast.CompositeLit).Elts)
		return false
	})
	if want := len(engine.AllCaps.List()); entries != want {
		t.Errorf("the table has %d entries for %d capabilities", entries, want)
	}
}

func TestUnknownCapabilityIsNeverGranted(t *testing.T) {
	if unknown := engine.Capability(255).Grant(); engine.AllGrants.Has(unknown) {
		t.Errorf("an unknown capability needs only %s", unknown)
	}
}

func TestGrantForAction(t *testing.T) {
	tests := []struct {
		name   string
		action engine.Action
		want   engine.Grant
	}{
		{"own message", engine.Delete{Own: true}, engine.GrantChat},
		{"message of others", engine.Delete{}, engine.GrantModerate},
		{"the bot moves", engine.Move{To: "x"}, engine.GrantSession},
		{"the bot moves somebody", engine.Move{To: "x", User: engine.UserRef{Name: "ann"}}, engine.GrantModerate},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := engine.GrantFor(tt.action); got != tt.want {
				t.Errorf("got %s; want %s", got, tt.want)
			}
		})
	}
}
