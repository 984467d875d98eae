package flock

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// Try takes the lock on a file until it is closed; false means that another has it.
// What the file holds can be read and written all the same: the lock, which is mandatory
// here, is on a byte far behind its end.
func Try(f *os.File) (bool, error) {
	far := &windows.Overlapped{OffsetHigh: 1 << 30}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, far)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return false, nil
	}
	return err == nil, err
}
