package schedule_test

import (
	"strings"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/schedule"
)

func TestParseErrors(t *testing.T) {
	tests := []struct{ spec, want string }{
		{"", "an empty spec"},
		{"  ", "an empty spec"},
		{"* * * *", "4 fields"},
		{"* * * * * * *", "7 fields"},
		{"60 * * * *", "minute:"},
		{"* 24 * * *", "hour:"},
		{"* * 0 * *", "day of month:"},
		{"* * 32 * *", "day of month:"},
		{"* * * 13 *", "month:"},
		{"* * * * 8", "day of week:"},
		{"* * * * 7", "Sunday is 0"},
		{"61 * * * * *", "second:"},
		{"x * * * *", "minute:"},
		{"* * * * foo", "day of week:"},
		{", * * * *", "minute: \",\" is not right (an item of the list is empty)"},
		{"1,,2 * * * *", "an item of the list is empty"},
		{"1/0 * * * *", "minute:"},
		{"5-1 * * * *", "minute:"},
		{"0-99999999999999999999 * * * *", "minute:"},
		{"0-4294967296 * * * *", "minute:"},
		{"-1 * * * *", "minute:"},
		{"1-2-3 * * * *", "minute:"},
		{"1/2/3 * * * *", "minute:"},
		{"* * TZ= * *", "day of month:"},
		{"* * * * @", "day of week:"},
		{"TZ=", "time zone"},
		{"TZ=Europe/Rome", "time zone"},
		{"CRON_TZ=Europe/Rome 0 9 * * *", "time zone"},
		{"0 0 30 2 *", "day of month: there is no day 30 in month 2"},
		{"0 0 31 4,6 *", "there is no day 31"},
		{"@fortnightly", `no spec "@fortnightly"`},
		{"@daily 5", `no spec "@daily 5"`},
		{"@every", "@every: expected one duration"},
		{"@every 5m 3s", "@every: expected one duration"},
		{"@every soon", `@every: "soon" is not a duration`},
		{"@every -5m", "@every:"},
		{"@every 0s", "@every: runs can be from 1s"},
		{"@every 999999h99999999h", "@every:"},
		{"@every 99999d", "@every:"},
		{strings.Repeat("1,", 600) + "1 * * * *", "characters"},
	}
	for _, tt := range tests {
		_, err := schedule.Parse(tt.spec)
		if engine.CodeOf(err) != engine.Invalid || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Parse(%.40q): %v, want %q", tt.spec, err, tt.want)
		}
	}
}

func TestNext(t *testing.T) {
	start := time.Date(2026, 3, 4, 10, 20, 30, 500, time.UTC) // a Wednesday
	tests := []struct{ spec, want string }{
		{"0 9 * * 1-5", "2026-03-05T09:00:00Z"},
		{"*/15 * * * *", "2026-03-04T10:30:00Z"},
		{"45 20 10 * * *", "2026-03-04T10:20:45Z"},
		{"30 20 10 * * *", "2026-03-05T10:20:30Z"},
		{"0 0 29 2 *", "2028-02-29T00:00:00Z"},
		{"0 0 13 * fri", "2026-03-06T00:00:00Z"}, // either the 13th or a Friday, as cron has it
		{"0 0 ? jan-MAR mon", "2026-03-09T00:00:00Z"},
		{"@daily", "2026-03-05T00:00:00Z"},
		{"@weekly", "2026-03-08T00:00:00Z"},
		{"@monthly", "2026-04-01T00:00:00Z"},
		{"@yearly", "2027-01-01T00:00:00Z"},
		{"@hourly", "2026-03-04T11:00:00Z"},
		{"@every 90s", "2026-03-04T10:22:00.0000005Z"},
		{"@every 1d12h", "2026-03-05T22:20:30.0000005Z"},
		{"  0   9 * * *  ", "2026-03-05T09:00:00Z"},
	}
	for _, tt := range tests {
		spec, err := schedule.Parse(tt.spec)
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.spec, err)
			continue
		}
		got := schedule.Timetable{Spec: spec}.Next(start).Format(time.RFC3339Nano)
		if got != tt.want {
			t.Errorf("%q: next is %s, want %s", tt.spec, got, tt.want)
		}
		if spec.String() != strings.Join(strings.Fields(tt.spec), " ") {
			t.Errorf("%q calls itself %q", tt.spec, spec)
		}
	}
	if next := (schedule.Timetable{}).Next(start); !next.IsZero() {
		t.Errorf("the zero timetable is due at %s", next)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"0 9 * * 1-5", "TZ=", "CRON_TZ= * * * * *", "@every 5m", "@every 1d", "1-99999999999/3 * * * *", ", , , , ,", "0 0 30 2 *", "*/7 0 0 1,2 jan ?", "@daily"} {
		f.Add(s)
	}
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	zone, err := time.LoadLocation("Australia/Lord_Howe")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		spec, err := schedule.Parse(text)
		if err != nil {
			if code := engine.CodeOf(err); code != engine.Invalid {
				t.Fatalf("%q: code %s: %v", text, code, err)
			}
			return
		}
		again, err := schedule.Parse(spec.String())
		if err != nil {
			t.Fatalf("%q is %q, which does not parse: %v", text, spec, err)
		}
		tt := schedule.Timetable{Spec: spec, Zone: zone}
		next := tt.Next(now)
		if next.IsZero() || !next.After(now) {
			t.Fatalf("%q: next after %s is %s", text, now, next)
		}
		if other := (schedule.Timetable{Spec: again, Zone: zone}).Next(now); !other.Equal(next) {
			t.Fatalf("%q and %q differ: %s, %s", text, spec, next, other)
		}
		if last := tt.Latest(now, next); !last.Equal(next) {
			t.Fatalf("%q: next is %s and the latest until then %s", text, next, last)
		}
	})
}
