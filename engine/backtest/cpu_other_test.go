//go:build !unix

package backtest_test

import "time"

var began = time.Now()

// cpuTime is the time that passes, where there is no other.
func cpuTime() time.Duration { return time.Since(began) }
