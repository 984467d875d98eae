// Package watch tells when the content of files changes: of all files below a folder,
// or of single ones.
//
// It trusts no single file event. An event means only "look again soon": after a short
// quiet time the watcher compares names and content hashes with what it last reported.
// It also looks every few seconds without any event, because events get lost: on
// network file systems, when the kernel's queue overflows, when watches run out. So it
// does not matter how an editor saves; a touch or chmod is no change; and however often a
// file is saved, its last content is reported.
//
// Folders and files need not exist yet, may vanish and come back, and may be symbolic
// links or lie behind some: whatever a link points to is watched, and the link too.
package watch

import (
	"cmp"
	"context"
	"log/slog"
	"time"
)

// Op is what happened to a file.
type Op string

const (
	Added   Op = "added"
	Changed Op = "changed"
	Removed Op = "removed"
)

// Change is a file whose content is not what it was at the last report.
type Change struct {
	Path string // the configured path, joined with the file's path below it
	Op   Op
	Hash string // SHA-256 of the content in hex; of the last known one if it was removed
}

// Options say what to watch and how patiently. Only Paths must be set.
type Options struct {
	// Paths are files, or folders with all below them.
	Paths []string
	// Match chooses the files that matter by their path; nil means all. It is not asked
	// about a file that is named in Paths. Names that start with a dot are never looked at:
	// they are editors' temporary files, repositories and the folders Kubernetes swaps.
	Match func(path string) bool

	Debounce time.Duration // quiet time after an event; 50 ms if zero
	MaxDelay time.Duration // a report waits no longer than this for quiet; 500 ms if zero
	// Grace is how long a file must stay gone or empty before that is reported, because
	// editors delete or truncate a file before they write it; 200 ms if zero.
	Grace  time.Duration
	Rescan time.Duration // looks without any event; 2 s if zero
	// Poll replaces Rescan where the system gives no events; 500 ms if zero.
	Poll time.Duration

	Log *slog.Logger // nil for none
}

func (o Options) withDefaults() Options {
	o.Debounce = cmp.Or(o.Debounce, 50*time.Millisecond)
	o.MaxDelay = cmp.Or(o.MaxDelay, 500*time.Millisecond)
	o.Grace = cmp.Or(o.Grace, 200*time.Millisecond)
	o.Rescan = cmp.Or(o.Rescan, 2*time.Second)
	o.Poll = cmp.Or(o.Poll, 500*time.Millisecond)
	if o.Match == nil {
		o.Match = func(string) bool { return true }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Watcher compares files with what it last reported. One goroutine uses it at a time.
type Watcher struct {
	opts    Options
	scanner *scanner
	known   map[string]file     // as last reported
	pending map[string]*pending // differences that are not reported yet
	scanned bool                // Scan was called
}

// New makes a watcher that knows no file. It does no I/O.
func New(opts Options) *Watcher {
	opts = opts.withDefaults()
	return &Watcher{
		opts:    opts,
		scanner: newScanner(opts),
		known:   make(map[string]file),
		pending: make(map[string]*pending),
	}
}

// Scan looks at once and reports what differs from the last report, without waiting for
// quiet; at first that is all there is. Changes are sorted by path.
func (w *Watcher) Scan() []Change {
	w.scanned = true
	s := w.scanner.scan(dirty{})
	var changes []Change
	for _, path := range w.differing(s) {
		changes = append(changes, w.report(path, s))
	}
	return changes
}

// Run watches until ctx ends. It calls changed, one call after another, with what
// differs from the last report, sorted by path; without a Scan before, the first call
// holds all there is. While changed runs, more changes are collected for the next call.
func (w *Watcher) Run(ctx context.Context, changed func([]Change)) {
	n := openNotifier(w.opts.Log)
	defer n.close()
	w.run(ctx, n, changed)
}

// events is where the watcher learns that it should look.
type events interface {
	// watch makes points all that is watched. It reports whether there is a new one:
	// what happened there before went unnoticed.
	watch(points points) (more bool)
	// complete reports whether all points are watched.
	complete() bool
	// wake receives after something happened at a point.
	wake() <-chan struct{}
	// take returns what happened since the last call.
	take() dirty
}

func (w *Watcher) run(ctx context.Context, ev events, changed func([]Change)) {
	if !w.scanned {
		if changes := w.Scan(); len(changes) > 0 {
			changed(changes)
		}
	}
	look, quiet := dirty{}, false
	for ctx.Err() == nil {
		s := w.scanner.scan(look)
		for tries := 0; ev.watch(s.points) && tries < maxTries; tries++ {
			s = w.scanner.scan(look)
		}
		changes, next := w.settle(s, time.Now(), quiet)
		if len(changes) > 0 {
			changed(changes)
		}
		look, quiet = w.wait(ctx, ev, next)
	}
}

// maxTries bounds the scans for one report while folders keep appearing. The next
// report comes soon enough.
const maxTries = 3

// wait returns when it is time to look: after events and the quiet that follows them,
// after next if that is not zero, or after the rescan interval.
func (w *Watcher) wait(ctx context.Context, ev events, next time.Duration) (d dirty, quiet bool) {
	idle := w.opts.Rescan
	if !ev.complete() {
		idle = w.opts.Poll
	}
	if next > 0 {
		idle = min(idle, next)
	}
	timer := time.NewTimer(idle)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return dirty{}, false
	case <-timer.C:
		return dirty{}, false
	case <-ev.wake():
		w.waitQuiet(ctx, ev)
		return ev.take(), true
	}
}

// waitQuiet returns when nothing happened for the quiet time, or after MaxDelay.
func (w *Watcher) waitQuiet(ctx context.Context, ev events) {
	limit := time.NewTimer(w.opts.MaxDelay)
	defer limit.Stop()
	quiet := time.NewTimer(w.opts.Debounce)
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-limit.C:
			return
		case <-quiet.C:
			return
		case <-ev.wake():
			quiet.Reset(w.opts.Debounce)
		}
	}
}
