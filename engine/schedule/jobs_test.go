package schedule_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"botd/engine"
	"botd/engine/enginetest"
	"botd/engine/schedule"
)

// worker notes the jobs it is given; they end at once unless it holds them.
type worker struct {
	clock *enginetest.Clock
	hold  bool
	lazy  bool // it does not begin them
	open  []*schedule.JobRun
	lines []string
}

func (w *worker) fire(r *schedule.JobRun) {
	if w.lazy {
		w.open = append(w.open, r)
		return
	}
	w.begin(r)
}

func (w *worker) begin(r *schedule.JobRun) {
	if !r.Begin() {
		w.lines = append(w.lines, "refused")
		return
	}
	w.lines = append(w.lines, fmt.Sprintf("%s %v #%d %s", r.ID, r.Data, r.Attempt, w.clock.Now().Format("15:04:05")))
	if w.hold {
		w.open = append(w.open, r)
	} else {
		r.End(true)
	}
}

func (w *worker) expect(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(w.lines, want) {
		t.Errorf("did %q, want %q", w.lines, want)
	}
	w.lines = nil
}

func jobs(t *testing.T, j schedule.JobJournal) (*schedule.Jobs, *worker) {
	t.Helper()
	w := &worker{clock: enginetest.NewClock(noon)}
	s := schedule.NewJobs(w.clock, slog.New(slog.NewTextHandler(io.Discard, nil)), j)
	t.Cleanup(s.Close)
	if err := s.Load(); err != nil {
		t.Fatal(err)
	}
	s.Open()
	return s, w
}

func once(t *testing.T, s *schedule.Jobs, id string, in time.Duration, data any) {
	t.Helper()
	s.Add("script", schedule.Job{ID: id, Name: "n", At: noon.Add(in), Data: data}, func(err error) {
		if err != nil {
			t.Errorf("add %s: %v", id, err)
		}
	})
}

func TestJobs(t *testing.T) {
	kept := &schedule.MemoryJobs{}
	s, w := jobs(t, kept)
	once(t, s, "b", 2*time.Hour, "two")
	once(t, s, "a", time.Hour, "one")
	once(t, s, "past", -time.Hour, nil)
	w.clock.Advance(90 * time.Minute)
	w.expect(t) // nobody does them yet
	d := s.Define("script", "n", w.fire)
	w.clock.Advance(time.Second)
	w.expect(t, "past <nil> #1 13:30:00", "a one #1 13:30:00")
	w.clock.Advance(time.Hour)
	w.expect(t, "b two #1 14:00:00")
	if list, _ := kept.Jobs(); len(list) != 0 {
		t.Errorf("left in the journal: %v", list)
	}
	once(t, s, "c", 3*time.Hour, 1)
	once(t, s, "c", 4*time.Hour, 2) // in its place
	once(t, s, "d", 4*time.Hour, 3)
	s.Cancel(schedule.Key{Owner: "script", ID: "d"}, func(err error) {
		if err != nil {
			t.Error(err)
		}
	})
	s.Cancel(schedule.Key{Owner: "script", ID: "d"}, func(err error) {
		if engine.CodeOf(err) != engine.NotFound {
			t.Error(err)
		}
	})
	w.clock.Advance(3 * time.Hour)
	w.expect(t, "c 2 #1 16:00:00")
	d.Release()
	once(t, s, "e", 5*time.Hour, 4)
	w.clock.Advance(3 * time.Hour)
	w.expect(t)
	if list := s.Of(""); len(list) != 1 || !list[0].Undefined || list[0].ID != "e" {
		t.Errorf("jobs %+v", list)
	}
}

// A job that was cut off is begun again, by whoever does it then, and says so.
func TestJobIsBegunAgain(t *testing.T) {
	kept := &schedule.MemoryJobs{}
	s, w := jobs(t, kept)
	first := s.Define("script", "n", w.fire)
	once(t, s, "a", time.Minute, nil)
	w.hold = true
	w.clock.Advance(time.Minute)
	w.expect(t, "a <nil> #1 12:01:00")
	second := s.Define("script", "n", w.fire)
	first.Release()
	w.clock.Advance(time.Minute)
	w.expect(t) // what the first has begun is its own affair
	w.open[0].End(false)
	w.clock.Advance(time.Second)
	w.expect(t, "a <nil> #2 12:02:00")
	s.Close() // as in a crash
	w.open[1].End(false)

	s, w = jobs(t, kept)
	w.clock.Advance(time.Minute)
	s.Define("script", "n", w.fire)
	w.clock.Advance(time.Second)
	w.expect(t, "a <nil> #3 12:01:00")
	s.Close()
	s, w = jobs(t, kept)
	s.Define("script", "n", w.fire)
	w.clock.Advance(time.Hour)
	w.expect(t)
	second.Release()
}

