package trace_test

import (
	"fmt"
	"strings"
	"testing"

	"botd/engine"
	"botd/engine/trace"
)

func id(n int) engine.EventID { return engine.EventID(fmt.Sprintf("run%07d", n)) }

func TestBook(t *testing.T) {
	b := trace.NewBook(3, 0)
	for n := range 5 {
		b.Add(trace.Step{Event: id(n), Script: "a"})
		b.Add(trace.Step{Event: id(n), Script: "b", Reason: trace.Cooldown})
	}
	b.Add(trace.Step{Event: id(0), Script: "late"}) // about one that is forgotten
	b.Add(trace.Step{Script: "a"})                  // about none
	for n, want := range []struct {
		steps int
		known bool
	}{{0, false}, {0, false}, {2, true}, {2, true}, {2, true}, {0, true}} {
		steps, more, known := b.Of(id(n))
		if len(steps) != want.steps || known != want.known || more != 0 {
			t.Errorf("event %d: %d steps, %d more, known: %t; want %+v", n, len(steps), more, known, want)
		}
	}
	steps, _, _ := b.Of(id(4))
	if steps[0].Script != "a" || steps[1].Reason != trace.Cooldown {
		t.Errorf("the steps are %+v", steps)
	}
	if one, two := b.Call(), b.Call(); one == two {
		t.Errorf("two actions have the number %d", one)
	}
}

// However much happens, a book stays as large as it may be.
func TestBookIsBounded(t *testing.T) {
	b := trace.NewBook(1_000_000, 100_000)
	for n := range 2000 {
		b.Add(trace.Step{Event: id(n), Text: strings.Repeat("x", 100_000)})
	}
	kept := 0
	for n := range 2000 {
		if steps, _, _ := b.Of(id(n)); len(steps) > 0 {
			kept++
			if len(steps[0].Text) > 600 {
				t.Fatalf("a text of %d bytes is kept", len(steps[0].Text))
			}
		}
	}
	if kept < 50 || kept > 200 {
		t.Errorf("%d events of half a KiB and more are kept in 100 KB", kept)
	}
	for range 1000 {
		b.Add(trace.Step{Event: id(5000)})
	}
	if steps, more, _ := b.Of(id(5000)); len(steps) != trace.MaxSteps || more != 1000-trace.MaxSteps {
		t.Errorf("of 1000 steps %d are kept and %d counted", len(steps), more)
	}
}

func TestNoBook(t *testing.T) {
	var b *trace.Book
	b.Add(trace.Step{Event: "x"})
	if steps, _, known := b.Of("x"); len(steps) > 0 || known || b.Call() != 0 {
		t.Error("no book remembers something")
	}
}

// Each reason has a word and a meaning of its own.
func TestReasons(t *testing.T) {
	words, meanings := map[trace.Reason]bool{}, map[string]bool{}
	for _, r := range trace.Reasons() {
		if !r.Known() || words[r] || meanings[r.Means()] || r.Means() == string(r) {
			t.Errorf("%s: %q", r, r.Means())
		}
		words[r], meanings[r.Means()] = true, true
	}
	if trace.Reason("because").Known() {
		t.Error("any word is a reason")
	}
}

// What is noted in a full book costs no more than in an empty one.
func BenchmarkAdd(b *testing.B) {
	book := trace.NewBook(0, 0)
	ids := make([]engine.EventID, 1<<16)
	for i := range ids {
		ids[i] = id(i)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if n%len(ids) == 0 {
			b.StopTimer()
			book = trace.NewBook(0, 0)
			b.StartTimer()
		}
		book.Add(trace.Step{Event: ids[n%len(ids)], Script: "a", Handler: "command roll at a.lua:1", Ended: true})
		n++
	}
}
