package hackchat_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"botd/adapters/adaptertest"
	"botd/adapters/hackchat"
	"botd/adapters/internal/wsconn"
	"botd/engine"
)

// TestSentFrames has a session do what each client of each recording did, and compares
// the frames. testdata/frames.txt says of each what became of it: the same frame; a
// frame in the form of protocol 1 where the client spoke protocol 2; or nothing, because
// the session refuses what the server would answer with a refusal or with silence.
func TestSentFrames(t *testing.T) {
	var got strings.Builder
	for name, lines := range adaptertest.Transcripts(t) {
		fmt.Fprintf(&got, "# %s\n", name)
		for _, conn := range connections(lines) {
			synctest.Test(t, func(t *testing.T) {
				p := &playback{connection: conn, t: t, out: &got, nicks: map[float64]string{}}
				p.run()
			})
		}
	}
	adaptertest.Golden(t, "testdata/frames.txt", got.String(), *update)
}

// playback is a client of a recording played by a session.
type playback struct {
	*connection
	t       *testing.T
	out     *strings.Builder
	session engine.Session
	nicks   map[float64]string // by userid
	in      bool               // the server let it in

	ended atomic.Bool

	mu   sync.Mutex
	sent []m
}

func (p *playback) run() {
	wire := adaptertest.NewWire(p.t)
	var served sync.WaitGroup
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		defer served.Done()
		p.serve(w, r)
	})}
	go srv.Serve(wire)
	defer served.Wait()
	defer srv.Close()
	var err error
	p.session, err = hackchat.Adapter.New(p.settings(),
		engine.Env{Rooms: []engine.RoomID{engine.RoomID(p.channel)}, Log: slog.New(slog.DiscardHandler), Clock: engine.SystemClock{}, Dial: wire.Dial})
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Hour)
	defer cancel()
	p.session.Run(ctx, func(engine.Event) {})
	p.ended.Store(true)
}

func (p *playback) serve(w http.ResponseWriter, r *http.Request) {
	conn, err := wsconn.Accept(w, r, wsconn.Config{PingEvery: 16 * time.Second})
	if err != nil {
		p.t.Errorf("accept: %v", err)
		return
	}
	defer conn.Abort()
	go func() {
		for {
			b, err := conn.Read()
			if err != nil {
				return
			}
			var f m
			if err := json.Unmarshal(b, &f); err != nil {
				p.t.Errorf("the session sent %q: %v", b, err)
			}
			p.mu.Lock()
			p.sent = append(p.sent, f)
			p.mu.Unlock()
		}
	}()
	begun, first := time.Now(), p.lines[0].T
	for _, l := range p.lines {
		time.Sleep(time.Until(begun.Add(time.Duration(l.T-first) * time.Millisecond)))
		time.Sleep(100 * time.Microsecond) // until all have done what they do
		if p.ended.Load() {
			return
		}
		var f m
		if json.Unmarshal(l.Frame, &f) != nil {
			continue
		}
		switch l.Dir {
		case "recv":
			p.learn(f)
			conn.Write(p.t.Context(), l.Frame) // an error is the end of the session
			conn.Flush()
		case "send":
			p.play(f)
		}
	}
	conn.CloseWith(wsconn.CloseSilent, "")
}

// learn keeps who has which number, for commands in the form of protocol 2.
func (p *playback) learn(f m) {
	p.in = p.in || f["cmd"] == "onlineSet"
	list, _ := f["users"].([]any)
	for _, u := range append(list, any(map[string]any(f))) {
		user, _ := u.(map[string]any)
		id, ok := user["userid"].(float64)
		nick, named := user["nick"].(string)
		if ok && named {
			p.nicks[id] = nick
		}
	}
}

// play has the session do what a frame says, and notes what it sent for it.
func (p *playback) play(recorded m) {
	before := p.take()
	cmd, _ := recorded["cmd"].(string)
	verdict := ""
	switch {
	case cmd == "join" && !p.in:
		verdict = p.login(recorded, before)
	case cmd == "session" || !p.in:
		verdict = "not of this login"
	default:
		verdict = p.call(cmd, recorded)
	}
	b, _ := json.Marshal(recorded)
	fmt.Fprintf(p.out, "%s %s: %s\n", p.name, b, verdict)
}

func (p *playback) take() []m {
	p.mu.Lock()
	defer p.mu.Unlock()
	sent := p.sent
	p.sent = nil
	return sent
}

// login compares the join; a password may stand in a field of its own.
func (p *playback) login(recorded m, sent []m) string {
	want := maps.Clone(recorded)
	for _, field := range []string{"pass", "password"} {
		if pass, ok := want[field].(string); ok {
			want["nick"] = fmt.Sprint(want["nick"], "#", pass)
			delete(want, field)
		}
	}
	for _, f := range sent {
		if asJSON(f) == asJSON(want) {
			return "same"
		}
	}
	return "not of this login"
}

func (p *playback) call(cmd string, recorded m) string {
	var receipt engine.Receipt
	p.session.Do(p.t.Context(), p.action(cmd, recorded), func(r engine.Receipt) {
		p.mu.Lock()
		defer p.mu.Unlock()
		receipt = r
	})
	time.Sleep(100 * time.Microsecond)
	sent := p.take()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(sent) == 0 {
		return fmt.Sprintf("nothing, %s %s", receipt.Status, engine.CodeOf(receipt.Error()))
	}
	got, want := sent[len(sent)-1], maps.Clone(recorded)
	if _, ok := want["customId"]; !ok {
		delete(got, "customId") // the session gives each message one
	}
	if asJSON(got) == asJSON(want) {
		return "same"
	}
	if text, ok := want["text"].(string); ok {
		want["text"] = newlines.ReplaceAllString(strings.Trim(text, "\n"), "\n\n") // as the server will
	}
	if asJSON(got) == asJSON(want) {
		return "same"
	}
	if name := map[string]string{"mute": "dumb", "muzzle": "dumb", "unmute": "speak", "unmuzzle": "speak"}[cmd]; name != "" {
		want["cmd"] = name // the one that all servers know
	}
	if id, ok := want["userid"].(float64); ok && p.nicks[id] != "" {
		delete(want, "userid")
		want["nick"] = p.nicks[id]
	}
	if cmd != "moveuser" {
		delete(want, "channel")
	}
	if asJSON(got) == asJSON(want) {
		return "same in protocol 1"
	}
	p.t.Errorf("%s: sent %s, the client sent %s", p.name, asJSON(got), asJSON(recorded))
	return "differs"
}

var newlines = regexp.MustCompile(`\n{3,}`)

// action is what a script would ask for: a line is said, all else is called.
func (p *playback) action(cmd string, recorded m) engine.Action {
	room := engine.RoomID(p.channel)
	text, isText := recorded["text"].(string)
	if _, id := recorded["customId"]; cmd == "chat" && isText && !id && !strings.HasPrefix(text, "/") {
		return engine.Say{Room: room, Text: text}
	}
	params := maps.Clone(recorded)
	delete(params, "cmd")
	if _, aimed := params["userid"]; aimed || cmd == "whisper" {
		delete(params, "channel")
	}
	return engine.Call{Room: room, Name: cmd, Params: params}
}
