package watch

import (
	"slices"
	"time"
)

// pending is a difference that has been seen and not been reported, because the file may
// still be on its way to its final content.
type pending struct {
	exists bool
	hash   string
	since  time.Time // seen like this
	first  time.Time // seen to differ at all
}

// settle returns the differences that are to be reported now, and when to look again for
// the sake of the others; zero if there are none. quiet means that the quiet time has
// passed since the last event.
func (w *Watcher) settle(s snapshot, now time.Time, quiet bool) (changes []Change, next time.Duration) {
	differing := w.differing(s)
	for path := range w.pending {
		if _, found := slices.BinarySearch(differing, path); !found {
			delete(w.pending, path)
		}
	}
	moved := w.addedContents(s, differing)
	for _, path := range differing {
		patience := w.patience(s, path, quiet, moved)
		p := w.pend(path, s, now)
		if left := min(patience-now.Sub(p.since), max(w.opts.MaxDelay, patience)-now.Sub(p.first)); left > 0 {
			if next == 0 || left < next {
				next = left
			}
			continue
		}
		changes = append(changes, w.report(path, s))
	}
	return changes, next
}

// patience is how long a difference must stay the same before it is reported.
func (w *Watcher) patience(s snapshot, path string, quiet bool, moved map[string]bool) time.Duration {
	f, exists := s.files[path]
	switch {
	case !exists && quiet && moved[w.known[path].hash]:
		return 0 // a renamed file is gone when it is there under its new name
	case !exists, f.size == 0:
		return w.opts.Grace
	case f.moving, !quiet:
		return w.opts.Debounce
	}
	return 0
}

// addedContents is the set of hashes of files that are new.
func (w *Watcher) addedContents(s snapshot, differing []string) map[string]bool {
	added := make(map[string]bool)
	for _, path := range differing {
		f, exists := s.files[path]
		if _, had := w.known[path]; exists && !had && f.size > 0 {
			added[f.hash] = true
		}
	}
	return added
}

func (w *Watcher) pend(path string, s snapshot, now time.Time) *pending {
	f, exists := s.files[path]
	p := w.pending[path]
	if p == nil {
		p = &pending{first: now}
		w.pending[path] = p
	}
	if p.since.IsZero() || p.exists != exists || p.hash != f.hash {
		p.exists, p.hash, p.since = exists, f.hash, now
	}
	return p
}

// differing returns the sorted paths whose content is not what was reported last.
func (w *Watcher) differing(s snapshot) []string {
	var paths []string
	for path, f := range s.files {
		if was, had := w.known[path]; !had || was.hash != f.hash {
			paths = append(paths, path)
		}
	}
	for path := range w.known {
		if _, exists := s.files[path]; !exists && !s.unsure(path) {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// report makes what s says about path the last report.
func (w *Watcher) report(path string, s snapshot) Change {
	delete(w.pending, path)
	was, had := w.known[path]
	f, exists := s.files[path]
	switch {
	case !exists:
		delete(w.known, path)
		return Change{path, Removed, was.hash}
	case !had:
		w.known[path] = f
		return Change{path, Added, f.hash}
	}
	w.known[path] = f
	return Change{path, Changed, f.hash}
}
