package moderate_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"botd/engine"
	"botd/engine/moderate"
)

func TestLadder(t *testing.T) {
	l := moderate.Ladder{Steps: []moderate.Step{{Do: "warn"}, {Do: "delete"}, {Do: "timeout", For: time.Minute}}, Decay: time.Hour}
	var s moderate.Standing
	at := start
	for i, tt := range []struct {
		after time.Duration
		want  string
	}{
		{0, "warn"}, {time.Minute, "delete"}, {time.Minute, "timeout 1m"}, {time.Minute, "timeout 1m"},
		{59 * time.Minute, "timeout 1m"}, // not quite an hour: nothing is forgotten
		{time.Hour, "timeout 1m"},        // one of three is
		{2 * time.Hour, "delete"},
		{100 * time.Hour, "warn"},
	} {
		var step moderate.Step
		at = at.Add(tt.after)
		if step, s = l.Climb(s, at); step.String() != tt.want {
			t.Errorf("offence %d: %s, want %s", i+1, step, tt.want)
		}
	}
}

// However the offences are spread, a standing never leaves the ladder, and time alone only
// lowers it.
func TestLadderProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := moderate.Ladder{Decay: time.Duration(rapid.Int64Range(1, int64(48*time.Hour)).Draw(t, "decay"))}
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			l.Steps = append(l.Steps, moderate.Step{Do: "warn"})
		}
		var s moderate.Standing
		at := start
		for range rapid.IntRange(1, 30).Draw(t, "offences") {
			at = at.Add(time.Duration(rapid.Int64Range(0, int64(96*time.Hour)).Draw(t, "pause")))
			if now := l.Now(s, at); now.Count > s.Count {
				t.Fatalf("time made %d of %d", now.Count, s.Count)
			}
			if _, s = l.Climb(s, at); s.Count < 1 || s.Count > len(l.Steps) {
				t.Fatalf("count %d on %d steps", s.Count, len(l.Steps))
			}
		}
		if end := l.Now(s, at.Add(l.Forget(s))); end.Count != 0 {
			t.Fatalf("%d left when all should be forgotten", end.Count)
		}
	})
}

// What each network makes of each step.
func TestStepOn(t *testing.T) {
	can := func(list ...engine.Capability) engine.Capabilities {
		return engine.Capabilities{Can: engine.Caps(list...)}
	}
	without := func(c engine.Capability) engine.Capabilities {
		return engine.Capabilities{Can: engine.AllCaps.Without(c)}
	}
	hackchat := can(engine.CapSay, engine.CapWhisper, engine.CapKick, engine.CapBan, engine.CapUnban, engine.CapMute, engine.CapUnmute)
	hitbox := can(engine.CapSay, engine.CapWhisper, engine.CapTimeout, engine.CapBan, engine.CapUnban)
	hctv := can(engine.CapSay, engine.CapDelete, engine.CapTimeout, engine.CapBan, engine.CapUnban, engine.CapUnmute)
	simplex := can(engine.CapSay, engine.CapWhisper, engine.CapDelete, engine.CapKick, engine.CapMute, engine.CapUnmute)
	simplex.KickLasts = true
	simplexModerator := can(engine.CapSay, engine.CapDelete, engine.CapMute, engine.CapUnmute)
	simplexModerator.KickLasts = true
	local := engine.Capabilities{Can: engine.AllCaps}
	step := func(do string) moderate.Step { return moderate.Step{Do: do} }
	timeout, ban := moderate.Step{Do: "timeout", For: time.Minute}, moderate.Step{Do: "ban", For: time.Hour}
	for _, tt := range []struct {
		name string
		step moderate.Step
		on   engine.Capabilities
		want string
	}{
		{"local", timeout, local, "timeout 1m"}, {"local", ban, local, "ban 1h"}, {"local", step("mute"), local, "mute"},
		{"hackchat", timeout, hackchat, "kick"}, {"hackchat", step("delete"), hackchat, "warn"}, {"hackchat", ban, hackchat, "ban 1h"},
		{"hitbox", step("delete"), hitbox, "warn"}, {"hitbox", step("kick"), hitbox, "warn"}, {"hitbox", timeout, hitbox, "timeout 1m"}, {"hitbox", step("mute"), hitbox, "warn"},
		{"hctv", step("kick"), hctv, "delete"}, {"hctv", step("mute"), hctv, "delete"},
		{"simplex", timeout, simplex, "delete"}, {"simplex", step("kick"), simplex, "kick"}, {"simplex", ban, simplex, "delete"}, {"simplex", step("ban"), simplex, "kick"},
		{"simplex moderator", step("ban"), simplexModerator, "mute"}, {"simplex moderator", step("kick"), simplexModerator, "delete"},
		{"without bans", ban, without(engine.CapBan), "timeout 1h"}, {"without bans", step("ban"), without(engine.CapBan), "mute"},
		{"without mutes", step("mute"), without(engine.CapMute), "kick"},
		{"guest", ban, can(engine.CapSay), "warn"}, {"nothing", ban, can(), ""},
		{"whispers only", ban, can(engine.CapWhisper), "warn"}, {"whispers only", step("warn"), can(engine.CapWhisper), "warn"},
		{"nothing gentler than a word", step("warn"), can(engine.CapDelete, engine.CapKick), ""},
	} {
		got, ok := tt.step.On(tt.on)
		if ok != (tt.want != "") || got.String() != tt.want {
			t.Errorf("%s: %s becomes %q, want %q", tt.name, tt.step, got, tt.want)
		}
	}
}

