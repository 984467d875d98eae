package hackmud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"botd/engine"
)

const (
	callTime  = 10 * time.Second // from dialling to the last byte of the answer
	maxAnswer = 8 << 20          // bytes of one
)

// client makes the calls of one session.
type client struct {
	base  string // without a slash at the end
	token engine.Secret
	http  *http.Client
}

// newClient dials with dial, the system's way if nil.
func newClient(base string, token engine.Secret, dial func(context.Context, string, string) (net.Conn, error)) *client {
	return &client{base: strings.TrimRight(base, "/"), token: token, http: &http.Client{
		Transport: &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true},
		// A redirect of a POST would lose its body, or show the token to somebody else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (c *client) close() { c.http.CloseIdleConnections() }

// timing is when a call was made, by the local clock, and what the server says the
// time was; date is zero if it does not.
type timing struct{ sent, got, date time.Time }

// call makes one call and decodes the answer into v. A failure is a *callError, unless
// ctx ended.
func (c *client) call(ctx context.Context, endpoint string, request, v any) (timing, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return timing{}, &callError{err: engine.Errorf(engine.Internal, "encode %s: %w", endpoint, err)}
	}
	var written atomic.Bool
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	trace := &httptrace.ClientTrace{WroteHeaders: func() { written.Store(true) }}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), http.MethodPost, c.base+"/"+endpoint+".json", bytes.NewReader(body))
	if err != nil {
		return timing{}, &callError{err: engine.Errorf(engine.Invalid, "%w", err)}
	}
	req.Header.Set("Content-Type", "application/json")
	when := timing{sent: time.Now()}
	status, header, answer, err := c.exchange(req)
	when.got = time.Now()
	if err != nil {
		return when, c.lost(endpoint, err, written.Load())
	}
	if d, err := http.ParseTime(header.Get("Date")); err == nil {
		when.date = d
	}
	if e := readAnswer(endpoint, status, header, answer, v); e != nil {
		e.err.Op = endpoint
		return when, e
	}
	return when, nil
}

func (c *client) exchange(req *http.Request) (status int, h http.Header, body []byte, err error) {
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = errors.New("the answer is too large")
	}
	return resp.StatusCode, resp.Header, body, err
}

// lost is a call without an answer. The address in the library's error is left out: it
// may hold what people put there.
func (c *client) lost(endpoint string, err error, written bool) *callError {
	if u := new(url.Error); errors.As(err, &u) {
		err = u.Err
	}
	e := &engine.Error{Code: engine.NotConnected, Op: endpoint, Msg: "no answer from the server", Err: err}
	if errors.Is(err, context.DeadlineExceeded) {
		e.Msg = "no answer from the server in " + callTime.String()
	}
	return &callError{err: e, reason: transient, reached: written}
}

func (c *client) account(ctx context.Context) (a accountAnswer, when timing, err error) {
	when, err = c.call(ctx, accountData, accountRequest{c.token.Reveal()}, &a)
	return a, when, err
}

func (c *client) chats(ctx context.Context, users []string, after millis) (a chatsAnswer, when timing, err error) {
	when, err = c.call(ctx, chats, chatsRequest{Token: c.token.Reveal(), Users: users, After: &after}, &a)
	return a, when, err
}

// create says one message; an answer without an error is the server's word that it has it.
func (c *client) create(ctx context.Context, r createRequest) error {
	r.Token = c.token.Reveal()
	_, err := c.call(ctx, createChat, r, &struct{}{})
	return err
}

// asCallError is nil if err is no [callError], but the end of a context.
func asCallError(err error) *callError {
	var e *callError
	if errors.As(err, &e) {
		return e
	}
	return nil
}
