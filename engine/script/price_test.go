package script_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"botd/engine/script"
	"botd/luaapi/luaapitest"
)

// What the sandbox costs for each event: the handlers of the scripts in scripts/, called
// as events reach them, against the same functions in a VM with the stock compiler and
// library that nobody watches. Both run by turns, so that the ratio holds on a busy
// machine. What they call of botd is the same and does nothing behind the door.
func BenchmarkPrice(b *testing.B) {
	files, err := filepath.Glob("../../scripts/*.lua")
	if err != nil || len(files) == 0 {
		b.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		code, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".lua")
		bot := luaapitest.New(b)
		bot.Discard = true
		c, err := script.NewContest(bot.Manager, script.Source{Name: name, File: name + ".lua", Code: code, Roots: []string{filepath.Dir(file)}, Limits: script.DefaultLimits})
		if err != nil {
			b.Fatalf("%s: %v", name, err)
		}
		b.Cleanup(c.Close)
		for _, h := range c.Timers() {
			b.Run(name+"/timer", func(b *testing.B) { contest(b, h) })
		}
		for _, line := range append(c.Lines(), "hello everybody") {
			for _, h := range c.On(line) {
				b.Run(name+"/"+strings.Fields(line)[0], func(b *testing.B) { contest(b, h) })
			}
		}
		for _, e := range bot.Errors() {
			b.Error(e)
		}
	}
}

// contest lets both sides run in short turns and compares the middle ones.
func contest(b *testing.B, h script.Handler) {
	const turn = 200
	if err := h.Raw(); err != nil {
		b.Skipf("it cannot run without the sandbox: %v", err)
	}
	var hosted, raw []time.Duration
	for b.Loop() {
		begin := time.Now()
		for range turn {
			_ = h.Raw()
		}
		middle := time.Now()
		for range turn {
			h.Hosted()
		}
		raw, hosted = append(raw, middle.Sub(begin)), append(hosted, time.Since(middle))
	}
	a, z := median(raw), median(hosted)
	b.ReportMetric(float64(a)/turn, "ns-raw")
	b.ReportMetric(float64(z)/turn, "ns-hosted")
	b.ReportMetric(float64(z)/float64(a), "ratio")
}

func median(d []time.Duration) time.Duration { slices.Sort(d); return d[len(d)/2] }
