package isolate

import (
	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/script"
)

// question is a [dispatch.Question] on the wire. The number is the child's.
type question struct {
	Number uint64
	Origin origin
	Of     dispatch.Question
}

// maxQuestions is how many questions of a child may be open.
const maxQuestions = 1000

// question opens a question; what answers it follows as kindAnswered.
func (c *child) question(q question) (none, error) {
	c.s.mu.Lock()
	bad := c.asking[q.Number] != nil || len(c.asking) >= maxQuestions
	c.s.mu.Unlock()
	if bad {
		return none{}, engine.Errorf(engine.Quota, "the script has %d open questions already", maxQuestions)
	}
	end, err := c.m.opt.Door.Question(c.origin(q.Origin), q.Of, func(ev *engine.Event) { c.give(kindAnswered, q.Number, ev) })
	if err != nil {
		return none{}, err
	}
	c.s.mu.Lock()
	over := c.ended
	if c.asking == nil {
		c.asking = map[uint64]func(){}
	}
	c.asking[q.Number] = end
	c.s.mu.Unlock()
	if over {
		c.endQuestions()
	}
	return none{}, nil
}

func (c *child) endQuestion(_ uint64, n uint64) error {
	c.s.mu.Lock()
	end := c.asking[n]
	delete(c.asking, n)
	c.s.mu.Unlock()
	if end != nil {
		end()
	}
	return nil
}

// endQuestions ends all questions of a child that is gone.
func (c *child) endQuestions() {
	c.s.mu.Lock()
	all := c.asking
	c.asking = nil
	c.s.mu.Unlock()
	for _, end := range all {
		end()
	}
}

func (d *pipeDoor) Question(o script.Origin, q dispatch.Question, answer func(*engine.Event)) (func(), error) {
	d.mu.Lock()
	d.last++
	n := d.last
	d.asks[n] = answer
	d.mu.Unlock()
	forget := func() {
		d.mu.Lock()
		delete(d.asks, n)
		d.mu.Unlock()
	}
	if _, err := ask[none](d, kindQuestion, question{n, originOf(o), q}); err != nil {
		forget()
		return nil, err
	}
	return func() {
		forget()
		d.complain(d.w.send(kindQuestionEnd, 0, n))
	}, nil
}

// answered gives an event to the question it answers.
func (d *pipeDoor) answered(n uint64, ev *engine.Event) {
	d.mu.Lock()
	answer := d.asks[n]
	d.mu.Unlock()
	if answer != nil && ev != nil {
		answer(ev)
	}
}
