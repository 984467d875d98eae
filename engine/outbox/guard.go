package outbox

import (
	"fmt"
	"runtime/debug"

	"botd/engine"
)

// What an outbox calls may panic, and it is called on the goroutine of whoever put an
// item. That somebody may well recover, so a panic must not take the baton along.

// do gives a part to the session.
func (o *Outbox) do(p *part) {
	attempt := p.attempt
	defer func() {
		if err := o.caught(recover(), "adapter panicked in an action", p.e.Action); err != nil {
			o.receive(p, attempt, engine.Receipt{Status: engine.Unknown, Err: err})
		}
	}()
	o.cfg.Do(o.ctx, p.action(), func(r engine.Receipt) { o.receive(p, attempt, r) })
}

func (o *Outbox) caps(room engine.RoomID) (c engine.Capabilities, err *engine.Error) {
	defer func() { err = o.caught(recover(), "adapter panicked about its capabilities", nil) }()
	return o.cfg.Caps(room), nil
}

func (o *Outbox) done(e *entry) {
	if e.Done == nil {
		return
	}
	defer func() { o.caught(recover(), "receiver of a receipt panicked", e.Action) }()
	e.Done(e.result)
}

// caught makes an error of a recovered panic and logs it; nil if there was none.
func (o *Outbox) caught(v any, msg string, a engine.Action) *engine.Error {
	if v == nil {
		return nil
	}
	o.cfg.Log.Error(msg, "action", engine.ActionName(a), "err", v, "stack", string(debug.Stack()))
	return &engine.Error{Code: engine.Internal, Msg: "the adapter broke down while sending", Err: fmt.Errorf("panic: %v", v)}
}
