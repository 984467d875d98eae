package adaptertest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"botd/adapters/internal/wsconn"
	"botd/engine"
)

// Line is one line of a transcript, the recording of clients at a server.
type Line struct {
	Number int             `json:"-"`    // in the file, from 1
	Dir    string          `json:"dir"`  // open, send, recv or close, as the client sees it
	Conn   string          `json:"conn"` // whose it is
	T      int64           `json:"t"`    // ms
	Frame  json.RawMessage `json:"frame"`
	Raw    *string         `json:"raw"`  // what was sent, where it is no JSON
	By     string          `json:"by"`   // who closed: client or server
	Code   int             `json:"code"` // of the close
}

// ReadTranscript reads all lines of a file.
func ReadTranscript(tb testing.TB, path string) []Line {
	tb.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	var lines []Line
	sc := bufio.NewScanner(bytes.NewReader(b))
	sc.Buffer(nil, 1<<20)
	for n := 1; sc.Scan(); n++ {
		l := Line{Number: n}
		if err := json.Unmarshal(sc.Bytes(), &l); err != nil {
			tb.Fatalf("%s:%d: %v", path, n, err)
		}
		lines = append(lines, l)
	}
	return lines
}

// Transcripts reads those of an adapter, in the order of their names: the files
// testdata/transcripts/*.jsonl, of which there must be some.
func Transcripts(tb testing.TB) iter.Seq2[string, []Line] {
	tb.Helper()
	paths, err := filepath.Glob("testdata/transcripts/*.jsonl")
	if err != nil || len(paths) == 0 {
		tb.Fatalf("no transcripts: %v", err)
	}
	return func(yield func(string, []Line) bool) {
		for _, path := range paths {
			if !yield(strings.TrimSuffix(filepath.Base(path), ".jsonl"), ReadTranscript(tb, path)) {
				return
			}
		}
	}
}

// Golden compares a text with that of a file, or with update makes it that.
func Golden(tb testing.TB, file, got string, update bool) {
	tb.Helper()
	if update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		tb.Errorf("%s differs (-want +got):\n%s", file, diff)
	}
}

// Encode is an event as JSON, which must come back as it was.
func Encode(tb testing.TB, ev engine.Event) []byte {
	tb.Helper()
	b, err := json.Marshal(ev)
	if err != nil {
		tb.Errorf("encode %+v: %v", ev, err)
		return nil
	}
	var back engine.Event
	if err := json.Unmarshal(b, &back); err != nil {
		tb.Errorf("decode %s: %v", b, err)
	} else if again, _ := json.Marshal(back); !bytes.Equal(b, again) {
		tb.Errorf("%s event changes through JSON:\n%s\n%s", ev.Kind(), b, again)
	}
	return b
}

// Recorded is a client of a recording whose place a session takes.
type Recorded struct {
	Title    string // tells who it is
	Settings any
	Room     engine.RoomID
	Lines    []Line        // of this client, from the open on
	Ping     time.Duration // how often the server pings; it does not if negative
	// Close is the code with which the server ends the connection at the end of the lines;
	// [wsconn.CloseAbnormal] for none at all.
	Close int
}

// Replay shows sessions of an adapter what the clients of each transcript were sent, at the
// same moments, and compares what they make of that with testdata/events.
func Replay(t *testing.T, a engine.Adapter, update bool, clients func([]Line) []*Recorded) {
	for name, lines := range Transcripts(t) {
		t.Run(name, func(t *testing.T) {
			var got strings.Builder
			for _, c := range clients(lines) {
				synctest.Test(t, func(t *testing.T) { c.Meet(t, a, &got) })
			}
			Golden(t, filepath.Join("testdata", "events", name+".jsonl"), got.String(), update)
		})
	}
}

// Meet plays the server to a session and writes what it emits.
func (c *Recorded) Meet(t *testing.T, a engine.Adapter, out io.Writer) {
	wire := NewWire(t)
	var served sync.WaitGroup
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		defer served.Done()
		c.serve(t, w, r)
	})}
	go srv.Serve(wire)
	defer served.Wait()
	defer srv.Close()
	s, err := a.New(c.Settings, engine.Env{Rooms: []engine.RoomID{c.Room}, Log: slog.New(slog.DiscardHandler), Clock: engine.SystemClock{}, Dial: wire.Dial})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(out, "# %s in %s\n", c.Title, c.Room)
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	err = s.Run(ctx, func(ev engine.Event) { fmt.Fprintf(out, "%s\n", Encode(t, ev)) })
	fmt.Fprintf(out, "# ends with code %s: %q\n", engine.CodeOf(err), err)
}

// serve sends what the recording's server sent, at its pace.
func (c *Recorded) serve(t *testing.T, w http.ResponseWriter, r *http.Request) {
	conn, err := wsconn.Accept(w, r, wsconn.Config{PingEvery: c.Ping})
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
	for _, l := range c.Lines {
		time.Sleep(time.Until(begun.Add(time.Duration(l.T-c.Lines[0].T) * time.Millisecond)))
		if l.Dir == "recv" && conn.Write(t.Context(), l.Frame) != nil {
			return // the session has had enough
		}
	}
	if c.Close == wsconn.CloseAbnormal {
		conn.Flush()
		return
	}
	time.Sleep(time.Second)
	conn.CloseWith(c.Close, "")
	<-left
}
