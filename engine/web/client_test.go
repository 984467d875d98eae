package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"botd/engine"
	"botd/engine/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is an internet in which every address leads to one server.
type world struct {
	*web.Client
	server *httptest.Server
	reach  engine.Reach

	mu     sync.Mutex
	names  map[string][]string // what names stand for; each look-up takes one
	dialed []string
	slept  []time.Duration
	now    time.Time
}

func newWorld(t *testing.T, h http.HandlerFunc, reach ...string) *world {
	w := &world{names: map[string][]string{}, now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	w.server = httptest.NewServer(h)
	t.Cleanup(w.server.Close)
	var err error
	if w.reach, err = engine.ParseReach(reach...); err != nil {
		t.Fatal(err)
	}
	w.Client = web.New(web.Options{
		Reach: func(string) engine.Reach { return w.reach },
		Cure:  func(_, host string) string { return "grant http(" + host + ")" },
		Clock: clock{w}, UserAgent: "botd/test", Dial: w.dial, Resolve: w.resolve,
	})
	return w
}

func (w *world) resolve(_ context.Context, host string) (ips []netip.Addr, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.names[host]
	if len(list) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(list) > 1 {
		w.names[host] = list[1:]
	}
	for _, s := range strings.Fields(list[0]) {
		ips = append(ips, netip.MustParseAddr(s))
	}
	return ips, nil
}

func (w *world) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	w.mu.Lock()
	w.dialed = append(w.dialed, addr)
	w.mu.Unlock()
	if strings.HasSuffix(addr, ":81") {
		return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	}
	return (&net.Dialer{}).DialContext(ctx, network, w.server.Listener.Addr().String())
}

// clock counts waits instead of waiting.
type clock struct{ w *world }

func (c clock) Now() time.Time { c.w.mu.Lock(); defer c.w.mu.Unlock(); return c.w.now }
func (c clock) Sleep(ctx context.Context, d time.Duration) error {
	c.w.mu.Lock()
	c.w.slept = append(c.w.slept, d)
	c.w.mu.Unlock()
	return ctx.Err()
}
func (c clock) AfterFunc(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }

func (w *world) get(url string) (web.Response, error) {
	return w.Do(context.Background(), web.Request{Script: "s", URL: url})
}

func hello(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("X-Two", "a")
	w.Header().Add("X-Two", "b")
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s%s %s %s", r.Method, r.Host, r.URL.Path, r.Header.Get("User-Agent"), body)
}

func TestDo(t *testing.T) {
	w := newWorld(t, hello, "public")
	w.names["example.com"] = []string{"93.184.216.34"}
	got, err := w.Do(context.Background(), web.Request{Script: "s", Method: "post", URL: "http://example.com/a", Body: []byte("x"), Headers: map[string]string{"user-agent": "me"}})
	if err != nil {
		t.Fatal(err)
	}
	if got.Status != 200 || string(got.Body) != "POST example.com/a me x" || got.Headers["x-two"] != "a, b" || got.URL != "http://example.com/a" {
		t.Errorf("%+v %s", got, got.Body)
	}
	if !slices.Equal(w.dialed, []string{"93.184.216.34:80"}) {
		t.Errorf("dialled %v", w.dialed)
	}
	if got, _ := w.get("http://example.com:8080/"); string(got.Body) != "GET example.com:8080/ botd/test " {
		t.Errorf("%s", got.Body)
	}
}

