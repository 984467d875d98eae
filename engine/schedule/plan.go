package schedule

import (
	"hash/fnv"
	"slices"
	"strconv"
	"time"
)

// Missed says what becomes of runs whose time passed while nobody looked: the machine
// slept, botd was not running, its clock was set.
type Missed string

const (
	MissedSkip Missed = "skip" // they are left out; also the zero Missed
	MissedOnce Missed = "once" // one run stands for all of them
	MissedAll  Missed = "all"  // each is made up for, in their order
)

// Values lists the rules.
func (Missed) Values() []string {
	return []string{string(MissedSkip), string(MissedOnce), string(MissedAll)}
}

// Overlap says what becomes of a run that is due while another one of its entry is
// still on.
type Overlap string

const (
	OverlapSkip     Overlap = "skip"     // it is left out; also the zero Overlap
	OverlapQueue    Overlap = "queue"    // it begins when the other has ended
	OverlapParallel Overlap = "parallel" // it begins beside the other
)

// Values lists the rules.
func (Overlap) Values() []string {
	return []string{string(OverlapSkip), string(OverlapQueue), string(OverlapParallel)}
}

const (
	// Punctual is how late a run may be without having been missed.
	Punctual = time.Minute
	// MaxCatchUp is how many missed runs are made up for, the latest of them.
	MaxCatchUp = 100
	// MaxJitter bounds Entry.Jitter.
	MaxJitter = 24 * time.Hour
)

// Entry is what is to be run and when.
type Entry struct {
	ID string
	// Durable entries go on where they were when they are added anew, as the [Journal]
	// tells; others begin when they are added.
	Durable bool
	Timetable
	Missed Missed
	Grace  time.Duration // how late a missed run may begin; 0 for no bound
	// Jitter delays each run by up to so much, though never to the next one: by a
	// different time each, and the same for the same entry and time.
	Jitter  time.Duration
	Overlap Overlap
	Mood    Mood
}

// Planned is what Plan decides.
type Planned struct {
	Due  []time.Time // the times whose runs are to begin now, in their order
	Last time.Time   // all times up to this one are settled
	Wake time.Time   // when to ask again; zero if nothing is to come
	// Lost is the first time that was missed and is left out; zero if there is none.
	Lost time.Time
}

// Plan decides what is due. All times up to last have been settled before; for an entry
// that never ran it is when the entry was made.
func Plan(e *Entry, last, now time.Time) Planned {
	p := Planned{Last: last}
	if latest := e.latest(last, now); !latest.IsZero() {
		p.Due = e.due(last, latest, now)
		p.Last = latest
		if first := e.Next(last); len(p.Due) == 0 || first.Before(p.Due[0]) {
			p.Lost = first
		}
	}
	if next := e.Next(p.Last); !next.IsZero() {
		p.Wake = next.Add(e.delay(next))
	}
	return p
}

// latest is the last time after last whose run should have begun by now.
func (e *Entry) latest(last, now time.Time) time.Time {
	latest := e.Latest(last, now)
	if latest.IsZero() || !latest.Add(e.delay(latest)).After(now) {
		return latest
	}
	return e.Latest(last, latest.Add(-1)) // no delay reaches the next time
}

// due lists the times whose runs begin now; latest is the last of those that passed.
func (e *Entry) due(last, latest, now time.Time) []time.Time {
	may := Punctual
	if e.Missed == MissedOnce || e.Missed == MissedAll {
		may = max(e.Grace, Punctual)
		if e.Grace == 0 {
			may = MaxEvery * 10
		}
	}
	due := []time.Time{latest}
	if e.Missed == MissedAll {
		for t := latest; len(due) < MaxCatchUp; {
			if t = e.Latest(last, t.Add(-1)); t.IsZero() {
				break
			}
			due = append(due, t)
		}
		slices.Reverse(due)
	}
	return slices.DeleteFunc(due, func(t time.Time) bool { return now.Sub(t.Add(e.delay(t))) > may })
}

// delay is the jitter of the run at t.
func (e *Entry) delay(t time.Time) time.Duration {
	if e.Jitter <= 0 {
		return 0
	}
	most := e.Jitter
	if next := e.Next(t); !next.IsZero() {
		most = min(most, next.Sub(t))
	}
	h := fnv.New64a()
	h.Write(strconv.AppendInt([]byte(e.ID+"\x00"), t.UnixNano(), 10))
	return time.Duration(h.Sum64() % uint64(most))
}
