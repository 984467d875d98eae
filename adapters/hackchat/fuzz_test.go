package hackchat_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"botd/adapters/adaptertest"
	"botd/adapters/hackchat"
	"botd/adapters/internal/wsconn"
	"botd/engine"
)

// FuzzFrames gives a session that is in its channel whatever a server could send. It
// must neither panic nor hang nor emit what cannot be encoded.
func FuzzFrames(f *testing.F) {
	for _, lines := range adaptertest.Transcripts(f) {
		for i, l := range lines {
			if l.Dir == "recv" && i%7 == 0 { // a part of each is enough to start from
				f.Add([]byte(l.Frame), []byte(`{"cmd":"onlineAdd","nick":"b"}`))
			}
		}
	}
	f.Add([]byte(`{"cmd":"onlineRemove","nick":"ann"}`), []byte(`{"cmd":"onlineAdd","nick":"bob"}`))
	f.Add([]byte(`{"cmd":"onlineRemove","nick":"botd","userid":1}`), []byte(`{"cmd":"onlineSet","nicks":[]}`))
	f.Add([]byte(`{"cmd":"info","text":"Kicked botd, ann","from":{},"trip":[],"user":null}`), []byte(`{"cmd":"\u0063hat"}`))
	f.Add([]byte(`{"cmd":"info","text":"| Channel |\n| ?a | t | n | h |\n?b c, d"}`), []byte(`{"cmd":"publicchannels","list":[{"name":1}]}`))
	f.Add([]byte(`{"cmd":"info","id":1305,"text":"users-joined: x\nserver-uptime: ","users":{}}`), []byte(`{"cmd":"session","restored":1,"token":{}}`))
	f.Add([]byte(`{"cmd":"updateMessage","userid":1,"customId":"a","mode":"append","text":"\u0000"}`), []byte("\xff\x00"))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		synctest.Test(t, func(t *testing.T) { feed(t, first, second) })
	})
}

const welcome = `{"cmd":"onlineSet","nicks":["ann","botd"],"users":[` +
	`{"nick":"ann","userid":2,"level":100,"flair":false},{"isme":true,"nick":"botd","userid":1,"level":9999999,"flair":false}],"channel":"botdev"}`

// feed lets a server say a few things to a session.
func feed(t *testing.T, frames ...[]byte) {
	wire := adaptertest.NewWire(t)
	served := make(chan struct{})
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(served)
		conn, err := wsconn.Accept(w, r, wsconn.Config{PingEvery: -1})
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Abort()
		conn.Write(t.Context(), []byte(welcome))
		conn.Flush()
		time.Sleep(time.Millisecond) // the questions are asked
		for _, f := range frames {
			conn.Write(t.Context(), f)
		}
		for {
			if _, err := conn.Read(); err != nil {
				return
			}
		}
	})}
	go srv.Serve(wire)
	s, err := hackchat.Adapter.New(&hackchat.Settings{URL: "ws://simulator/", Nick: "botd"},
		engine.Env{Rooms: []engine.RoomID{room}, Log: slog.New(slog.DiscardHandler), Clock: engine.SystemClock{}, Dial: wire.Dial})
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	s.Run(t.Context(), func(ev engine.Event) {
		if ev.Kind() == "connect" {
			go ask(t, s)
		}
		adaptertest.Encode(t, ev)
	})
	if d := time.Since(begun); d > time.Minute {
		t.Errorf("the session took %v to notice that nobody is there", d)
	}
	srv.Close()
	<-served
}

// ask has everything asked whose answer is decoded, so that what the server says may be
// taken for it.
func ask(t *testing.T, s engine.Session) {
	for _, name := range []string{"listusers", "morestats", "stats", "help", "getchannels", "makepublic", "saveconfig", "reload"} {
		s.Do(t.Context(), engine.Call{Room: room, Name: name}, func(r engine.Receipt) {
			if _, err := json.Marshal(r.Answer); err != nil {
				t.Errorf("encode the answer to %s: %v", name, err)
			}
		})
	}
}