func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		name  string
		reach []string
		url   string
		names map[string][]string
		code  engine.Code
		msg   string
	}{
		{"nothing granted", nil, "http://example.com", nil, engine.Denied, `script "s" may not reach the host example.com: grant http(example.com)`},
		{"another host granted", []string{"example.org"}, "http://example.com", nil, engine.Denied, "the host example.com"},
		{"loopback", []string{"public"}, "http://127.0.0.1/", nil, engine.Denied, "the private address 127.0.0.1: grant http(127.0.0.1)"},
		{"loopback of IPv6", []string{"public"}, "http://[::1]/", nil, engine.Denied, "the private address ::1"},
		{"loopback in another form", []string{"public"}, "http://[::ffff:127.0.0.1]/", nil, engine.Denied, "the private address"},
		{"numbers that are names", []string{"public"}, "http://2130706433/", map[string][]string{"2130706433": {"127.0.0.1"}}, engine.Denied, "private address"},
		{"octal", []string{"public"}, "http://0177.0.0.1/", map[string][]string{"0177.0.0.1": {"127.0.0.1"}}, engine.Denied, "private address"},
		{"the data of a cloud", []string{"public"}, "http://169.254.169.254/latest/meta-data", nil, engine.Denied, "the private address 169.254.169.254"},
		{"a name for a private address", []string{"public"}, "http://nas/", map[string][]string{"nas": {"192.168.1.5"}}, engine.Denied, "the private address of nas, 192.168.1.5: grant http(192.168.1.5)"},
		{"a granted name for a private address", []string{"example.com"}, "http://example.com", map[string][]string{"example.com": {"10.0.0.1"}}, engine.Denied, "the private address of example.com, 10.0.0.1"},
		{"a listed address under another port", []string{"10.0.0.1:8080"}, "http://10.0.0.1", nil, engine.Denied, "10.0.0.1"},
		{"other names beside a listed address", []string{"10.0.0.1"}, "http://example.com", map[string][]string{"example.com": {"93.184.216.34"}}, engine.Denied, "the host example.com"},
		{"no such host", []string{"public"}, "http://nowhere.example", nil, engine.NotFound, `there is no host "nowhere.example"`},
		{"nobody listens", []string{"public"}, "http://93.184.216.34:81", nil, engine.NotConnected, "connection refused"},
		{"a file", []string{"public"}, "file:///etc/passwd", nil, engine.Invalid, `the address "file:///etc/passwd" must begin with "https://"`},
		{"no host", []string{"public"}, "http:///x", nil, engine.Invalid, "names no host"},
		{"no address", []string{"public"}, "http://[", nil, engine.Invalid, "the address is none: missing ']' in host"},
		{"redirect to the machine", []string{"public"}, "http://93.184.216.34/to?http://127.0.0.1/", nil, engine.Denied, "the private address 127.0.0.1"},
		{"redirect to a host that is not granted", []string{"93.184.216.34"}, "http://93.184.216.34/to?http://example.com/", map[string][]string{"example.com": {"1.1.1.1"}}, engine.Denied, "example.com"},
		{"redirect out of the web", []string{"public"}, "http://93.184.216.34/to?file:///etc/passwd", nil, engine.Denied, `a redirect to "file"`},
		{"redirects without end", []string{"public"}, "http://93.184.216.34/to?/to?x", nil, engine.Quota, "more than 5 redirects"},
		{"an endless answer", []string{"public"}, "http://93.184.216.34/endless", nil, engine.Quota, "the answer has more than 1024 KiB"},
		{"endless headers", []string{"public"}, "http://93.184.216.34/headers", nil, engine.NotConnected, "exceeded"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, tricks, tt.reach...)
			if tt.names != nil {
				w.names = tt.names
			}
			_, err := w.get(tt.url)
			if engine.CodeOf(err) != tt.code || !strings.Contains(engine.AsError(err).Msg+err.Error(), tt.msg) {
				t.Errorf("%s: %v", engine.CodeOf(err), err)
			}
		})
	}
}

// tricks is a server with bad intentions.
func tricks(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/to":
		to := r.URL.RawQuery
		if strings.HasPrefix(to, "/to") {
			to = r.URL.String()
		}
		http.Redirect(w, r, to, http.StatusFound)
	case "/endless":
		for {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	case "/headers":
		w.Header().Set("X-Long", strings.Repeat("x", 200<<10))
	}
}

