package rehearse

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"botd/engine"
	"botd/engine/script"
	"botd/engine/web"
)

// pages stand for all servers there are.
type pages struct {
	w *world

	mu    sync.Mutex
	list  []*page // the newest first
	calls chan *pageCall
	asked []*request // by scripts, in order
}

// silence is a port that nobody finds: webhooks are called by [trialPost].
type silence struct {
	once   sync.Once
	closed chan struct{}
}

func newSilence() *silence { return &silence{closed: make(chan struct{})} }

func (s *silence) Accept() (net.Conn, error) {
	<-s.closed
	return nil, net.ErrClosed
}

func (s *silence) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}

func (s *silence) Addr() net.Addr { return &net.TCPAddr{} }

type postArgs struct {
	Script string   `lua:"script"` // whose webhook
	Path   string   `lua:"path"`   // as http.hook has it
	Call   postCall `lua:"call,optional"`
}

// postCall is what somebody sends to a webhook.
type postCall struct {
	Body    string            `lua:"body,optional"`
	JSON    script.Value      `lua:"json,optional"` // data in the place of body
	Query   map[string]string `lua:"query,optional"`
	Headers map[string]string `lua:"headers,optional"` // their names in lower case
}

// postAnswer is what a webhook answered.
type postAnswer struct {
	Status int    `lua:"status"`
	Body   string `lua:"body"`
}

// trialPost calls a webhook of a script, as somebody does who knows its secret. It returns the
// answer, nil if the script waits for something before it answers.
//
//	local answer = t:post("deploy", "push", { json = { branch = "main" } })
//	expect(answer.status):equals(200)
func trialPost(c *script.Call, t *trial, a postArgs) *postAnswer {
	call := web.HookCall{Body: []byte(a.Call.Body), Query: a.Call.Query, Headers: a.Call.Headers}
	if !a.Call.JSON.IsNil() {
		data, err := c.Plain(a.Call.JSON)
		if err == nil {
			call.Body, err = json.Marshal(data)
		}
		if err != nil {
			c.BadArg("call", "json: %s", err)
		}
	}
	found := false
	replies := make(chan web.HookReply, 1)
	t.step(c, func() error {
		found = t.w.host.CallHook(a.Script, a.Path, call, func(r web.HookReply) { replies <- r })
		return nil
	})
	if !found {
		c.BadArg("path", "script %q has no webhook %q", a.Script, a.Path)
	}
	select {
	case r := <-replies:
		return &postAnswer{cmp.Or(r.Status, http.StatusOK), r.Body}
	default:
		return nil
	}
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

func (b *pages) add(p *page) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.call && b.calls == nil {
		b.calls = make(chan *pageCall)
	}
	b.list = append([]*page{p}, b.list...)
}

// pending are the calls of functions of the test; nil if there is none.
func (b *pages) pending() chan *pageCall {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.calls
}

func (b *pages) close() {}

// RoundTrip is the network of the daemon's requests.
func (b *pages) RoundTrip(req *http.Request) (*http.Response, error) {
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

func (b *pages) find(r *request) *page {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, r)
	for i, p := range b.list {
		if !strings.HasPrefix(r.url, p.prefix) {
			continue
		}
		if p.left > 0 {
			if p.left--; p.left == 0 {
				b.list = append(b.list[:i:i], b.list[i+1:]...)
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
