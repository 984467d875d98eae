package dispatch_test

import (
	"fmt"
	"testing"

	"botd/engine"
	"botd/engine/dispatch"
)

// table is that of a script of some size: commands, handlers, a pattern.
func table(t testing.TB) *dispatch.Table {
	subs := []dispatch.Sub{
		{Kind: "join"}, {Kind: "karma.up"},
		{Kind: "edit", Filter: dispatch.Filter{Rooms: []string{"hc/*"}, Roles: []string{"moderator"}}},
	}
	for i := range 20 {
		subs = append(subs, dispatch.Sub{Commands: []string{fmt.Sprint("command", i)}, Filter: dispatch.Filter{Rooms: []string{"hc/*"}}})
	}
	return build(t, []engine.RoomGlob{glob(t, "hc/*")}, subs...)
}

var cases = []struct {
	name string
	ev   *engine.Event
}{
	{"line", say("a line of chat that nobody waits for, not even botd2")},
	{"command", say("!command7 with arguments")},
	{"kind", &engine.Event{Session: "hc", Room: engine.Room{ID: "lobby"}, Body: engine.Joined{}}},
	{"other", &engine.Event{Session: "hc", Room: engine.Room{ID: "lobby"}, Body: engine.Left{}}},
}

func TestMatchingDoesNotAllocate(t *testing.T) {
	table := table(t)
	calls := 0
	count := func(*dispatch.Sub, []string) bool { calls++; return true }
	for _, tt := range cases {
		p := prepare(tt.ev)
		if n := testing.AllocsPerRun(100, func() { table.Wants(p) }); n != 0 {
			t.Errorf("%s: Wants allocates %v times", tt.name, n)
		}
		if n := testing.AllocsPerRun(100, func() { table.Match(p, count) }); n != 0 {
			t.Errorf("%s: Match allocates %v times", tt.name, n)
		}
		if n := testing.AllocsPerRun(100, func() { prepare(tt.ev) }); n > 1 { // what prepare returns
			t.Errorf("%s: Prepare allocates", tt.name)
		}
	}
	if calls == 0 {
		t.Error("nothing matched, so nothing was measured")
	}
}

func BenchmarkPrepare(b *testing.B) {
	for _, bb := range cases {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				dispatch.Prepare(bb.ev, botd, bang)
			}
		})
	}
}

func BenchmarkWants(b *testing.B) {
	table := table(b)
	for _, bb := range cases {
		b.Run(bb.name, func(b *testing.B) {
			p := prepare(bb.ev)
			b.ReportAllocs()
			for b.Loop() {
				table.Wants(p)
			}
		})
	}
}

func BenchmarkMatch(b *testing.B) {
	table := table(b)
	for _, bb := range cases {
		b.Run(bb.name, func(b *testing.B) {
			p := prepare(bb.ev)
			b.ReportAllocs()
			for b.Loop() {
				table.Match(p, func(*dispatch.Sub, []string) bool { return true })
			}
		})
	}
}

func BenchmarkBuild1000(b *testing.B) {
	builder := dispatch.NewBuilder(nil)
	for i := range 1000 {
		sub := dispatch.Sub{Kind: "message"}
		if i%2 == 0 {
			sub.Commands = []string{fmt.Sprint("command", i)}
		}
		if _, err := builder.Add(sub); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		id, err := builder.Add(dispatch.Sub{Kind: "join"})
		if err != nil {
			b.Fatal(err)
		}
		builder.Build()
		builder.Remove(id)
	}
}
