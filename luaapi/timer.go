package luaapi

import (
	"time"

	"botd/engine"
	"botd/engine/script"
)

var globals = []*script.Function{
	script.Plain("sleep", sleep).Reads(), script.Fn("after", after), script.Fn("every", every),
	script.Fn("timeout", timeout), script.Plain("race", race), script.Plain("all", all), script.Plain("state", state).Grants(engine.GrantStore),
}

// timer calls a function later. It ends with the script's generation.
type timer = script.Timer

var timerClass = script.Class[*timer]{
	Name:    "timer",
	Members: []script.Member{script.PlainMethod("stop", timerStop)},
}

// timerStop ends the timer. To stop it twice does no harm.
func timerStop(_ *script.Call, t *timer, _ script.None) script.None {
	t.Stop()
	return script.None{}
}

type sleepArgs struct {
	D time.Duration `lua:"d"` // how long; nothing if it is below 0
}

// sleep waits. Other handlers of the script run meanwhile.
//
//	bot.command("tea", function(ev)
//	  ev:reply("put the kettle on")
//	  sleep("4m")
//	  ev:reply("your tea is ready, " .. ev.user.name)
//	end)
//	-- ann: !tea
//	-- botd: put the kettle on
//	-- wait 4m
//	-- botd: your tea is ready, ann
func sleep(c *script.Call, a sleepArgs) script.None {
	c.Sleep(min(max(a.D, 0), script.MaxWait))
	return script.None{}
}

type timerArgs struct {
	D  time.Duration `lua:"d"`
	Fn script.Func   `lua:"fn" type:"fun()"` // is called without arguments
}

// after calls a function once, d from now.
//
//	after("5s", function() bot.room("lobby/lobby"):say("five seconds later") end)
//	-- wait 5s
//	-- botd: five seconds later
func after(c *script.Call, a timerArgs) (*timer, error) {
	return c.After(min(max(a.D, 0), script.MaxWait), false, a.Fn)
}

// minEvery keeps a slip of the pen, such as every(0, fn), from being a busy loop.
const minEvery = 10 * time.Millisecond

// every calls a function again and again, d apart, the first time d from now. Beats
// that were missed because the script was busy are skipped.
//
//	local beat = every("10m", function() bot.room("lobby/lobby"):say("drink some water") end)
//	bot.command("enough", function() beat:stop() end)
//	-- wait 10m
//	-- botd: drink some water
//	-- ann: !enough
//	-- wait 1h
func every(c *script.Call, a timerArgs) (*timer, error) {
	if a.D < minEvery {
		c.BadArg("d", "expected a duration of at least %s, got %s", minEvery, a.D)
	}
	return c.After(min(a.D, script.MaxWait), true, a.Fn)
}

type timeoutArgs struct {
	D    time.Duration  `lua:"d"`                       // how long it may take, waits included
	Fn   script.Func    `lua:"fn" type:"fun(...): ..."` // what to run
	Args []script.Value `lua:"args,rest"`               // its arguments
}

// timeout runs a function and returns its results, or nil and an error with code
// "timeout" if it takes longer than d; it is then ended. What it raises, timeout raises.
//
//	bot.command("slow", function(ev)
//	  local answer, err = timeout("2s", function() sleep("1h") return "done" end)
//	  ev:reply(answer or err.message)
//	end)
//	-- ann: !slow
//	-- wait 2s
//	-- botd: it took longer than 2s
func timeout(c *script.Call, a timeoutArgs) (script.Values, error) {
	jobs := newCrew(c)
	stop := func() bool { return false }
	jobs.wait(func(end func()) error {
		stop = c.Alarm(max(a.D, 0), end)
		return jobs.start(a.Fn, a.Args, end)
	})
	stop()
	results, err, done := jobs.list[0].Done()
	switch {
	case !done:
		jobs.cancel()
		return nil, engine.Errorf(engine.Timeout, "it took longer than %s", a.D)
	case err != nil:
		c.Rethrow(err)
	}
	return results, nil
}

type crewArgs struct {
	Fns []script.Func `lua:"fn,rest" type:"fun(): ..."` // functions without arguments
}

// race runs functions side by side and returns the results of the one that ends
// first; the others are then ended. If the first one raises an error, race raises it.
//
//	bot.command("duel", function(ev)
//	  ev:reply(race(
//	    function() sleep(rng.int(2, 5)) return "the knight wins" end,
//	    function() sleep(1) return "the rogue wins" end))
//	end)
//	-- ann: !duel
//	-- wait 1s
//	-- botd: the rogue wins
func race(c *script.Call, a crewArgs) script.Values {
	if len(a.Fns) == 0 {
		c.Misuse("expected at least one function")
	}
	jobs := newCrew(c)
	var first *script.Job
	jobs.wait(func(end func()) error {
		return jobs.startAll(a.Fns, func(j *script.Job) {
			if first == nil {
				first = j
				end()
			}
		})
	})
	jobs.cancel()
	results, err, _ := first.Done()
	if err != nil {
		c.Rethrow(err)
	}
	return results
}

// all runs functions side by side, waits for all of them and returns the first result
// of each. If one raises an error the others are ended and all raises it.
//
//	bot.command("both", function(ev)
//	  local a, b = all(
//	    function() sleep(2) return "first" end,
//	    function() sleep(1) return "second" end)
//	  ev:reply(a .. " and " .. b)
//	end)
//	-- ann: !both
//	-- wait 2s
//	-- botd: first and second
func all(c *script.Call, a crewArgs) script.Values {
	if len(a.Fns) == 0 {
		return nil
	}
	jobs := newCrew(c)
	left := len(a.Fns)
	var failed error
	jobs.wait(func(end func()) error {
		return jobs.startAll(a.Fns, func(j *script.Job) {
			_, err, _ := j.Done()
			if left--; left == 0 || err != nil && failed == nil {
				failed = err
				end()
			}
		})
	})
	if failed != nil {
		jobs.cancel()
		c.Rethrow(failed)
	}
	out := make(script.Values, len(jobs.list))
	for i, j := range jobs.list {
		if results, _, _ := j.Done(); len(results) > 0 {
			out[i] = results[0]
		}
	}
	return out
}

// crew is the functions that one call runs beside itself. They end when it does.
type crew struct {
	c    *script.Call
	list []*script.Job
}

func newCrew(c *script.Call) *crew { return &crew{c: c} }

// wait parks the caller; start starts the jobs and sees to it that end is called.
func (w *crew) wait(start func(end func()) error) {
	var err error
	w.c.Wait(func(end func()) func() {
		if err = start(end); err != nil {
			end()
		}
		return w.cancel
	})
	if err != nil {
		w.cancel()
		w.c.Rethrow(err)
	}
}

func (w *crew) start(fn script.Func, args []script.Value, end func()) error {
	j, err := w.c.Spawn(true, fn, args...)
	if err != nil {
		return err
	}
	w.list = append(w.list, j)
	j.OnDone(end)
	return nil
}

func (w *crew) startAll(fns []script.Func, done func(*script.Job)) error {
	for i, fn := range fns {
		if err := w.start(fn, nil, func() { done(w.list[i]) }); err != nil {
			return err
		}
	}
	return nil
}

func (w *crew) cancel() {
	for _, j := range w.list {
		j.Cancel()
	}
}
