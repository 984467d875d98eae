package rehearse

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"botd/engine"
	"botd/engine/config"
	"botd/engine/script"
	"botd/engine/store"
)

// trial is t, the case that runs, with its daemon, its rooms and its time.
type trial struct {
	w   *world
	ctx context.Context // ends when the case has taken too long
}

var caseClass = script.Class[*trial]{
	Name: "test_case",
	Members: []script.Member{
		script.PlainMethod("load", trialLoad), script.PlainMethod("reload", trialReload), script.PlainMethod("unload", trialUnload),
		script.PlainMethod("crash", trialCrash), script.PlainMethod("room", trialRoom), script.PlainMethod("http", trialHTTP), script.PlainMethod("post", trialPost),
		script.PlainMethod("answers", trialAnswers), script.PlainMethod("emit", trialEmit),
		script.PlainMethod("kv", trialKV), script.PlainMethod("set_kv", trialSetKV), script.PlainMethod("state", trialState),
		script.PlainMethod("expect_log", trialExpectLog), script.PlainMethod("expect_error", trialExpectError),
		script.PlainMethod("expect_no_leaks", trialExpectNoLeaks), script.Prop("clock", trialClock),
	},
	String: func(*trial) string { return "test_case" },
}

// step is one thing that happens in a test, with all that follows from it.
func (t *trial) step(c *script.Call, f func() error) {
	t.w.steps++
	err := t.wait(c, func() error {
		if err := f(); err != nil {
			return err
		}
		return t.w.settle(t.ctx)
	})
	t.check(c, err)
}

// wait waits for f, which runs beside: functions of the test answer requests meanwhile.
func (t *trial) wait(c *script.Call, f func() error) error {
	calls := t.w.web.pending()
	if calls == nil {
		return f()
	}
	done := make(chan error, 1)
	go func() { done <- f() }()
	var failed error
	for {
		select {
		case err := <-done:
			return errors.Join(failed, err)
		case call := <-calls:
			a, err := fileOf(c).answer(c, call)
			if err != nil {
				failed = err
			}
			call.reply <- a
		}
	}
}

// check raises what went wrong in a step: on our side, or in a script.
func (t *trial) check(c *script.Call, err error) {
	faults := t.w.takeFaults()
	var raised *script.RaisedError
	switch {
	case errors.As(err, &raised):
		c.Rethrow(err)
	case errors.Is(err, context.DeadlineExceeded):
		failWith(c, "", "the case took longer than %s of real time: a script runs on and on?", fileOf(c).run.opt.Timeout)
	case len(faults) > 0:
		failWith(c, faultText(faults[0]), "script %s: %s", faults[0].Script, faults[0].Error())
	case err != nil:
		failWith(c, "", "%s", err)
	}
}

// faultText shows where in a script something went wrong.
func faultText(e *script.Error) string {
	var b strings.Builder
	for _, l := range e.Excerpt {
		mark := " "
		if l.Line == e.Line {
			mark = ">"
		}
		fmt.Fprintf(&b, "%s %4d | %s\n", mark, l.Line, l.Text)
	}
	for _, l := range e.Trace {
		fmt.Fprintln(&b, l)
	}
	if e.Hint != "" {
		fmt.Fprintln(&b, "hint:", e.Hint)
	}
	return b.String()
}

type loadArgs struct {
	File string   `lua:"file"` // in the folder of scripts, as "order.lua"
	Opts loadOpts `lua:"opts,optional"`
}

// loadOpts are what config.yaml would say about the script.
type loadOpts struct {
	Config  map[string]any    `lua:"config,optional"`  // bot.config
	Grants  []string          `lua:"grants,optional"`  // what it may do; those of any script if nil
	Rooms   []string          `lua:"rooms,optional"`   // patterns of the rooms it sees; all if nil
	Secrets map[string]string `lua:"secrets,optional"` // what secret.get gives it; it needs the grant secrets too
}

// trialLoad loads a script, or loads it anew after it was saved. The case fails if it does not load.
func trialLoad(c *script.Call, t *trial, a loadArgs) script.None {
	entry := config.Script{Enabled: true, Isolation: config.IsolationNone, Config: a.Opts.Config, Grants: a.Opts.Grants, Rooms: a.Opts.Rooms}
	for name, text := range a.Opts.Secrets {
		if entry.Secrets == nil {
			entry.Secrets = map[string]engine.Secret{}
		}
		entry.Secrets[name] = engine.Secret(text)
	}
	t.step(c, func() error { return t.w.load(t.ctx, a.File, entry) })
	return script.None{}
}

