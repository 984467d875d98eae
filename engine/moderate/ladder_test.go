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
	all := engine.AllCaps
	hackchat := engine.Caps(engine.CapSay, engine.CapWhisper, engine.CapKick, engine.CapBan, engine.CapUnban, engine.CapMute, engine.CapUnmute)
	hitbox := engine.Caps(engine.CapSay, engine.CapWhisper, engine.CapTimeout, engine.CapBan, engine.CapUnban)
	hctv := engine.Caps(engine.CapSay, engine.CapDelete, engine.CapTimeout, engine.CapBan, engine.CapUnban, engine.CapUnmute)
	guest := engine.Caps(engine.CapSay)
	timeout, ban, forever := moderate.Step{Do: "timeout", For: time.Minute}, moderate.Step{Do: "ban", For: time.Hour}, moderate.Step{Do: "ban"}
	for _, tt := range []struct {
		name string
		step moderate.Step
		can  engine.CapSet
		want string
	}{
		{"local", timeout, all, "timeout 1m"}, {"local", ban, all, "ban 1h"}, {"local", moderate.Step{Do: "mute"}, all, "mute"},
		{"hackchat", timeout, hackchat, "kick"}, {"hackchat", moderate.Step{Do: "delete"}, hackchat, "warn"}, {"hackchat", ban, hackchat, "ban 1h"},
		{"hitbox", moderate.Step{Do: "delete"}, hitbox, "warn"}, {"hitbox", moderate.Step{Do: "kick"}, hitbox, "warn"}, {"hitbox", timeout, hitbox, "timeout 1m"},
		{"hctv", moderate.Step{Do: "kick"}, hctv, "delete"}, {"hctv", moderate.Step{Do: "mute"}, hctv, "delete"},
		{"without bans", ban, all.Without(engine.CapBan), "timeout 1h"},
		{"without bans", forever, all.Without(engine.CapBan), "kick"},
		{"guest", ban, guest, "warn"}, {"nothing", ban, 0, ""},
		{"whispers only", ban, engine.Caps(engine.CapWhisper), "warn"},
	} {
		got, ok := tt.step.On(tt.can)
		if ok != (tt.want != "") || got.String() != tt.want {
			t.Errorf("%s: %s becomes %q, want %q", tt.name, tt.step, got, tt.want)
		}
	}
	if got, ok := ban.Gentler(hackchat); !ok || got.Do != "kick" {
		t.Errorf("gentler than a ban: %v", got)
	}
	if got, ok := (moderate.Step{Do: "warn"}).Gentler(all); ok {
		t.Errorf("gentler than a word: %v", got)
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
