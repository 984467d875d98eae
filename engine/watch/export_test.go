package watch

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/fsnotify/fsnotify"
)

// ManualEvents happen when the test says so.
type ManualEvents struct {
	*inbox
	Incomplete atomic.Bool
}

func NewManualEvents() *ManualEvents { return &ManualEvents{inbox: newInbox()} }

func (m *ManualEvents) watch(p points) bool {
	m.setPoints(p)
	return false
}

func (m *ManualEvents) complete() bool  { return !m.Incomplete.Load() }
func (m *ManualEvents) Put(path string) { m.put(path) }
func (m *ManualEvents) PutAll()         { m.putAll() }

// RunWith is Run with the test's events.
func (w *Watcher) RunWith(ctx context.Context, m *ManualEvents, changed func([]Change)) {
	w.run(ctx, m, changed)
}

// RunConnect is Run with another way to get a watcher of the system.
func (w *Watcher) RunConnect(ctx context.Context, connect func() (*fsnotify.Watcher, error), changed func([]Change)) {
	n := openNotifier(w.opts.Log)
	n.connect = connect
	defer n.close()
	w.run(ctx, n, changed)
}

// Receive handles what is in the channels of fs. It reports whether everything must be
// looked at, and which paths.
func Receive(fs *fsnotify.Watcher, log *slog.Logger, interesting ...string) (all bool, paths map[string]bool) {
	n := openNotifier(log)
	p := make(points)
	for _, dir := range interesting {
		p.all(dir)
	}
	n.setPoints(p)
	n.receive(fs)
	d := n.take()
	return d.all, d.paths
}
