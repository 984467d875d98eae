package isolate

import (
	"fmt"
	"maps"
	"slices"

	"botd/engine"
	"botd/engine/script"
)

// hooked is the body of kindHook: a webhook, under a number that the child gave it.
type hooked struct {
	Number uint64
	Origin origin
	Path   string
	Secret []byte
	Max    int
}

// called is the body of kindCalled; the frame has the number of the call.
type called struct {
	Hook    uint64
	Path    string
	Query   []header
	Headers []header
	Body    []byte
}

// replied is the body of kindReplied.
type replied struct {
	Status int
	Body   []byte
}

// maxChildHooks bounds what is kept for a child; the daemon bounds what a script may open.
const maxChildHooks = 200

func (d *pipeDoor) Hook(o script.Origin, h script.Hook, serve func(script.HookCall, func(script.HookReply))) (func(), error) {
	d.mu.Lock()
	d.last++
	n := d.last
	d.hooks[n] = serve
	d.mu.Unlock()
	remove := func() {
		d.mu.Lock()
		delete(d.hooks, n)
		d.mu.Unlock()
	}
	if _, err := ask[none](d, kindHook, hooked{Number: n, Origin: originOf(o), Path: h.Path, Secret: []byte(h.Secret), Max: h.Max}); err != nil {
		remove()
		return nil, err
	}
	return func() {
		remove()
		_ = d.w.send(kindUnhook, n, none{}) // without a daemon there is no webhook
	}, nil
}

// called hands a call to its webhook.
func (d *pipeDoor) called(id uint64, c called) {
	d.mu.Lock()
	serve := d.hooks[c.Hook]
	d.mu.Unlock()
	if serve == nil { // it has just ended; the caller is told that nobody answered
		return
	}
	serve(script.HookCall{Path: c.Path, Query: headerMap(c.Query), Headers: headerMap(c.Headers), Body: c.Body}, func(a script.HookReply) {
		_ = d.w.send(kindReplied, id, replied{a.Status, []byte(a.Body)})
	})
}

// hook opens a webhook for the child.
func (c *child) hook(w hooked) (none, error) {
	c.s.mu.Lock()
	_, taken := c.hooks[w.Number]
	full := len(c.hooks) >= maxChildHooks
	c.s.mu.Unlock()
	if taken || full {
		return none{}, engine.Errorf(engine.Quota, "the script has too many webhooks")
	}
	remove, err := c.m.opt.Door.Hook(c.origin(w.Origin), script.Hook{Path: w.Path, Secret: string(w.Secret), Max: max(w.Max, 0)},
		func(call script.HookCall, reply func(script.HookReply)) { c.call(w.Number, call, reply) })
	if err != nil {
		return none{}, err
	}
	c.s.mu.Lock()
	over := c.ended
	if !over {
		if c.hooks == nil {
			c.hooks = make(map[uint64]func())
		}
		c.hooks[w.Number] = remove
	}
	c.s.mu.Unlock()
	if over {
		remove()
	}
	return none{}, nil
}

// call passes a call on to the child, whose answer may come.
func (c *child) call(hook uint64, h script.HookCall, reply func(script.HookReply)) {
	c.s.mu.Lock()
	c.lastCall++
	id := c.lastCall
	if c.calls == nil {
		c.calls = make(map[uint64]func(script.HookReply))
	}
	c.calls[id] = reply
	for old := range c.calls {
		if old+maxCalls < id { // nobody waits for these any more
			delete(c.calls, old)
		}
	}
	c.s.mu.Unlock()
	c.give(kindCalled, id, called{Hook: hook, Path: h.Path, Query: headersOf(h.Query), Headers: headersOf(h.Headers), Body: h.Body})
}

// maxCalls is how many calls without an answer are remembered.
const maxCalls = 256

// replied is the child's answer to a call. One that is late or made up is nobody's.
func (c *child) replied(id uint64, a replied) error {
	if a.Status != 0 && (a.Status < 200 || a.Status > 599) {
		return fmt.Errorf("a webhook answered %d", a.Status)
	}
	c.s.mu.Lock()
	reply := c.calls[id]
	delete(c.calls, id)
	c.s.mu.Unlock()
	if reply != nil {
		reply(script.HookReply{Status: a.Status, Body: string(a.Body)})
	}
	return nil
}

func (c *child) unhook(n uint64, _ none) error {
	c.s.mu.Lock()
	remove := c.hooks[n]
	delete(c.hooks, n)
	c.s.mu.Unlock()
	if remove != nil {
		remove()
	}
	return nil
}

// closeHooks ends all webhooks.
func (c *child) closeHooks() {
	c.s.mu.Lock()
	all := slices.Collect(maps.Values(c.hooks))
	clear(c.hooks)
	clear(c.calls)
	c.s.mu.Unlock()
	for _, remove := range all {
		remove()
	}
}
