package hctvtest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"botd/adapters/adaptertest"
	"botd/adapters/hctv/hctvtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// event is the frame of an open, http or close line.
type event struct {
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
	Status  int               `json:"status"`
	By      string            `json:"by"`
	Code    int               `json:"code"`
}

// deed is something that happened beside the connections of a recording.
type deed struct {
	at time.Duration
	do func(*player)
}

// world is what a recording needs beyond a new server.
var world = map[string]struct {
	greeting  hctvtest.Greeting
	deeds     []deed
	unordered bool // answers overtook one another
}{
	"early-frames":               {greeting: hctvtest.Greeting{Session: 28 * time.Millisecond}, unordered: true},
	"early-ping-unauthenticated": {greeting: hctvtest.Greeting{Session: 6 * time.Millisecond}},
	"emoji-search-many": {deeds: []deed{{0, func(p *player) {
		for i := range 200 {
			p.srv.AddEmoji(fmt.Sprintf("bulk-%03d", i))
		}
	}}}},
	"history": {deeds: []deed{{0, func(p *player) {
		for i := range 105 {
			p.srv.Post("hist", "u_owner", fmt.Sprintf("m%03d", i+1), 0)
		}
	}}}},
	"two-connections-same-bot": {deeds: []deed{{0, func(p *player) { p.srv.AddKey(hctvtest.PlainBotKey, hctvtest.PlainBotKey2) }}}},
	"role-change-while-connected": {deeds: []deed{
		{250 * time.Millisecond, func(p *player) { p.srv.SetRole("lounge", "b_plainbot", hctvtest.BotModerator) }},
		{700 * time.Millisecond, func(p *player) { p.srv.SetRole("lounge", "b_plainbot", "") }},
		{950 * time.Millisecond, func(p *player) { p.srv.Rotate(hctvtest.PlainBotKey, hctvtest.PlainBotKey2) }},
	}},
	"settings-change": {deeds: []deed{{500 * time.Millisecond, func(p *player) {
		p.srv.Configure("burst", hctvtest.Settings{MaxLength: 60, Slow: 7 * time.Second})
	}}}},
	// What was too large was not recorded.
	"close-and-frame-size": {deeds: []deed{
		{150 * time.Millisecond, func(p *player) {
			p.conns["alice"].peer.Handle([]byte(`{"type":"message","message":"` + strings.Repeat("x", 1<<20) + `"}`))
		}},
		{1900 * time.Millisecond, func(p *player) { p.conns["alice"].peer.Handle(make([]byte, 100<<20+1)) }},
	}},
	// The owner's connection was not recorded. A message is stored before it is told: live1
	// to live17 before the first history, up to live21 before the second.
	"history-live-overlap": {
		greeting: hctvtest.Greeting{Session: 33 * time.Millisecond, Access: 42 * time.Millisecond, History: 44 * time.Millisecond},
		deeds:    overlap(),
	},
}

// overlap stores and tells the messages of the recording at the moments it shows.
func overlap() []deed {
	deeds := []deed{{230 * time.Millisecond, func(p *player) {
		p.srv.Greet(hctvtest.Greeting{Session: 31 * time.Millisecond, History: 31 * time.Millisecond})
	}}}
	stored := map[int]int{18: 256, 19: 256, 20: 270, 21: 270, 22: 271, 23: 271, 24: 271}
	told := []int{
		256, 257, 262, 269, 272, 272, 273, 273, 275, 277, 277, 281, 283, 283, 294, 297, 297, 299, 302, 308, 311, 313, 316, 318,
		322, 328, 330, 331, 334, 338, 341, 343, 352, 352, 356, 360, 364, 369, 382, 386, 386, 389, 389, 390, 394,
	}
	for n := 1; n <= 60; n++ {
		// What is seen in one millisecond was told in the one before, in order.
		at := 239*time.Millisecond + time.Duration(n)*time.Microsecond
		if n >= 16 {
			at = time.Duration(told[n-16]-1)*time.Millisecond + time.Duration(n)*time.Microsecond
		}
		var late time.Duration
		if s, ok := stored[n]; ok {
			early := time.Duration(s)*time.Millisecond + time.Duration(n)*time.Microsecond
			at, late = early, at-early
		}
		if n == 31 {
			late = 500 * time.Microsecond // live32 overtakes it
		}
		deeds = append(deeds, deed{at, func(p *player) { p.srv.Post("early", "u_owner", fmt.Sprintf("live%d", n), late) }})
	}
	slices.SortStableFunc(deeds, func(a, b deed) int { return int(a.at - b.at) })
	return deeds
}

// TestTranscripts plays what clients sent in a recording of the real server to the
// simulator, at the same moments, and expects the same answers on each connection.
func TestTranscripts(t *testing.T) {
	paths, err := filepath.Glob("../testdata/transcripts/*.jsonl")
	if err != nil || len(paths) != 33 {
		t.Fatalf("%d transcripts, %v", len(paths), err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".jsonl")
		t.Run(name, func(t *testing.T) {
			lines := adaptertest.ReadTranscript(t, path)
			synctest.Test(t, func(t *testing.T) { replay(t, name, lines) })
		})
	}
}

func replay(t *testing.T, name string, lines []adaptertest.Line) {
	w := world[name]
	p := &player{T: t, srv: hctvtest.New(hctvtest.Options{}), begun: time.Now(), conns: map[string]*client{}, ids: map[string]string{}, unordered: w.unordered}
	defer p.srv.Close()
	p.srv.Greet(w.greeting)
	deeds := slices.Clone(w.deeds)
	for _, l := range lines {
		at := time.Duration(l.T) * time.Millisecond
		for len(deeds) > 0 && deeds[0].at <= at {
			p.until(deeds[0].at)
			deeds[0].do(p)
			deeds = deeds[1:]
		}
		p.until(at)
		p.play(l)
	}
	for _, c := range p.all {
		c.mu.Lock()
		for _, f := range c.frames {
			t.Errorf("%s got one frame too many: %v", c.name, f)
		}
		c.mu.Unlock()
	}
}

