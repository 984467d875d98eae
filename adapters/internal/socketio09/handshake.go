package socketio09

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"botd/engine"
)

// Handshake is what the server answers to the first request.
type Handshake struct {
	SID       string
	Heartbeat time.Duration // silence after which the connection is dead; 0: never
	Close     time.Duration // how long the server keeps a session that lost its connection
}

// maxHandshake bounds the body of an answer.
const maxHandshake = 4 << 10

// ParseHandshake reads "sid:60:60:websocket". A status of 200 alone says nothing:
// "Welcome to socket.io." comes with it, too.
func ParseHandshake(body string) (Handshake, error) {
	parts := strings.Split(strings.TrimSpace(body), ":")
	if len(parts) != 4 || parts[0] == "" || strings.ContainsAny(parts[0], "/?# ") {
		return Handshake{}, engine.Errorf(engine.NotConnected, "the server answered something else than a session id")
	}
	if !slices.Contains(strings.Split(parts[3], ","), "websocket") {
		return Handshake{}, engine.Errorf(engine.NotConnected, "the server offers %q, not websocket", parts[3])
	}
	h := Handshake{SID: parts[0]}
	for i, d := range []*time.Duration{&h.Heartbeat, &h.Close} {
		seconds, err := seconds(parts[1+i])
		if err != nil {
			return Handshake{}, engine.Errorf(engine.NotConnected, "the server named no time with %q", parts[1+i])
		}
		*d = seconds
	}
	return h, nil
}

const maxSeconds = 24 * 60 * 60

func seconds(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n >= 0 && n <= maxSeconds) {
		return 0, strconv.ErrRange
	}
	return time.Duration(n * float64(time.Second)), nil
}

// handshake asks for a session.
func handshake(ctx context.Context, base string, cfg Config) (Handshake, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/socket.io/1/", nil)
	if err != nil {
		return Handshake{}, engine.Errorf(engine.Invalid, "%q is not an address like http://host:port", base)
	}
	client := &http.Client{
		Transport:     &http.Transport{DialContext: dialWithin(ctx, cfg), DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		return Handshake{}, failed("handshake", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxHandshake))
	switch {
	case err != nil:
		return Handshake{}, failed("handshake", err)
	case resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden:
		return Handshake{}, &engine.Error{Code: engine.Denied, Op: "handshake", Msg: "the server answered " + resp.Status}
	case resp.StatusCode != http.StatusOK:
		return Handshake{}, &engine.Error{Code: engine.NotConnected, Op: "handshake", Msg: "the server answered " + resp.Status}
	}
	return ParseHandshake(string(body))
}

// dialWithin dials with the context of the request: the library's own goes on after that,
// for the benefit of requests that never come.
func dialWithin(ctx context.Context, cfg Config) func(context.Context, string, string) (net.Conn, error) {
	dial := cfg.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	return func(_ context.Context, network, addr string) (net.Conn, error) { return dial(ctx, network, addr) }
}

func failed(op string, err error) error {
	e := &engine.Error{Code: engine.NotConnected, Op: op, Msg: "no connection", Err: err}
	var timeout net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		e.Code, e.Msg = engine.Timeout, "no answer in time"
	}
	return e
}
