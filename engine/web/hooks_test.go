package web_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"botd/engine"
	"botd/engine/web"
)

const secret = "a secret of some length"

func sign(body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

func newHooks() *web.Hooks { return web.NewHooks(engine.SystemClock{}, slog.New(slog.DiscardHandler)) }

func call(s *web.Hooks, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func echo(c web.HookCall, reply func(web.HookReply)) {
	_, proof := c.Headers["x-hub-signature-256"]
	if proof || c.Headers["authorization"] != "" {
		reply(web.HookReply{Status: 500, Body: "the script sees the signature"})
		return
	}
	reply(web.HookReply{Status: 202, Body: c.Path + " " + c.Query["q"] + " " + c.Headers["x-event"] + " " + string(c.Body)})
}

func add(t *testing.T, s *web.Hooks, h web.Hook) (remove func()) {
	t.Helper()
	if h.Secret == "" {
		h.Secret = secret
	}
	if h.Serve == nil {
		h.Serve = echo
	}
	remove, err := s.Add(h)
	if err != nil {
		t.Fatal(err)
	}
	return remove
}

func TestSignatures(t *testing.T) {
	s := newHooks()
	add(t, s, web.Hook{Script: "ci", Path: "deploy/main", Max: 100})
	for _, tt := range []struct {
		name   string
		method string
		path   string
		body   string
		header []string
		status int
	}{
		{"as GitHub signs", "POST", "/hooks/ci/deploy/main?q=1", "x", []string{"X-Hub-Signature-256", "sha256=" + sign("x")}, 202},
		{"as Gitea signs", "POST", "/hooks/ci/deploy/main?q=1", "x", []string{"X-Gitea-Signature", sign("x")}, 202},
		{"a plain signature", "POST", "/hooks/ci/deploy/main/?q=1", "x", []string{"X-Signature", sign("x")}, 202},
		{"as GitLab does", "POST", "/hooks/ci/deploy/main?q=1", "x", []string{"X-Gitlab-Token", secret}, 202},
		{"a bearer", "POST", "/hooks/ci/deploy/main?q=1", "x", []string{"Authorization", "Bearer " + secret}, 202},
		{"no signature", "POST", "/hooks/ci/deploy/main", "x", nil, 403},
		{"that of another body", "POST", "/hooks/ci/deploy/main", "y", []string{"X-Hub-Signature-256", "sha256=" + sign("x")}, 403},
		{"no hexadecimal", "POST", "/hooks/ci/deploy/main", "x", []string{"X-Signature", "zz"}, 403},
		{"a part of it", "POST", "/hooks/ci/deploy/main", "x", []string{"X-Signature", sign("x")[:8]}, 403},
		{"the first proof counts", "POST", "/hooks/ci/deploy/main", "x", []string{"X-Hub-Signature-256", "sha256=00", "X-Gitlab-Token", secret}, 403},
		{"another secret", "POST", "/hooks/ci/deploy/main", "x", []string{"X-Gitlab-Token", secret + "x"}, 403},
		{"no such webhook", "POST", "/hooks/ci/deploy", "x", []string{"X-Gitlab-Token", secret}, 403},
		{"no such script", "POST", "/hooks/co/deploy/main", "x", []string{"X-Gitlab-Token", secret}, 403},
		{"no post", "GET", "/hooks/ci/deploy/main", "", []string{"X-Gitlab-Token", secret}, 405},
		{"too long", "POST", "/hooks/ci/deploy/main", strings.Repeat("x", 101), []string{"X-Gitlab-Token", secret}, 413},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := call(s, tt.method, tt.path, tt.body, append(tt.header, "X-Event", "push")...)
			if w.Code != tt.status {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if got := w.Body.String(); tt.status == 202 && got != "deploy/main 1 push x" {
				t.Errorf("answered %q", got)
			}
		})
	}
}

func TestBadHooks(t *testing.T) {
	s := newHooks()
	for _, h := range []web.Hook{{Path: "", Secret: secret}, {Path: "/", Secret: secret}, {Path: "a//b", Secret: secret}, {Path: "a b", Secret: secret}, {Path: "../x?", Secret: secret},
		{Path: strings.Repeat("x", 101), Secret: secret}, {Path: "x", Secret: "short"}} {
		if _, err := s.Add(h); engine.CodeOf(err) != engine.Invalid {
			t.Errorf("%+v: %v", h, err)
		}
	}
	var err error
	for i := range 200 {
		if _, err = s.Add(web.Hook{Script: "a", Path: "p" + strings.Repeat("x", i%90), Secret: secret}); err != nil {
			break
		}
	}
	if engine.CodeOf(err) != engine.Quota {
		t.Errorf("200 webhooks: %v", err)
	}
	add(t, s, web.Hook{Script: "b", Path: "p"})
}

// A generation that loads has its webhooks beside those of the one that serves.
func TestGenerations(t *testing.T) {
	s := newHooks()
	generation := func(name string) (remove func()) {
		return add(t, s, web.Hook{Script: "a", Path: "p", Serve: func(_ web.HookCall, reply func(web.HookReply)) { reply(web.HookReply{Body: name}) }})
	}
	expect := func(want string) {
		t.Helper()
		w := call(s, "POST", "/hooks/a/p", "", "X-Gitlab-Token", secret)
		if got := w.Body.String(); !strings.HasPrefix(got, want) {
			t.Errorf("%d %q, want %q", w.Code, got, want)
		}
	}
	first := generation("first")
	expect("first")
	failed := generation("failed")
	expect("failed")
	failed()
	expect("first")
	second := generation("second")
	first()
	expect("second")
	second()
	second()
	expect("no such webhook")
}

func TestSlowHooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newHooks()
		add(t, s, web.Hook{Script: "a", Path: "never", Serve: func(web.HookCall, func(web.HookReply)) {}})
		add(t, s, web.Hook{Script: "a", Path: "twice", Serve: func(_ web.HookCall, reply func(web.HookReply)) {
			reply(web.HookReply{})
			reply(web.HookReply{Status: 500})
		}})
		if w := call(s, "POST", "/hooks/a/never", "", "X-Gitlab-Token", secret); w.Code != http.StatusGatewayTimeout {
			t.Errorf("nobody answered: %d", w.Code)
		}
		if w := call(s, "POST", "/hooks/a/twice", "", "X-Gitlab-Token", secret); w.Code != http.StatusOK {
			t.Errorf("answered twice: %d", w.Code)
		}
		codes := make(chan int, 20)
		for range 20 {
			go func() { codes <- call(s, "POST", "/hooks/a/never", "", "X-Gitlab-Token", secret).Code }()
		}
		count := map[int]int{}
		for range 20 {
			count[<-codes]++
		}
		if count[http.StatusTooManyRequests] != 4 || count[http.StatusGatewayTimeout] != 16 {
			t.Errorf("20 at a time: %v", count)
		}
		last := 0
		for range 60 {
			last = call(s, "POST", "/hooks/a/twice", "", "X-Gitlab-Token", secret).Code
		}
		if last != http.StatusTooManyRequests {
			t.Errorf("60 in no time: %d", last)
		}
	})
}