// A job that is not begun passes to the next definition, and that is no second attempt.
func TestJobPassesOn(t *testing.T) {
	s, w := jobs(t, &schedule.MemoryJobs{})
	w.lazy = true
	s.Define("script", "n", w.fire)
	once(t, s, "a", time.Minute, nil)
	w.clock.Advance(time.Minute)
	w.lazy = false
	s.Define("script", "n", w.fire)
	w.clock.Advance(time.Second)
	w.begin(w.open[0])
	w.expect(t, "a <nil> #1 12:01:00", "refused")
}

// What was due before the start waits for Open; what is due later does not.
func TestJobsWaitForOpen(t *testing.T) {
	kept := &schedule.MemoryJobs{}
	s, w := jobs(t, kept)
	once(t, s, "missed", -time.Minute, nil)
	s.Close()
	s = schedule.NewJobs(w.clock, slog.New(slog.DiscardHandler), kept)
	defer s.Close()
	if err := s.Load(); err != nil {
		t.Fatal(err)
	}
	s.Define("script", "n", w.fire)
	once(t, s, "new", time.Minute, nil)
	w.clock.Advance(2 * time.Minute)
	w.expect(t, "new <nil> #1 12:01:00")
	s.Open()
	w.clock.Advance(time.Second)
	w.expect(t, "missed <nil> #1 12:02:00")
}

func TestJobIsGivenUp(t *testing.T) {
	kept := &schedule.MemoryJobs{}
	for i := range schedule.MaxAttempts + 2 {
		s, w := jobs(t, kept)
		if i == 0 {
			once(t, s, "a", 0, nil)
		}
		w.hold = true
		s.Define("script", "n", w.fire)
		w.clock.Advance(time.Second)
		if i < schedule.MaxAttempts {
			w.expect(t, fmt.Sprintf("a <nil> #%d 12:00:00", i+1))
		} else {
			w.expect(t)
		}
		s.Close()
	}
}

// unreliable is a journal that fails, and remembers what it was told in order.
type unreliable struct {
	schedule.MemoryJobs
	fails   bool
	pending []func()
	late    bool // answers when told to
}

var errDisk = errors.New("disk full")

func (u *unreliable) do(f func(func(error)), done func(error)) {
	answer := func() {
		if u.fails {
			done(errDisk)
			return
		}
		f(done)
	}
	if u.late {
		u.pending = append(u.pending, answer)
		return
	}
	answer()
}

func (u *unreliable) Save(owner string, j schedule.Job, done func(error)) {
	u.do(func(done func(error)) { u.MemoryJobs.Save(owner, j, done) }, done)
}

func (u *unreliable) Delete(k schedule.Key, done func(error)) {
	u.do(func(done func(error)) { u.MemoryJobs.Delete(k, done) }, done)
}

// No job begins that is not written down, and none is forgotten because the disk is full.
func TestJobsAreRecordedFirst(t *testing.T) {
	u := &unreliable{}
	s, w := jobs(t, u)
	s.Define("script", "n", w.fire)
	once(t, s, "a", time.Minute, nil)
	u.fails = true
	s.Add("script", schedule.Job{ID: "b", Name: "n", At: noon}, func(err error) {
		if !errors.Is(err, errDisk) {
			t.Errorf("added with %v", err)
		}
	})
	w.clock.Advance(2 * time.Minute)
	w.expect(t)
	u.fails = false
	w.clock.Advance(2 * time.Second)
	w.expect(t, "a <nil> #1 12:02:01")
	once(t, s, "c", 3*time.Minute, nil)
	w.hold = true
	w.clock.Advance(time.Minute)
	u.fails = true
	w.open[0].End(true) // its removal fails
	w.clock.Advance(time.Minute)
	u.fails = false
	w.clock.Advance(time.Minute)
	w.expect(t, "c <nil> #1 12:03:00")
	if list, _ := u.Jobs(); len(list) != 0 {
		t.Errorf("left in the journal: %v", list)
	}
}

// Writes about one job reach the journal one after another: a late one does not undo what
// came after it.
func TestWritesOfAJobKeepTheirOrder(t *testing.T) {
	u := &unreliable{late: true}
	s, w := jobs(t, u)
	s.Define("script", "n", w.fire)
	acknowledged := 0
	for i := range 3 {
		s.Add("script", schedule.Job{ID: "a", Name: "n", At: noon.Add(time.Hour), Data: i}, func(error) { acknowledged++ })
	}
	if len(u.pending) != 1 {
		t.Errorf("%d writes are under way", len(u.pending))
	}
	for len(u.pending) > 0 {
		f := u.pending[0]
		u.pending = u.pending[1:]
		f()
	}
	list, _ := u.Jobs()
	if j := list[schedule.Key{Owner: "script", ID: "a"}]; j.Data != 2 || acknowledged != 3 {
		t.Errorf("kept %v, %d acknowledged", list, acknowledged)
	}
}

