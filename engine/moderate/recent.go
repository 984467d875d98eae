package moderate

import (
	"cmp"
	"strconv"
	"time"
	"unicode/utf8"

	"botd/engine"
)

// recent remembers when what was said last, for rules about more than one line. Its size
// is bounded: when it is full it begins anew.
type recent struct {
	seen  map[subject]*window
	swept time.Time
}

// subject is what is counted: lines of a rule, in a room, of somebody or anybody, with the
// same gist or any.
type subject struct {
	rule      int
	session   engine.SessionID
	room      engine.RoomID
	who, gist string
}

// window are the latest times of something.
type window struct {
	times []time.Time // oldest first
	until time.Time   // of no interest from then on
}

const (
	maxWindows = 20_000
	sweepEvery = time.Minute
)

func newRecent() *recent { return &recent{seen: map[subject]*window{}} }

// count notes that something happens again and says how often it did within a time.
func (r *recent) count(key subject, at time.Time, within time.Duration, most int) int {
	w := r.seen[key]
	if w == nil {
		if len(r.seen) >= maxWindows {
			r.seen = map[subject]*window{}
		}
		w = &window{}
		r.seen[key] = w
	}
	keep := w.times[:0]
	for _, t := range w.times {
		if at.Sub(t) < within {
			keep = append(keep, t)
		}
	}
	if len(keep) >= most {
		keep = keep[:copy(keep, keep[1:])]
	}
	w.times = append(keep, at)
	w.until = at.Add(within)
	return len(w.times)
}

// sweep forgets what is over.
func (r *recent) sweep(now time.Time) {
	if now.Sub(r.swept) < sweepEvery {
		return
	}
	r.swept = now
	for key, w := range r.seen {
		if !now.Before(w.until) {
			delete(r.seen, key)
		}
	}
}

func checkWindow(name string, n int, within time.Duration) error {
	if n < 2 || n > maxCount {
		return engine.Errorf(engine.Invalid, "%s: expected 2 to %d", name, maxCount)
	}
	if within <= 0 || within > maxWithin {
		return engine.Errorf(engine.Invalid, "within: expected a duration above 0 and up to %s", maxWithin)
	}
	return nil
}

func (c *compiled) flood(number int, r Flood) error {
	n, within := cmp.Or(r.Lines, 5), cmp.Or(r.Within, 3*time.Second)
	c.within = within
	c.check = func(s *Set, v *view) (string, bool) {
		lines := s.recent.count(subject{rule: number, session: v.line.Session, room: v.line.Room.ID, who: v.who()}, v.line.At, within, n)
		if lines < n {
			return "", false
		}
		return strconv.Itoa(lines) + " lines within " + within.String(), true
	}
	return checkWindow("lines", n, within)
}

func (c *compiled) repeats(number int, r Repeats) error {
	n, within, least := cmp.Or(r.SameText, 3), cmp.Or(r.Within, 30*time.Second), cmp.Or(r.Min, 10)
	c.within = within
	c.check = func(s *Set, v *view) (string, bool) {
		text := v.gist()
		if text == "" {
			return "", false
		}
		said := subject{number, v.line.Session, v.line.Room.ID, v.who(), text}
		times := s.recent.count(said, v.line.At, within, n)
		if r.AcrossUsers && utf8.RuneCountInString(text) >= least {
			said.who = ""
			times = max(times, s.recent.count(said, v.line.At, within, n))
		}
		if times < n {
			return "", false
		}
		return strconv.Itoa(times) + " times within " + within.String(), true
	}
	return checkWindow("same_text", n, within)
}