type nameArgs struct {
	Script string `lua:"script,optional"` // without .lua; all if nil
}

// trialReload loads scripts anew, as saving them does: what they wait for ends, their state stays.
func trialReload(c *script.Call, t *trial, a nameArgs) script.None {
	for _, name := range t.scripts(c, a) {
		t.step(c, func() error { return t.w.host.Load(t.ctx, name, "saved") })
	}
	return script.None{}
}

// trialUnload ends scripts, as removing their files does.
func trialUnload(c *script.Call, t *trial, a nameArgs) script.None {
	for _, name := range t.scripts(c, a) {
		t.step(c, func() error { return t.w.unload(t.ctx, name) })
	}
	return script.None{}
}

// scripts are those that a call is about.
func (t *trial) scripts(c *script.Call, a nameArgs) []string {
	t.w.mu.Lock()
	loaded := slices.Clone(t.w.loaded)
	t.w.mu.Unlock()
	if a.Script == "" {
		return loaded
	}
	name := strings.TrimSuffix(a.Script, ".lua")
	if !slices.Contains(loaded, name) {
		c.BadArg("script", "%q is not loaded; loaded are: %s", name, strings.Join(loaded, ", "))
	}
	return []string{name}
}

// trialCrash ends the daemon without any warning and starts it again. What was stored is there
// again, what was not is lost.
func trialCrash(c *script.Call, t *trial, _ script.None) script.None {
	t.step(c, t.w.crash)
	return script.None{}
}

type emitArgs struct {
	Name string       `lua:"name"`
	Data script.Value `lua:"data,optional"` // plain data
}

// trialEmit publishes an event as bot.emit of some other script does.
func trialEmit(c *script.Call, t *trial, a emitArgs) script.None {
	data, err := c.Plain(a.Data)
	if err != nil {
		c.BadArg("data", "%s", err)
	}
	t.step(c, func() error {
		t.w.host.Publish(&engine.Event{Body: engine.Custom{Name: a.Name, Data: data, From: "test"}})
		return nil
	})
	return script.None{}
}

type kvArgs struct {
	Script string `lua:"script"` // whose values
	Key    string `lua:"key"`
}

// trialKV is a value that a script keeps under a key; nil if there is none.
func trialKV(c *script.Call, t *trial, a kvArgs) script.Value {
	e, err := t.w.store.Get(t.ctx, "kv/"+a.Script, a.Key)
	if engine.CodeOf(err) == engine.NotFound {
		return script.Value{}
	}
	t.check(c, err)
	v, err := store.Decode(e.Value)
	t.check(c, err)
	return c.PlainToLua(v, true)
}

type setKVArgs struct {
	Script string       `lua:"script"`
	Key    string       `lua:"key"`
	Value  script.Value `lua:"value"`
}

// trialSetKV has a script find a value, as if it had kept it before.
func trialSetKV(c *script.Call, t *trial, a setKVArgs) script.None {
	v, err := c.Plain(a.Value)
	if err != nil {
		c.BadArg("value", "%s", err)
	}
	t.step(c, func() error {
		b, err := store.Encode(v)
		if err != nil {
			return err
		}
		_, err = store.Commit(t.ctx, t.w.store, store.Put("kv/"+a.Script, a.Key, b))
		return err
	})
	return script.None{}
}

type stateArgs struct {
	Script string `lua:"script"`
}

// trialState is a copy of the table that a script got from state{}, as it is kept: at most a
// second old. nil if nothing is kept.
func trialState(c *script.Call, t *trial, a stateArgs) script.Value {
	e, err := t.w.store.Get(t.ctx, "state/"+a.Script, "state")
	if engine.CodeOf(err) == engine.NotFound {
		return script.Value{}
	}
	t.check(c, err)
	v, err := store.Decode(e.Value)
	t.check(c, err)
	record, _ := v.(map[string]any)
	return c.PlainToLua(record["data"], true)
}

type logArgs struct {
	Text  string   `lua:"text"`
	Level logLevel `lua:"level,optional"` // any if nil
}

type logLevel string

func (logLevel) Values() []string { return []string{"debug", "info", "warn", "error"} }