func TestJobQuota(t *testing.T) {
	s, _ := jobs(t, &schedule.MemoryJobs{})
	for i := range schedule.MaxJobs {
		once(t, s, fmt.Sprint(i), time.Hour, nil)
	}
	s.Add("script", schedule.Job{ID: "more", Name: "n", At: noon}, func(err error) {
		if engine.CodeOf(err) != engine.Quota {
			t.Errorf("got %v", err)
		}
	})
	once(t, s, "7", 2*time.Hour, nil) // takes no room
	s.Add("other", schedule.Job{ID: "more", Name: "n", At: noon}, func(err error) {
		if err != nil {
			t.Errorf("of another script: %v", err)
		}
	})
}

func TestJobDataQuota(t *testing.T) {
	s, _ := jobs(t, &schedule.MemoryJobs{})
	add := func(owner, id string, bytes int) (err error) {
		s.Add(owner, schedule.Job{ID: id, Name: "n", At: noon.Add(time.Hour), Data: strings.Repeat("x", bytes)}, func(e error) { err = e })
		return err
	}
	const half = schedule.MaxJobData/2 - 100
	for id, err := range map[string]error{"a": add("script", "a", half), "b": add("script", "b", half), "in its place": add("script", "a", half), "of another": add("other", "c", half)} {
		if err != nil {
			t.Errorf("job %s: %v", id, err)
		}
	}
	if err := add("script", "c", 1000); engine.CodeOf(err) != engine.Quota || !strings.Contains(err.Error(), "4 MiB") {
		t.Errorf("got %v", err)
	}
	s.Cancel(schedule.Key{Owner: "script", ID: "b"}, func(error) {})
	if err := add("script", "c", 1000); err != nil {
		t.Error(err)
	}
}

// Whatever happens, in whatever order, a job ends once, and each one that was acknowledged
// ends.
func TestEveryJobEndsOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		kept := &schedule.MemoryJobs{}
		clock := enginetest.NewClock(noon)
		var s *schedule.Jobs
		var running []*schedule.JobRun
		ended := map[string]int{}
		var log strings.Builder
		fire := func(r *schedule.JobRun) {
			if r.Begin() {
				fmt.Fprintf(&log, "begin %s #%d\n", r.ID, r.Attempt)
				running = append(running, r)
			}
		}
		crash := func(*rapid.T) {
			if s != nil {
				s.Close()
			}
			running = nil
			s = schedule.NewJobs(clock, slog.New(slog.DiscardHandler), kept)
			if err := s.Load(); err != nil {
				rt.Fatal(err)
			}
			s.Define("o", "n", fire)
			s.Open()
			log.WriteString("restart\n")
		}
		crash(nil)
		crashes, made := 0, 0
		rt.Repeat(map[string]func(*rapid.T){
			"add": func(rt *rapid.T) {
				made++
				s.Add("o", schedule.Job{ID: fmt.Sprint(made), Name: "n", At: clock.Now().Add(time.Duration(rapid.IntRange(-5, 60).Draw(rt, "in")) * time.Second)}, func(err error) {
					if err != nil {
						rt.Fatal(err)
					}
				})
			},
			"end": func(rt *rapid.T) {
				if len(running) == 0 {
					return
				}
				i := rapid.IntRange(0, len(running)-1).Draw(rt, "which")
				ended[running[i].ID]++
				running[i].End(true)
				running = slices.Delete(running, i, i+1)
			},
			"cut off": func(rt *rapid.T) {
				if crashes++; len(running) > 0 && crashes < schedule.MaxAttempts {
					running[0].End(false)
					running = running[1:]
				}
			},
			"crash": func(rt *rapid.T) {
				if crashes++; crashes < schedule.MaxAttempts {
					crash(rt)
				}
			},
			"redefine": func(*rapid.T) { s.Define("o", "n", fire) },
			"time":     func(rt *rapid.T) { clock.Advance(time.Duration(rapid.IntRange(0, 30).Draw(rt, "s")) * time.Second) },
		})
		for range 3 {
			clock.Advance(time.Hour)
			for _, r := range running {
				ended[r.ID]++
				r.End(true)
			}
			running = nil
		}
		for i := 1; i <= made; i++ {
			if n := ended[fmt.Sprint(i)]; n != 1 {
				rt.Fatalf("job %d ended %d times\n%s", i, n, &log)
			}
		}
		if list := s.Of("o"); len(list) != 0 {
			rt.Fatalf("left: %v", list)
		}
		s.Close()
	})
}