func TestStepCheck(t *testing.T) {
	for _, tt := range []struct {
		step moderate.Step
		ok   bool
	}{
		{moderate.Step{Do: "warn"}, true}, {moderate.Step{Do: "timeout", For: 1}, true}, {moderate.Step{Do: "ban"}, true}, {moderate.Step{Do: "ban", For: time.Hour}, true},
		{moderate.Step{Do: "timeout"}, false}, {moderate.Step{Do: "delete", For: 1}, false}, {moderate.Step{}, false}, {moderate.Step{Do: "ban", For: -1}, false},
	} {
		if err := tt.step.Check(); (err == nil) != tt.ok {
			t.Errorf("%+v: %v", tt.step, err)
		}
	}
}

func TestParseStep(t *testing.T) {
	for _, tt := range []struct {
		text string
		want moderate.Step
	}{
		{"warn", moderate.Step{Do: "warn"}}, {" timeout  10m ", moderate.Step{Do: "timeout", For: 10 * time.Minute}}, {"ban 1d", moderate.Step{Do: "ban", For: 24 * time.Hour}},
		{"ban", moderate.Step{Do: "ban"}}, {"timeout 90", moderate.Step{Do: "timeout", For: 90 * time.Second}},
	} {
		if got, err := moderate.ParseStep(tt.text); err != nil || got != tt.want {
			t.Errorf("%q: %+v, %v", tt.text, got, err)
		}
		if again, err := moderate.ParseStep(tt.want.String()); err != nil || again != tt.want {
			t.Errorf("%q is written %q and read %+v, %v", tt.text, tt.want, again, err)
		}
	}
	for _, text := range []string{"", "shout", "timeout", "warn 1m", "ban soon", "timeout -1m"} {
		if got, err := moderate.ParseStep(text); engine.CodeOf(err) != engine.Invalid {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

func TestQuery(t *testing.T) {
	c := moderate.Case{At: start, Session: "s", Room: "r", User: engine.User{ID: "1", Name: "eve", Account: "acc"}}
	for _, tt := range []struct {
		q    moderate.Query
		want bool
	}{
		{moderate.Query{}, true}, {moderate.Query{User: "eve"}, true}, {moderate.Query{User: "1"}, true}, {moderate.Query{User: "acc"}, true}, {moderate.Query{User: "ann"}, false},
		{moderate.Query{Room: "s/r"}, true}, {moderate.Query{Room: "s/x"}, false}, {moderate.Query{Since: start}, true}, {moderate.Query{Since: start.Add(1)}, false},
	} {
		if got := tt.q.Takes(&c); got != tt.want {
			t.Errorf("%+v: %t", tt.q, got)
		}
	}
}

func TestPermitCheck(t *testing.T) {
	p := moderate.Permit{What: "links"}
	if err := p.Check(); err != nil || p.For != time.Minute {
		t.Errorf("%v, for %s", err, p.For)
	}
	p = moderate.Permit{What: "links", Count: 3}
	if err := p.Check(); err != nil || p.For != 0 {
		t.Errorf("%v, for %s", err, p.For)
	}
	for _, p := range []moderate.Permit{{What: "link"}, {What: "caps", Count: -1}, {What: "caps", For: -1}} {
		if err := p.Check(); engine.CodeOf(err) != engine.Invalid {
			t.Errorf("%+v: %v", p, err)
		}
	}
}
