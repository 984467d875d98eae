package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync/atomic"
	"time"

	"botd/engine"
)

// Limits on time; the zero value means the defaults.
type Limits struct {
	// Start is how long the program may take until it listens, with the migration of a
	// database perhaps. 5 min.
	Start time.Duration
	// Grace is how long it may take to end when asked to, before it is killed. 10 s.
	Grace time.Duration
}

func (l Limits) withDefaults() Limits {
	if l.Start == 0 {
		l.Start = 5 * time.Minute
	}
	if l.Grace == 0 {
		l.Grace = 10 * time.Second
	}
	return l
}

// Process is a running program.
type Process struct {
	cmd   *exec.Cmd
	limit Limits
	log   *slog.Logger
	said  head
	ready atomic.Bool // it listens, or did
	stop  atomic.Bool
	pid   int
	done  chan struct{}
	err   error // how it ended, once done is closed
}

// Start starts the program and waits until it listens. The process is in a group of its
// own, so that a signal from the terminal does not reach it, and ends with the daemon.
//
// Errors have code Invalid where the command can never work, Conflict where something
// else listens on the port, and NotConnected where the program ended before it listened,
// or did not listen in time. After an error nothing is left running.
func Start(ctx context.Context, c Command, limit Limits, log *slog.Logger) (*Process, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if listens(ctx, c.Addr()) {
		return nil, engine.Errorf(engine.Conflict, "something listens on %s already: end it, or choose another port", c.Addr())
	}
	for _, folder := range c.folders() {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, engine.Errorf(engine.Invalid, "the folder %s cannot be made: %w", folder, err)
		}
	}
	p := &Process{limit: limit.withDefaults(), log: log, done: make(chan struct{})}
	p.said.hide = string(c.Key)
	if err := p.start(c); err != nil {
		return nil, err
	}
	log.Info("program started", "program", c.Path, "pid", p.pid)
	if err := p.await(ctx, c.Addr()); err != nil {
		p.Stop()
		return nil, err
	}
	p.ready.Store(true)
	p.said.close()
	return p, nil
}

// start runs the process on a goroutine with a thread of its own, because the system ends
// the process when the thread that started it ends.
func (p *Process) start(c Command) error {
	p.cmd = exec.Command(c.Path, c.args()...)
	p.cmd.SysProcAttr = attributes()
	p.cmd.WaitDelay = time.Second // for pipes that a child of the program has kept
	p.cmd.Stdout, p.cmd.Stderr = &p.said, &p.said
	// The end of its input is the end of the program, some say: it stays open and empty.
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("start the program: %w", err)
	}
	started := make(chan error, 1)
	go func() {
		defer close(p.done)
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		err := p.cmd.Start()
		started <- err
		if err != nil {
			in.Close()
			return
		}
		err = p.cmd.Wait()
		sweep(p.cmd.Process.Pid)
		p.err = p.ended(err)
	}()
	if err := <-started; err != nil {
		<-p.done
		return engine.Errorf(engine.Invalid, "the program %s cannot be started: %w", c.Path, err)
	}
	p.pid = p.cmd.Process.Pid
	return nil
}

// ended is the error for an end, whatever that was: nobody is served any more.
func (p *Process) ended(err error) error {
	how := "ended"
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		how = exit.String() // exit status 1, signal: killed
	}
	p.log.Info("program ended", "pid", p.cmd.Process.Pid, "status", how)
	e := engine.Errorf(engine.NotConnected, "the program has ended: %s", how)
	if !p.ready.Load() {
		e = engine.Errorf(engine.NotConnected, "the program ended before it listened: %s: %s", how, p.said.last())
	}
	e.Err = err
	return e
}

// pauses between looks at the port.
const (
	firstPause = 20 * time.Millisecond
	maxPause   = time.Second
)

// await waits until the program listens.
func (p *Process) await(ctx context.Context, addr string) error {
	late := time.NewTimer(p.limit.Start)
	defer late.Stop()
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		if listens(ctx, addr) {
			return nil
		}
		again := time.NewTimer(pause)
		select {
		case <-again.C:
			continue
		case <-p.done:
			again.Stop()
			return p.err
		case <-ctx.Done():
			again.Stop()
			return ctx.Err()
		case <-late.C:
			again.Stop()
			return engine.Errorf(engine.NotConnected, "the program does not listen on %s after %v: %s", addr, p.limit.Start, p.said.last())
		}
	}
}

func listens(ctx context.Context, addr string) bool {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err says how it ended, after Done: code NotConnected. It is nil after [Process.Stop].
func (p *Process) Err() error {
	if p.stop.Load() {
		return nil
	}
	return p.err
}

// Stop asks the process to end, kills it and its children after a while, and returns when
// it is gone. It may be called more than once.
func (p *Process) Stop() {
	p.stop.Store(true)
	interrupt(p.cmd.Process)
	patience := time.NewTimer(p.limit.Grace)
	defer patience.Stop()
	select {
	case <-p.done:
	case <-patience.C:
		p.log.Warn("program killed, it did not end when asked to", "pid", p.pid)
		p.cmd.Process.Kill()
		<-p.done
	}
}
