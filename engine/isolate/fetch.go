package isolate

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"botd/engine"
	"botd/engine/script"
)

// fetchRequest is a [script.FetchRequest] on the wire.
type fetchRequest struct {
	Origin         origin
	Method         string `json:",omitempty"`
	URL            []byte
	Headers        []header      `json:",omitempty"`
	Body           []byte        `json:",omitempty"`
	Timeout, Cache time.Duration `json:",omitempty"`
	Retry          int           `json:",omitempty"`
}

// header is one with any bytes in its value.
type header struct {
	Name  string
	Value []byte
}

func headersOf(m map[string]string) (out []header) {
	for name, value := range m {
		out = append(out, header{name, []byte(value)})
	}
	return out
}

func headerMap(list []header) map[string]string {
	m := make(map[string]string, len(list))
	for _, h := range list {
		m[h.Name] = string(h.Value)
	}
	return m
}

// fetched is a [script.FetchAnswer] on the wire.
type fetched struct {
	Err     *failure `json:",omitempty"`
	Status  int
	Headers []header `json:",omitempty"`
	Body    []byte   `json:",omitempty"`
	URL     []byte   `json:",omitempty"`
	Cached  bool     `json:",omitempty"`
}

func (d *pipeDoor) Fetch(r script.FetchRequest, done func(script.FetchAnswer)) func() {
	d.mu.Lock()
	d.last++
	id := d.last
	d.fetches[id] = done
	d.mu.Unlock()
	err := d.w.send(kindFetch, id, fetchRequest{
		Origin: originOf(r.Origin), Method: r.Method, URL: []byte(r.URL), Headers: headersOf(r.Headers), Body: r.Body,
		Timeout: r.Timeout, Cache: r.Cache, Retry: r.Retry,
	})
	if err != nil {
		d.fetched(id, &fetched{Err: failureOf(err)})
	}
	return func() { _ = d.w.send(kindAbort, id, none{}) } // without a daemon nothing is under way
}

// fetched hands an answer to whoever waits for it; nil is one that could not be sent.
func (d *pipeDoor) fetched(id uint64, a *fetched) {
	d.mu.Lock()
	done := d.fetches[id]
	delete(d.fetches, id)
	d.mu.Unlock()
	if done == nil {
		return
	}
	if a == nil {
		done(script.FetchAnswer{Err: engine.Errorf(engine.Quota, "too large: the answer of the server")})
		return
	}
	out := script.FetchAnswer{Status: a.Status, Headers: headerMap(a.Headers), Body: a.Body, URL: string(a.URL), Cached: a.Cached}
	if a.Err != nil {
		out.Err = a.Err.error()
	}
	done(out)
}

// fetch carries a request out, whose answer follows as kindFetched.
func (c *child) fetch(id uint64, w fetchRequest) error {
	if !c.mayAct() {
		c.give(kindFetched, id, &fetched{Err: failureOf(engine.Errorf(engine.Quota, "%d requests wait for an answer already", maxActions))})
		return nil
	}
	if !c.opens(id) {
		return fmt.Errorf("request %d was made twice", id)
	}
	cancel := c.m.opt.Door.Fetch(script.FetchRequest{
		Origin: c.origin(w.Origin), Method: w.Method, URL: string(w.URL), Headers: headerMap(w.Headers), Body: w.Body,
		Timeout: w.Timeout, Cache: w.Cache, Retry: w.Retry,
	}, func(a script.FetchAnswer) {
		c.acted()
		c.closes(id)
		c.give(kindFetched, id, &fetched{Err: failureOf(a.Err), Status: a.Status, Headers: headersOf(a.Headers), Body: a.Body, URL: []byte(a.URL), Cached: a.Cached})
	})
	if !c.opened(id, cancel) {
		cancel()
	}
	return nil
}

// opens notes that a request begins, opened how it is ended, closes that it has ended.
// opened is false if nobody waits for it any more.
func (c *child) opens(id uint64) bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if _, twice := c.fetches[id]; twice {
		return false
	}
	if c.fetches == nil {
		c.fetches = make(map[uint64]func())
	}
	c.fetches[id] = nil
	return true
}

func (c *child) opened(id uint64, cancel func()) bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if _, waits := c.fetches[id]; !waits || c.ended {
		return false
	}
	c.fetches[id] = cancel
	return true
}

func (c *child) closes(id uint64) (cancel func()) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	cancel = c.fetches[id]
	delete(c.fetches, id)
	return cancel
}

// abort ends a request whose handler has ended.
func (c *child) abort(id uint64, _ none) error {
	if cancel := c.closes(id); cancel != nil {
		cancel()
	}
	return nil
}

// abandon ends all requests.
func (c *child) abandon() {
	c.s.mu.Lock()
	all := slices.Collect(maps.Values(c.fetches))
	clear(c.fetches)
	c.s.mu.Unlock()
	for _, cancel := range all {
		if cancel != nil {
			cancel()
		}
	}
}
