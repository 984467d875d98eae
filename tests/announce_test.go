package tests

import (
	"context"
	"slices"
	"strings"
	"testing"

	"botd/engine"
	"botd/engine/enginetest"
)

// Announcements that could not be sent before the bot stopped are sent after it has
// started again, in their order; replies are not.
func TestAnnouncementsOutliveARestart(t *testing.T) {
	for _, kind := range []string{"none", "process"} {
		t.Run(kind, func(t *testing.T) {
			files := map[string]string{
				"config.yaml": strings.Replace(withIsolation(kind, "a"), "sessions: [", "sessions: [{name: far, adapter: fake, rooms: [hall]}, ", 1),
				"scripts/a.lua": `bot.command("tell", function(ev)
					local room = bot.room("far/hall")
					for i = 1, 3 do assert(room:say("news " .. i, {lane = "announce"})) end
					assert(room:say("gossip", {lane = "announce", durable = false}))
					room:say("too old", {lane = "relay", drop_after = 0.001}) -- it may be too old before this returns
					assert(room:say("answer"))
					assert(room:say("kept answer", {durable = true, drop_after = "5m"}))
					ev:reply("told")
				end)`,
			}
			away := &enginetest.Network{Run: func(ctx context.Context, s *enginetest.Session, emit func(engine.Event)) error {
				if s.Runs() == 1 {
					return s.Serve(ctx, emit)
				}
				<-ctx.Done() // it cannot connect again
				return ctx.Err()
			}}
			d := startIn(t, t.TempDir(), files, away.Adapter())
			ann := d.join("lobby", "ann")
			d.until("it has been in the hall", func() bool {
				s := away.In("hall")
				return s != nil && s.Runs() == 1 && s.Drop(engine.Errorf(engine.NotConnected, "gone"))
			})
			d.until("it is away", func() bool { return away.In("hall").Runs() == 2 })
			ann.say("!tell")
			d.until("it is told", func() bool { ann.mu.Lock(); defer ann.mu.Unlock(); return slices.Contains(ann.heard, "told") })
			if err := d.stop(); err != nil {
				t.Fatal(err)
			}
			for again, want := range []string{"kept answer, news 1, news 2, news 3", ""} {
				back := &enginetest.Network{}
				d = startIn(t, d.dir, files, back.Adapter())
				d.until("it is in the hall", func() bool { return d.host.Status().Sessions[0].State == "online" })
				d.idle()
				got := back.In("hall").Texts()
				if i := slices.Index(got, "news 1"); i >= 0 && !slices.Equal(slices.DeleteFunc(slices.Clone(got), func(s string) bool { return s == "kept answer" }), []string{"news 1", "news 2", "news 3"}) {
					t.Errorf("out of order: %q", got)
				}
				slices.Sort(got)
				if s := strings.Join(got, ", "); s != want {
					t.Errorf("start %d: said %s, want %s", again+2, s, want)
				}
				if err := d.stop(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
