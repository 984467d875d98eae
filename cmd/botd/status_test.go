package main

import (
	"strings"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/host"
	"botd/engine/outbox"
	"botd/engine/script"
	"botd/engine/supervisor"
)

func TestWriteStatus(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	st := host.Status{
		Version: "v1.0.0", PID: 12, Uptime: 26*time.Hour + time.Minute, Events: map[engine.Kind]uint64{"message": 5, "join": 2},
		Sessions: []supervisor.Status{
			{
				Session: "hc", Adapter: "hackchat",
				Health: supervisor.Health{State: supervisor.Waiting, Since: now.Add(-90 * time.Second), Attempts: 2, Retry: now.Add(4 * time.Second), Err: "connection refused"},
				Rooms:  []supervisor.RoomStatus{{Room: "den", Health: supervisor.Health{State: supervisor.Waiting}}, {Room: "attic", Health: supervisor.Health{State: supervisor.Failed}}},
				Outbox: outbox.Stats{Queued: map[string]int{"reply": 2, "announce": 1}, InFlight: 1, Dropped: map[string]uint64{"offline": 3, "late": 1}},
			},
			{
				Session: "lobby", Adapter: "local", Health: supervisor.Health{State: supervisor.Online, Since: now},
				Rooms: []supervisor.RoomStatus{{Room: "hall", Health: supervisor.Health{State: supervisor.Online}, Gaps: supervisor.Gaps{Count: 2, Last: engine.Gap{From: now.Add(-time.Hour), To: now}}}},
			},
		},
		Scripts: []script.Status{
			{Name: "a", State: "running", Generation: 3, Handled: 120, Errors: 1, Queued: 2, Waiting: 4, Dropped: 5},
			{Name: "b", State: "broken", Generation: 2, Problem: "b.lua:1: no"},
			{Name: "c", State: "failed", Problem: "c.lua:1: never"},
			{Name: "d", State: "suspended", Generation: 4, Until: now, Problem: "5 handlers were stopped", Dropped: 7},
		},
	}
	var b strings.Builder
	if err := writeStatus(&b, st, now); err != nil {
		t.Fatal(err)
	}
	want := `botd v1.0.0, process 12, up 1d2h, 7 events

SESSION  ADAPTER   STATE    ROOMS                SINCE  RETRY             QUEUED  DROPPED
hc       hackchat  waiting  den, attic (failed)  1m30s  in 4s (attempt 3)  4       1 late, 3 offline
lobby    local     online   hall                 0s     -                 0       0

SCRIPT  STATE    GEN  HANDLED  ERRORS  QUEUED  WAITING  DROPPED
a       running  3    120      1       2       4        5
b       broken   2    0        0       0       0        0
c       failed   0    0        0       0       0        0
d       suspended 4   0        0       0       0        7

hc: connection refused

lobby/hall: messages may be missing from ` + now.Add(-time.Hour).Local().Format(time.DateTime) + ` to ` + now.Local().Format(time.DateTime) + `, the last of 2 such times since botd started

b (generation 2 serves on): b.lua:1: no

c (not running): c.lua:1: never

d (until ` + now.Local().Format(time.TimeOnly) + `): 5 handlers were stopped
`
	var got []string
	for line := range strings.SplitSeq(b.String(), "\n") {
		got = append(got, strings.TrimRight(line, " "))
	}
	if squeeze(strings.Join(got, "\n")) != squeeze(want) {
		t.Errorf("got\n%s", b.String())
	}
}

// squeeze makes the width of columns not matter.
func squeeze(s string) string {
	for strings.Contains(s, "  ") {
		s = strings.ReplaceAll(s, "  ", " ")
	}
	return s
}

func TestSince(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0s", 999 * time.Millisecond: "0s", 59900 * time.Millisecond: "59s",
		61 * time.Second: "1m1s", 61 * time.Minute: "1h1m", 49 * time.Hour: "2d1h",
	} {
		if got := since(d); got != want {
			t.Errorf("since(%v) = %q, want %q", d, got, want)
		}
	}
}
