package hctv_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"botd/adapters/adaptertest"
	"botd/adapters/hctv"
	"botd/adapters/internal/wsconn"
	"botd/engine"
)

var update = flag.Bool("update", false, "rewrite the expected events of the transcripts")

// line is one line of a transcript.
type line struct {
	Dir   string          `json:"dir"`
	Conn  string          `json:"conn"`
	T     int64           `json:"t"` // ms
	Frame json.RawMessage `json:"frame"`
}

func readTranscript(tb testing.TB, path string) []line {
	tb.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	var lines []line
	sc := bufio.NewScanner(bytes.NewReader(b))
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var l line
		if err := json.Unmarshal(sc.Bytes(), &l); err != nil {
			tb.Fatalf("%s: %v", path, err)
		}
		lines = append(lines, l)
	}
	return lines
}

func transcripts(tb testing.TB) []string {
	tb.Helper()
	paths, err := filepath.Glob("testdata/transcripts/*.jsonl")
	if err != nil || len(paths) == 0 {
		tb.Fatalf("no transcripts: %v", err)
	}
	return paths
}

// TestTranscripts shows a session what each client of each recording was sent, at the
// same moments, and compares what it makes of that with testdata/events.
func TestTranscripts(t *testing.T) {
	for _, path := range transcripts(t) {
		name := strings.TrimSuffix(filepath.Base(path), ".jsonl")
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			for _, conn := range connections(t, readTranscript(t, path)) {
				synctest.Test(t, func(t *testing.T) { conn.show(t, &got) })
			}
			golden := filepath.Join("testdata", "events", name+".jsonl")
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
				t.Errorf("events differ (-want +got):\n%s", diff)
			}
		})
	}
}

// connection is what one client of a recording did and saw, from the open on.
type connection struct {
	name     string
	settings *hctv.Settings
	channel  engine.RoomID
	lines    []line
}

// connections takes a recording apart. Clients that showed what the adapter would not are
// left out: no credentials, several, or something that is none.
func connections(t *testing.T, lines []line) []*connection {
	var all []*connection
	open := map[string]*connection{}
	for _, l := range lines {
		if l.Dir == "open" {
			if open[l.Conn] = opening(t, l); open[l.Conn] != nil {
				all = append(all, open[l.Conn])
			}
		}
		if c := open[l.Conn]; c != nil {
			c.lines = append(c.lines, l)
		}
	}
	return all
}

func opening(t *testing.T, l line) *connection {
	var f struct {
		Path    string
		Headers struct{ Authorization, Cookie string }
	}
	if err := json.Unmarshal(l.Frame, &f); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	set := settingsWith(engine.Secret(strings.TrimPrefix(f.Headers.Authorization, "Bearer ")))
	set.Cookie = engine.Secret(strings.TrimPrefix(f.Headers.Cookie, "auth_session="))
	set.Grant = engine.Secret(u.Query().Get("grant"))
	c := &connection{name: l.Conn, settings: set, channel: engine.RoomID(path.Base(u.Path))}
	if _, err := hctv.Adapter.New(set, engine.Env{Rooms: []engine.RoomID{c.channel}}); err != nil {
		return nil
	}
	return c
}

// show plays the server to a session and writes what it emits.
func (c *connection) show(t *testing.T, out *bytes.Buffer) {
	wire := adaptertest.NewWire(t)
	var served sync.WaitGroup
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		defer served.Done()
		c.serve(t, w, r)
	})}
	go srv.Serve(wire)
	defer served.Wait()
	defer srv.Close()
	s, err := hctv.Adapter.New(c.settings,
		engine.Env{Rooms: []engine.RoomID{c.channel}, Log: slog.New(slog.DiscardHandler), Clock: engine.SystemClock{}, Dial: wire.Dial})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(out, "# %s in %s\n", c.name, c.channel)
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	err = s.Run(ctx, func(ev engine.Event) {
		b, err := json.Marshal(ev)
		if err != nil {
			t.Errorf("encode %+v: %v", ev, err)
		}
		fmt.Fprintf(out, "%s\n", b)
		checkBack(t, ev, b)
	})
	fmt.Fprintf(out, "# ends with code %s: %q\n", engine.CodeOf(err), err)
}

// checkBack expects the event to come back from JSON as it was.
func checkBack(t *testing.T, ev engine.Event, b []byte) {
	t.Helper()
	var back engine.Event
	if err := json.Unmarshal(b, &back); err != nil {
		t.Errorf("decode %s: %v", b, err)
		return
	}
	if again, _ := json.Marshal(back); !bytes.Equal(b, again) {
		t.Errorf("%s event changes through JSON:\n%s\n%s", ev.Kind(), b, again)
	}
}

// serve sends what the recording's server sent, at its pace.
func (c *connection) serve(t *testing.T, w http.ResponseWriter, r *http.Request) {
	conn, err := wsconn.Accept(w, r, wsconn.Config{PingEvery: -1})
	if err != nil {
		t.Errorf("accept: %v", err)
		return
	}
	defer conn.Abort()
	left := make(chan struct{})
	go func() {
		defer close(left)
		for {
			if _, err := conn.Read(); err != nil {
				return
			}
		}
	}()
	begun := time.Now()
	code := wsconn.CloseSilent
	for _, l := range c.lines {
		time.Sleep(time.Until(begun.Add(time.Duration(l.T-c.lines[0].T) * time.Millisecond)))
		if l.Dir == "recv" && conn.Write(t.Context(), l.Frame) != nil {
			return // the session has had enough
		}
		if l.Dir == "close" {
			var f struct {
				By   string
				Code int
			}
			if json.Unmarshal(l.Frame, &f); f.By == "server" {
				code = f.Code
			}
			break
		}
	}
	time.Sleep(time.Second)
	conn.CloseWith(code, "")
	<-left
}
