package rehearse

import (
	"context"
	"math/rand/v2"
	"time"

	"botd/engine"
)

// chaos does between the steps of a test what networks and authors do: lines come late and
// twice, connections break, scripts are saved. What it does follows from the seed.
type chaos struct {
	w    *world
	rand *rand.Rand
	did  []string // for the report of a failure
}

const (
	chaosBackoff = 20 * time.Millisecond
	chaosDelay   = 30 * time.Millisecond // the longest delay of a line
)

func newChaos(w *world, seed uint64) *chaos {
	return &chaos{w: w, rand: rand.New(rand.NewPCG(seed, 0xc4a05))}
}

// before is called before somebody does something in a room.
func (c *chaos) before(ctx context.Context, n *network) error {
	if c == nil {
		return nil
	}
	switch c.rand.IntN(8) {
	case 0:
		d := time.Duration(c.rand.Int64N(int64(chaosDelay)))
		c.note("late by " + d.Round(time.Millisecond).String())
		return c.w.advance(ctx, d)
	case 1:
		c.note("twice")
		n.mu.Lock()
		n.replay++
		n.mu.Unlock()
	case 2:
		c.note("disconnect")
		n.drop("", engine.Errorf(engine.NotConnected, "chaos"))
		return c.w.advance(ctx, 10*chaosBackoff)
	case 3:
		return c.reload(ctx)
	}
	return nil
}

// reload saves a script anew, if nobody is in the middle of something: a reload ends waits, and
// that is no fault.
func (c *chaos) reload(ctx context.Context) error {
	c.w.mu.Lock()
	loaded := c.w.loaded
	c.w.mu.Unlock()
	if left := c.w.host.Left(); len(loaded) == 0 || len(left.Waiting) > 0 || left.Questions > 0 {
		return nil
	}
	name := loaded[c.rand.IntN(len(loaded))]
	c.note("reload " + name)
	return c.w.host.Load(ctx, name, "saved")
}

func (c *chaos) note(what string) { c.did = append(c.did, what) }
