package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"botd/adapters/local"
	"botd/engine"
)

// How long an innocent script takes to answer while another one does as much as it can
// without being stopped for it: the time from saying a command to hearing the answer.
func BenchmarkAnswerBeside(b *testing.B) {
	for _, bb := range floods {
		b.Run(bb.name, func(b *testing.B) {
			scripts := bb.hostile()
			a := newArena(b, scripts)
			for _, h := range scripts {
				a.install(h)
			}
			ping := a.stopwatch()
			var took []time.Duration
			for b.Loop() {
				took = append(took, ping())
			}
			slices.Sort(took)
			ms := func(share float64) float64 {
				return float64(took[int(share*float64(len(took)-1))]) / float64(time.Millisecond)
			}
			b.ReportMetric(ms(0.5), "p50-ms")
			b.ReportMetric(ms(0.99), "p99-ms")
			b.ReportMetric(ms(1), "max-ms")
			for _, h := range scripts {
				if st, _ := a.script(h.name); st.State != "running" {
					b.Errorf("the flood ended: %+v\n%s", st, a.fault())
				}
			}
		})
	}
}

// stopwatch returns what measures one answer of the innocent script, from saying the
// command to hearing the answer.
func (a *arena) stopwatch() (ping func() time.Duration) {
	heard := make(chan string, 100)
	p, err := a.hub.Room("lobby").Join(local.Visit{User: engine.User{Name: "tim"}, Hear: func(ev engine.Event) {
		if m, ok := ev.Body.(engine.Message); ok && ev.User.Name == "botd" && strings.HasPrefix(m.Text, "innocent ") {
			heard <- m.Text
		}
	}})
	if err != nil {
		a.t.Fatal(err)
	}
	n := a.pings
	return func() time.Duration {
		n++
		time.Sleep(time.Millisecond) // the next question comes at any moment, not right after the answer
		begin := time.Now()
		if _, err := p.Say(fmt.Sprintf("!ping %d", n)); err != nil {
			a.t.Fatal(err)
		}
		if got := <-heard; got != innocentAnswer(n) {
			a.t.Fatalf("the innocent script answered %q", got)
		}
		return time.Since(begin)
	}
}

// How long scripts run on that only the limit on time can stop, each the worst of its kind:
// from saying the command to the report of the fault, less the limit.
func BenchmarkStop(b *testing.B) {
	const limit = 200 * time.Millisecond
	var scripts []*hostile
	for _, h := range corpus(b, "cpu-") {
		if slices.Contains(h.expect, outcome{"error", stoppedBy["time"]}) && !strings.Contains(h.code, "sleep") && h.says == nil && strings.Contains(h.code, `bot.command("attack"`) {
			h.limits = "steps: 1000000000000, alloc: 64GiB, handler_time: 200ms"
			scripts = append(scripts, h)
		}
	}
	a := newArena(b, scripts)
	var over []time.Duration
	for b.Loop() {
		for _, h := range scripts {
			a.install(h)
			begin := time.Now()
			a.eve.say("!attack")
			a.until(h.name+" is stopped", func() bool { return len(a.faultsOf(h.name)) > 0 || a.ann.heardLike("") })
			if len(a.faultsOf(h.name)) == 0 { // it ended by itself
				a.ann.forget()
				continue
			}
			fault := a.faultsOf(h.name)[0]
			took := fault.At.Sub(begin)
			if took > limit*5/4+10*time.Millisecond {
				b.Logf("%s: %s after %s", h.name, fault.Msg, took.Round(time.Millisecond))
			}
			if strings.HasPrefix(fault.Msg, "stopped: ran longer than") {
				over = append(over, took-limit)
			}
			a.replace(h)
			a.mu.Lock()
			a.faults = nil
			a.mu.Unlock()
		}
	}
	slices.Sort(over)
	for name, share := range map[string]float64{"p50-ms-over": 0.5, "p90-ms-over": 0.9, "max-ms-over": 1} {
		b.ReportMetric(float64(over[int(share*float64(len(over)-1))])/float64(time.Millisecond), name)
	}
	b.ReportMetric(float64(len(scripts)), "scripts")
}
