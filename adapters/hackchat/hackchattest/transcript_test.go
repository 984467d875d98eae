package hackchattest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"botd/adapters/adaptertest"
	"botd/adapters/hackchat/hackchattest"
)

// scenarios are the recordings the simulator answers like the real server.
var scenarios = []struct {
	name    string
	gen     hackchattest.Generation
	address func(conn string) string // nil: each connection has its own
	core    bool
}{
	{name: "cur_admin"},
	{name: "cur_ban", address: carols},
	{name: "cur_captcha"},
	{name: "cur_captcha_solved"},
	{name: "cur_changecolor"},
	{name: "cur_changenick"},
	{name: "cur_channels"},
	{name: "cur_chat"},
	{name: "cur_emote"},
	{name: "cur_force"},
	{name: "cur_hack"},
	{name: "cur_info_commands"},
	{name: "cur_invite"},
	{name: "cur_join_errors"},
	{name: "cur_join_v1"},
	{name: "cur_join_v2"},
	{name: "cur_kick"},
	{name: "cur_kicked_bot"},
	{name: "cur_leave"},
	{name: "cur_lockroom"},
	{name: "cur_mute"},
	{name: "cur_ping"},
	{name: "cur_protocol_errors"},
	{name: "cur_ratelimit_burst"},
	{name: "cur_ratelimit_mod"},
	{name: "cur_ratelimit_text"},
	{name: "cur_same_address", address: role},
	{name: "cur_session_levels"},
	{name: "cur_session_restore"},
	{name: "cur_update_message"},
	{name: "cur_update_newlines"},
	{name: "cur_wallet"},
	{name: "cur_whisper_v1"},
	{name: "cur_whisper_v2"},
	{name: "mid2025_core", gen: hackchattest.Gen2025},
	{name: "mid2020_core", gen: hackchattest.Gen2020},
	{name: "npm_core_only", core: true},
	{name: "old2018_admin", gen: hackchattest.Gen2018},
	{name: "old2018_core", gen: hackchattest.Gen2018},
	{name: "old2018_join_errors", gen: hackchattest.Gen2018},
	{name: "old2018_mod", gen: hackchattest.Gen2018, address: role},
	{name: "old2018_ratelimit", gen: hackchattest.Gen2018},
}

// role is the address of recordings whose connections of one role share theirs.
func role(conn string) string { return strings.TrimRight(conn, "0123456789") }

// carols is role, with the one address a recording names.
func carols(conn string) string {
	if role(conn) == "carol" {
		return "192.0.2.77"
	}
	return role(conn)
}

// TestAllScenarios: no recording is left out.
func TestAllScenarios(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("..", "testdata", "transcripts", "*.jsonl"))
	if err != nil || len(paths) != len(scenarios) {
		t.Errorf("%d recordings, %d scenarios (%v)", len(paths), len(scenarios), err)
	}
}

// TestTranscripts plays what clients sent in a recording of the real server to the
// simulator, at the same moments, and expects the same answers on each connection.
func TestTranscripts(t *testing.T) {
	for _, sc := range scenarios {
		t.Run(sc.name, func(t *testing.T) {
			lines := adaptertest.ReadTranscript(t, filepath.Join("..", "testdata", "transcripts", sc.name+".jsonl"))
			synctest.Test(t, func(t *testing.T) {
				p := &player{T: t, gen: sc.gen, srv: hackchattest.New(hackchattest.Options{Generation: sc.gen, Core: sc.core}),
					conns: map[string]*client{}, words: map[string]string{}, numbers: map[float64]float64{}}
				p.srv.Own("ownedroom", "Welcome to the owned room")
				for _, l := range lines {
					p.play(l, sc.address)
				}
				for _, c := range p.all {
					for _, f := range c.frames {
						t.Errorf("%s got one frame too many: %v", c.name, f)
					}
				}
			})
		})
	}
}

// player plays a recording.
type player struct {
	*testing.T
	gen   hackchattest.Generation
	srv   *hackchattest.Server
	conns map[string]*client
	all   []*client
	begun time.Time
	// What is random, recorded to simulated.
	words   map[string]string
	numbers map[float64]float64
}

type client struct {
	name   string
	peer   *hackchattest.Peer
	frames []map[string]any
	codes  []int // of closes
	closed bool  // by ourselves
}

func (p *player) play(l adaptertest.Line, address func(string) string) {
	if p.begun.IsZero() {
		p.begun = time.Now()
	}
	time.Sleep(time.Until(p.begun.Add(time.Duration(l.T) * time.Millisecond)))
	c := p.conns[l.Conn]
	switch l.Dir {
	case "open":
		p.open(l.Conn, address)
	case "send":
		c.peer.Handle(p.outgoing(l))
	case "recv":
		p.expect(l, c)
	case "close":
		p.close(l, c)
	}
}

func (p *player) open(name string, address func(string) string) {
	c := &client{name: name}
	addr := fmt.Sprintf("%s/%d", name, len(p.all))
	if address != nil {
		addr = address(name)
	}
	c.peer = p.srv.Open(addr, func(b []byte) {
		var f map[string]any
		if err := json.Unmarshal(b, &f); err != nil {
			p.Errorf("the simulator sent %q: %v", b, err)
		}
		c.frames = append(c.frames, f)
	}, func(code int) { c.codes = append(c.codes, code) })
	p.conns[name] = c
	p.all = append(p.all, c)
}

func (p *player) close(l adaptertest.Line, c *client) {
	if l.By == "client" {
		c.closed = true
		c.peer.Close()
		return
	}
	if c.closed {
		return // the end of our own close
	}
	want := l.Code
	if want == 1006 {
		want = 0
	}
	if !slices.Contains(c.codes, want) {
		p.Errorf("line %d: %s was closed with %v, want %d", l.Number, l.Conn, c.codes, want)
	}
}

