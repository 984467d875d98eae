package schedule

import (
	"sort"
	"time"
	_ "time/tzdata" // machines without zoneinfo know the zones too

	"github.com/robfig/cron/v3"
)

// DST says what becomes of a time of day that the clock skips when it is set forward.
type DST string

const (
	Once  DST = "once"  // it is due at the moment of the change; also the zero DST
	Skip  DST = "skip"  // it is not due that day
	Shift DST = "shift" // it is due as much later as the clock was moved
)

// Values lists the rules.
func (DST) Values() []string { return []string{string(Once), string(Skip), string(Shift)} }

// Timetable is a spec in a time zone.
type Timetable struct {
	Spec Spec
	Zone *time.Location // UTC if nil
	DST  DST
}

// horizon is how far ahead a timetable is searched: over a leap day that a century skips.
const horizon = 9 * 366 * 24 * time.Hour

// Next is the first time after t, in UTC; zero if there is none.
func (tt Timetable) Next(t time.Time) time.Time {
	t = t.Round(0).UTC()
	if tt.Spec.every > 0 {
		return t.Add(tt.Spec.every)
	}
	if tt.Spec.wall == nil {
		return time.Time{}
	}
	for until := t.Add(horizon); t.Before(until); {
		s := tt.stretch(t)
		if due := tt.in(s, t); !due.IsZero() {
			return due
		}
		if s.end.IsZero() {
			break
		}
		t = s.end.Add(-1)
	}
	return time.Time{}
}

// Latest is the last time after t and not after until; zero if there is none. For an
// interval the times are counted from t.
func (tt Timetable) Latest(t, until time.Time) time.Time {
	t, until = t.Round(0).UTC(), until.Round(0).UTC()
	if d := tt.Spec.every; d > 0 {
		if passed := until.Sub(t); passed >= d {
			return t.Add(passed.Truncate(d))
		}
		return time.Time{}
	}
	first := tt.Next(t)
	if first.IsZero() || first.After(until) {
		return time.Time{}
	}
	// Times are whole seconds: find the last second before which one is still to come.
	base := first.Unix()
	n := sort.Search(int(until.Unix()-base), func(i int) bool {
		next := tt.Next(time.Unix(base+int64(i), 0))
		return next.IsZero() || next.After(until)
	})
	return time.Unix(base+int64(n), 0).UTC()
}

// stretch is a time in which a zone's clock is not changed.
type stretch struct {
	start, end time.Time // zero without one
	offset     time.Duration
	before     time.Duration // the offset until start
}

func (tt Timetable) stretch(t time.Time) stretch {
	zone := tt.Zone
	if zone == nil {
		zone = time.UTC
	}
	// The last stretch that begins at or before the nanosecond after t: times at its very
	// beginning are after t.
	t = t.Add(1).In(zone)
	start, end := t.ZoneBounds()
	if !end.IsZero() && !end.After(t) {
		// Beyond the zone's table, from 2038 on, ZoneBounds takes a leap year to be over a day
		// too soon, so that the bounds of its last day end before it (Go 1.26).
		end = end.Add(24 * time.Hour)
	}
	s := stretch{start: start.UTC(), end: end.UTC(), offset: offset(t)}
	s.before = s.offset
	if start.IsZero() {
		s.start = time.Time{}
	} else {
		s.before = offset(start.Add(-1))
	}
	if end.IsZero() {
		s.end = time.Time{}
	}
	return s
}

func offset(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
}

// in is the first time after t within a stretch.
func (tt Timetable) in(s stretch, t time.Time) time.Time {
	due := tt.shown(s, t)
	if made := tt.skipped(s, t); !made.IsZero() && (due.IsZero() || made.Before(due)) {
		due = made
	}
	if !s.end.IsZero() && !due.Before(s.end) {
		return time.Time{}
	}
	return due
}

// shown is the first time after t that the clock shows in the stretch and did not show
// just before it. Wall clock times are written as times in UTC.
func (tt Timetable) shown(s stretch, t time.Time) time.Time {
	wall := t.Add(s.offset)
	if !s.start.IsZero() {
		first := s.start.Add(s.offset)
		if s.before > s.offset && !tt.Spec.rhythm() {
			first = s.start.Add(s.before)
		}
		if wall.Before(first) {
			wall = first.Add(-1)
		}
	}
	next := tt.Spec.wall.Next(wall)
	if next.IsZero() {
		return next
	}
	return next.Add(-s.offset)
}

// skipped is the first time after t that stands for one the clock skipped at the
// beginning of the stretch.
func (tt Timetable) skipped(s stretch, t time.Time) time.Time {
	if s.before >= s.offset || tt.DST == Skip || tt.Spec.rhythm() {
		return time.Time{}
	}
	gap, end := s.start.Add(s.before), s.start.Add(s.offset)
	if tt.DST == Shift {
		wall := t.Add(s.before)
		if wall.Before(gap) {
			wall = gap.Add(-1)
		}
		return within(tt.Spec.wall, wall, end, -s.before)
	}
	if !s.start.After(t) || within(tt.Spec.wall, gap.Add(-1), end, 0).IsZero() {
		return time.Time{}
	}
	return s.start
}

// within is the first time after wall, moved, or zero if it is not before end.
func within(spec *cron.SpecSchedule, wall, end time.Time, move time.Duration) time.Time {
	next := spec.Next(wall)
	if next.IsZero() || !next.Before(end) {
		return time.Time{}
	}
	return next.Add(move)
}
