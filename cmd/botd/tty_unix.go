//go:build unix

package main

import "golang.org/x/sys/unix"

// inForeground reports whether the process may read from its terminal: a job in the
// background that tries is stopped.
func inForeground(fd int) bool {
	group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
