package engine_test

import (
	"encoding"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"pgregory.net/rapid"

	"botd/engine"
)

func TestRoles(t *testing.T) {
	ladder := []engine.Role{engine.Guest, engine.Member, engine.Regular, engine.Subscriber, engine.Moderator, engine.Admin, engine.Owner}
	for i, role := range ladder {
		if i > 0 && role <= ladder[i-1] {
			t.Errorf("%s does not stand above %s", role, ladder[i-1])
		}
		var back engine.Role
		textRoundTrip(t, role, &back)
		if back != role {
			t.Errorf("%s came back as %s", role, back)
		}
	}
	if engine.Role(0) != engine.Guest {
		t.Error("the zero role is not a guest")
	}
	if _, err := engine.ParseRole("king"); engine.CodeOf(err) != engine.Invalid {
		t.Errorf("ParseRole(king): %v; want invalid", err)
	}
	if _, err := (engine.Owner + 1).MarshalText(); err == nil {
		t.Error("a role above the ladder was encoded")
	}
}

// textRoundTrip encodes from and decodes into to.
func textRoundTrip(t testing.TB, from encoding.TextMarshaler, to encoding.TextUnmarshaler) {
	t.Helper()
	text, err := from.MarshalText()
	if err != nil {
		t.Fatalf("encode %v: %v", from, err)
	}
	if err := to.UnmarshalText(text); err != nil {
		t.Fatalf("decode %q: %v", text, err)
	}
}

func TestCapabilitiesHaveNames(t *testing.T) {
	seen := make(map[string]bool)
	for _, c := range engine.AllCaps.List() {
		if name := c.String(); name == "" || seen[name] {
			t.Errorf("capability %d is named %q", c, name)
		}
		seen[c.String()] = true
		var back engine.Capability
		textRoundTrip(t, c, &back)
		if back != c {
			t.Errorf("%s came back as %s", c, back)
		}
	}
	if _, err := engine.ParseCapability("fly"); engine.CodeOf(err) != engine.Invalid {
		t.Errorf("ParseCapability(fly): %v; want invalid", err)
	}
}

func TestCapSetText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := engine.CapSet(rapid.Uint64().Draw(t, "bits")) & engine.AllCaps
		text, err := set.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		back := engine.AllCaps
		if err := back.UnmarshalText(text); err != nil {
			t.Fatal(err)
		}
		if back != set {
			t.Fatalf("%s came back as %s", set, back)
		}
		if rebuilt := engine.Caps(set.List()...); rebuilt != set {
			t.Fatalf("the members of %s make %s", set, rebuilt)
		}
	})
	var set engine.CapSet
	if err := set.UnmarshalText([]byte("say,,ban")); err == nil {
		t.Error(`"say,,ban" was accepted`)
	}
}

func TestCapSetChanges(t *testing.T) {
	set := engine.Caps(engine.CapSay, engine.CapBan)
	if got, want := set.With(engine.CapKick).Without(engine.CapBan), engine.Caps(engine.CapSay, engine.CapKick); got != want {
		t.Errorf("got %s; want %s", got, want)
	}
	if !set.Has(engine.CapBan) || set.Has(engine.CapKick) {
		t.Errorf("%s: Has answers wrongly", set)
	}
}

func TestUnitCount(t *testing.T) {
	tests := []struct {
		name, text          string
		runes, bytes, utf16 int
	}{
		{"empty", "", 0, 0, 0},
		{"ascii", "hi", 2, 2, 2},
		{"two bytes", "é", 1, 2, 1},
		{"outside the base plane", "😀", 1, 4, 2},
		{"joined emoji", "👩‍🚀", 3, 11, 5},
		{"invalid bytes count one each", "a\xff\xfe", 3, 3, 3},
		{"cut rune", "\xf0\x9f", 2, 2, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for unit, want := range map[engine.Unit]int{engine.Runes: tt.runes, engine.Bytes: tt.bytes, engine.UTF16: tt.utf16} {
				if got := unit.Count(tt.text); got != want {
					t.Errorf("%s: %d; want %d", unit, got, want)
				}
			}
		})
	}
}

func TestUnitsAgreeWithTheirStandards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		if got, want := engine.UTF16.Count(text), len(utf16.Encode([]rune(text))); got != want {
			t.Fatalf("utf16 = %d; want %d", got, want)
		}
		for _, unit := range []engine.Unit{engine.Runes, engine.Bytes, engine.UTF16} {
			sum := 0
			for _, r := range text {
				sum += unit.RuneLen(r)
			}
			if got := unit.Count(text); got != sum {
				t.Fatalf("%s: the whole counts %d, its runes %d", unit, got, sum)
			}
		}
	})
}

func TestUnitText(t *testing.T) {
	for _, unit := range []engine.Unit{engine.Runes, engine.Bytes, engine.UTF16} {
		var back engine.Unit
		textRoundTrip(t, unit, &back)
		if back != unit {
			t.Errorf("%s came back as %s", unit, back)
		}
	}
	var unit engine.Unit
	if err := unit.UnmarshalText([]byte("miles")); engine.CodeOf(err) != engine.Invalid {
		t.Errorf("decode miles: %v; want invalid", err)
	}
}

