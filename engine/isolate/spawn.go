package isolate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"botd/engine"
	"botd/engine/script"
)

// spawner starts children on a thread of its own until nothing is left to start: the
// system ends a child when the thread that started it ends, and the threads of other
// goroutines come and go. Without children there is no such thread.
func (m *Manager) spawner() {
	select {
	case start := <-m.spawns:
		runtime.LockOSThread()
		start()
	case <-m.stopped:
		return
	}
	defer runtime.UnlockOSThread()
	for {
		select {
		case start := <-m.spawns:
			start()
		case <-m.stopped:
			return
		}
	}
}

var errUnsupported = engine.Errorf(engine.Unsupported, "isolation: process needs Linux")

// spawn starts a child and sends it the source. The child runs until it is killed or
// finished.
func (m *Manager) spawn(ctx context.Context, s *slot, src script.Source) (*child, error) {
	if !supported {
		return nil, errUnsupported
	}
	c := &child{
		m: m, s: s, source: src, born: m.opt.Clock.Now(), deadline: m.deadline(src.Limits),
		points: rate.NewLimiter(pointsPerSecond, pointsAtOnce), lines: rate.NewLimiter(linesPerSecond, linesAtOnce), saves: rate.NewLimiter(savesPerSecond, savesAtOnce), traces: newTraceLimit(),
		out: outlet{wake: make(chan struct{}, 1)}, uses: map[string]bool{}, plans: newPlans(),
		loaded: make(chan loaded, 1), unloaded: make(chan struct{}), dead: make(chan struct{}), gone: make(chan struct{}),
	}
	m.mu.Lock()
	if m.ended {
		m.mu.Unlock()
		return nil, engine.Errorf(engine.Cancelled, "the daemon is stopping")
	}
	m.live.Add(1)
	m.mu.Unlock()
	started := make(chan error, 1)
	select {
	case m.spawns <- func() { started <- c.start() }:
	case <-ctx.Done():
		m.live.Done()
		return nil, ctx.Err()
	}
	if err := <-started; err != nil {
		m.live.Done()
		return nil, fmt.Errorf("start a process for the script: %w", err)
	}
	c.post(kindHello, 0, hello{Script: s.name, Data: m.data(src.Limits), Zone: time.Local.String()})
	c.post(kindLoad, 0, sourceOf(src))
	go c.run()
	return c, nil
}

// deadline is how long a child may be silent, or a handler run.
func (m *Manager) deadline(l script.Limits) time.Duration {
	if m.opt.Deadline > 0 {
		return m.opt.Deadline
	}
	return l.HandlerTime + l.LoadTime + slack
}

// Bytes a child may allocate beyond what an empty one has.
const (
	dataOverhead = 64 << 20
	minData      = 256 << 20
)

// data leaves the collector as much again as the script may have, so that the limits of
// the VM are met long before that of the system.
func (m *Manager) data(l script.Limits) int64 {
	if m.opt.Data > 0 {
		return m.opt.Data
	}
	return max(minData, 2*(l.Memory+l.Alloc)+dataOverhead)
}

// thisProgram is the program of this process, also if its file was replaced since.
const thisProgram = "/proc/self/exe"

// start starts the process, with nothing but its three pipes.
func (c *child) start() error {
	var theirs pipes
	var err error
	defer func() {
		if theirs.in != nil {
			theirs.close()
		}
	}()
	if c.pipes, theirs, err = newPipes(); err != nil {
		return err
	}
	argv := slices.Concat(os.Args[:1], c.m.opt.Args, []string{c.s.name})
	c.proc, err = os.StartProcess(thisProgram, argv, &os.ProcAttr{
		Dir: "/", Env: []string{}, Files: []*os.File{theirs.in, theirs.out, theirs.err}, Sys: processAttributes(),
	})
	if err != nil {
		c.pipes.close()
		return err
	}
	c.pid = c.proc.Pid
	return nil
}

// newPipes makes the daemon's ends of the pipes to a child, and the child's.
func newPipes() (ours, theirs pipes, err error) {
	var errs [3]error
	theirs.in, ours.in, errs[0] = os.Pipe()
	ours.out, theirs.out, errs[1] = os.Pipe()
	ours.err, theirs.err, errs[2] = os.Pipe()
	if err = errors.Join(errs[:]...); err != nil {
		ours.close()
		theirs.close()
		return pipes{}, pipes{}, err
	}
	return ours, theirs, nil
}
