package socketio09_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"botd/adapters/internal/socketio09"
	"botd/engine"
)

func TestPackets(t *testing.T) {
	tests := map[string]struct {
		frame string
		want  socketio09.Packet
	}{
		"disconnect":             {"0::", socketio09.Packet{Type: socketio09.Disconnect}},
		"disconnect an endpoint": {"0::/chat", socketio09.Packet{Type: socketio09.Disconnect, Endpoint: "/chat"}},
		"connect":                {"1::", socketio09.Packet{Type: socketio09.Connect}},
		"connect with a query":   {"1::/chat?a=b", socketio09.Packet{Type: socketio09.Connect, Endpoint: "/chat?a=b"}},
		"heartbeat":              {"2::", socketio09.Packet{Type: socketio09.Heartbeat}},
		"text":                   {"3:::text:with:colons ü😀", socketio09.Packet{Type: socketio09.Message, Data: "text:with:colons ü😀"}},
		"text to acknowledge":    {"3:4+::data ack", socketio09.Packet{Type: socketio09.Message, ID: "4", AckData: true, Data: "data ack"}},
		"json":                   {`4:::{"a":"b"}`, socketio09.Packet{Type: socketio09.JSON, Data: `{"a":"b"}`}},
		"event":                  {`5:::{"name":"x"}`, socketio09.Packet{Type: socketio09.Event, Data: `{"name":"x"}`}},
		"event to acknowledge":   {`5:2::{"name":"x"}`, socketio09.Packet{Type: socketio09.Event, ID: "2", Data: `{"name":"x"}`}},
		"event of an endpoint":   {`5:1+:/chat:{"name":"x"}`, socketio09.Packet{Type: socketio09.Event, ID: "1", AckData: true, Endpoint: "/chat", Data: `{"name":"x"}`}},
		"ack":                    {"6:::140", socketio09.Packet{Type: socketio09.Ack, Data: "140"}},
		"ack with data":          {`6:::12+["woot"]`, socketio09.Packet{Type: socketio09.Ack, Data: `12+["woot"]`}},
		"error":                  {"7:::1+0", socketio09.Packet{Type: socketio09.Error, Data: "1+0"}},
		"error of an endpoint":   {"7::/private:2", socketio09.Packet{Type: socketio09.Error, Endpoint: "/private", Data: "2"}},
		"noop":                   {"8::", socketio09.Packet{Type: socketio09.Noop}},
		// The JSON up to its first colon is taken for the endpoint: no event for the root.
		"two colons only": {`5::{"name":"x"}`, socketio09.Packet{Type: socketio09.Event, Endpoint: `{"name"`, Data: `"x"}`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := socketio09.Parse(tt.frame)
			if d := cmp.Diff(tt.want, got); d != "" || err != nil {
				t.Errorf("Parse(%q): %v, -want +got\n%s", tt.frame, err, d)
			}
			if s := got.String(); s != tt.frame {
				t.Errorf("String gives %q, want %q", s, tt.frame)
			}
		})
	}
}

func TestNoPackets(t *testing.T) {
	for _, frame := range []string{"", "garbage", "9::", "::", ":", "5", "5:", "10::", "-1::", "5:x::", "5:1++::", "2", "\x00::", "５::"} {
		if p, err := socketio09.Parse(frame); engine.CodeOf(err) != engine.Invalid {
			t.Errorf("Parse(%q) = %+v, %v; want an error with code invalid", frame, p, err)
		}
	}
}

func TestEvents(t *testing.T) {
	p, err := socketio09.NewEvent("message", map[string]any{"text": "<a> & b"}, "x", 1, nil)
	if want := `5:::{"name":"message","args":[{"text":"<a> & b"},"x",1,null]}`; err != nil || p.String() != want {
		t.Errorf("NewEvent gives %v, %v; want %s", p, err, want)
	}
	name, args, err := p.Event()
	if name != "message" || len(args) != 4 || string(args[1]) != `"x"` || err != nil {
		t.Errorf("Event gives %q %s %v", name, args, err)
	}
	if name, args, err := (socketio09.Packet{Data: `{"name":"bare"}`}).Event(); name != "bare" || args != nil || err != nil {
		t.Errorf("without args: %q %s %v", name, args, err)
	}
	for _, data := range []string{"", "not json", `[]`, `{}`, `{"name":7}`, `{"name":"x","args":{}}`} {
		if _, _, err := (socketio09.Packet{Data: data}).Event(); engine.CodeOf(err) != engine.Invalid {
			t.Errorf("event %q: %v, want code invalid", data, err)
		}
	}
	if _, err := socketio09.NewEvent("x", func() {}); engine.CodeOf(err) != engine.Invalid {
		t.Errorf("an argument that cannot be encoded: %v", err)
	}
}