// A name that stands for a public address when it is checked and for a private one when
// it is dialled leads nowhere: it is asked once for each connection.
func TestRebinding(t *testing.T) {
	w := newWorld(t, tricks, "public")
	w.names["evil.example"] = []string{"93.184.216.34", "127.0.0.1"}
	if _, err := w.get("http://evil.example/"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.get("http://evil.example/"); engine.CodeOf(err) != engine.Denied {
		t.Errorf("the second time: %v", err)
	}
	w.names["both.example"] = []string{"127.0.0.1 93.184.216.34"}
	if _, err := w.get("http://both.example/"); err != nil {
		t.Errorf("one address of two is public: %v", err)
	}
	if want := []string{"93.184.216.34:80", "93.184.216.34:80"}; !slices.Equal(w.dialed, want) {
		t.Errorf("dialled %v, want %v", w.dialed, want)
	}
}

func TestListedAddresses(t *testing.T) {
	w := newWorld(t, hello, "192.168.1.5", "localhost:8080")
	w.names["nas"] = []string{"192.168.1.5"}
	for _, url := range []string{"http://nas/", "http://192.168.1.5:99/", "http://127.0.0.1:8080/", "http://[::1]:8080/"} {
		if _, err := w.get(url); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// What a script sends to one host is not for another that this one names.
func TestRedirectLosesHeaders(t *testing.T) {
	var got http.Header // is read once its request has been answered
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Host == "a.example" {
			http.Redirect(w, r, "http://b.example/", http.StatusFound)
			return
		}
		got = r.Header
	}, "public")
	w.names = map[string][]string{"a.example": {"1.1.1.1"}, "b.example": {"1.1.1.2"}}
	_, err := w.Do(context.Background(), web.Request{Script: "s", URL: "http://a.example/", Headers: map[string]string{"X-Api-Key": "secret", "Authorization": "Bearer x"}})
	if err != nil {
		t.Fatal(err)
	}
	if got.Get("X-Api-Key") != "" || got.Get("Authorization") != "" || got.Get("User-Agent") != "botd/test" {
		t.Errorf("the other host got %v", got)
	}
}

func TestHeaders(t *testing.T) {
	w := newWorld(t, hello, "public")
	for _, h := range []map[string]string{{"Host": "x"}, {"connection": "close"}, {"Content-Length": "5"}, {"a b": "x"}, {"": "x"}, {"X": "a\r\nY: b"}, {"X": "\x00"}} {
		_, err := w.Do(context.Background(), web.Request{Script: "s", URL: "http://1.1.1.1/", Headers: h})
		if engine.CodeOf(err) != engine.Invalid {
			t.Errorf("%v: %v", h, err)
		}
	}
	_, err := w.Do(context.Background(), web.Request{Script: "s", URL: "http://1.1.1.1/", Headers: map[string]string{"X": strings.Repeat("x", 100<<10)}})
	if engine.CodeOf(err) != engine.Quota {
		t.Errorf("long headers: %v", err)
	}
	if _, err := w.Do(context.Background(), web.Request{Script: "s", URL: "http://1.1.1.1/", Body: make([]byte, 2<<20)}); engine.CodeOf(err) != engine.Quota {
		t.Errorf("a large body: %v", err)
	}
	if _, err := w.Do(context.Background(), web.Request{Script: "s", Method: "CONNECT", URL: "http://1.1.1.1/"}); engine.CodeOf(err) != engine.Invalid {
		t.Errorf("another method: %v", err)
	}
	if len(w.dialed) != 0 {
		t.Errorf("dialled %v", w.dialed)
	}
}

func TestRetry(t *testing.T) {
	for _, tt := range []struct {
		name    string
		method  string
		retry   int
		answers []string // a status and Retry-After, or "cut"
		want    int
		sent    int32
		waits   []time.Duration
	}{
		{"good at once", "GET", 3, []string{"200"}, 200, 1, nil},
		{"not asked for", "GET", 0, []string{"503", "200"}, 503, 1, nil},
		{"busy, says how long", "GET", 2, []string{"429 7", "503 3", "200"}, 200, 3, []time.Duration{7 * time.Second, 3 * time.Second}},
		{"longer than there is time", "GET", 2, []string{"429 700", "200"}, 429, 1, nil},
		{"to the end", "GET", 2, []string{"502", "504", "502", "200"}, 502, 3, nil},
		{"what is wrong stays wrong", "GET", 2, []string{"500", "200"}, 500, 1, nil},
		{"a post may have arrived", "POST", 2, []string{"502", "200"}, 502, 1, nil},
		{"a post that was refused", "POST", 2, []string{"503 1", "200"}, 200, 2, []time.Duration{time.Second}},
		{"cut off", "GET", 2, []string{"cut", "200"}, 200, 2, nil},
		{"a post cut off", "POST", 2, []string{"cut", "200"}, 0, 1, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var sent atomic.Int32
			w := newWorld(t, func(w http.ResponseWriter, _ *http.Request) {
				var status int
				var after string
				if _, err := fmt.Sscan(tt.answers[sent.Add(1)-1]+" -", &status, &after); err != nil {
					panic(http.ErrAbortHandler)
				}
				if after != "-" {
					w.Header().Set("Retry-After", after)
				}
				w.WriteHeader(status)
			}, "public")
			got, err := w.Do(context.Background(), web.Request{Script: "s", Method: tt.method, URL: "http://1.1.1.1/", Retry: tt.retry, Timeout: time.Minute})
			if got.Status != tt.want || (err != nil) != (tt.want == 0) {
				t.Errorf("%d, %v", got.Status, err)
			}
			if n := sent.Load(); n != tt.sent {
				t.Errorf("sent %d times", n)
			}
			if tt.waits != nil && !slices.Equal(w.slept, tt.waits) {
				t.Errorf("waited %v", w.slept)
			}
		})
	}
}