func TestServer(t *testing.T) {
	var failed error
	var addr net.Addr
	s := &web.Server{
		Addr: "127.0.0.1:0", Failed: func(err error) { failed = err },
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }),
		Listen: func(network, a string) (net.Listener, error) {
			l, err := net.Listen(network, a)
			if err == nil {
				addr = l.Addr()
			}
			return l, err
		},
	}
	for range 2 {
		if !s.Need() || failed != nil {
			t.Fatal(failed)
		}
	}
	got, err := http.Get("http://" + addr.String())
	if err != nil {
		t.Fatal(err)
	}
	got.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	s.Close(0)
	if _, err := net.Dial("tcp", addr.String()); err == nil {
		t.Error("it listens after it was closed")
	}
	s.Close(0)
	if off := (&web.Server{}); off.Need() {
		t.Error("it needs an address")
	}
	broken := &web.Server{Addr: "x", Failed: func(err error) { failed = err }, Listen: func(string, string) (net.Listener, error) { return nil, errors.New("taken") }}
	broken.Need()
	broken.Need()
	if failed == nil {
		t.Error("nobody was told that it does not listen")
	}
	broken.Close(0)
	late := &web.Server{Addr: "127.0.0.1:0"}
	late.Close(0)
	late.Need() // would panic without Handler and Failed
}