func TestAcks(t *testing.T) {
	for _, tt := range []struct{ frame, ack string }{
		{`5:2::{"name":"x"}`, "6:::2"}, {`5:3+:/c:{"name":"x"}`, "6::/c:3+[]"}, {"3:4::t", "6:::4"}, {"4:5+::1", "6:::5+[]"},
		{"5:::{}", ""}, {"2:1::", ""}, {"6:1::7", ""},
	} {
		p, err := socketio09.Parse(tt.frame)
		ack, ok := p.Ack()
		if got := ack.String(); err != nil || ok != (tt.ack != "") || ok && got != tt.ack {
			t.Errorf("%s is acknowledged with %q, %v; want %q", tt.frame, got, ok, tt.ack)
		}
	}
}

func TestFailures(t *testing.T) {
	for _, tt := range []struct{ data, reason, advice string }{
		{"1+0", "client not handshaken", "reconnect"}, {"2", "unauthorized", ""}, {"0+", "transport not supported", ""},
		{"+0", "", "reconnect"}, {"undefined", "undefined", ""}, {"", "", ""},
	} {
		reason, advice := socketio09.Packet{Data: tt.data}.Failure()
		if reason != tt.reason || advice != tt.advice {
			t.Errorf("%q: %q, %q; want %q, %q", tt.data, reason, advice, tt.reason, tt.advice)
		}
	}
}

func TestSplit(t *testing.T) {
	for frame, want := range map[string][]string{
		"":                                   nil,
		"2::":                                {"2::"},
		"\uFFFD3\uFFFD2::\uFFFD3\uFFFD8::":   {"2::", "8::"},
		"\uFFFD6\uFFFD3:::😀\uFFFD3\uFFFD8::": {"3:::😀", "8::"},
		"\uFFFDx\uFFFD2::":                   {"\uFFFDx\uFFFD2::"},
		"\uFFFD99\uFFFD2::":                  {"2::"},
		"\uFFFD3\uFFFD2::rest":               {"\uFFFD3\uFFFD2::rest"},
	} {
		if d := cmp.Diff(want, socketio09.Split(frame)); d != "" {
			t.Errorf("Split(%q): -want +got\n%s", frame, d)
		}
	}
}

func TestHandshakes(t *testing.T) {
	for body, want := range map[string]string{
		"Kqfx0Zt9Hc3d1VwDqqxr:60:60:websocket": "1m0s 1m0s",
		"a::60:websocket":                      "0s 1m0s",
		"a:3:4:xhr-polling,websocket\n":        "3s 4s",
		"a:0.5::websocket":                     "500ms 0s",
		"Welcome to socket.io.":                "",
		"":                                     "",
		":60:60:websocket":                     "",
		"a:60:60:xhr-polling":                  "",
		"a:x:60:websocket":                     "",
		"a:-1:60:websocket":                    "",
		"a:NaN:60:websocket":                   "",
		"a:1e99:60:websocket":                  "",
		"../x:60:60:websocket":                 "",
		`io.j[0]("a:60:60:websocket");`:        "",
		"a:60:60:websocket:more":               "",
	} {
		h, err := socketio09.ParseHandshake(body)
		got := ""
		if err == nil {
			got = h.Heartbeat.String() + " " + h.Close.String()
		}
		if got != want {
			t.Errorf("ParseHandshake(%q) gives %q (%v), want %q", body, got, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, frames := range transcripts(f) {
		for _, l := range frames {
			if l.Layer == "ws" {
				f.Add(l.Raw)
			}
		}
	}
	f.Add("\uFFFD3\uFFFD2::")
	f.Fuzz(func(t *testing.T, frame string) {
		for _, part := range socketio09.Split(frame) {
			p, err := socketio09.Parse(part)
			if err != nil {
				continue
			}
			p.Event()
			p.Failure()
			p.Ack()
			back, err := socketio09.Parse(p.String())
			if err != nil || back != p {
				t.Errorf("%q is %+v, written %q, which is %+v (%v)", part, p, p.String(), back, err)
			}
		}
		socketio09.ParseHandshake(frame)
	})
}
