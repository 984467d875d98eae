package host

import (
	"botd/engine"
	"botd/engine/script"
	"botd/engine/trace"
)

// tracer is where scripts of this process tell what becomes of events; nil if nobody
// listens.
func (h *Host) tracer() func(trace.Step) {
	if h.trace == nil {
		return nil
	}
	return h.trace.Add
}

// foreignTracer is the same for other processes, which may tell of events that there
// never were.
func (h *Host) foreignTracer() func(trace.Step) {
	if h.trace == nil {
		return nil
	}
	return func(s trace.Step) {
		if h.bus.Find(s.Event) != nil {
			h.trace.Add(s)
		}
	}
}

// permit is [actions.Gate.Permit] for something a handler tries.
func (h *Host) permit(o script.Origin, need engine.Grant, what string) error {
	err := h.gate.Permit(o.Script, need, what)
	if err != nil {
		h.trace.Add(trace.Step{
			Event: o.Event, At: h.opt.Clock.Now(), Script: o.Script, Gen: o.Gen, Action: what, Status: engine.Failed, Code: engine.Denied,
			Reason: trace.Grant, Text: engine.AsError(err).Msg,
		})
	}
	return err
}
