package script

import (
	"math"
	"time"
)

// TimeOf is the time f seconds after 1970 began, in UTC.
func TimeOf(f float64) time.Time {
	whole, frac := math.Modf(f)
	return time.Unix(int64(whole), int64(math.Round(frac*1e6))*1000).UTC()
}

// UnixSeconds is the reverse of [TimeOf]; the zero time is 0.
func UnixSeconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMicro()) / 1e6
}
