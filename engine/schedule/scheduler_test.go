package schedule_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"botd/engine"
	"botd/engine/enginetest"
	"botd/engine/schedule"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC) // a Monday

func entry(t testing.TB, id, spec string) schedule.Entry {
	t.Helper()
	s, err := schedule.Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	return schedule.Entry{ID: id, Timetable: schedule.Timetable{Spec: s}}
}

// diary notes when runs began; they end at once unless told otherwise.
type diary struct {
	clock *enginetest.Clock
	hold  bool
	open  []*schedule.Run
	lines []string
}

func (d *diary) fire(r *schedule.Run) {
	if !r.Begin() {
		d.lines = append(d.lines, "refused")
		return
	}
	line := r.At.Format("15:04:05")
	if now := d.clock.Now(); now.Sub(r.At) >= time.Second {
		line += "@" + now.Format("15:04:05")
	}
	d.lines = append(d.lines, line)
	if d.hold {
		d.open = append(d.open, r)
	} else {
		r.End()
	}
}

func (d *diary) end() {
	r := d.open[0]
	d.open = d.open[1:]
	r.End()
}

func (d *diary) expect(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(d.lines, want) {
		t.Errorf("ran %q, want %q", d.lines, want)
	}
	d.lines = nil
}

func start(t *testing.T, j schedule.Journal) (*schedule.Scheduler, *diary) {
	d := &diary{clock: enginetest.NewClock(noon)}
	s := schedule.New(schedule.Options{Clock: d.clock, Journal: j})
	t.Cleanup(s.Close)
	return s, d
}

