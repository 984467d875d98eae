package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"botd/engine"
)

// HookPrefix is where webhooks are found: HookPrefix + script + "/" + path.
const HookPrefix = "/hooks/"

// Bounds of webhooks.
const (
	DefaultHookBody = 256 << 10 // bytes of a call's body
	MinSecret       = 16        // characters of a secret
	MaxHookPath     = 100
	maxHooks        = 100 // of a script, those of two generations together
	maxHookCalls    = 16  // of a script at a time
	hookTimeout     = 10 * time.Second
)

// Hook is a webhook of a script.
type Hook struct {
	Script string
	Path   string // of letters, digits and -_./
	Secret string // what callers sign with
	Max    int    // bytes of a body, DefaultHookBody if 0, MaxBody at most
	// Serve is given each call whose signature is right. reply may be called from any
	// goroutine, once; without it the caller is told that nobody answered in time.
	Serve func(c HookCall, reply func(HookReply))
}

// HookCall is a call of a webhook.
type HookCall struct {
	Path    string
	Query   map[string]string // the first value of each name
	Headers map[string]string // names in lower case, without those that prove who calls
	Body    []byte
}

// HookReply is what the caller is told.
type HookReply struct {
	Status int // 200 if 0
	Body   string
}

// Hooks are the webhooks of all scripts. Its methods may be called from any goroutine.
type Hooks struct {
	log   *slog.Logger
	clock engine.Clock

	mu   sync.Mutex
	byAt map[string][]*hook // by script and path; the last one is called
	open map[string]int     // calls under way, by script
}

type hook struct {
	Hook
	pace *rate.Limiter
}

// NewHooks makes an empty set.
func NewHooks(clock engine.Clock, log *slog.Logger) *Hooks {
	return &Hooks{log: log, clock: clock, byAt: map[string][]*hook{}, open: map[string]int{}}
}

func hookAt(script, path string) string { return script + "/" + strings.Trim(path, "/") }

// CheckHook tells what is wrong with a webhook; its error has code Invalid.
func CheckHook(path, secret string) error {
	clean := strings.Trim(path, "/")
	if clean == "." || !fs.ValidPath(clean) || len(clean) > MaxHookPath || strings.Trim(clean, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") != "" {
		return engine.Errorf(engine.Invalid, "the path of a webhook has 1 to %d letters, digits and -_./, and no part that is . or .., got %q", MaxHookPath, path)
	}
	if len(secret) < MinSecret {
		return engine.Errorf(engine.Invalid, "the secret of a webhook needs %d characters at least: whoever knows it can call it", MinSecret)
	}
	return nil
}

// Add opens a webhook. One of the same script and path rests until remove closes the new
// one: a generation that loads takes over without a gap, and gives back what it took if it
// does not come to serve.
func (s *Hooks) Add(h Hook) (remove func(), err error) {
	if err := CheckHook(h.Path, h.Secret); err != nil {
		return nil, err
	}
	if h.Max <= 0 {
		h.Max = DefaultHookBody
	}
	h.Max = min(h.Max, MaxBody)
	at := hookAt(h.Script, h.Path)
	n := &hook{h, rate.NewLimiter(perSecond, burst)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count(h.Script) >= maxHooks {
		return nil, engine.Errorf(engine.Quota, "the script has %d webhooks already", maxHooks)
	}
	s.byAt[at] = append(s.byAt[at], n)
	return func() { s.remove(at, n) }, nil
}

func (s *Hooks) remove(at string, h *hook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := slices.DeleteFunc(s.byAt[at], func(other *hook) bool { return other == h })
	if s.byAt[at] = list; len(list) == 0 {
		delete(s.byAt, at)
	}
}

func (s *Hooks) count(script string) (n int) {
	for at, list := range s.byAt {
		if strings.HasPrefix(at, script+"/") {
			n += len(list)
		}
	}
	return n
}

// at returns the webhook that answers; nil if there is none.
func (s *Hooks) at(at string) *hook {
	s.mu.Lock()
	defer s.mu.Unlock()
	if list := s.byAt[at]; len(list) > 0 {
		return list[len(list)-1]
	}
	return nil
}

// Call leads a call to its script without a network and without a proof of the secret, for tests of
// scripts. reply is called as by [Hook.Serve]. It reports false if the script has no such webhook.
func (s *Hooks) Call(script, path string, c HookCall, reply func(HookReply)) bool {
	h := s.at(hookAt(script, path))
	if h == nil {
		return false
	}
	c.Path = h.Path
	h.Serve(c, reply)
	return true
}

// ServeHTTP leads a call to its script. Whoever cannot sign learns nothing, not even which
// webhooks there are.
func (s *Hooks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := strings.Trim(strings.TrimPrefix(r.URL.Path, HookPrefix), "/")
	h := s.at(at)
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "a webhook is called with POST", http.StatusMethodNotAllowed)
		return
	}
	limit := DefaultHookBody
	if h != nil {
		limit = h.Max
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(limit)))
	if err != nil {
		http.Error(w, fmt.Sprintf("the body has more than %d KiB", limit>>10), http.StatusRequestEntityTooLarge)
		return
	}
	if h == nil || !h.signed(r.Header, body) {
		http.Error(w, "no such webhook, or the signature is wrong", http.StatusForbidden)
		return
	}
	s.serve(w, r, h, body)
}