// outgoing is the recorded message with the simulator's random values.
func (p *player) outgoing(l adaptertest.Line) []byte {
	if l.Raw != nil {
		return []byte(*l.Raw)
	}
	var v any
	if err := json.Unmarshal(l.Frame, &v); err != nil {
		p.Fatal(err)
	}
	b, err := json.Marshal(p.translate(v))
	if err != nil {
		p.Fatal(err)
	}
	return b
}

func (p *player) translate(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			out[k] = p.translate(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = p.translate(e)
		}
		return out
	case string:
		if w, ok := p.words[v]; ok {
			return w
		}
	case float64:
		if n, ok := p.numbers[v]; ok {
			return n
		}
	}
	return v
}

func (p *player) expect(l adaptertest.Line, c *client) {
	var want map[string]any
	if err := json.Unmarshal(l.Frame, &want); err != nil {
		p.Fatal(err)
	}
	if len(c.frames) == 0 {
		p.Errorf("line %d: %s got nothing, want %s", l.Number, l.Conn, l.Frame)
		return
	}
	got := c.frames[0]
	c.frames = c.frames[1:]
	p.mask(want, got)
	if diff := cmp.Diff(want, got); diff != "" {
		p.Errorf("line %d: %s (-real +simulated):\n%s", l.Number, l.Conn, diff)
	}
}

// mask makes equal what is random, and counts what the recording's server had
// already counted before it.
func (p *player) mask(want, got map[string]any) {
	delete(want, "time")
	delete(got, "time")
	if want["id"] == 1304.0 || want["cmd"] == "captcha" || strings.HasPrefix(fmt.Sprint(want["text"]), "Protip") {
		want["text"], got["text"] = "", ""
	}
	if text, ok := want["text"].(string); ok && p.gen != hackchattest.Gen2026 && unknownCommand.MatchString(text) {
		if text, ok := got["text"].(string); ok && unknownCommand.MatchString(text) {
			want["text"], got["text"] = "", "" // their guesses followed another rule
		}
	}
	if want["cmd"] == "signMessage" {
		want["message"], got["message"] = "", "" // nonce and times
	}
	if want["id"] == 1305.0 {
		for k := range want {
			if _, ok := got[k]; ok && k != "id" && k != "cmd" && k != "channel" {
				want[k], got[k] = "", ""
			}
		}
	}
	for _, start := range []string{"current-connections:", "Listing all current commands.", "Name: ", "# All commands:", "# kick command:", "# dumb command:", "# chat command:"} {
		if strings.HasPrefix(fmt.Sprint(want["text"]), start) && strings.HasPrefix(fmt.Sprint(got["text"]), start) {
			want["text"], got["text"] = "", "" // the rest is counts and prose
		}
	}
	if want["cmd"] == "chat" && want["id"] != nil && got["id"] != nil {
		want["id"], got["id"] = 0, 0
	}
	for _, counter := range []string{"users", "chans", "public", "sessionID"} {
		if want["cmd"] == "session" && want[counter] != nil && got[counter] != nil {
			want[counter], got[counter] = 0, 0
		}
	}
	for k := range maps.Keys(want) {
		want[k], got[k] = p.reconcile(k, want[k], got[k])
		if want[k] == nil && got[k] == nil {
			delete(want, k)
			delete(got, k)
		}
	}
}

func (p *player) reconcile(key string, want, got any) (any, any) {
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			p.mask(w, g)
		}
	case []any:
		if g, ok := got.([]any); ok && len(g) == len(w) {
			for i := range w {
				w[i], g[i] = p.reconcile(key, w[i], g[i])
			}
		}
	case string:
		if g, ok := got.(string); ok {
			return p.wording(key, w, g)
		}
	case float64:
		if g, ok := got.(float64); ok && slices.Contains([]string{"userid", "from", "to"}, key) {
			if known, ok := p.numbers[w]; !ok {
				p.numbers[w] = g
			} else if known != g {
				return w, g
			}
			return 0, 0
		}
	}
	return want, got
}

var unknownCommand = regexp.MustCompile("^(Unknown command|Command not found, did you mean: `\\w+`\\?)$")

var (
	wordPattern = regexp.MustCompile(`[A-Za-z0-9+/_]+`)
	// random rooms and nicks, hashes of addresses, invented nicks
	randomWord = regexp.MustCompile(`^([a-z0-9]{8}|[a-z0-9]{16}|[A-Za-z0-9+/]{15}|scarmiglione_\d+)$`)
	colour     = regexp.MustCompile(`^[0-9a-fA-F]{6}$`)
)

// wording compares two texts word by word; random words have to agree with those
// seen before.
func (p *player) wording(key, want, got string) (any, any) {
	switch {
	case want == got:
		return want, got
	case key == "color" && colour.MatchString(want) && colour.MatchString(got):
		return "", ""
	case key == "token" && want != "" && got != "":
		p.words[want] = got
		return "", ""
	}
	w, g := wordPattern.FindAllString(want, -1), wordPattern.FindAllString(got, -1)
	if len(w) != len(g) || wordPattern.ReplaceAllString(want, "") != wordPattern.ReplaceAllString(got, "") {
		return want, got
	}
	for i := range w {
		if known, ok := p.words[w[i]]; ok && known == g[i] || w[i] == g[i] {
			continue
		} else if ok || !randomWord.MatchString(w[i]) || !randomWord.MatchString(g[i]) {
			return want, got
		}
		p.words[w[i]] = g[i]
	}
	return "", ""
}
