//go:build unix

package main

import "golang.org/x/sys/unix"

// freeBytes is how much room there is at a path.
func freeBytes(path string) (bytes uint64, ok bool) {
	var st unix.Statfs_t
	if unix.Statfs(path, &st) != nil {
		return 0, false
	}
	return uint64(st.Bavail) * uint64(st.Bsize), true
}

// openFiles is how many files the process may have open.
func openFiles() (most uint64, ok bool) {
	var l unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &l) != nil {
		return 0, false
	}
	return uint64(l.Cur), true
}
