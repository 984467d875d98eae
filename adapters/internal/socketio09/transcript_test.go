package socketio09_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"botd/adapters/adaptertest"
	"botd/adapters/internal/socketio09"
	"botd/adapters/internal/socketio09/socketio09test"
	"botd/adapters/internal/wsconn"
)

// line is one of a recording: of socket.io 0.9.17 with a raw client, or of
// socket.io-client 0.9.17, or of the client hitbox-chat 0.1.5.
type line struct {
	Dir   string `json:"dir"` // send: from the client
	T     int    `json:"t"`   // milliseconds since the start
	Layer string `json:"ch"`  // ws: a text frame
	Raw   string `json:"raw"`
}

func transcripts(tb testing.TB) map[string][]line {
	tb.Helper()
	paths, err := filepath.Glob("testdata/transcripts/*.jsonl")
	if err != nil || len(paths) < 20 {
		tb.Fatalf("%d transcripts: %v", len(paths), err)
	}
	all := map[string][]line{}
	for _, path := range paths {
		name, _, _ := strings.Cut(filepath.Base(path), "-")
		all[name] = readTranscript(tb, path)
	}
	return all
}

func readTranscript(tb testing.TB, path string) []line {
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	var lines []line
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var l line
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			tb.Fatalf("%s: %v", path, err)
		}
		lines = append(lines, l)
	}
	return lines
}

// TestTranscriptFrames: every frame a server sent is a packet, and is written as it came.
func TestTranscriptFrames(t *testing.T) {
	for name, lines := range transcripts(t) {
		for _, l := range lines {
			if l.Layer != "ws" || l.Dir != "recv" {
				continue
			}
			p, err := socketio09.Parse(l.Raw)
			if err != nil || p.String() != l.Raw {
				t.Errorf("%s: %s: %+v, %v", name, l.Raw, p, err)
			}
			if p.Type == socketio09.Event && p.Endpoint == "" {
				if _, _, err := p.Event(); err != nil {
					t.Errorf("%s: %s: %v", name, l.Raw, err)
				}
			}
		}
	}
}

// TestTranscriptHandshakes: every recorded answer to a request below /socket.io/1 that a
// client should take for a session is one.
func TestTranscriptHandshakes(t *testing.T) {
	n := 0
	for name, lines := range transcripts(t) {
		for _, l := range lines {
			head, body, ok := strings.Cut(l.Raw, "\r\n\r\n")
			if l.Layer != "http" || l.Dir != "recv" || !ok || strings.Contains(head, " 101 ") {
				continue
			}
			n++
			_, err := socketio09.ParseHandshake(body)
			if want := strings.HasSuffix(body, ":websocket"); (err == nil) != want {
				t.Errorf("%s: %q: %v", name, body, err)
			}
		}
	}
	if n < 25 {
		t.Errorf("only %d answers found", n)
	}
}

// TestTranscriptClient lets a client hear what recorded servers sent: it must answer
// each heartbeat and each wish for an ack, say nothing else, and pass on all data.
func TestTranscriptClient(t *testing.T) {
	for name, lines := range transcripts(t) {
		var frames []string
		for _, l := range lines {
			switch {
			case l.Layer == "http" && l.Dir == "send":
				frames = nil // another connection: the last one of a recording counts
			case l.Layer == "ws" && l.Dir == "recv" && !strings.HasPrefix(l.Raw, "0::"):
				frames = append(frames, l.Raw)
			}
		}
		if len(frames) == 0 || frames[0] != "1::" {
			continue // of bytes, or refused
		}
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { hear(t, frames) })
		})
	}
}

func hear(t *testing.T, frames []string) {
	var answers, want, data, wantData []string
	for _, f := range frames {
		p, _ := socketio09.Parse(f)
		ack, asks := p.Ack()
		switch {
		case p.Type == socketio09.Heartbeat:
			want = append(want, "2::")
		case asks:
			want = append(want, ack.String())
		}
		if p.Endpoint == "" && p.Type >= socketio09.Message && p.Type <= socketio09.Ack {
			wantData = append(wantData, f)
		}
	}
	conn, heard := scripted(t, append(frames, "0::"))
	for {
		p, err := conn.Read()
		if err != nil {
			break
		}
		data = append(data, p.String())
	}
	time.Sleep(time.Second)
	conn.Abort()
	answers = <-heard
	if !slices.Equal(answers, want) {
		t.Errorf("the client said %q, want %q", answers, want)
	}
	if !slices.Equal(data, wantData) {
		t.Errorf("the client passed on %q, want %q", data, wantData)
	}
}

