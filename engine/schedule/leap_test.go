package schedule_test

import (
	"testing"
	"time"

	"botd/engine/schedule"
)

// The last day of a leap year that the zone's table does not reach has an end.
func TestLastDayOfALeapYear(t *testing.T) {
	spec, err := schedule.Parse("0 12 1 1 *")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"America/New_York", "Europe/Rome", "Australia/Sydney", "Pacific/Auckland", "UTC"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		table := schedule.Timetable{Spec: spec, Zone: zone}
		for year := 2032; year <= 2104; year += 4 {
			want := time.Date(year+1, 1, 1, 12, 0, 0, 0, zone)
			for _, before := range []time.Duration{time.Second, 12 * time.Hour, 20 * time.Hour, 30 * time.Hour, 1000 * time.Hour} {
				if got := table.Next(want.Add(-before)); !got.Equal(want) {
					t.Errorf("%s: after %s comes %s, want %s", name, want.Add(-before), got.In(zone), want)
				}
			}
		}
	}
}