// player plays a recording.
type player struct {
	*testing.T
	srv       *hctvtest.Server
	begun     time.Time
	conns     map[string]*client
	all       []*client
	ids       map[string]string // of messages, recorded to simulated
	drift     time.Duration     // between the clocks, once known
	unordered bool
}

type client struct {
	name string
	peer *hctvtest.Peer

	mu     sync.Mutex // timers of the simulator send too
	frames []map[string]any
	codes  []int // of closes
}

func (p *player) until(at time.Duration) {
	time.Sleep(time.Until(p.begun.Add(at)))
	synctest.Wait()
}

func (p *player) play(l adaptertest.Line) {
	c := p.conns[l.Conn]
	switch l.Dir {
	case "open", "http":
		p.open(l)
	case "send":
		c.peer.Handle(p.outgoing(l))
	case "recv":
		p.expect(l, c)
	case "close":
		p.close(l, c)
	}
}

func (p *player) open(l adaptertest.Line) {
	var ev event
	if err := json.Unmarshal(l.Frame, &ev); err != nil {
		p.Fatal(err)
	}
	header := http.Header{}
	for k, v := range ev.Headers {
		header.Set(k, v)
	}
	c := &client{name: l.Conn}
	var ok bool
	c.peer, ok = p.srv.Open(ev.Path, header, func(b []byte) {
		var f map[string]any
		if err := json.Unmarshal(b, &f); err != nil {
			p.Errorf("the simulator sent %q: %v", b, err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.frames = append(c.frames, f)
	}, func(code int) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.codes = append(c.codes, code)
	})
	if ok != (l.Dir == "open") {
		p.Errorf("line %d: opened %t", l.Number, ok)
	}
	if !ok && p.statusOf(ev.Path, header) != ev.Status {
		p.Errorf("line %d: status is not %d", l.Number, ev.Status)
	}
	p.conns[l.Conn] = c
	p.all = append(p.all, c)
}

// statusOf is the HTTP status of an upgrade.
func (p *player) statusOf(path string, header http.Header) int {
	r := httptest.NewRequest("GET", path, nil)
	r.Header = header.Clone()
	r.Header.Set("Upgrade", "websocket")
	w := httptest.NewRecorder()
	p.srv.ServeHTTP(w, r)
	return w.Code
}

func (p *player) close(l adaptertest.Line, c *client) {
	var ev event
	if err := json.Unmarshal(l.Frame, &ev); err != nil {
		p.Fatal(err)
	}
	switch ev.By {
	case "client", "client-tcp":
		c.peer.Close()
	case "server":
		c.mu.Lock()
		defer c.mu.Unlock()
		if !slices.Equal(c.codes, []int{ev.Code}) {
			p.Errorf("line %d: %s was closed with %v, want %d", l.Number, l.Conn, c.codes, ev.Code)
		}
	}
}

// outgoing is the recorded message with the simulator's ids.
func (p *player) outgoing(l adaptertest.Line) []byte {
	if l.Raw != nil {
		return []byte(*l.Raw)
	}
	text := string(l.Frame)
	for recorded, simulated := range p.ids {
		text = strings.ReplaceAll(text, recorded, simulated)
	}
	return []byte(text)
}

func (p *player) expect(l adaptertest.Line, c *client) {
	var want map[string]any
	if err := json.Unmarshal(l.Frame, &want); err != nil {
		p.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	i := 0
	if p.unordered {
		i = max(0, slices.IndexFunc(c.frames, func(f map[string]any) bool { return f["type"] == want["type"] }))
	}
	if len(c.frames) == 0 {
		p.Errorf("line %d: %s got nothing, want %s", l.Number, l.Conn, l.Frame)
		return
	}
	got := c.frames[i]
	c.frames = slices.Delete(c.frames, i, i+1)
	p.mask(want, got)
	if diff := cmp.Diff(want, got); diff != "" {
		p.Errorf("line %d: %s (-real +simulated):\n%s", l.Number, l.Conn, diff)
	}
}

// mask makes equal what is random, and moments that are as far from the beginning.
func (p *player) mask(want, got map[string]any) {
	if w, g := text(want["msgId"]), text(got["msgId"]); w != "" && g != "" {
		if known, ok := p.ids[w]; !ok {
			p.ids[w] = g
			got["msgId"] = w
		} else if known == g {
			got["msgId"] = w
		}
	}
	if w, err := time.Parse(time.RFC3339, text(want["expiresAt"])); err == nil {
		g, err := time.Parse(time.RFC3339, text(got["expiresAt"]))
		drift := w.Sub(g)
		if p.drift == 0 {
			p.drift = drift
		}
		if d := drift - p.drift; err == nil && d.Abs() < 100*time.Millisecond {
			got["expiresAt"] = want["expiresAt"]
		}
	}
	if w, ok := want["restriction"].(map[string]any); ok {
		if g, ok := got["restriction"].(map[string]any); ok {
			p.mask(w, g)
		}
	}
	w, _ := want["messages"].([]any)
	g, _ := got["messages"].([]any)
	for i := range min(len(w), len(g)) {
		p.mask(w[i].(map[string]any), g[i].(map[string]any))
	}
}

func text(v any) string { s, _ := v.(string); return s }
