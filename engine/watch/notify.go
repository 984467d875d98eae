package watch

import (
	"log/slog"
	"os"
	"slices"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// notifier gets events from the system. Where the system has none to give it says so and
// keeps trying.
type notifier struct {
	*inbox
	log     *slog.Logger
	connect func() (*fsnotify.Watcher, error)
	fs      *fsnotify.Watcher // nil while there is none
	pump    sync.WaitGroup
	watched map[string]os.FileInfo // what was at a path when it was added
	whole   bool                   // everything is watched
	failing bool                   // and it was logged
}

func openNotifier(log *slog.Logger) *notifier {
	return &notifier{inbox: newInbox(), log: log, connect: fsnotify.NewWatcher, watched: make(map[string]os.FileInfo)}
}

func (n *notifier) close() {
	if n.fs != nil {
		n.fs.Close()
	}
	n.pump.Wait()
}

func (n *notifier) complete() bool { return n.whole }

// watch makes exactly the folders of p watched.
func (n *notifier) watch(p points) (more bool) {
	n.setPoints(p)
	err := n.open()
	if err == nil {
		more, err = n.add(p)
		n.drop(p)
	}
	n.whole = err == nil
	if failing := err != nil; failing != n.failing {
		n.failing = failing
		if failing {
			n.log.Warn("file events are missing, looking at the files more often instead", "err", err)
		} else {
			n.log.Info("file events are back")
		}
	}
	return more
}

func (n *notifier) open() error {
	if n.fs != nil {
		return nil
	}
	w, err := n.connect()
	if err != nil {
		return err
	}
	n.fs = w
	n.pump.Go(func() { n.receive(w) })
	return nil
}

// add watches the folders that are not watched yet. A folder that was replaced by another
// of its name is a new one.
func (n *notifier) add(p points) (more bool, failed error) {
	list := n.fs.WatchList()
	for dir := range p {
		info, err := os.Stat(dir)
		if err != nil {
			continue // gone since the scan; its parent is watched
		}
		if was := n.watched[dir]; was != nil && os.SameFile(was, info) && slices.Contains(list, dir) {
			continue
		}
		n.remove(dir)
		if err := n.fs.Add(dir); err != nil {
			failed = err
			continue
		}
		n.watched[dir] = info
		more = true
	}
	return more, failed
}

func (n *notifier) drop(p points) {
	for dir := range n.watched {
		if p[dir] == nil {
			n.remove(dir)
		}
	}
}

func (n *notifier) remove(dir string) {
	if n.watched[dir] != nil {
		delete(n.watched, dir)
		// It fails if the folder is gone; then so is the watch.
		_ = n.fs.Remove(dir)
	}
}

// receive empties the channels of w until they are closed. It never waits for anything:
// w holds its lock while it delivers an error, and Add needs the lock.
func (n *notifier) receive(w *fsnotify.Watcher) {
	events, errs := w.Events, w.Errors
	for events != nil || errs != nil {
		select {
		case e, ok := <-events:
			if !ok {
				events = nil
				continue
			}
			n.put(e.Name)
		case err, ok := <-errs:
			if !ok {
				errs = nil
				continue
			}
			n.log.Warn("file events may be lost, looking at all files", "err", err)
			n.putAll()
		}
	}
}

// inbox collects what happened until the watcher takes it.
type inbox struct {
	signal chan struct{} // holds one: something was put

	mu     sync.Mutex
	points points
	dirty  dirty
}

// maxDirty is how many paths are worth telling apart.
const maxDirty = 1000

func newInbox() *inbox {
	return &inbox{signal: make(chan struct{}, 1), dirty: dirty{paths: make(map[string]bool)}}
}

func (b *inbox) setPoints(p points) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.points = p
}

func (b *inbox) wake() <-chan struct{} { return b.signal }

// put notes that something happened to a path, if it is one that matters.
func (b *inbox) put(path string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.points.covers(path) {
		return
	}
	b.dirty.paths[path] = true
	b.dirty.all = b.dirty.all || len(b.dirty.paths) > maxDirty
	b.notify()
}

func (b *inbox) putAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dirty.all = true
	b.notify()
}

func (b *inbox) notify() {
	select {
	case b.signal <- struct{}{}:
	default:
	}
}

func (b *inbox) take() dirty {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := b.dirty
	b.dirty = dirty{paths: make(map[string]bool)}
	return d
}
