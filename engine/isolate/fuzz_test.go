package isolate

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/metric"
	"botd/engine/moderate"
	"botd/engine/schedule"
	"botd/engine/script"
	"botd/engine/trace"
)

// still is a door behind which nothing happens, and nothing that the daemon could not
// stand gets through.
type still struct {
	t        *testing.T
	schedule *schedule.Scheduler
	jobs     *schedule.Jobs
}

func (d still) Do(r script.Request, done func(engine.Receipt)) {
	if r.Action == nil || r.Lane >= engine.LaneCount || r.Origin.Script != "a" {
		d.t.Errorf("request %+v", r)
	}
	_, _ = engine.MarshalAction(r.Action)
	done(engine.Receipt{Status: engine.Sent})
}

func (d still) Store(r script.StoreRequest, done func(script.StoreAnswer)) {
	if r.Limit < 0 || r.Limit > maxListed {
		d.t.Errorf("request %+v", r)
	}
	done(script.StoreAnswer{Entries: []script.StoreEntry{{Key: r.Key, Value: r.Value}}})
}

func (d still) Fetch(r script.FetchRequest, done func(script.FetchAnswer)) func() {
	if r.Origin.Script != "a" {
		d.t.Errorf("request %+v", r)
	}
	done(script.FetchAnswer{Status: 200})
	return func() {}
}

func (d still) Hook(script.Origin, script.Hook, func(script.HookCall, func(script.HookReply))) (func(), error) {
	return func() {}, nil
}

func (d still) LoadState(script.Origin) ([]byte, error)           { return []byte("{}"), nil }
func (d still) SaveState(script.Origin, []byte, []engine.EventID) {}
func (still) GiveRole(_ script.Origin, _ engine.SessionID, _ engine.User, _ engine.Role, done func(error)) {
	done(nil)
}

func (still) Filters(script.Origin) error              { return nil }
func (still) Metric(script.Origin, metric.Point) error { return nil }

func (d still) Emit(_ script.Origin, name string, data any) error {
	if engine.IsKind(engine.Kind(name)) || deeper(data, maxDepth) {
		d.t.Errorf("emitted %q", name)
	}
	return nil
}

func (still) Caps(engine.SessionID, engine.RoomID) (engine.Capabilities, error) {
	return engine.Capabilities{}, nil
}
func (still) Commands(engine.SessionID) []engine.Command        { return nil }
func (still) Offers(engine.RoomPath, string) []script.Offer     { return nil }
func (still) Rooms() []script.RoomState                         { return nil }
func (still) Sessions() []script.SessionState                   { return nil }
func (still) Users(engine.RoomPath) []engine.User               { return nil }
func (still) Recent(engine.RoomPath, int) []*engine.Event       { return nil }
func (still) Log(script.Origin, string, string, map[string]any) {}
func (d still) Schedule(o script.Origin) (script.Schedule, error) {
	return script.ScheduleOf(d.schedule, d.jobs, o.Script), nil
}
func (still) Reveal(script.Origin, engine.Private) (string, error) {
	return "", engine.Errorf(engine.Denied, "nothing is told")
}

func (still) Question(_ script.Origin, _ script.Question, _ func(*engine.Event), kept func()) (func(bool), error) {
	kept()
	return func(bool) {}, nil
}

func (d still) Moderation(script.Origin) (script.Moderation, error) {
	return nil, engine.Errorf(engine.Unsupported, "nobody moderates here")
}

func (d still) Cooldown(_ script.Origin, holds []script.Hold) time.Duration {
	for _, h := range holds {
		if len(holds) > script.MaxHolds || len(h.Key) > script.MaxHoldKey || h.For < 0 || h.For > script.MaxWait {
			d.t.Errorf("holds %+v", holds)
		}
	}
	return 0
}

func (still) Rand() uint64 { return 0 }

