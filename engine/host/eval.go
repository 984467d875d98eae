package host

import (
	"context"
	"strings"

	"botd/engine"
	"botd/engine/script"
)

// Eval runs Lua in a script for an operator, as one handler call, and says so in the log and to those
// who watch. Secrets of the script are hidden in what comes of it. Error codes: those of [script.Manager.Eval].
func (h *Host) Eval(ctx context.Context, name string, e script.Evaluation) (script.Evaluated, error) {
	out, err := h.scripts.Eval(ctx, name, e)
	if engine.CodeOf(err) == engine.NotFound {
		return out, h.noScript(name)
	}
	mask := h.masks.of(name)
	if !e.Complete && strings.TrimSpace(e.Code) != "" {
		outcome := "done"
		switch {
		case err != nil:
			outcome = err.Error()
		case out.Fault != nil:
			outcome = out.Fault.Error()
		}
		door{h}.Log(script.Origin{Script: name, Gen: out.Generation}, "info", "evaluated by an operator", map[string]any{
			"by": script.Printable(e.By), "code": script.Printable(mask.text(e.Code)), "write": e.Write, "outcome": script.Printable(mask.text(outcome)),
		})
	}
	return mask.evaluated(out), err
}

// evaluated masks what came of an evaluation: a script in a process of its own may say anything.
func (m mask) evaluated(e script.Evaluated) script.Evaluated {
	for _, list := range [][]string{e.Values, e.Printed} {
		for i := range list {
			list[i] = m.text(list[i])
		}
	}
	if e.Note = m.text(e.Note); e.Fault != nil {
		e.Fault = m.fault(e.Fault)
	}
	return e
}
