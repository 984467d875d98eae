package hackchat

import (
	"math"
	"time"

	"botd/engine"
)

// The server keeps a score for each client address. It halves every 30 s; what would
// bring it to 25 is refused. Each frame costs 1, text 1 more for every 332 UTF-16
// units, and some commands more.
const (
	scoreHalfLife = 30 * time.Second
	scoreLimit    = 25
	frameCost     = 1
	unitCost      = 1.0 / 332
	joinCost      = frameCost + 3
	renameCost    = frameCost + 6
	inviteCost    = frameCost + 2
)

// userRate keeps an ordinary user below the limit at any moment.
//
// A score that decays by λ = ln 2 / 30 s, fed by a token bucket of B points that
// refills with R points a second, stays below B + R/λ: a stream at the steady rate
// converges to R/λ, and a burst can add B. With B = 6 and R = 0.25 that is
// 6 + 0.25·43.28 = 16.82. A join adds 4 (20.82), and when the nick is taken and a
// second join is needed 8 (24.82): below 25 even then. What an invite costs beyond
// an ordinary action (2) fits as well.
//
// The session's own requests, to get a nick back and to ask where it is, are sent
// only while its own reckoning of the score leaves room; see quietScore.
var userRate = engine.Rate{Burst: 6, PerSecond: 0.25, PerAction: frameCost, PerUnit: unitCost}

// quietScore is the reckoned score up to which the session may spend points on its
// own account: 6 points of a full bucket and 7 of a rename fit above it.
const quietScore = 11

// meter reckons the server's score for what this connection sent.
type meter struct {
	score float64
	at    time.Time
}

func (m *meter) add(cost float64, now time.Time) {
	m.score = m.value(now) + cost
	m.at = now
}

func (m *meter) value(now time.Time) float64 {
	return m.score * math.Exp2(-now.Sub(m.at).Seconds()/scoreHalfLife.Seconds())
}
