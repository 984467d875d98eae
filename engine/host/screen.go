package host

import (
	"botd/engine"
	"botd/engine/dispatch"
)

// nextScreen finds the next filter that an event has to pass, of scripts that may have any.
func (h *Host) nextScreen(p dispatch.Prepared, after *dispatch.Place) (dispatch.Stage, bool) {
	here, found := h.scripts.here.NextScreen(&p, after, h.mayFilter)
	apart, other := h.scripts.apart.NextScreen(&p, after, h.mayFilter)
	if other && (!found || apart.Place.Compare(here.Place) < 0) {
		return apart, true
	}
	return here, found
}

func (h *Host) mayFilter(script string) bool { return h.grantsOf(script).Has(engine.GrantModerate) }
