package isolate

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	threads  = 2        // that run Go code at once
	niceness = 10       // chat does not suffer when a script computes
	maxStack = 64 << 20 // bytes of one goroutine; the runtime's own limit is 1 GB
)

// confine gives up what a worker does not need, for good. It returns why system calls
// could not be filtered, "" if they are. The order matters: nothing can be opened after
// the filter is in place.
func confine(h hello) (unfiltered string, err error) {
	if err := closeInherited(); err != nil {
		return "", err
	}
	if err := setZone(h.Zone); err != nil {
		return "", err
	}
	runtime.GOMAXPROCS(threads)
	debug.SetMaxStack(maxStack)
	debug.SetMemoryLimit(h.Data * 3 / 4) // collect harder before the system says no
	// All threads: the group is this process.
	if err := unix.Setpriority(unix.PRIO_PGRP, 0, niceness); err != nil {
		return "", fmt.Errorf("lower the priority: %w", err)
	}
	if err := setLimits(h.Data); err != nil {
		return "", err
	}
	if err := filterCalls(); err != nil {
		return err.Error(), nil
	}
	return "", nil
}

// closeInherited closes the files that the daemon got from whoever started it and passes
// on without knowing. Files of this process's own runtime can be told by their flag: they
// would not survive a start of a program, the others did.
func closeInherited() error {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil || fd <= 2 {
			continue
		}
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err == nil && flags&unix.FD_CLOEXEC == 0 {
			unix.Close(fd)
		}
	}
	return nil
}

// setZone makes the time zone that of the daemon, which may have it from a variable.
func setZone(name string) error {
	if name == "Local" {
		_ = time.Now().String() // loads the system's while it can be read
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return err
	}
	time.Local = zone
	return nil
}

// setLimits sets the limits of the system.
//
// The number of processes is not limited: that limit counts threads of all processes of
// the user. The filter of system calls keeps a worker from making any. CPU time is not
// limited either: a good script may use any amount of it in a year.
func setLimits(data int64) error {
	used, err := dataSize()
	if err != nil {
		return err
	}
	for _, l := range []struct {
		what     string
		resource int
		value    uint64
	}{
		{"memory", unix.RLIMIT_DATA, uint64(used + data)},
		{"open files", unix.RLIMIT_NOFILE, 16},
		{"file size", unix.RLIMIT_FSIZE, 0},
		{"core size", unix.RLIMIT_CORE, 0},
		{"locked memory", unix.RLIMIT_MEMLOCK, 0},
		{"message queues", unix.RLIMIT_MSGQUEUE, 0},
	} {
		if err := unix.Setrlimit(l.resource, &unix.Rlimit{Cur: l.value, Max: l.value}); err != nil {
			return fmt.Errorf("limit the %s: %w", l.what, err)
		}
	}
	return nil
}

// dataSize is how many bytes of data the process has mapped, as RLIMIT_DATA counts them
// or a little more. It is by no means what it uses: a race detector maps terabytes.
func dataSize() (int64, error) {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(b))
	if len(fields) < 6 {
		return 0, fmt.Errorf("/proc/self/statm has %d fields", len(fields))
	}
	pages, err := strconv.ParseInt(fields[5], 10, 64)
	return pages * int64(os.Getpagesize()), err
}
