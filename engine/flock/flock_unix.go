//go:build unix

package flock

import (
	"errors"
	"os"
	"syscall"
)

// Try takes the lock on a file until it is closed; false means that another has it.
// What the file holds can be read and written all the same.
func Try(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
