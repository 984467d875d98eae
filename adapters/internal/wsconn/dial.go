package wsconn

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"botd/engine"
)

// bufferSize is small because frames of a chat are, and there may be thousands of
// connections. Write buffers are only held during a write.
const bufferSize = 1 << 10

var writeBuffers sync.Pool

// Dial connects to a ws or wss address. A refused login (401, 403) has code Denied, a
// bad address Invalid; any other error may pass and has NotConnected, RateLimited
// (429), or Timeout.
func Dial(ctx context.Context, address string, cfg Config) (*Conn, error) {
	cfg = cfg.withDefaults()
	if u, err := url.Parse(address); err != nil || u.Host == "" || (u.Scheme != "ws" && u.Scheme != "wss") {
		return nil, engine.Errorf(engine.Invalid, "%q is not an address like wss://host/path", address)
	}
	ctx, cancel := context.WithTimeout(ctx, cfg.Handshake)
	defer cancel()
	var stream *corked
	var untie func()
	dialer := websocket.Dialer{
		NetDialContext: func(_ context.Context, network, addr string) (net.Conn, error) {
			c, err := cfg.dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			stream, untie = newCorked(c, cfg.WriteTimeout), tie(ctx, c)
			return stream, nil
		},
		TLSClientConfig: cfg.tls(),
		ReadBufferSize:  bufferSize,
		WriteBufferSize: bufferSize,
		WriteBufferPool: &writeBuffers,
	}
	ws, resp, err := dialer.DialContext(ctx, address, cfg.Header)
	if untie != nil {
		untie()
	}
	if err != nil {
		return nil, dialError(ctx, resp, err)
	}
	return newConn(ws, stream, cfg), nil
}

// tie closes c when ctx ends, until untie is called: the library looks at the
// deadline of a context during the handshake, but not at its cancellation.
func tie(ctx context.Context, c net.Conn) (untie func()) {
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		c.Close()
	})
	return func() {
		if !stop() {
			<-closed
		}
	}
}

func (c Config) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	open := c.Dial
	if open == nil {
		open = new(net.Dialer).DialContext
	}
	return open(ctx, network, addr)
}

func (c Config) tls() *tls.Config {
	if c.TLS == nil {
		return &tls.Config{MinVersion: tls.VersionTLS12}
	}
	t := c.TLS.Clone()
	t.MinVersion = max(t.MinVersion, tls.VersionTLS12)
	return t
}

func dialError(ctx context.Context, resp *http.Response, err error) error {
	e := &engine.Error{Code: engine.NotConnected, Op: "connect", Err: err, Msg: "no connection"}
	switch {
	case resp != nil && errors.Is(err, websocket.ErrBadHandshake):
		e.Msg = "the server answered " + resp.Status
		switch resp.StatusCode {
		case http.StatusUnauthorized, http.StatusForbidden:
			e.Code = engine.Denied
		case http.StatusTooManyRequests:
			e.Code, e.RetryAfter = engine.RateLimited, retryAfter(resp)
		}
	case isTimeout(err) || errors.Is(ctx.Err(), context.DeadlineExceeded):
		e.Code, e.Msg = engine.Timeout, "no answer to the handshake"
	}
	return e
}

// retryAfter reads the header's form in seconds; 0 for the other one, a date.
func retryAfter(resp *http.Response) time.Duration {
	n, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || n < 0 || n > 24*60*60 {
		return 0
	}
	return time.Duration(n) * time.Second
}