// Whatever a child sends, the daemon does not panic, and its books balance.
func FuzzChild(f *testing.F) {
	seed := func(frames ...outgoing) {
		var b []byte
		for _, fr := range frames {
			b = fr.encode(b)
		}
		f.Add(b)
	}
	action, err := engine.MarshalAction(engine.Say{Room: "r", Text: "x"})
	if err != nil {
		f.Fatal(err)
	}
	seed(outgoing{kindRuled, 1, dispatch.Ruling{Drop: true}}, outgoing{kindRuled, 1, dispatch.Ruling{Changed: true, Text: "x"}}, outgoing{kindRuled, 7, dispatch.Ruling{Failed: "because"}}, outgoing{kindFilters, 2, origin{}})
	in := interest{Screens: []screenInterest{{dispatch.Screen{Priority: 1, Order: 3}, []string{"s/*"}, "a.lua:1"}}, Kinds: []kindInterest{{"message", true, true}}, Commands: []commandInterest{{Names: []string{"ping"}, Roles: []string{"admin"}, About: dispatch.About{Help: "x"}}}}
	seed(outgoing{kindReady, 0, ready{"no"}}, outgoing{kindLoaded, 0, loaded{Interest: in}}, outgoing{kindState, 0, state{Taken: 2, Seen: 1, Interest: &in}})
	seed(outgoing{kindFetch, 1, fetchRequest{URL: []byte("http://x"), Retry: 7}}, outgoing{kindAbort, 1, none{}}, outgoing{kindFetch, 2, fetchRequest{Headers: []header{{"a", nil}}}})
	seed(outgoing{kindDo, 1, request{Session: "s", Action: action, Lane: 1}}, outgoing{kindStore, 2, storeRequest{Op: script.StoreSet, Key: []byte("k"), Value: []byte(`{"$bytes":"/w=="}`)}})
	seed(outgoing{kindSchedule, 3, scheduled{Number: 1, ID: "i", Spec: "@every 1h", Zone: "UTC"}}, outgoing{kindPlan, 4, 1}, outgoing{kindAlter, 5, verb{1, "cancel"}})
	seed(outgoing{kindBegin, 6, 1}, outgoing{kindRunEnd, 0, 1}, outgoing{kindEmit, 7, emitted{Name: "a.b", Data: []any{1}}}, outgoing{kindModule, 8, moduleQuestion{"m"}})
	seed(outgoing{kindFault, 0, script.Error{Msg: "x"}}, outgoing{kindLog, 0, logLine{Msg: "x"}}, outgoing{kindPong, 1, pong{}}, outgoing{kindUnloaded, 0, unloaded{Taken: 3}})
	seed(outgoing{kindQuestion, 1, question{Number: 1}}, outgoing{kindQuestion, 2, question{Number: 1}}, outgoing{kindQuestionEnd, 0, questionEnd{Number: 1}})
	seed(outgoing{kindTrace, 0, traced{"e", trace.Step{Reason: trace.Cooldown, Text: "x", Action: "kick", Ran: -1}}}, outgoing{kindTrace, 0, traced{"e", trace.Step{Reason: "because"}}})
	seed(outgoing{kindCooldown, 1, cooldownQuestion{Holds: []script.Hold{{Key: "k", For: 1}, {Key: "l", For: -1}}}})
	seed(outgoing{kindDesk, 1, origin{}}, outgoing{kindRules, 2, ruled{Number: 1, Config: moderate.Config{Name: "r", Ladder: moderate.DefaultLadder()}}}, outgoing{kindUnrule, 1, none{}})
	seed(outgoing{kindModerate, 1, moderation{Cases: &moderate.Query{}}}, outgoing{kindModerate, 2, moderation{Act: &moderate.Order{}}}, outgoing{kindModerate, 3, moderation{}})
	seed(outgoing{kindGiveRole, 1, roleGift{Role: engine.Moderator}})
	seed(outgoing{kindMetric, 1, measured{Point: metric.Point{Name: "n", Value: 1}}}, outgoing{kindMetric, 2, measured{}})
	seed(outgoing{kindCaps, 1, capsQuestion{}}, outgoing{kindUsers, 1, "s/r"}, outgoing{kindOffers, 1, offersQuestion{"s/r", "x"}}, outgoing{kindRecent, 1, recentQuestion{"s/r", -1}}, outgoing{kindBook, 1, none{}})

	seed(outgoing{kindLoadState, 9, none{}}, outgoing{kindSaveState, 0, record(`{"version":1,"data":{}}`)}, outgoing{kindHeld, 0, none{}})

	seed(outgoing{kindDefine, 1, definition{1, "n"}}, outgoing{kindOnce, 2, job{ID: "i", Name: "n"}}, outgoing{kindJobs, 3, none{}}, outgoing{kindCancelJob, 4, "i"}, outgoing{kindJobEnd, 0, jobEnd{1, true}}, outgoing{kindUndefine, 5, 1})

	f.Fuzz(func(t *testing.T, data []byte) {
		d := still{t, schedule.New(schedule.Options{}), schedule.NewJobs(engine.SystemClock{}, slog.New(slog.DiscardHandler), &schedule.MemoryJobs{})}
		defer d.jobs.Close()
		defer d.schedule.Close()
		m := NewManager(Options{Log: slog.New(slog.DiscardHandler), Clock: engine.SystemClock{}, Door: d, Trace: func(s trace.Step) {
			if s.Script != "a" || s.Ran < 0 || s.Queued < 0 || s.Waited < 0 || s.Reason != "" && !s.Reason.Known() || s.Call != 0 || s.Status != "" && s.Status != engine.Failed {
				t.Errorf("the child had this believed: %+v", s)
			}
		}})
		s := &slot{m: m, name: "a", source: script.Source{Name: "a", Limits: script.DefaultLimits}}
		c := &child{
			m: m, s: s, source: s.source, proc: &os.Process{Pid: -1}, out: outlet{wake: make(chan struct{}, 1)}, uses: map[string]bool{},
			lines: rate.NewLimiter(1, 10), saves: rate.NewLimiter(1, 10), traces: rate.NewLimiter(1, 10), loaded: make(chan loaded, 1), unloaded: make(chan struct{}), gone: make(chan struct{}), plans: newPlans(),
		}
		s.cur = c
		s.table.Store(dispatch.NewBuilder(nil).Build())
		for i := range 5 {
			p := dispatch.Prepare(&engine.Event{Body: engine.Message{Text: fmt.Sprint(i)}}, engine.User{}, &dispatch.Prefixes{})
			s.deliver(&p)
		}
		in := newFrameReader(bytes.NewReader(data), maxFromChild)
		for {
			fr, err := in.next()
			if err != nil || c.handle(fr) != nil {
				break
			}
		}
		if len(c.flight) > 5 || c.actions != 0 || c.events != 5 {
			t.Errorf("%d events under way, %d actions, %d events sent", len(c.flight), c.actions, c.events)
		}
		for _, o := range c.out.frames {
			o.encode(nil)
		}
		_, _, _ = s.status(), m.Idle(), m.Tables().Commands()
		s.ended(c)
		if s.stop != nil {
			s.stop()
		}
		if n := len(d.schedule.List()); n != 0 {
			t.Errorf("%d entries are left", n)
		}
	})
}

func (still) Contest(_ script.ContestRequest, done func(script.ContestAnswer)) func() {
	done(script.ContestAnswer{Err: engine.Errorf(engine.NotConnected, "there are no polls and raffles here")})
	return func() {}
}