// trialExpectLog fails unless a script has logged a line with that text in it since the last call.
func trialExpectLog(c *script.Call, t *trial, a logArgs) script.None {
	t.w.mu.Lock()
	lines := t.w.logs
	i := slices.IndexFunc(lines, func(l logLine) bool {
		return strings.Contains(l.text, a.Text) && (a.Level == "" || string(a.Level) == l.level)
	})
	if i >= 0 {
		t.w.logs = lines[i+1:]
	}
	t.w.mu.Unlock()
	if i < 0 {
		var list []string
		for _, l := range lines {
			list = append(list, l.script+" "+l.level+": "+l.text)
		}
		failWith(c, listed("logged was", list), "no script logged %q", a.Text)
	}
	return script.None{}
}

type expectErrorArgs struct {
	Text string      `lua:"text"` // must be in the message
	Fn   script.Func `lua:"fn"`   // does what makes a script fail
}

// trialExpectError calls a function, and fails unless a script fails meanwhile.
func trialExpectError(c *script.Call, t *trial, a expectErrorArgs) script.None {
	_, err := c.Protected(a.Fn)
	var raised *script.RaisedError
	text := ""
	if errors.As(err, &raised) {
		text = c.Text(raised.Value)
	}
	switch {
	case err == nil:
		failWith(c, "", "no script failed; expected was an error with %q in it", a.Text)
	case !strings.Contains(text, a.Text):
		failWith(c, "", "expected an error with %q in it, got %q", a.Text, text)
	}
	return script.None{}
}

// trialExpectNoLeaks fails if something is left to do or to wait for: a handler of an event, a question
// to somebody, a line that is not sent, a request. Timers, schedules and tasks may go on.
func trialExpectNoLeaks(c *script.Call, t *trial, _ script.None) script.None {
	t.step(c, func() error { return nil })
	left := t.w.host.Left()
	var list []string
	for _, name := range slices.Sorted(maps.Keys(left.Waiting)) {
		list = append(list, fmt.Sprintf("%s of script %s", count(left.Waiting[name], "handler"), name))
	}
	for _, n := range []struct {
		n    int
		what string
	}{{left.Questions, "open question"}, {left.Unsent, "line on its way"}, {left.Requests, "request"}} {
		if n.n > 0 {
			list = append(list, count(n.n, n.what))
		}
	}
	if len(list) > 0 {
		failWith(c, "", "still there: %s", strings.Join(list, ", "))
	}
	return script.None{}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// trialClock is the time of the case.
func trialClock(t *trial) *trialTime { return &trialTime{t} }

// trialTime is the time of a case. It stands still until the test moves it, and begins each
// time at noon of the first of January 2030, in UTC.
type trialTime struct{ t *trial }

var clockClass = script.Class[*trialTime]{
	Name:    "test_clock",
	Members: []script.Member{script.PlainMethod("advance", clockAdvance), script.PlainMethod("now", clockNow), script.PlainMethod("advance_to", clockUntil)},
}

type advanceArgs struct {
	D time.Duration `lua:"d"`
}

// clockAdvance lets time pass. All that is due on the way happens at its own time, with all
// that follows from it.
func clockAdvance(c *script.Call, k *trialTime, a advanceArgs) script.None {
	if a.D < 0 {
		c.BadArg("d", "time does not go back")
	}
	k.t.w.steps++
	k.t.check(c, k.t.wait(c, func() error { return k.t.w.advance(k.t.ctx, a.D) }))
	return script.None{}
}

// clockNow is the time, as time.now() of a script.
func clockNow(_ *script.Call, k *trialTime, _ script.None) time.Time { return k.t.w.clock.Now() }

type untilArgs struct {
	At time.Time `lua:"at"` // unix seconds
}

// clockUntil lets time pass until it is a time to come, such as what time.parse returns.
func clockUntil(c *script.Call, k *trialTime, a untilArgs) script.None {
	d := a.At.Sub(k.t.w.clock.Now())
	if d < 0 {
		c.BadArg("at", "time does not go back")
	}
	return clockAdvance(c, k, advanceArgs{d})
}

// listed is a list under a heading, for details of a failure.
func listed(heading string, lines []string) string {
	if len(lines) == 0 {
		return heading + ": nothing"
	}
	return heading + ":\n  " + strings.Join(lines, "\n  ")
}
