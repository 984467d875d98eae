package hctv

import (
	"time"

	"botd/engine"
)

// A channel counts the attempts of each user in windows that begin with the first one,
// and refuses those above a limit. The server does not tell the numbers; 8 in 10 s is
// usual, 3 to 30 in 5 to 60 s are possible.
const (
	leastCount    = 3
	longestWindow = time.Minute
	// lessonTime is how long a limit that was learned is believed in: owners change theirs.
	lessonTime = 24 * time.Hour
)

// limit is a rate limit of a channel.
type limit struct {
	Count  int           `json:"count"`
	Window time.Duration `json:"window"`
}

var usualLimit = limit{Count: 8, Window: 10 * time.Second}

// rate keeps below the limit in any window, wherever it begins: a burst and what comes
// back in a window are together less than one below the limit. That one is for delays
// on the way, which push attempts together.
func (l limit) rate() engine.Rate {
	most := max(1, l.Count-1)
	burst := max(1, most/2)
	// Where the burst is all there is, it has to suffice for two windows.
	back := max(float64(most-burst), 0.5)
	return engine.Rate{Burst: float64(burst), PerSecond: back / l.Window.Seconds()}
}

// moderatorRate is for those the channel does not limit. It is what can be read, and what
// one message at a time can carry.
var moderatorRate = engine.Rate{Burst: 10, PerSecond: 5}

// slowMargin is added to waits: slow mode counts from when a message arrived, and what
// SLOW_MODE says is rounded.
const slowMargin = 600 * time.Millisecond

// rate is how fast messages may leave now.
func (m *memory) rate(exempt bool) engine.Rate {
	if exempt {
		return moderatorRate
	}
	r := m.limit.rate()
	if slow := m.mode.slow; slow > 0 {
		r.Burst = 1
		r.PerSecond = min(r.PerSecond, 1/(slow+slowMargin).Seconds())
	}
	return r
}

// attempted notes that a message was sent.
func (m *memory) attempted(now time.Time) {
	m.attempts = append(m.attempts, now)
	for len(m.attempts) > 0 && now.Sub(m.attempts[0]) > longestWindow {
		m.attempts = m.attempts[1:]
	}
}

// refusedRate learns from RATE_LIMIT and returns how long to wait. The limit is at most
// what was sent in one window before. If waiting for a window did not help, or less than
// any limit was sent, the window is longer than believed.
func (m *memory) refusedRate(now time.Time) time.Duration {
	within := 0
	for _, at := range m.attempts {
		if now.Sub(at) < m.limit.Window {
			within++
		}
	}
	within-- // the one that was refused
	longer := m.inVain || within < leastCount
	m.inVain = true
	switch {
	case longer && m.limit.Window < longestWindow:
		m.limit.Window = min(2*m.limit.Window, longestWindow)
	case within < m.limit.Count:
		m.limit.Count = max(leastCount, within)
	}
	m.learned = now
	m.changed = true
	m.attempts = m.attempts[:0]
	return m.limit.Window
}

// refusedSlow learns from SLOW_MODE and returns how long to wait. What was waited since the
// last message and what is left are together the whole; the server counts in seconds.
func (m *memory) refusedSlow(now time.Time, left time.Duration) (whole, retry time.Duration) {
	whole = left
	if !m.passed.IsZero() {
		whole = (now.Sub(m.passed) + left).Round(time.Second)
	}
	if whole > longestSlow {
		whole = left // the last message was long ago: another connection sent one since
	}
	return max(whole, m.mode.slow), left + slowMargin
}

// longestSlow is what an owner can choose.
const longestSlow = 2 * time.Minute

// accepted notes that a message came through.
func (m *memory) accepted(now time.Time) {
	m.inVain = false
	m.passed = now
	if !m.learned.IsZero() && now.Sub(m.learned) > lessonTime {
		m.limit, m.learned = m.configured, time.Time{}
	}
}
