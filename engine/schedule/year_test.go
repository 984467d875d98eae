package schedule_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"botd/engine/schedule"
)

// wallSet is a spec as this test reads it: the values each field allows. It shares no
// code with the package.
type wallSet struct {
	minute, hour, dom, month, dow values
	anyDom, anyDow                bool
}

func readSpec(spec string) wallSet {
	f := strings.Fields(spec)
	return wallSet{
		minute: readField(f[0], 0, 59), hour: readField(f[1], 0, 23), dom: readField(f[2], 1, 31),
		month: readField(f[3], 1, 12), dow: readField(f[4], 0, 6), anyDom: f[2] == "*", anyDow: f[4] == "*",
	}
}

// values are those a field allows.
type values [60]bool

func readField(text string, low, high int) (set values) {
	for item := range strings.SplitSeq(text, ",") {
		step := 1
		if left, right, ok := strings.Cut(item, "/"); ok {
			item, step = left, number(right)
		}
		from, to := low, high
		if item != "*" {
			left, right, ok := strings.Cut(item, "-")
			from, to = number(left), number(left)
			if ok {
				to = number(right)
			}
		}
		for v := from; v <= to; v += step {
			set[v] = true
		}
	}
	return set
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

// has says whether the set has a minute on the wall, counted as if in UTC.
func (w wallSet) has(minute int64) bool {
	if !w.minute[int(minute%60)] || !w.hour[int(minute/60%24)] {
		return false
	}
	t := time.Unix(minute*60, 0).UTC()
	day := w.dom[t.Day()] && w.dow[int(t.Weekday())]
	if !w.anyDom && !w.anyDow {
		day = w.dom[t.Day()] || w.dow[int(t.Weekday())]
	}
	return w.month[int(t.Month())] && day
}

// A wall is what a clock on the wall shows, minute by minute.
type wall struct {
	from  time.Time
	shows []int64 // minutes, as if in UTC
}

// watch looks at the clock of a zone from a day before from, so that it is known what
// it showed already.
func watch(zone *time.Location, from, to time.Time) wall {
	w := wall{from: from.Add(-24 * time.Hour)}
	for at := w.from; !at.After(to); at = at.Add(time.Minute) {
		_, offset := at.In(zone).Zone()
		w.shows = append(w.shows, (at.Unix()+int64(offset))/60)
	}
	return w
}

// byHand lists the times of a spec from a day after the wall's first: by what the clock
// shows, what it showed before and what it left out.
func (w wall) byHand(spec string, dst schedule.DST) (list []time.Time) {
	set := readSpec(spec)
	rhythm := !slices.Contains(set.hour[:24], false)
	found := map[int64]bool{} // by minutes from the first
	highest := w.shows[0]     // all that it showed so far is not above
	for i := 1; i < len(w.shows); i++ {
		shows, left := w.shows[i], w.shows[i-1]+1
		if rhythm {
			if set.has(shows) {
				found[int64(i)] = true
			}
			continue
		}
		for moved := shows - left; left < shows; left++ {
			if dst != schedule.Skip && set.has(left) {
				later := int64(0)
				if dst == schedule.Shift {
					later = left + moved - shows
				}
				found[int64(i)+later] = true
			}
		}
		if shows > highest && set.has(shows) {
			found[int64(i)] = true
		}
		highest = max(highest, shows)
	}
	for i, is := range found {
		if is && i > 24*60 && i < int64(len(w.shows)) {
			list = append(list, w.from.Add(time.Duration(i)*time.Minute))
		}
	}
	slices.SortFunc(list, time.Time.Compare)
	return list
}

func listed(tt schedule.Timetable, from, to time.Time) (list []time.Time) {
	for at := tt.Next(from); !at.IsZero() && !at.After(to); at = tt.Next(at) {
		list = append(list, at)
	}
	return list
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func compare(t testing.TB, got, want []time.Time) {
	t.Helper()
	if i := firstDifference(got, want); i >= 0 {
		t.Errorf("%d times and by hand %d; number %d is %v, by hand %v", len(got), len(want), i, at(got, i), at(want, i))
	}
}

func firstDifference(a, b []time.Time) int {
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || !a[i].Equal(b[i]) {
			return i
		}
	}
	return -1
}

func at(list []time.Time, i int) any {
	if i < len(list) {
		return list[i]
	}
	return "missing"
}

var zones = []string{"Europe/Rome", "America/New_York", "Australia/Lord_Howe", "UTC"}

// A whole year in each zone and by each rule, against the list made by hand.
func TestYear(t *testing.T) {
	specs := []string{
		"0 9 * * 1-5", "30 2 * * *", "15 2 * * *", "0 2 * * *", "30 1,2,3 * * *", "*/20 * * * *", "*/7 1-3 * * 0",
		"59 23 31 * *", "0 */2 * * *", "30 2 1-7 * 0",
	}
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	to := from.AddDate(1, 0, 0)
	for _, name := range zones {
		z := zone(t, name)
		w := watch(z, from, to)
		for _, text := range specs {
			spec, err := schedule.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			for _, dst := range []schedule.DST{schedule.Once, schedule.Skip, schedule.Shift} {
				if name == "UTC" && dst != schedule.Once {
					continue // there the rules make no difference
				}
				t.Run(name+"/"+text+"/"+string(dst), func(t *testing.T) {
					compare(t, listed(schedule.Timetable{Spec: spec, Zone: z, DST: dst}, from, to), w.byHand(text, dst))
				})
			}
		}
	}
}

// The nights themselves, in words.
func TestClockChanges(t *testing.T) {
	tests := []struct {
		name, zone, spec string
		dst              schedule.DST
		from             string
		want             string
	}{
		{"skipped, once", "Europe/Rome", "30 2 * * *", schedule.Once, "2026-03-28T12:00:00Z", "29 03:00 CEST, 30 02:30 CEST"},
		{"skipped, skip", "Europe/Rome", "30 2 * * *", schedule.Skip, "2026-03-28T12:00:00Z", "30 02:30 CEST, 31 02:30 CEST"},
		{"skipped, shift", "Europe/Rome", "30 2 * * *", schedule.Shift, "2026-03-28T12:00:00Z", "29 03:30 CEST, 30 02:30 CEST"},
		{"zero rule", "Europe/Rome", "30 2 * * *", "", "2026-03-28T12:00:00Z", "29 03:00 CEST, 30 02:30 CEST"},
		{"twice", "Europe/Rome", "30 2 * * *", schedule.Once, "2026-10-24T12:00:00Z", "25 02:30 CEST, 26 02:30 CET"},
		{"both skipped and shown", "Europe/Rome", "0,30 2,3 * * *", schedule.Once, "2026-03-28T12:00:00Z", "29 03:00 CEST, 29 03:30 CEST"},
		{"a rhythm forward", "Europe/Rome", "0 * * * *", schedule.Once, "2026-03-29T00:30:00Z", "29 03:00 CEST, 29 04:00 CEST"},
		{"a rhythm back", "Europe/Rome", "0 * * * *", schedule.Once, "2026-10-24T23:30:00Z", "25 02:00 CEST, 25 02:00 CET"},
		{"half an hour", "Australia/Lord_Howe", "15 2 * * *", schedule.Once, "2026-10-03T12:00:00Z", "04 02:30 +11, 05 02:15 +11"},
		{"half an hour, shift", "Australia/Lord_Howe", "15 2 * * *", schedule.Shift, "2026-10-03T12:00:00Z", "04 02:45 +11, 05 02:15 +11"},
		{"midnight skipped", "America/Santiago", "0 0 * * *", schedule.Once, "2026-09-05T12:00:00Z", "06 01:00 -03, 07 00:00 -03"},
		{"a day skipped", "Pacific/Apia", "0 9 * * *", schedule.Once, "2011-12-30T05:00:00Z", "31 00:00 +14, 31 09:00 +14"},
		{"a day skipped, skip", "Pacific/Apia", "0 9 * * *", schedule.Skip, "2011-12-30T05:00:00Z", "31 09:00 +14, 01 09:00 +14"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			spec, err := schedule.Parse(tt.spec)
			if err != nil {
				t.Fatal(err)
			}
			table := schedule.Timetable{Spec: spec, Zone: zone(t, tt.zone), DST: tt.dst}
			from, err := time.Parse(time.RFC3339, tt.from)
			if err != nil {
				t.Fatal(err)
			}
			first := table.Next(from)
			got := first.In(table.Zone).Format("02 15:04 MST") + ", " + table.Next(first).In(table.Zone).Format("02 15:04 MST")
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// Any spec around any change of the clock.
func TestRandomSpecs(t *testing.T) {
	names := append(zones, "Africa/Casablanca", "America/Santiago", "Europe/Dublin", "Antarctica/Troll", "Asia/Kathmandu", "America/St_Johns")
	rapid.Check(t, func(t *rapid.T) {
		pick := func(label string, low, high int) string {
			switch rapid.IntRange(0, 4).Draw(t, label) {
			case 0:
				return "*"
			case 1:
				return "*/" + strconv.Itoa(rapid.IntRange(1, high).Draw(t, label+" step"))
			case 2:
				a := rapid.IntRange(low, high).Draw(t, label+" from")
				return strconv.Itoa(a) + "-" + strconv.Itoa(rapid.IntRange(a, high).Draw(t, label+" to"))
			}
			return strconv.Itoa(rapid.IntRange(low, high).Draw(t, label+" one"))
		}
		text := pick("minute", 0, 59) + " " + pick("hour", 0, 5) + " " + rapid.SampledFrom([]string{"*", "1-31"}).Draw(t, "dom") + " * " + rapid.SampledFrom([]string{"*", "0", "0-6", "1,3"}).Draw(t, "dow")
		spec, err := schedule.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		z, err := time.LoadLocation(rapid.SampledFrom(names).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		from := time.Date(2026, 1, rapid.IntRange(1, 365).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		if _, end := from.In(z).ZoneBounds(); !end.IsZero() {
			from = end.UTC().Add(-12 * time.Hour).Truncate(time.Minute)
		}
		to := from.Add(24 * time.Hour)
		dst := rapid.SampledFrom([]schedule.DST{schedule.Once, schedule.Skip, schedule.Shift}).Draw(t, "dst")
		table := schedule.Timetable{Spec: spec, Zone: z, DST: dst}
		got, want := listed(table, from, to), watch(z, from, to).byHand(text, dst)
		if i := firstDifference(got, want); i >= 0 {
			t.Fatalf("%s in %s, %s: number %d is %v, by hand %v", text, z, dst, i, at(got, i), at(want, i))
		}
		until := from.Add(time.Duration(rapid.Int64Range(0, int64(24*time.Hour)).Draw(t, "until")))
		var latest time.Time
		for _, w := range want {
			if !w.After(until) {
				latest = w
			}
		}
		if l := table.Latest(from, until); !l.Equal(latest) {
			t.Fatalf("%s in %s: the latest until %s is %s, by hand %s", text, z, until, l, latest)
		}
	})
}
