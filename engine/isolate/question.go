package isolate

import (
	"botd/engine"
	"botd/engine/script"
)

// question is a [script.Question] on the wire. The number is the child's.
type question struct {
	Number uint64
	Origin origin
	Of     script.Question
}

// questionEnd is the end of one.
type questionEnd struct {
	Number uint64
	Lost   bool `json:",omitempty"`
}

// maxQuestions is how many questions of a child may be open.
const maxQuestions = 1000

// question opens a question; what answers it follows as kindAnswered. The child hears of it
// when it is kept.
func (c *child) question(id uint64, q question) error {
	answer := func(err error) { c.post(kindAnswer, id, answer[none]{failureOf(err), none{}}) }
	c.s.mu.Lock()
	bad := c.asking[q.Number] != nil || len(c.asking) >= maxQuestions
	c.s.mu.Unlock()
	if bad {
		answer(engine.Errorf(engine.Quota, "the script has %d open questions already", maxQuestions))
		return nil
	}
	give := func(ev *engine.Event) { c.give(kindAnswered, q.Number, ev) }
	end, err := c.m.opt.Door.Question(c.origin(q.Origin), q.Of, give, func() { answer(nil) })
	if err != nil {
		answer(err)
		return nil
	}
	c.s.mu.Lock()
	over := c.ended
	if c.asking == nil {
		c.asking = map[uint64]func(bool){}
	}
	c.asking[q.Number] = end
	c.s.mu.Unlock()
	if over {
		c.endQuestions()
	}
	return nil
}

func (c *child) endQuestion(_ uint64, e questionEnd) error {
	c.s.mu.Lock()
	end := c.asking[e.Number]
	delete(c.asking, e.Number)
	c.s.mu.Unlock()
	if end != nil {
		end(e.Lost)
	}
	return nil
}

// endQuestions ends all questions of a child that is gone: nobody waits for the answers.
func (c *child) endQuestions() {
	c.s.mu.Lock()
	all := c.asking
	c.asking = nil
	c.s.mu.Unlock()
	for _, end := range all {
		end(true)
	}
}

func (d *pipeDoor) Question(o script.Origin, q script.Question, answer func(*engine.Event), kept func()) (func(bool), error) {
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
	kept()
	return func(lost bool) {
		forget()
		d.complain(d.w.send(kindQuestionEnd, 0, questionEnd{n, lost}))
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
