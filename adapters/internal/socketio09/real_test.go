package socketio09_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"botd/adapters/internal/socketio09"
	"botd/adapters/internal/socketio09/realtest"
	"botd/engine"
)

// TestReal talks with socket.io 0.9.17, if `make interop` has installed it.
func TestReal(t *testing.T) {
	modules, ok := realtest.Modules(t)
	if !ok {
		return
	}
	// 72 heartbeats are half an hour at the usual 25 s; here they come every 50 ms.
	const beats = 72
	server, base := realtest.Server(t, modules, "", 50*time.Millisecond, 60*time.Second)
	c, err := socketio09.Dial(t.Context(), base, socketio09.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Abort()
	ask := func(name string, args ...any) string {
		t.Helper()
		if err := c.Emit(t.Context(), name, args...); err != nil {
			t.Fatal(err)
		}
		p, err := c.Read()
		if err != nil {
			t.Fatal(err)
		}
		return p.String()
	}
	for name, tt := range map[string]struct {
		args []any
		want string
	}{
		"message": {[]any{map[string]string{"text": "a:b <ü> 😀 \u2028"}}, `5:::{"name":"message","args":[{"text":"a:b <ü> 😀 ` + "\u2028" + `"}]}`},
		"text":    {nil, "3:::plain:text"},
		"json":    {nil, `4:::{"a":"b"}`},
	} {
		if got := ask(name, tt.args...); strings.ReplaceAll(got, `\u2028`, "\u2028") != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
	for _, n := range []int{100, 65_000, 200_000} {
		if got := ask("big", n); len(got) < n {
			t.Errorf("%d bytes came as %d", n, len(got))
		}
	}
	if got := ask("ask"); !strings.Contains(got, "question") {
		t.Errorf("asked for an ack: %s", got)
	}
	if p, err := c.Read(); err != nil || p.Data != `{"name":"answered","args":[true]}` {
		t.Errorf("the server took our ack for %s, %v", p, err)
	}
	c.Write(t.Context(), socketio09.Packet{Type: socketio09.Event, ID: "1", AckData: true, Data: `{"name":"add","args":[2,3]}`})
	if p, err := c.Read(); err != nil || p.String() != "6:::1+[5]" {
		t.Errorf("its ack: %s, %v", p, err)
	}
	// Reading answers the heartbeats, and something has to be there to read.
	for sent := 0; sent < beats; {
		if got := ask("message", 1); !strings.Contains(got, "message") {
			t.Fatal(got)
		}
		time.Sleep(10 * time.Millisecond) // the pace of the test, no limit
		var answered int
		if sent, answered = server.Beats(); answered < sent-1 {
			t.Fatalf("%d heartbeats sent, %d answered", sent, answered)
		}
	}
	c.Close()
	if _, err := c.Read(); !errors.Is(err, socketio09.ErrDisconnected) {
		t.Errorf("Close: %v", err)
	}
	kicked, err := socketio09.Dial(t.Context(), base, socketio09.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer kicked.Abort()
	kicked.Emit(t.Context(), "kick")
	if _, err := kicked.Read(); engine.CodeOf(err) != engine.NotConnected || !errors.Is(err, socketio09.ErrDisconnected) {
		t.Errorf("kicked: %v", err)
	}
}
