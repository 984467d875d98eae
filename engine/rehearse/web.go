package rehearse

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"botd/engine"
)

// web stands for all servers there are.
type web struct {
	w *world

	mu    sync.Mutex
	pages []*page // the newest first
	calls chan *pageCall
	asked []*request // by scripts, in order
}

// page answers the requests for addresses that begin with a text.
type page struct {
	prefix string
	answer webAnswer
	left   int  // how often it answers; 0 for ever
	call   bool // a function of the test answers, number in calls
	number int
}

// webAnswer is what a server answers.
type webAnswer struct {
	status  int
	headers map[string]string
	body    []byte
	delay   time.Duration
	fail    bool // the connection breaks
}

// request is what a script asked for.
type request struct {
	method, url string
	headers     map[string]string
	body        []byte
}

// pageCall is a request that waits for a function of the test.
type pageCall struct {
	page  *page
	req   *request
	reply chan webAnswer
}

func (b *web) add(p *page) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.call && b.calls == nil {
		b.calls = make(chan *pageCall)
	}
	b.pages = append([]*page{p}, b.pages...)
}

// pending are the calls of functions of the test; nil if there is none.
func (b *web) pending() chan *pageCall {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.calls
}

func (b *web) close() {}

// RoundTrip is the network of the daemon's requests.
func (b *web) RoundTrip(req *http.Request) (*http.Response, error) {
	r := &request{method: req.Method, url: req.URL.String(), headers: map[string]string{}}
	for name := range req.Header {
		r.headers[strings.ToLower(name)] = req.Header.Get(name)
	}
	if req.Body != nil {
		r.body, _ = io.ReadAll(req.Body)
		req.Body.Close()
	}
	p := b.find(r)
	if p == nil {
		return nil, engine.Errorf(engine.NotConnected, "no answer for %s %s: give one with t:http", r.method, r.url)
	}
	a := p.answer
	if p.call {
		call := &pageCall{page: p, req: r, reply: make(chan webAnswer, 1)}
		select {
		case b.pending() <- call:
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
		a = <-call.reply
	}
	if a.delay > 0 {
		if err := b.w.life.Sleep(req.Context(), a.delay); err != nil {
			return nil, err
		}
	}
	if a.fail {
		return nil, io.ErrUnexpectedEOF
	}
	return a.response(req), nil
}

func (b *web) find(r *request) *page {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, r)
	for i, p := range b.pages {
		if !strings.HasPrefix(r.url, p.prefix) {
			continue
		}
		if p.left > 0 {
			if p.left--; p.left == 0 {
				b.pages = append(b.pages[:i:i], b.pages[i+1:]...)
			}
		}
		return p
	}
	return nil
}

func (a webAnswer) response(req *http.Request) *http.Response {
	got := &http.Response{
		StatusCode: a.status, Status: http.StatusText(a.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)), Request: req,
	}
	for name, value := range a.headers {
		got.Header.Set(name, value)
	}
	return got
}
