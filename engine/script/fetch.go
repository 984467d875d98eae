package script

import "time"

// FetchRequest is a request to a web server. What may be where is up to who carries it out.
type FetchRequest struct {
	Origin  Origin
	Method  string // GET if empty
	URL     string
	Headers map[string]string
	Body    []byte
	Timeout time.Duration // for everything, retries included; a usual one if 0
	Cache   time.Duration // an answer to the same GET may be this old
	Retry   int           // tries after the first that failed
}

// FetchAnswer is what came back. Err says why nothing did; a status that means failure is an
// answer like any other.
type FetchAnswer struct {
	Status  int
	Headers map[string]string // names in lower case
	Body    []byte
	URL     string // after redirects
	Cached  bool
	Err     error
}

// Fetch asks a web server and waits for the answer.
func (c *Call) Fetch(r FetchRequest) FetchAnswer {
	var got FetchAnswer
	r.Origin = c.Origin()
	c.Wait(func(end func()) func() {
		return c.vm.door.Fetch(r, func(a FetchAnswer) {
			got = a
			end()
		})
	})
	c.Alloc(len(got.Body))
	return got
}
