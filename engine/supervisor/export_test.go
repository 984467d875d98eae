package supervisor

import "time"

// Delay is what b makes of n failures and a random number.
func Delay(b Backoff, n int, random float64) time.Duration {
	return b.withDefaults().delay(n, random)
}
