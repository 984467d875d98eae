package web

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"botd/engine"
)

// Bounds of what a script may ask for, and what it gets if it does not say.
const (
	DefaultTimeout = 10 * time.Second
	MaxTimeout     = time.Minute
	MaxBody        = 1 << 20 // bytes of a request's or an answer's body, unpacked
	MaxRetry       = 5
	maxRedirects   = 5
	maxHeader      = 64 << 10
)

// What one script may do: requests under way, and a bucket of requests.
const (
	maxOpen   = 16
	perSecond = 10
	burst     = 50
)

// Request is what a script asks for. Header names are in any case.
type Request struct {
	Script  string
	Method  string // GET if empty
	URL     string
	Headers map[string]string
	Body    []byte
	Timeout time.Duration // for all of it, retries and their waits included; DefaultTimeout if 0
	Cache   time.Duration // a GET may be answered from what came so long ago
	Retry   int           // how often to try again what may work the next time
}

// Response is what the server answered in the end.
type Response struct {
	Status  int
	Headers map[string]string // names in lower case; several of one name joined by ", "
	Body    []byte
	URL     string // after redirects
	Cached  bool
}

// Options of a [Client]. Reach must be set.
type Options struct {
	// Reach says which hosts a script may speak with, as of now.
	Reach func(script string) engine.Reach
	// Cure is how an operator lets a script reach a host: the line of the configuration.
	Cure      func(script, host string) string
	UserAgent string
	Clock     engine.Clock // the system's if nil
	Log       *slog.Logger // nowhere if nil
	// Dial connects to an address and port, Resolve looks up a name; the system's if nil.
	Dial    func(ctx context.Context, network, addr string) (net.Conn, error)
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// Transport answers in the place of the network, for tests of scripts: no name is looked
	// up. Nil for the network.
	Transport http.RoundTripper
	// Rand gives the jitter, in [0, 1), from any goroutine; math/rand/v2 if nil.
	Rand func() float64
}

// Client carries out requests of scripts. Its methods may be called from any goroutine.
type Client struct {
	opt   Options
	http  *http.Client
	cache cache

	mu      sync.Mutex
	scripts map[string]*account
}

// account is what one script does.
type account struct {
	open int
	pace *rate.Limiter
}

