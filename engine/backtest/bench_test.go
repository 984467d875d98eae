package backtest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/backtest"
	"botd/engine/chatlog"
	"botd/engine/moderate"
)

// everything is a set with a rule of each kind.
var everything = backtest.Rules{Script: "mod", Config: moderate.Config{Name: "all", Ladder: moderate.DefaultLadder(), Rules: []moderate.Rule{
	{Links: &moderate.Links{Allow: []string{"example.com"}}}, {Caps: &moderate.Caps{}}, {Repeats: &moderate.Repeats{AcrossUsers: true}}, {Symbols: &moderate.Symbols{}},
	{Emotes: &moderate.Emotes{}}, {Length: &moderate.Length{Max: 350}}, {Flood: &moderate.Flood{}},
	{Words: &moderate.Words{List: []string{"scam", "viagra", "free money", "*casino*", "nigeria*"}, Confusables: true}}, {Pattern: `(?i)\bfollow\s+for\s+follow\b`},
}}}

// ordinary is what people say; the last few are what rules are for.
var ordinary = []string{
	"hello everybody", "has anyone tried the new release yet?", "I think the problem is in the second loop, not in the first", "lol", "https://example.com/docs/start explains it",
	"you could use a map there, it would be faster", "brb", "what time is it where you are? it is 9:30 here", "that's not what I meant :)", "yes", "no, look at line 42 of main.go",
	"thanks, that helped a lot!", "Günter sagt, es läuft jetzt — später mehr", "привет, как дела?", "one two three four five six seven eight nine ten eleven twelve", "👍 nice",
	"free casinos at evil.com", "WHY DOES NOBODY ANSWER ME HERE TODAY", "fr33 m0ney for all",
}

// writeLog makes a log of lines of a thousand people in ten rooms, with a moderator who acts
// now and then.
func writeLog(b *testing.B, lines int) (dir string) {
	dir = b.TempDir()
	l, err := chatlog.Open(chatlog.Options{Dir: dir}, chatlog.Policy{On: true, Keep: 1000 * time.Hour, Size: 1 << 40})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop() // each Run writes what was heard so far
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range lines {
		at := start.Add(time.Duration(i) * 100 * time.Millisecond)
		who := engine.User{ID: engine.UserID(fmt.Sprint(rng.IntN(1000))), Role: engine.Member, Trip: "AbC123"}
		who.Name = "somebody" + string(who.ID)
		ev := &engine.Event{At: at, Session: "hc", Platform: "hackchat", Room: engine.Room{ID: engine.RoomID(fmt.Sprint("room", i%10))}, User: who}
		if ev.Body = (engine.Message{ID: engine.MessageID(fmt.Sprint(i)), Text: ordinary[rng.IntN(len(ordinary))] + strings.Repeat(" indeed", rng.IntN(3))}); i%500 == 499 {
			ev.User = engine.User{ID: "mia", Name: "mia", Role: engine.Moderator}
			ev.Body = engine.Deleted{ID: engine.MessageID(fmt.Sprint(i - 10)), Author: who}
		}
		if l.Hear(ev); i%10_000 == 9999 || i == lines-1 {
			l.Run(ctx)
		}
	}
	return dir
}

// BenchmarkMillion tries a rule of each kind on a log of a million lines, on one core.
// BOTD_BENCH_LINES sets another number.
func BenchmarkMillion(b *testing.B) {
	lines := 1_000_000
	if s := os.Getenv("BOTD_BENCH_LINES"); s != "" {
		if _, err := fmt.Sscan(s, &lines); err != nil {
			b.Fatal(err)
		}
	}
	dir := writeLog(b, lines)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer debug.SetGCPercent(debug.SetGCPercent(backtest.GCPercent))
	for b.Loop() {
		began := cpuTime()
		trial, err := backtest.New(b.Context(), []backtest.Rules{everything}, backtest.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := chatlog.Read(b.Context(), dir, chatlog.Query{}, func(e *chatlog.Entry) error { trial.Take(e); return nil }); err != nil {
			b.Fatal(err)
		}
		r := trial.Report()
		if r.Lines != lines-lines/500 || r.Hit.All() < lines/10 {
			b.Fatalf("%d lines, %d hits", r.Lines, r.Hit.All())
		}
		b.ReportMetric((cpuTime() - began).Seconds(), "cpu-s")
	}
	b.ReportMetric(float64(lines), "lines")
}
