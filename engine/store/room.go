package store

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"botd/engine"
)

// noRoom says why a database file cannot grow, nil if it can: SQLite tells of a full disk
// alone, and calls all else an error of the disk. It finds out by writing where the file
// would.
func noRoom(op, file string) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".room-*")
	if err == nil {
		_, err = f.WriteAt(make([]byte, 64<<10), max(size(file), size(file+"-wal")))
		err = errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	var why string
	switch {
	case errors.Is(err, syscall.EFBIG):
		why = "it may not grow any further, because the limit on the size of files is reached; nothing of this was written. Raise the limit (ulimit -f, or LimitFSIZE= of systemd); botd then goes on by itself"
	case errors.Is(err, syscall.EDQUOT):
		why = "the disk quota of botd's user is used up; nothing of this was written. Make room or have it raised, botd then goes on by itself"
	case errors.Is(err, syscall.ENOSPC):
		why = diskFull
	default:
		return nil
	}
	return engine.Errorf(engine.Quota, "%s %s: %s", op, file, why)
}

const diskFull = "the disk is full; nothing of this was written. Make room on it, botd then goes on by itself"

func size(file string) int64 {
	st, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return st.Size()
}