func (s *Hooks) serve(w http.ResponseWriter, r *http.Request, h *hook, body []byte) {
	if !h.pace.AllowN(s.clock.Now(), 1) || !s.enter(h.Script) {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "too many calls", http.StatusTooManyRequests)
		return
	}
	defer s.leave(h.Script)
	replies := make(chan HookReply, 1)
	h.Serve(callOf(r, h.Path, body), func(a HookReply) {
		select {
		case replies <- a:
		default: // it has been answered
		}
	})
	ctx, cancel := context.WithTimeout(r.Context(), hookTimeout)
	defer cancel()
	select {
	case a := <-replies:
		if a.Status == 0 {
			a.Status = http.StatusOK
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.WriteHeader(a.Status)
		_, _ = io.WriteString(w, a.Body) // the caller may have gone
	case <-ctx.Done():
		http.Error(w, "the script did not answer in time", http.StatusGatewayTimeout)
	}
}

func (s *Hooks) enter(script string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[script] >= maxHookCalls {
		return false
	}
	s.open[script]++
	return true
}

func (s *Hooks) leave(script string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[script]--; s.open[script] == 0 {
		delete(s.open, script)
	}
}

// proofs are headers in which callers show that they know the secret: signed is the
// HMAC-SHA256 of the body in hexadecimal, as GitHub, Gitea and others send it; otherwise
// the header holds the secret itself, as GitLab does it.
var proofs = []struct {
	header, prefix string
	signed         bool
}{
	{"X-Hub-Signature-256", "sha256=", true},
	{"X-Signature-256", "sha256=", true},
	{"X-Gitea-Signature", "", true},
	{"X-Signature", "", true},
	{"X-Gitlab-Token", "", false},
	{"Authorization", "Bearer ", false},
}

func (h *hook) signed(headers http.Header, body []byte) bool {
	for _, p := range proofs {
		got := headers.Get(p.header)
		if got == "" {
			continue
		}
		got = strings.TrimPrefix(got, p.prefix)
		if !p.signed {
			return subtle.ConstantTimeCompare([]byte(got), []byte(h.Secret)) == 1
		}
		mac := hmac.New(sha256.New, []byte(h.Secret))
		mac.Write(body)
		sum, err := hex.DecodeString(got)
		return err == nil && hmac.Equal(sum, mac.Sum(nil))
	}
	return false
}

func callOf(r *http.Request, path string, body []byte) HookCall {
	c := HookCall{Path: path, Query: map[string]string{}, Headers: map[string]string{}, Body: body}
	for name, values := range r.URL.Query() {
		c.Query[name] = values[0]
	}
	for name, values := range r.Header {
		c.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	for _, p := range proofs {
		delete(c.Headers, strings.ToLower(p.header))
	}
	return c
}