func TestRateCost(t *testing.T) {
	tests := []struct {
		name string
		rate engine.Rate
		text int
		want float64
	}{
		{"the zero rate lets everything pass", engine.Rate{}, 100, 0},
		{"an action costs 1 unless told", engine.Rate{Burst: 10}, 100, 1},
		{"a price per action", engine.Rate{Burst: 10, PerAction: 2.5}, 0, 2.5},
		{"a price per unit on top", engine.Rate{Burst: 100, PerAction: 2, PerUnit: 0.5}, 10, 7},
		{"never more than a full bucket", engine.Rate{Burst: 5, PerUnit: 1}, 1000, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.rate.Cost(tt.text); got != tt.want {
				t.Errorf("Cost(%d) = %v; want %v", tt.text, got, tt.want)
			}
		})
	}
}

func TestPrices(t *testing.T) {
	caps := engine.Capabilities{
		Text:   engine.Limit{Unit: engine.UTF16},
		Rate:   engine.Rate{Burst: 20, HalfLife: time.Second, PerUnit: 0.5},
		Prices: map[string]float64{"rename": 7, "call stats": 2, "users": 0},
	}
	tests := []struct {
		action engine.Action
		want   float64
	}{
		{engine.Say{Text: "😀"}, 2},
		{engine.Rename{Name: "x"}, 7},
		{engine.ListUsers{}, 0},
		{engine.Call{Name: "stats"}, 2},
		{engine.Call{Name: "help"}, 1},
		{engine.Say{Text: strings.Repeat("x", 100)}, 20},
	}
	for _, tt := range tests {
		if got := caps.Cost(caps.Rate, tt.action, engine.TextOf(tt.action)); got != tt.want {
			t.Errorf("%#v costs %v, want %v", tt.action, got, tt.want)
		}
	}
}

// What Wait says is enough, and not a millisecond less.
func TestRateWait(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := engine.Rate{Burst: rapid.Float64Range(1, 50).Draw(t, "burst")}
		if rapid.Bool().Draw(t, "decays") {
			r.HalfLife = time.Duration(rapid.IntRange(1, 60).Draw(t, "half-life")) * time.Second
		} else {
			r.PerSecond = rapid.Float64Range(0.1, 10).Draw(t, "per second")
		}
		taken := rapid.Float64Range(0, r.Burst).Draw(t, "taken")
		cost := rapid.Float64Range(0, r.Burst*0.9).Draw(t, "cost")
		wait := r.Wait(taken, cost)
		if left := r.Left(taken, wait); left+cost > r.Burst+1e-6 {
			t.Errorf("after %v %v points are out, no room for %v of %v", wait, left, cost, r.Burst)
		}
		if early := wait - time.Millisecond; early > 0 && r.Left(taken, early)+cost <= r.Burst {
			t.Errorf("%v is longer than need be", wait)
		}
	})
	if r := (engine.Rate{Burst: 8, HalfLife: time.Minute}); r.Wait(8, 8) != 4*time.Minute {
		t.Errorf("a bucket that decays is full enough after %v, want 4m", r.Wait(8, 8))
	}
	if got := (engine.Rate{Burst: 20, HalfLife: 30 * time.Second}).Sustained(); got < 0.462 || got > 0.4622 {
		t.Errorf("sustained %v", got)
	}
	if (engine.Rate{Burst: 3}).Paced() || (engine.Rate{Burst: 3}).Wait(3, 3) != 0 {
		t.Error("a bucket that never fills holds something back")
	}
}

func TestRoomPath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		session := engine.SessionID(rapid.StringMatching(`[^/]*`).Draw(t, "session"))
		room := engine.RoomID(rapid.String().Draw(t, "room"))
		gotSession, gotRoom, ok := engine.Path(session, room).Split()
		if !ok || gotSession != session || gotRoom != room {
			t.Fatalf("%q/%q came back as %q/%q, %v", session, room, gotSession, gotRoom, ok)
		}
	})
	if _, _, ok := engine.RoomPath("lobby").Split(); ok {
		t.Error("a path without a slash was split")
	}
	if got := (&engine.Event{Session: "hc"}).Path(); got != "" {
		t.Errorf("path of an event without a room = %q; want none", got)
	}
}

func TestLanes(t *testing.T) {
	for lane := range engine.LaneCount {
		if back, err := engine.ParseLane(lane.String()); err != nil || back != lane {
			t.Errorf("%s came back as %s, %v", lane, back, err)
		}
	}
	if _, err := engine.ParseLane("fast"); engine.CodeOf(err) != engine.Invalid {
		t.Errorf("ParseLane(fast): %v; want invalid", err)
	}
	if got := engine.LaneOf(engine.Say{}); got != engine.LaneReply {
		t.Errorf("chat goes out in lane %s; want reply", got)
	}
	if got := engine.LaneOf(engine.Ban{}); got != engine.LaneModeration {
		t.Errorf("a ban goes out in lane %s; want moderation", got)
	}
}