// New makes a client.
func New(o Options) *Client {
	if o.Clock == nil {
		o.Clock = engine.SystemClock{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{Timeout: DefaultTimeout}).DialContext
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	if o.Resolve == nil {
		o.Resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	c := &Client{opt: o, scripts: make(map[string]*account)}
	c.http = &http.Client{
		// A connection is not kept: another script, or the same with fewer grants, could use it
		// to reach where it may not go. A proxy would connect in our place, unchecked.
		Transport: &http.Transport{
			DialContext: c.dial, DisableKeepAlives: true, MaxResponseHeaderBytes: maxHeader, TLSHandshakeTimeout: DefaultTimeout,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return engine.Errorf(engine.Quota, "more than %d redirects", maxRedirects)
			}
			if !strings.EqualFold(r.URL.Host, via[0].URL.Host) {
				r.Header = http.Header{"User-Agent": via[0].Header["User-Agent"]} // the rest was meant for somebody else
			}
			return c.allowed(r.Context(), r.URL)
		},
	}
	if o.Transport != nil {
		c.http.Transport = o.Transport
	}
	return c
}

// Do carries out a request. A status that means failure is no error. Error codes: Invalid,
// Denied (a host the script may not reach), NotFound (no such host), NotConnected, Timeout,
// Quota (too large), RateLimited (too many), Cancelled if ctx ended.
func (c *Client) Do(ctx context.Context, r Request) (Response, error) {
	u, err := r.check()
	if err != nil {
		return Response{}, err
	}
	ctx = context.WithValue(ctx, scriptKey{}, r.Script)
	if err := c.allowed(ctx, u); err != nil {
		return Response{}, err
	}
	key := r.cacheKey()
	if got, ok := c.cache.get(key, c.opt.Clock.Now(), r.Cache); ok {
		return got, nil
	}
	if err := c.enter(r.Script); err != nil {
		return Response{}, err
	}
	defer c.leave(r.Script)
	whole, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer c.opt.Clock.AfterFunc(r.Timeout, func() { cancel(context.DeadlineExceeded) })()
	got, err := c.persist(whole, r, c.opt.Clock.Now().Add(r.Timeout))
	if err != nil && context.Cause(whole) == context.DeadlineExceeded {
		err = context.DeadlineExceeded
	}
	if err != nil {
		return got, c.explain(ctx, u, r.Timeout, err)
	}
	if r.Cache > 0 && got.Status == http.StatusOK && r.Method == http.MethodGet {
		c.cache.put(key, got, c.opt.Clock.Now())
	}
	return got, nil
}

// check completes a request.
func (r *Request) check() (*url.URL, error) {
	r.Method = strings.ToUpper(cmp.Or(r.Method, http.MethodGet))
	if !slices.Contains(methods, r.Method) {
		return nil, engine.Errorf(engine.Invalid, "no method %q; there are %s", r.Method, strings.Join(methods, ", "))
	}
	u, err := url.Parse(r.URL)
	switch {
	case err != nil:
		return nil, engine.Errorf(engine.Invalid, "the address is none: %s", errors.Unwrap(err))
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, engine.Errorf(engine.Invalid, `the address %q must begin with "https://" or "http://"`, shown(u))
	case u.Hostname() == "":
		return nil, engine.Errorf(engine.Invalid, "the address %q names no host", shown(u))
	}
	if r.Timeout <= 0 {
		r.Timeout = DefaultTimeout
	}
	r.Timeout, r.Retry = min(r.Timeout, MaxTimeout), min(r.Retry, MaxRetry)
	if len(r.Body) > MaxBody {
		return nil, engine.Errorf(engine.Quota, "the body has more than %d KiB", MaxBody>>10)
	}
	return u, nil
}

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

// shown is an address without what may be secret in it.
func shown(u *url.URL) string {
	v := *u
	if v.User, v.Fragment, v.RawFragment = nil, "", ""; v.RawQuery != "" {
		v.RawQuery = "…"
	}
	return v.String()
}

func (c *Client) enter(script string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.scripts[script]
	if a == nil {
		a = &account{pace: rate.NewLimiter(perSecond, burst)}
		c.scripts[script] = a
	}
	if a.open >= maxOpen {
		return engine.Errorf(engine.Quota, "%d requests wait for their answers already", a.open)
	}
	now := c.opt.Clock.Now()
	if res := a.pace.ReserveN(now, 1); res.DelayFrom(now) > 0 {
		wait := res.DelayFrom(now)
		res.CancelAt(now)
		return &engine.Error{Code: engine.RateLimited, Msg: fmt.Sprintf("more than %d requests a second", perSecond), RetryAfter: wait}
	}
	a.open++
	return nil
}

func (c *Client) leave(script string) {
	c.mu.Lock()
	c.scripts[script].open--
	c.mu.Unlock()
}

// Forget drops what is kept for a script that is gone.
func (c *Client) Forget(script string) {
	c.mu.Lock()
	if a := c.scripts[script]; a != nil && a.open == 0 {
		delete(c.scripts, script)
	}
	c.mu.Unlock()
	c.cache.forget(script)
}

// persist tries until an answer is good, or trying again makes no sense.
func (c *Client) persist(ctx context.Context, r Request, until time.Time) (got Response, err error) {
	for attempt := 0; ; attempt++ {
		var sent bool
		got, sent, err = c.once(ctx, r)
		wait, again := retryable(r, got, sent, err)
		if !again || attempt >= r.Retry {
			return got, err
		}
		if wait == 0 {
			wait = time.Duration((0.5 + c.opt.Rand()) * float64(time.Second<<attempt) / 2)
		}
		if until.Sub(c.opt.Clock.Now()) < wait {
			return got, err
		}
		if c.opt.Clock.Sleep(ctx, wait) != nil {
			return got, ctx.Err()
		}
	}
}

// retryable reports whether another try may do better, and how long the server wants us to
// wait. What changes something is not sent again unless it surely did not arrive.
func retryable(r Request, got Response, sent bool, err error) (wait time.Duration, again bool) {
	safe := r.Method != http.MethodPost && r.Method != http.MethodPatch
	if err != nil {
		return 0, (safe || !sent) && engine.CodeOf(err) == engine.Internal // the others are refusals of ours
	}
	switch got.Status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		if !safe {
			return 0, false
		}
	default:
		return 0, false
	}
	return retryAfter(got), true
}

// retryAfter is how long an answer asks to wait, 0 if it does not say in seconds.
func retryAfter(r Response) time.Duration {
	n, err := strconv.ParseUint(r.Headers["retry-after"], 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}

// once sends the request. sent is false if it surely did not reach the server.
func (c *Client) once(ctx context.Context, r Request) (out Response, sent bool, err error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return out, false, engine.Errorf(engine.Invalid, "%w", err)
	}
	if err := setHeaders(req, r.Headers); err != nil {
		return out, false, err
	}
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", c.opt.UserAgent)
	}
	got, err := c.http.Do(req)
	if err != nil {
		var op *net.OpError
		return out, !errors.As(err, &op) || op.Op != "dial", err
	}
	defer got.Body.Close()
	out = Response{Status: got.StatusCode, Headers: make(map[string]string, len(got.Header)), URL: got.Request.URL.String()}
	for name, values := range got.Header {
		out.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	out.Body, err = io.ReadAll(io.LimitReader(got.Body, MaxBody+1))
	if err == nil && len(out.Body) > MaxBody {
		err = engine.Errorf(engine.Quota, "the answer has more than %d KiB", MaxBody>>10)
	}
	return out, true, err
}

// ours are headers that the connection needs for itself.
var ours = []string{"Connection", "Content-Length", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

func setHeaders(req *http.Request, headers map[string]string) error {
	size := 0
	for name, value := range headers {
		canonical := http.CanonicalHeaderKey(name)
		if size += len(name) + len(value); size > maxHeader {
			return engine.Errorf(engine.Quota, "the headers have more than %d KiB", maxHeader>>10)
		}
		if !token(name) || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return engine.Errorf(engine.Invalid, "%q: %q cannot stand in a header", name, value)
		}
		if slices.Contains(ours, canonical) {
			return engine.Errorf(engine.Invalid, "the header %q cannot be set", name)
		}
		if canonical == "Host" {
			return engine.Errorf(engine.Invalid, "the header %q follows from the address", name)
		}
		req.Header.Set(name, value)
	}
	return nil
}

// token reports whether a text may be the name of a header.
func token(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
	})
}
