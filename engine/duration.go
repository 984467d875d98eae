package engine

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// MaxDuration keeps sums of a time and a duration within what time.Time can hold.
const MaxDuration = 200 * 365 * 24 * time.Hour

var durationUnits = map[string]time.Duration{
	"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
}

// ParseDuration reads a duration as people write it for scripts and plugins: "90s",
// "5m", "1h30m", "2d", "1.5h", or a plain number of seconds. Units are w, d, h, m, s and
// ms, each at most once and the larger one first.
func ParseDuration(s string) (time.Duration, bool) {
	if f, err := strconv.ParseFloat(s, 64); err == nil && strings.Trim(s, "0123456789.") == "" && f < MaxDuration.Seconds() {
		return SecondsOf(f), true
	}
	var sum float64
	last := time.Duration(math.MaxInt64)
	for rest := s; rest != ""; {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789."))
		letters := len(rest[digits:]) - len(strings.TrimLeft(rest[digits:], "mshdw"))
		n, err := strconv.ParseFloat(rest[:digits], 64)
		unit := durationUnits[rest[digits:digits+letters]]
		if err != nil || unit == 0 || unit >= last {
			return 0, false
		}
		sum, last = sum+n*float64(unit), unit
		rest = rest[digits+letters:]
	}
	return time.Duration(sum), s != "" && sum < float64(MaxDuration)
}

// SecondsOf is the duration of f seconds, cut to what a duration can hold.
func SecondsOf(f float64) time.Duration {
	limit := MaxDuration.Seconds()
	return time.Duration(math.Round(min(max(f, -limit), limit) * float64(time.Second)))
}
