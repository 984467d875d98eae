package warden

import (
	"context"
	"log/slog"

	"botd/engine"
	"botd/engine/moderate"
)

// settleOld gives an end to the cases that were on their way when the daemon last ended.
// Their status becomes unknown: the network may have done the step, so it can be undone. Nothing
// is done again, because a second kick or ban is not the same as one.
func (w *Warden) settleOld(ctx context.Context) error {
	old, err := w.Cases(ctx, moderate.Query{}, func(c *moderate.Case) bool { return c.Status == moderate.Pending })
	if err != nil {
		return err
	}
	for i := range old {
		c := &old[len(old)-1-i] // oldest first
		c.Status = moderate.Unknown
		note(c, "botd ended before the network answered")
		if c.Taken.For > 0 {
			c.Until = c.At.Add(c.Taken.For).UTC()
		}
		w.keep(c)
		w.unsettled = append(w.unsettled, c)
		w.opt.Log.Warn("it is not known what became of a moderation case", slog.String("script", c.Script), slog.String("case", c.ID),
			slog.String("room", string(engine.Path(c.Session, c.Room))), slog.String("user", c.User.Name), slog.String("action", c.Taken.String()))
	}
	return nil
}

// Resume tells scripts of the cases that were found without an end. It is called once,
// when the scripts are loaded.
func (w *Warden) Resume() {
	w.mu.Lock()
	old := w.unsettled
	w.unsettled = nil
	w.mu.Unlock()
	for _, c := range old {
		w.publish(c)
	}
}
