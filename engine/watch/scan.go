package watch

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

var errTooMany = errors.New("too many files")

const (
	maxDepth = 8       // folders below a path
	maxFiles = 10_000  // that match
	maxSize  = 8 << 20 // bytes; a larger file is no script
)

// file is what is known about one file.
type file struct {
	hash string
	size int64
	// info and read tell whether the content may have changed since it was hashed.
	info os.FileInfo
	read time.Time
	// moving: it changed while it was read.
	moving bool
}

// racy is how coarse the time of a change may be. A file may change again within it
// and look as before.
const racy = 3 * time.Second

// fresh reports that the file still has the content that was hashed.
func (f file) fresh(info os.FileInfo) bool {
	return f.info != nil && !f.moving && f.size == info.Size() && f.info.ModTime().Equal(info.ModTime()) &&
		os.SameFile(f.info, info) && f.read.Sub(info.ModTime()) > racy
}

// dirty says which files must be read again, however they look.
type dirty struct {
	all   bool
	paths map[string]bool // real paths
}

// snapshot is one look at everything.
type snapshot struct {
	files map[string]file // by configured path
	// blind are files and folders that exist and could not be read. Nothing is known about
	// them or what is below.
	blind  []string
	points points
}

// unsure reports that path may exist although it was not found.
func (s snapshot) unsure(path string) bool {
	for _, b := range s.blind {
		if rest, ok := strings.CutPrefix(path, b); ok && (rest == "" || os.IsPathSeparator(rest[0])) {
			return true
		}
	}
	return false
}

// scanner looks at the files. It remembers hashes and what it warned of.
type scanner struct {
	opts   Options
	cache  map[string]file // by real path
	warned map[string]string
}

func newScanner(opts Options) *scanner {
	return &scanner{opts: opts, warned: make(map[string]string)}
}

// scan looks at everything. Only files that look different or are dirty are read.
func (sc *scanner) scan(d dirty) snapshot {
	w := walk{
		scanner: sc,
		dirty:   d,
		next:    make(map[string]file),
		found:   snapshot{files: make(map[string]file), points: make(points)},
		warn:    make(map[string]string),
	}
	for _, path := range sc.opts.Paths {
		w.root(filepath.Clean(path))
	}
	for path, why := range w.warn {
		if sc.warned[path] != why {
			sc.opts.Log.Warn("a watched path is left out", "path", path, "err", why)
		}
	}
	sc.cache, sc.warned = w.next, w.warn
	return w.found
}

// walk is one scan.
type walk struct {
	*scanner
	dirty dirty
	next  map[string]file // the cache of the next scan
	found snapshot
	warn  map[string]string // why something was left out, by path
}

func (w *walk) root(path string) {
	real, info, err := w.found.points.follow(path)
	switch {
	case err != nil:
		w.missing(path, err)
	case info.IsDir():
		w.folder(path, real, []os.FileInfo{info})
	case info.Mode().IsRegular():
		w.file(path, real, info)
	}
}

// folder looks at what is in a folder and below it. above are the folders it is in and
// itself, to notice links that lead in a circle.
func (w *walk) folder(path, real string, above []os.FileInfo) {
	w.found.points.all(real)
	entries, err := os.ReadDir(real)
	if err != nil {
		w.missing(path, err)
		return
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		w.entry(e, filepath.Join(path, e.Name()), filepath.Join(real, e.Name()), above)
	}
}

func (w *walk) entry(e os.DirEntry, path, real string, above []os.FileInfo) {
	isLink := e.Type()&fs.ModeSymlink != 0
	if e.Type().IsRegular() && !w.opts.Match(path) {
		return
	}
	var info os.FileInfo
	var err error
	if isLink {
		real, info, err = w.found.points.follow(real)
	} else {
		info, err = os.Lstat(real)
	}
	switch {
	case err != nil:
		w.missing(path, err)
	case info.IsDir():
		w.below(path, real, info, above)
	case info.Mode().IsRegular() && w.opts.Match(path):
		w.file(path, real, info)
	}
}

func (w *walk) below(path, real string, info os.FileInfo, above []os.FileInfo) {
	for _, a := range above {
		if os.SameFile(a, info) {
			return // a link to where we came from
		}
	}
	if len(above) > maxDepth {
		w.leaveOut(path, errors.New("too deep"))
		return
	}
	w.folder(path, real, append(above[:len(above):len(above)], info))
}

func (w *walk) file(path, real string, info os.FileInfo) {
	switch {
	case len(w.found.files) >= maxFiles:
		w.leaveOut(path, errTooMany)
		return
	case info.Size() > maxSize:
		w.leaveOut(path, errors.New("too large"))
		return
	}
	f, ok := w.next[real]
	if !ok {
		f, ok = w.cache[real]
		if !ok || w.dirty.all || w.dirty.paths[real] || !f.fresh(info) {
			var err error
			if f, err = read(real); err != nil {
				w.missing(path, err)
				return
			}
		}
		w.next[real] = f
	}
	w.found.files[path] = f
}

// missing notes that something could not be read. That it does not exist is no fault and
// may be told; otherwise what was known about it stays.
func (w *walk) missing(path string, err error) {
	if !errors.Is(err, fs.ErrNotExist) {
		w.leaveOut(path, err)
	}
}

func (w *walk) leaveOut(path string, err error) {
	w.found.blind = append(w.found.blind, path)
	if err == errTooMany {
		path = "" // one warning is enough
	}
	w.warn[path] = err.Error()
}

// read hashes a file. The time is taken before and the size after, so that a change in
// between makes the result look old.
func read(path string) (file, error) {
	now := time.Now()
	f, err := os.Open(path)
	if err != nil {
		return file{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return file{}, err
	}
	if !info.Mode().IsRegular() {
		return file{}, &fs.PathError{Op: "read", Path: path, Err: fs.ErrInvalid}
	}
	h := sha256.New()
	size, err := io.Copy(h, io.LimitReader(f, maxSize+1))
	if err != nil {
		return file{}, err
	}
	after, err := f.Stat()
	if err != nil {
		return file{}, err
	}
	moving := size != after.Size() || !info.ModTime().Equal(after.ModTime())
	return file{hash: hex.EncodeToString(h.Sum(nil)), size: size, info: after, read: now, moving: moving}, nil
}
