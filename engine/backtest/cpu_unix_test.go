//go:build unix

package backtest_test

import (
	"syscall"
	"time"
)

// cpuTime is what the process has used: other programs on the same core do not count.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
