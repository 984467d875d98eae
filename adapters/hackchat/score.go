package hackchat

import (
	"time"

	"botd/engine"
)

// The server keeps a score for each client address. It halves every 30 s; what would
// bring it to 25 is refused. Each frame costs 1, text 1 more for every 332 UTF-16
// units, and some commands more.
const (
	scoreHalfLife = 30 * time.Second
	frameCost     = 1
	unitCost      = 1.0 / 332
	joinCost      = frameCost + 3
	renameCost    = frameCost + 6
	inviteCost    = frameCost + 2
)

// budget is how far the score may rise by what botd sends. The rest, to 25, is for what
// is not in its books: frames that the network delays and delivers in a bunch (5 s late
// make 20 a 22.4), what an earlier process sent, other programs behind the address.
const budget = 20

// userRate is the score as a bucket: everything that botd sends to a server, over all
// sessions, comes from the same one.
func userRate(server string) engine.Rate {
	return engine.Rate{Burst: budget, HalfLife: scoreHalfLife, PerAction: frameCost, PerUnit: unitCost, Shared: "hackchat " + server}
}

// pay takes points for a frame of the session's own; false means not now.
func (s *session) pay(points float64) bool {
	return points <= 0 || s.env.Pay == nil || s.env.Pay(userRate(s.settings.URL), points)
}