func TestCache(t *testing.T) {
	var n atomic.Int32
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, n.Add(1)) }, "public")
	ask := func(script, path, header string, max time.Duration, want string) {
		t.Helper()
		got, err := w.Do(context.Background(), web.Request{Script: script, URL: "http://1.1.1.1" + path, Headers: map[string]string{"X": header}, Cache: max})
		if err != nil || string(got.Body) != want {
			t.Errorf("%s %s %s: %s, %v; want %s", script, path, header, got.Body, err, want)
		}
	}
	pass := func(d time.Duration) { w.mu.Lock(); w.now = w.now.Add(d); w.mu.Unlock() }
	ask("a", "/", "", time.Minute, "1")
	ask("a", "/", "", time.Minute, "1")
	ask("a", "/x", "", time.Minute, "2")
	ask("a", "/", "other", time.Minute, "3")
	ask("b", "/", "", time.Minute, "4") // another script's
	ask("a", "/", "", 0, "5")           // does not want it
	pass(30 * time.Second)
	ask("a", "/", "", time.Minute, "1")
	ask("a", "/", "", 10*time.Second, "6") // too old for this one
	pass(50 * time.Second)
	ask("a", "/", "", time.Minute, "6")
	pass(20 * time.Second)
	ask("a", "/", "", time.Minute, "7")
	w.Forget("a")
	ask("a", "/", "", time.Minute, "8")
	ask("b", "/", "", time.Hour, "4")
}

func TestTooMany(t *testing.T) {
	stop := make(chan struct{})
	w := newWorld(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			<-stop
		}
	}, "public")
	var wg sync.WaitGroup
	errs := make(chan error, 100)
	for range 17 {
		wg.Go(func() { _, err := w.get("http://1.1.1.1/wait"); errs <- err })
	}
	if err := <-errs; engine.CodeOf(err) != engine.Quota {
		t.Errorf("the seventeenth at a time: %v", err)
	}
	if _, err := w.Do(context.Background(), web.Request{Script: "another", URL: "http://1.1.1.1/"}); err != nil {
		t.Errorf("another script: %v", err)
	}
	close(stop)
	wg.Wait()
	var err error
	for range 60 {
		if _, err = w.get("http://1.1.1.1/"); err != nil {
			break
		}
	}
	if engine.CodeOf(err) != engine.RateLimited || engine.AsError(err).RetryAfter <= 0 {
		t.Errorf("sixty in no time: %v", err)
	}
}

func TestTimeout(t *testing.T) {
	stop := make(chan struct{})
	w := newWorld(t, func(_ http.ResponseWriter, r *http.Request) { <-stop }, "public")
	defer close(stop)
	_, err := w.Do(context.Background(), web.Request{Script: "s", URL: "http://1.1.1.1/", Timeout: time.Millisecond})
	if engine.CodeOf(err) != engine.Timeout {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := w.Do(ctx, web.Request{Script: "s", URL: "http://1.1.1.1/"}); engine.CodeOf(err) != engine.Cancelled {
		t.Errorf("%v", err)
	}
}
