package actions

import (
	"botd/engine"
	"botd/engine/trace"
)

// step begins a note about the action.
func (c *call) step() trace.Step {
	a := c.req.Action
	s := trace.Step{
		Event: c.req.Event, At: c.at, Script: c.req.Script, Gen: c.req.Gen, Call: c.number, Action: engine.ActionName(a),
	}
	if room := a.In(); room != "" {
		s.Room = engine.Path(c.req.Session, room)
	}
	return s
}

func (c *call) traced() bool {
	return c.gate.opt.Trace != nil && c.req.Event != "" && c.req.Action != nil
}

// asked notes that the action is on its way: it may be long before it has a receipt.
func (c *call) asked() {
	if c.traced() {
		c.number = c.gate.opt.Trace.Call()
		c.gate.opt.Trace.Add(c.step())
	}
}

// ended notes what became of it.
func (c *call) ended(r engine.Receipt) {
	if !c.traced() {
		return
	}
	s := c.step()
	s.At, s.Status, s.Queued, s.Reason = r.At, r.Status, r.Queued, c.reason(r)
	if s.At.IsZero() {
		s.At = c.gate.now()
	}
	if r.Err != nil {
		s.Code, s.Text = r.Err.Code, r.Err.Msg
	}
	c.gate.opt.Trace.Add(s)
}

// refusals are what the gate itself finds wrong with an action, failures what others do.
var (
	refusals = map[engine.Code]trace.Reason{
		engine.Denied: trace.Grant, engine.Unsupported: trace.Capability, engine.Invalid: trace.BadAction, engine.NotFound: trace.BadAction,
	}
	failures = map[engine.Code]trace.Reason{
		engine.NotConnected: trace.Offline, engine.Timeout: trace.Flood, engine.RateLimited: trace.Flood,
		engine.Quota: trace.OutboxFull, engine.Cancelled: trace.Cancelled,
	}
)

// reason says why the action did not do what was hoped for, "" if it did.
func (c *call) reason(r engine.Receipt) trace.Reason {
	reasons, other := failures, trace.Failed
	switch {
	case c.refused:
		reasons, other = refusals, trace.BadAction
	case r.Status == engine.Unknown:
		return trace.Unknown
	case r.Status != engine.Failed && c.gate.opt.DryRun:
		return trace.DryRun
	case r.Status != engine.Failed:
		return ""
	}
	if reason, ok := reasons[engine.CodeOf(r.Error())]; ok {
		return reason
	}
	return other
}
