package chatlog

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"botd/engine/durable"
)

// segment is a file of the log.
type segment struct {
	path  string
	began time.Time
	size  int64
}

// segmentName is the form of the names of files: in the order of their times.
const segmentName = "20060102T150405.000Z.jsonl"

// segments lists the files of a folder, oldest first. There are none in a folder that is
// not there.
func segments(dir string) ([]segment, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var out []segment
	for _, e := range entries {
		began, bad := time.Parse(segmentName, e.Name())
		if bad != nil || e.IsDir() {
			continue
		}
		fi, gone := e.Info()
		if gone != nil {
			continue // the oldest go at any time
		}
		out = append(out, segment{filepath.Join(dir, e.Name()), began, fi.Size()})
	}
	slices.SortFunc(out, func(a, b segment) int { return cmp.Compare(a.path, b.path) })
	return out, err
}

// total is how many bytes segments have.
func total(list []segment) (n int64) {
	for _, s := range list {
		n += s.size
	}
	return n
}

// removeRewritten removes what a process that died left of its rewriting.
func removeRewritten(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") && strings.HasSuffix(e.Name(), durable.Unfinished) {
			err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// repair cuts off a last line that was not written to its end, and returns what is left.
func repair(f *os.File) (size int64, err error) {
	fi, err := f.Stat()
	if err != nil {
		return 0, err
	}
	size = fi.Size()
	buf := make([]byte, 4096)
	for size > 0 {
		from := max(0, size-int64(len(buf)))
		part := buf[:size-from]
		if _, err := f.ReadAt(part, from); err != nil && err != io.EOF {
			return 0, err
		}
		if i := bytes.LastIndexByte(part, '\n'); i >= 0 {
			size = from + int64(i) + 1
			break
		}
		size = from
	}
	if size < fi.Size() {
		err = f.Truncate(size)
	}
	return size, err
}
