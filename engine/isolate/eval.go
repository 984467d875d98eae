package isolate

import (
	"context"

	"botd/engine"
	"botd/engine/script"
)

// evaluation is a [script.Evaluation] on the wire.
type evaluation struct{ script.Evaluation }

// evaluated is what came of one.
type evaluated struct {
	Out script.Evaluated
	Err *failure `json:",omitempty"`
}

// maxEvals is how many evaluations of a child may be without an answer.
const maxEvals = 16

// Eval does what that of script.Manager does, in the process of the script.
func (m *Manager) Eval(ctx context.Context, name string, e script.Evaluation) (script.Evaluated, error) {
	s := m.find(name)
	if s == nil {
		return script.Evaluated{}, engine.Errorf(engine.NotFound, "no script %q", name)
	}
	c, id, answer, err := s.eval(e)
	if err != nil {
		return script.Evaluated{}, err
	}
	select {
	case a := <-answer:
		if a.Err != nil {
			return a.Out, a.Err.error()
		}
		return a.Out, nil
	case <-ctx.Done():
		s.mu.Lock()
		delete(c.evals, id)
		s.mu.Unlock()
		c.post(kindEvalEnd, id, none{})
		return script.Evaluated{}, ctx.Err()
	}
}

// eval sends an evaluation to the child that serves.
func (s *slot) eval(e script.Evaluation) (*child, uint64, <-chan evaluated, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.cur
	switch {
	case c == nil || c.ended:
		why := s.problem
		if s.due {
			why = s.why
		}
		return nil, 0, nil, engine.Errorf(engine.NotConnected, "script %q does not run: %s", s.name, why)
	case len(c.evals) >= maxEvals:
		return nil, 0, nil, engine.Errorf(engine.Quota, "%d evaluations of script %q are under way already", maxEvals, s.name)
	}
	if c.evals == nil {
		c.evals = map[uint64]chan<- evaluated{}
	}
	c.lastEval++
	answer := make(chan evaluated, 1)
	c.evals[c.lastEval] = answer
	c.post(kindEval, c.lastEval, evaluation{e})
	return c, c.lastEval, answer, nil
}

// evaluated takes the answer. One that nobody waits for any more is of no interest.
func (c *child) evaluated(id uint64, a evaluated) error {
	c.s.mu.Lock()
	answer := c.evals[id]
	delete(c.evals, id)
	c.s.mu.Unlock()
	if answer == nil {
		return nil
	}
	a.Out.Reason = script.Printable(a.Out.Reason)
	a.Out.Note = script.Printable(a.Out.Note)
	for _, list := range [][]string{a.Out.Values, a.Out.Printed} {
		for i := range list {
			list[i] = script.Visible(list[i])
		}
	}
	if a.Out.Fault != nil {
		a.Out.Fault = c.mine(a.Out.Fault)
	}
	if a.Err != nil {
		a.Err.Msg = script.Printable(a.Err.Msg)
	}
	answer <- a
	return nil
}

// endEvals answers what a child that is gone can answer no more.
func (c *child) endEvals() {
	c.s.mu.Lock()
	all := c.evals
	c.evals = nil
	c.s.mu.Unlock()
	err := failureOf(engine.Errorf(engine.Cancelled, "script %q was loaded anew or stopped, or its process died; what was to be evaluated was not, or not to its end", c.s.name))
	for _, answer := range all {
		answer <- evaluated{Err: err}
	}
}

// eval runs an evaluation beside what else the child does.
func (w *worker) eval(id uint64, e evaluation) {
	ctx, cancel := context.WithCancel(context.Background())
	w.mu.Lock()
	w.evals[id] = cancel
	w.mu.Unlock()
	go func() {
		defer w.endEval(id)
		out, err := w.scripts.Eval(ctx, w.name, e.Evaluation)
		if w.send(kindEvaluated, id, evaluated{out, failureOf(err)}) != nil { // too large
			_ = w.send(kindEvaluated, id, evaluated{Err: failureOf(engine.Errorf(engine.Quota, "what came of it is too large to be shown"))})
		}
	}()
}

// endEval ends an evaluation that nobody waits for.
func (w *worker) endEval(id uint64) {
	w.mu.Lock()
	cancel := w.evals[id]
	delete(w.evals, id)
	w.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}
