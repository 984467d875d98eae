package host

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"botd/engine"
	"botd/engine/config"
	"botd/engine/dispatch"
	"botd/engine/isolate"
	"botd/engine/script"
	"botd/engine/trace"
)

// runtime is a place where scripts run.
type runtime interface {
	Run(ctx context.Context) error
	Load(ctx context.Context, src script.Source) error
	Hold(ctx context.Context, name string) error
	Release(name string)
	Unload(ctx context.Context, name string) error
	Deliver(p dispatch.Prepared)
	Screens() bool
	NextScreen(p *dispatch.Prepared, after *dispatch.Place, may func(script string) bool) (dispatch.Stage, bool)
	Using(path string) []string
	Tables() script.Tables
	Status() []script.Status
	Eval(ctx context.Context, name string, e script.Evaluation) (script.Evaluated, error)
	Queued(name string, id engine.EventID) (before int, queued bool)
	WaitIdle(ctx context.Context) error
	WaitQuiet(ctx context.Context) error
	Idle() bool
	Quiet() bool
}

var (
	_ runtime = (*script.Manager)(nil)
	_ runtime = (*isolate.Manager)(nil)
)

// runtimes are the places there are. Each script is in one of them, apart from the
// moment in which it moves.
type runtimes struct {
	here  *script.Manager  // in this process
	apart *isolate.Manager // each in a process of its own
}

func newRuntimes(here script.Options, apart func(trace.Step)) runtimes {
	return runtimes{script.NewManager(here), isolate.NewManager(isolate.Options{
		Log: here.Log, Clock: here.Clock, Door: here.Door, Report: here.Report, Trace: apart,
	})}
}

func (r runtimes) all() []runtime { return []runtime{r.here, r.apart} }

// of is where a script belongs, and where it does not.
func (r runtimes) of(s config.Script) (to, from runtime) {
	if s.Isolation == config.IsolationProcess {
		return r.apart, r.here
	}
	return r.here, r.apart
}

// Run runs both until ctx ends.
func (r runtimes) Run(ctx context.Context) error {
	var both sync.WaitGroup
	var errs [2]error
	for i, rt := range r.all() {
		both.Go(func() { errs[i] = rt.Run(ctx) })
	}
	both.Wait()
	return errors.Join(errs[:]...)
}

// Load loads a script where it belongs. If it was in the other place it leaves that when
// the new version is about to serve, and stays if that fails. Meanwhile it rests, so that
// its state is the last. Events that come in that moment do not reach it.
func (r runtimes) Load(ctx context.Context, entry config.Script, src script.Source) error {
	to, from := r.of(entry)
	err := from.Hold(ctx, src.Name)
	if err != nil {
		return err
	}
	defer from.Release(src.Name)
	src.Before = func(*dispatch.Table) {
		if err = from.Unload(ctx, src.Name); engine.CodeOf(err) == engine.NotFound {
			err = nil
		}
	}
	return errors.Join(to.Load(ctx, src), err)
}

// Unload ends a script wherever it is.
func (r runtimes) Unload(ctx context.Context, name string) error {
	err := r.here.Unload(ctx, name)
	if other := r.apart.Unload(ctx, name); engine.CodeOf(err) == engine.NotFound {
		return other
	}
	return err
}

func (r runtimes) Deliver(p dispatch.Prepared) {
	r.here.Deliver(p)
	r.apart.Deliver(p)
}

// Screens reports whether any script has filters.
func (r runtimes) Screens() bool { return r.here.Screens() || r.apart.Screens() }

func (r runtimes) Using(path string) []string {
	return slices.Concat(r.here.Using(path), r.apart.Using(path))
}

func (r runtimes) Tables() script.Tables {
	return r.here.Tables().And(r.apart.Tables())
}

// Eval evaluates in a script, wherever it is.
func (r runtimes) Eval(ctx context.Context, name string, e script.Evaluation) (script.Evaluated, error) {
	out, err := r.here.Eval(ctx, name, e)
	if c := engine.CodeOf(err); c != engine.NotFound && c != engine.NotConnected {
		return out, err
	}
	if out, other := r.apart.Eval(ctx, name, e); engine.CodeOf(other) != engine.NotFound {
		return out, other
	}
	return out, err
}

// Queued reports whether an event waits for a script, and behind how many.
func (r runtimes) Queued(name string, id engine.EventID) (before int, queued bool) {
	if before, queued = r.here.Queued(name, id); queued {
		return before, true
	}
	return r.apart.Queued(name, id)
}

// Status lists the scripts by name. One that failed to move is where it was.
func (r runtimes) Status() []script.Status {
	list := slices.Concat(r.here.Status(), r.apart.Status())
	slices.SortStableFunc(list, func(a, b script.Status) int { return strings.Compare(a.Name, b.Name) })
	out := list[:0]
	for _, s := range list {
		if n := len(out); n > 0 && out[n-1].Name == s.Name {
			out[n-1] = joined(out[n-1], s)
			continue
		}
		out = append(out, s)
	}
	return out
}

// joined is the state of a script that runs in one place and does not load in another.
func joined(a, b script.Status) script.Status {
	if a.State == "failed" || a.State == "loading" {
		a, b = b, a
	}
	if b.State == "failed" {
		a.State, a.Problem = "broken", b.Problem
	}
	return a
}

func (r runtimes) WaitIdle(ctx context.Context) error {
	return r.wait(ctx, runtime.WaitIdle, runtime.Idle)
}

func (r runtimes) WaitQuiet(ctx context.Context) error {
	return r.wait(ctx, runtime.WaitQuiet, runtime.Quiet)
}

func (r runtimes) wait(ctx context.Context, wait func(runtime, context.Context) error, done func(runtime) bool) error {
	for {
		for _, rt := range r.all() {
			if err := wait(rt, ctx); err != nil {
				return err
			}
		}
		if !slices.ContainsFunc(r.all(), func(rt runtime) bool { return !done(rt) }) {
			return nil
		}
	}
}

func (r runtimes) Idle() bool  { return r.here.Idle() && r.apart.Idle() }
func (r runtimes) Quiet() bool { return r.here.Quiet() && r.apart.Quiet() }
