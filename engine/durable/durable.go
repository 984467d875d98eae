// Package durable puts files on the disk so that a crash or a power cut leaves the old one
// or the new one, and nothing in between.
package durable

import (
	"errors"
	"os"
	"path/filepath"
)

// Unfinished ends the names of files that Replace was writing when the process died. They
// are in the folder of the file, begin with a dot, and may be removed.
const Unfinished = ".new"

// Replace writes a file with that content and those permissions, in the place of one that
// may be there. When it returns nil the file and its name are on the disk; otherwise what
// was there is there still.
func Replace(path string, content []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*"+Unfinished)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return SyncDir(filepath.Dir(path))
}