func add(t *testing.T, s *schedule.Scheduler, e schedule.Entry, d *diary) *schedule.Handle {
	t.Helper()
	h, err := s.Book("script").Add(e, d.fire)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestRuns(t *testing.T) {
	s, d := start(t, nil)
	add(t, s, entry(t, "a", "*/20 * * * *"), d)
	d.clock.Advance(time.Hour)
	d.expect(t, "12:20:00", "12:40:00", "13:00:00")
	h := add(t, s, entry(t, "b", "@every 25m"), d)
	d.clock.Advance(50 * time.Minute)
	d.expect(t, "13:20:00", "13:25:00", "13:40:00", "13:50:00")
	h.Cancel()
	h.Cancel()
	d.clock.Advance(25 * time.Minute)
	d.expect(t, "14:00:00")
	s.Close()
	d.clock.Advance(time.Hour)
	d.expect(t)
	if n := d.clock.Timers(); n != 0 {
		t.Errorf("%d timers are left", n)
	}
}

func TestPause(t *testing.T) {
	s, d := start(t, nil)
	h := add(t, s, entry(t, "a", "*/20 * * * *"), d)
	h.Pause()
	d.clock.Advance(50 * time.Minute)
	if i := h.Info(); !i.Paused || !i.Next.IsZero() {
		t.Errorf("paused: %+v", i)
	}
	h.Resume()
	d.clock.Advance(10 * time.Minute)
	d.expect(t, "13:00:00")
	if err := s.RunNow(schedule.Key{Owner: "script", ID: "a"}); err != nil {
		t.Error(err)
	}
	d.expect(t, "13:00:00")
	if err := s.RunNow(schedule.Key{Owner: "script", ID: "x"}); engine.CodeOf(err) != engine.NotFound {
		t.Errorf("running what is not there: %v", err)
	}
}

func TestOverlap(t *testing.T) {
	for _, tt := range []struct {
		rule schedule.Overlap
		want []string
	}{
		{schedule.OverlapSkip, []string{"12:20:00", "|", "13:20:00"}},
		{schedule.OverlapQueue, []string{"12:20:00", "|", "12:40:00@13:05:00", "|", "13:00:00@13:05:00", "|", "13:20:00"}},
		{schedule.OverlapParallel, []string{"12:20:00", "12:40:00", "13:00:00", "|", "|", "|", "13:20:00"}},
	} {
		t.Run(string(tt.rule), func(t *testing.T) {
			s, d := start(t, nil)
			e := entry(t, "a", "*/20 * * * *")
			e.Overlap = tt.rule
			add(t, s, e, d)
			d.hold = true
			d.clock.Advance(65 * time.Minute)
			for len(d.open) > 0 {
				d.lines = append(d.lines, "|")
				d.end()
			}
			d.hold = false
			d.clock.Advance(15 * time.Minute)
			d.expect(t, tt.want...)
		})
	}
}

// jumpy is a clock whose time of day is set or goes on while its timers stand still.
type jumpy struct {
	*enginetest.Clock
	off time.Duration
}

func (c *jumpy) Now() time.Time { return c.Clock.Now().Add(c.off) }

// A machine that sleeps stops timers and not the time; who sets the clock likewise.
func TestTimeOfDay(t *testing.T) {
	for _, tt := range []struct {
		name   string
		missed schedule.Missed
		grace  time.Duration
		jump   time.Duration
		then   time.Duration
		want   []string
	}{
		{"slept, skip", schedule.MissedSkip, 0, 100 * time.Minute, 30 * time.Minute, []string{"14:00:00"}},
		{"slept, once", schedule.MissedOnce, 0, 100 * time.Minute, 30 * time.Minute, []string{"13:40:00", "14:00:00"}},
		{"slept, all", schedule.MissedAll, 0, 100 * time.Minute, 30 * time.Minute, []string{"12:20:00", "12:40:00", "13:00:00", "13:20:00", "13:40:00", "14:00:00"}},
		{"slept, all with grace", schedule.MissedAll, 45 * time.Minute, 100 * time.Minute, 30 * time.Minute, []string{"13:00:00", "13:20:00", "13:40:00", "14:00:00"}},
		{"slept, once and too late", schedule.MissedOnce, 2 * time.Minute, 105 * time.Minute, 20 * time.Minute, []string{"14:00:00"}},
		{"set back a little", schedule.MissedSkip, 0, -10 * time.Minute, 35 * time.Minute, []string{"12:20:00"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &jumpy{Clock: enginetest.NewClock(noon.Add(time.Minute))}
			d := &diary{clock: c.Clock}
			s := schedule.New(schedule.Options{Clock: c})
			defer s.Close()
			e := entry(t, "a", "*/20 * * * *")
			e.Missed, e.Grace = tt.missed, tt.grace
			if _, err := s.Book("script").Add(e, func(r *schedule.Run) {
				r.Begin()
				d.lines = append(d.lines, r.At.Format("15:04:05"))
				r.End()
			}); err != nil {
				t.Fatal(err)
			}
			c.Advance(0)
			c.off = tt.jump
			c.Advance(tt.then)
			d.expect(t, tt.want...)
		})
	}
}

func TestSetBackFar(t *testing.T) {
	c := &jumpy{Clock: enginetest.NewClock(noon), off: 10 * 365 * 24 * time.Hour}
	s := schedule.New(schedule.Options{Clock: c})
	defer s.Close()
	runs := 0
	if _, err := s.Book("script").Add(entry(t, "a", "*/20 * * * *"), func(r *schedule.Run) { runs++; r.Begin(); r.End() }); err != nil {
		t.Fatal(err)
	}
	c.Advance(time.Hour)
	c.off = 0
	c.Advance(time.Hour)
	if runs != 6 {
		t.Errorf("%d runs in two hours, want 6", runs)
	}
}

func TestDurable(t *testing.T) {
	var j schedule.MemoryJournal
	s, d := start(t, &j)
	e := entry(t, "a", "*/20 * * * *")
	e.Durable, e.Missed = true, schedule.MissedOnce
	h := add(t, s, e, d)
	d.clock.Advance(20 * time.Minute)
	d.expect(t, "12:20:00")
	h.Release()
	d.clock.Advance(50 * time.Minute)
	d.expect(t)
	h = add(t, s, e, d)
	d.clock.Advance(0)
	d.expect(t, "13:00:00@13:10:00")
	h.Pause()
	d.clock.Advance(0)
	s.Close()

	again := schedule.New(schedule.Options{Clock: d.clock, Journal: &j}) // as after a restart
	defer again.Close()
	h = add(t, again, e, d)
	d.clock.Advance(time.Hour)
	d.expect(t)
	if i := h.Info(); !i.Paused || !i.Last.Equal(noon.Add(time.Hour)) {
		t.Errorf("after the restart: %+v", i)
	}
	h.Resume()
	d.clock.Advance(20 * time.Minute)
	d.expect(t, "14:20:00")
	h.Cancel()
	d.clock.Advance(0)
	if _, ok, _ := j.Load(schedule.Key{Owner: "script", ID: "a"}); ok {
		t.Error("a cancelled entry is in the journal still")
	}
}

// What was missed before the start waits for Open, and only that.
func TestOpen(t *testing.T) {
	var j schedule.MemoryJournal
	s, d := start(t, &j)
	missed := entry(t, "missed", "*/20 * * * *")
	missed.Durable, missed.Missed = true, schedule.MissedOnce
	left := missed
	left.ID, left.Missed = "left out", schedule.MissedSkip
	add(t, s, missed, d).Release()
	add(t, s, left, d).Release()
	d.clock.Advance(0)
	s.Close()
	d.clock.Advance(50 * time.Minute)
	again := schedule.New(schedule.Options{Clock: d.clock, Journal: &j, Hold: true})
	defer again.Close()
	add(t, again, missed, d)
	add(t, again, left, d)
	add(t, again, entry(t, "new", "* * * * *"), d)
	d.clock.Advance(90 * time.Second)
	d.expect(t, "12:51:00")
	again.Open()
	again.Open()
	d.clock.Advance(time.Second)
	d.expect(t, "12:40:00@12:51:30")
	d.clock.Advance(10 * time.Minute)
	if n := slices.Index(d.lines, "13:00:00"); n < 0 || d.lines[n+1] != "13:00:00" {
		t.Errorf("ran %q", d.lines)
	}
}

// brittle is a journal that fails when told to, and shows what was recorded.
type brittle struct {
	schedule.MemoryJournal
	broken bool
	saved  []string
}

func (j *brittle) Save(k schedule.Key, r schedule.Record) error {
	if j.broken {
		return errors.New("disk full")
	}
	j.saved = append(j.saved, r.Last.Format("15:04"))
	return j.MemoryJournal.Save(k, r)
}

// What is due is recorded before it runs, and waits while it cannot be.
func TestRecordedFirst(t *testing.T) {
	var j brittle
	s, d := start(t, &j)
	e := entry(t, "a", "*/20 * * * *")
	e.Durable = true
	if _, err := s.Book("script").Add(e, func(r *schedule.Run) {
		if last := j.saved[len(j.saved)-1]; last != r.At.Format("15:04") {
			t.Errorf("the run of %s begins, and %s was recorded last", r.At.Format("15:04"), last)
		}
		d.fire(r)
	}); err != nil {
		t.Fatal(err)
	}
	d.clock.Advance(20 * time.Minute)
	d.expect(t, "12:20:00")
	j.broken = true
	d.clock.Advance(20*time.Minute + 30*time.Second)
	d.expect(t)
	j.broken = false
	d.clock.Advance(2 * time.Second)
	d.expect(t, "12:40:00@12:40:31")
}

// A new holder gets what the old one has not begun, once.
func TestTakeOver(t *testing.T) {
	s, d := start(t, nil)
	e := entry(t, "a", "*/20 * * * *")
	e.Durable = true
	var waiting []*schedule.Run
	old, err := s.Book("script").Add(e, func(r *schedule.Run) { waiting = append(waiting, r) })
	if err != nil {
		t.Fatal(err)
	}
	d.clock.Advance(20 * time.Minute)
	if len(waiting) != 1 {
		t.Fatalf("%d runs", len(waiting))
	}
	add(t, s, e, d)
	d.expect(t, "12:20:00")
	if waiting[0].Begin() {
		t.Error("the old holder begins what the new one has run")
	}
	old.Release()
	old.Cancel()
	d.clock.Advance(20 * time.Minute)
	d.expect(t, "12:40:00")
}

func TestMood(t *testing.T) {
	s, d := start(t, nil)
	e := entry(t, "a", "*/20 * * * *")
	glob, err := engine.ParseRoomGlob("lobby/*")
	if err != nil {
		t.Fatal(err)
	}
	e.Mood = schedule.Mood{Speakers: 2, Lines: 3, Rooms: []engine.RoomGlob{glob}}
	h := add(t, s, e, d)
	say := func(session engine.SessionID, name string, change ...func(*engine.Event)) {
		ev := &engine.Event{Session: session, Room: engine.Room{ID: "r"}, User: engine.User{Name: name}, Body: engine.Message{Text: "hi"}}
		for _, f := range change {
			f(ev)
		}
		s.Hear(ev)
	}
	self := func(ev *engine.Event) { ev.Self = true }
	old := func(ev *engine.Event) { ev.History = true }
	private := func(ev *engine.Event) { ev.Body = engine.Message{Private: true} }
	left := func(ev *engine.Event) { ev.Body = engine.Left{} }
	say("lobby", "ann")
	say("lobby", "ann")
	say("lobby", "ann")
	say("lobby", "botd", self)
	say("lobby", "bob", old)
	say("lobby", "bob", private)
	say("lobby", "bob", left)
	say("other", "bob")
	d.clock.Advance(20 * time.Minute)
	d.expect(t)
	say("lobby", "bob")
	d.clock.Advance(20 * time.Minute)
	d.expect(t, "12:40:00")
	say("lobby", "ann")
	say("lobby", "bob")
	d.clock.Advance(20 * time.Minute)
	d.expect(t)
	say("lobby", "ann")
	d.clock.Advance(20 * time.Minute)
	d.expect(t, "13:20:00")
	h.Cancel()
}

func TestQuota(t *testing.T) {
	s, d := start(t, nil)
	for i := range schedule.MaxEntries {
		add(t, s, entry(t, fmt.Sprint(i), "@daily"), d)
	}
	if _, err := s.Book("script").Add(entry(t, "more", "@daily"), d.fire); engine.CodeOf(err) != engine.Quota {
		t.Errorf("one too many: %v", err)
	}
	if _, err := s.Book("other").Add(entry(t, "more", "@daily"), d.fire); err != nil {
		t.Errorf("another owner: %v", err)
	}
}

// However often and whenever one asks, each time is settled once and in order, and what
// is asked at the time of Wake is punctual.
func TestPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"*/5 * * * *", "@every 7m", "0 */2 * * *", "30 1 * * *", "@every 90s"}).Draw(t, "spec")
		spec, err := schedule.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		zone, err := time.LoadLocation("Europe/Rome")
		if err != nil {
			t.Fatal(err)
		}
		e := &schedule.Entry{ID: "x", Timetable: schedule.Timetable{Spec: spec, Zone: zone}}
		e.Missed = rapid.SampledFrom([]schedule.Missed{"", schedule.MissedSkip, schedule.MissedOnce, schedule.MissedAll}).Draw(t, "missed")
		e.Grace = time.Duration(rapid.IntRange(0, 3).Draw(t, "grace")) * 30 * time.Minute
		e.Jitter = time.Duration(rapid.IntRange(0, 2).Draw(t, "jitter")) * 4 * time.Minute
		start := time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC)
		all := listed(e.Timetable, start, start.Add(48*time.Hour))
		last, now, wake := start, start, start
		ran := map[time.Time]bool{}
		for range rapid.IntRange(1, 30).Draw(t, "asks") {
			punctual := rapid.Bool().Draw(t, "at the time")
			if punctual {
				now = wake
			} else {
				now = now.Add(time.Duration(rapid.IntRange(0, 3600).Draw(t, "later")) * time.Second)
			}
			if now.Before(last) || now.Sub(start) > 24*time.Hour {
				break
			}
			p := schedule.Plan(e, last, now)
			if !slices.IsSortedFunc(p.Due, time.Time.Compare) {
				t.Fatalf("due out of order: %s", p.Due)
			}
			for _, d := range p.Due {
				if ran[d] || !d.After(last) || d.After(p.Last) || d.After(now) || !slices.ContainsFunc(all, d.Equal) {
					t.Fatalf("%s is due at %s after %s, until %s; ran %v", d, now, last, p.Last, ran[d])
				}
				ran[d] = true
			}
			if e.Missed != schedule.MissedAll && len(p.Due) > 1 {
				t.Fatalf("%d runs at once", len(p.Due))
			}
			if punctual && now.Equal(wake) && wake.After(start) && len(p.Due) == 0 {
				t.Fatalf("nothing is due at %s, when it was to be", now)
			}
			if !p.Wake.After(now) {
				t.Fatalf("asked at %s and told to ask again at %s", now, p.Wake)
			}
			if e.Missed == schedule.MissedAll && e.Grace == 0 {
				n := 0
				for _, a := range all {
					if a.After(last) && !a.After(p.Last) {
						n++
					}
				}
				if len(p.Due) != min(n, schedule.MaxCatchUp) {
					t.Fatalf("%d of %d runs are made up for", len(p.Due), n)
				}
			}
			last, wake = p.Last, p.Wake
		}
	})
}

func TestJitter(t *testing.T) {
	e := entry(t, "a", "0 * * * *")
	e.Jitter = 10 * time.Minute
	delays := map[time.Duration]bool{}
	for last, i := noon, 0; i < 50; i++ {
		p := schedule.Plan(&e, last, last)
		delay := p.Wake.Sub(last.Add(time.Hour))
		if delay < 0 || delay >= e.Jitter {
			t.Fatalf("a delay of %s", delay)
		}
		delays[delay] = true
		last = last.Add(time.Hour)
	}
	if len(delays) < 40 {
		t.Errorf("%d different delays in 50", len(delays))
	}
	if strings.Count(fmt.Sprint(delays), "0s:") > 1 {
		t.Error("no delay at all, twice")
	}
}
