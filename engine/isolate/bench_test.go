package isolate_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A process is started, loads a script and takes over from the one before.
func BenchmarkLoad(b *testing.B) {
	h := newBench(b)
	code := `bot.command("ping", function(ev) ev:reply("pong") end) -- `
	for i := range b.N {
		h.mustLoad("a", code+strconv.Itoa(i))
	}
}

// An event goes in, an action comes out and its receipt goes in.
func BenchmarkRoundTrip(b *testing.B) {
	h := newBench(b)
	h.mustLoad("a", answers)
	h.ask("warm")
	ev := message("x")
	times := make([]time.Duration, b.N)
	b.ResetTimer()
	for i := range b.N {
		start := time.Now()
		h.deliver(ev)
		h.idle()
		times[i] = time.Since(start)
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(times[len(times)/10].Microseconds()), "p10-µs")
}

// Events that come faster than they are handled, each answered.
func BenchmarkThroughput(b *testing.B) {
	h := newBench(b)
	h.mustLoad("a", answers)
	ev := message("x")
	b.ResetTimer()
	for i := range b.N {
		h.deliver(ev)
		if i%4000 == 3999 { // the mailbox holds 4096
			h.idle()
		}
	}
	h.idle()
}

// The memory of a process with a small script.
func BenchmarkMemory(b *testing.B) {
	h := newBench(b)
	for range b.N {
		h.mustLoad("a", answers)
		h.ask("x")
		data, err := os.ReadFile("/proc/" + strconv.Itoa(h.status().Process) + "/status")
		if err != nil {
			b.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			if f := strings.Fields(line); f[0] == "RssAnon:" {
				kib, err := strconv.ParseFloat(f[1], 64)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(kib/1024, "MiB")
			}
		}
	}
}