// scripted is a client of a server that says frames and listens; heard gives what the
// client said, once it has ended.
func scripted(t *testing.T, frames []string) (*socketio09.Conn, chan []string) {
	t.Helper()
	wire := adaptertest.NewWire(t)
	heard := make(chan []string, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("/socket.io/1/", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("abc:60:60:websocket")) })
	mux.HandleFunc("/socket.io/1/websocket/abc", func(w http.ResponseWriter, r *http.Request) {
		ws, err := wsconn.Accept(w, r, wsconn.Config{Plain: true})
		if err != nil {
			t.Error(err)
			return
		}
		defer ws.Abort()
		for _, f := range frames {
			ws.Write(t.Context(), []byte(f))
		}
		var said []string
		for {
			b, err := ws.Read()
			if err != nil {
				heard <- said
				return
			}
			said = append(said, string(b))
		}
	})
	srv := &http.Server{Handler: mux}
	served := make(chan struct{})
	go func() {
		defer close(served)
		srv.Serve(wire)
	}()
	t.Cleanup(func() {
		srv.Close()
		<-served
	})
	conn, err := socketio09.Dial(t.Context(), "http://simulator", socketio09.Config{Dial: wire.Dial})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Abort)
	return conn, heard
}

// TestTranscriptServer holds the test server to the recordings of the real one: what it
// says by itself, and when, must be the same. What the recorded application said is left
// out, and so are endpoints and a second WebSocket for one id.
func TestTranscriptServer(t *testing.T) {
	own := func(frame string) bool {
		p, err := socketio09.Parse(frame)
		return err == nil && (p.Type <= socketio09.Heartbeat || p.Type >= socketio09.Error || p.Type == socketio09.Ack && !strings.Contains(p.Data, "+"))
	}
	for name, opts := range map[string]socketio09test.Options{
		"01": {}, "02": {}, "04": {}, "05": {}, "07": {}, "09": {}, "10": {}, "20": {},
		"21": {Interval: time.Second, Timeout: 3 * time.Second},
		"22": {Interval: time.Second, Timeout: 3 * time.Second},
		"23": {NoHeartbeats: true},
	} {
		t.Run(name, func(t *testing.T) {
			lines := transcripts(t)[name]
			synctest.Test(t, func(t *testing.T) { replay(t, lines, opts, own) })
		})
	}
}

// said is a frame and when it came, in ms.
type said struct {
	frame string
	at    int
}

func replay(t *testing.T, lines []line, opts socketio09test.Options, own func(string) bool) {
	srv := newServer(t, opts)
	ws := dialRecorded(t, srv, lines)
	begun := time.Now()
	var got []said
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			b, err := ws.Read()
			at := int(time.Since(begun).Milliseconds())
			if err != nil {
				got = append(got, said{"end", at})
				return
			}
			if own(string(b)) {
				got = append(got, said{string(b), at})
			}
		}
	}()
	var want []said
	t0 := -1
	for _, l := range lines {
		if t0 < 0 && l.Layer == "ws" {
			t0 = l.T
		}
		at := time.Duration(l.T-t0) * time.Millisecond
		switch {
		case l.Dir == "send" && l.Layer == "ws":
			time.Sleep(time.Until(begun.Add(at)))
			ws.Write(t.Context(), []byte(l.Raw))
		case l.Dir == "send" && l.Layer == "close":
			time.Sleep(time.Until(begun.Add(at)))
			ws.Close()
		case l.Dir == "recv" && l.Layer == "close":
			want = append(want, said{"end", l.T - t0})
		case l.Dir == "recv" && l.Layer == "ws" && own(l.Raw):
			want = append(want, said{l.Raw, l.T - t0})
		}
	}
	<-done
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i].frame != want[i].frame || abs(got[i].at-want[i].at) > 100 {
			t.Fatalf("the server said %v, want %v", got, want)
		}
	}
}

func abs(n int) int { return max(n, -n) }

// dialRecorded connects in the way of the recorded client.
func dialRecorded(t *testing.T, srv *server, lines []line) *wsconn.Conn {
	t.Helper()
	id := "bogusSessionId"
	if strings.HasPrefix(lines[0].Raw, "GET /socket.io/1/ ") || strings.HasPrefix(lines[0].Raw, "GET /socket.io/1/?") {
		client := &http.Client{Transport: &http.Transport{DialContext: srv.wire.Dial, DisableKeepAlives: true}}
		resp, err := client.Get("http://simulator/socket.io/1/")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body := make([]byte, 100)
		n, _ := resp.Body.Read(body)
		id, _, _ = strings.Cut(string(body[:n]), ":")
	}
	ws, err := wsconn.Dial(t.Context(), "ws://simulator/socket.io/1/websocket/"+id, wsconn.Config{Dial: srv.wire.Dial, PingEvery: -1, DeadAfter: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ws.Abort)
	return ws
}
