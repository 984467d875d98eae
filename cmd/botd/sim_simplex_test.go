package main

import (
	"slices"
	"testing"
)

// TestSimplexSim: what is typed happens in the group, with the bot alone, or by others.
func TestSimplexSim(t *testing.T) {
	var lines []string
	s, err := newSimplexSim("team", func(line string) { lines = append(lines, line) })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, line := range []string{"hello", "@ psst", ":join bob", ":request eve hi"} {
		s.Say(line)
	}
	want := []string{"[team] sim_1> hello", "[sim] sim> psst", "[team] bob joins", "- the bot has no address"}
	if !slices.Equal(lines, want) {
		t.Errorf("printed %q, want %q", lines, want)
	}
	if _, err := newSimplexSim("#team", nil); err == nil {
		t.Error("a name that no group can have was taken")
	}
}
