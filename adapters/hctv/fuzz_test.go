package hctv_test

import (
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"botd/adapters/adaptertest"
	"botd/adapters/hctv"
	"botd/adapters/hctv/hctvtest"
	"botd/adapters/internal/wsconn"
	"botd/engine"
)

// FuzzFrames gives a session that is in its channel, with something of each kind on the
// way, whatever a server could send. It must neither panic nor hang nor emit what cannot
// be encoded.
func FuzzFrames(f *testing.F) {
	for _, lines := range adaptertest.Transcripts(f) {
		for i, l := range lines {
			if l.Dir == "recv" && i%9 == 0 { // a part of each is enough to start from
				f.Add([]byte(l.Frame), []byte(`{"type":"systemMsg","message":"bob was banned."}`))
			}
		}
	}
	f.Add([]byte(`{"type":"history","messages":[null,{},{"user":null},{"user":{"id":"b_plainbot","isBot":true},"message":"hi"}]}`), []byte(`{"type":"session","viewer":null}`))
	f.Add([]byte(`{"type":"chatAccess","canSend":false,"restriction":{"type":"timeout","expiresAt":"9999-12-31T23:59:59Z"}}`), []byte(`{"type":"moderationError","code":"SLOW_MODE","message":"Wait 99999999999s"}`))
	f.Add([]byte(`{"type":"session","viewer":{"id":"x"},"moderation":{"slowModeSeconds":1e300,"maxMessageLength":-1}}`), []byte("\xff\x00"))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		synctest.Test(t, func(t *testing.T) { feed(t, first, second) })
	})
}

const welcome = `{"type":"session","viewer":{"id":"b_plainbot","username":"plainbot"},"permissions":{"canModerate":true},` +
	`"moderation":{"hasBlockedTerms":false,"slowModeSeconds":0,"maxMessageLength":400}}`

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
		time.Sleep(time.Second) // until everything is on the way
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
	s, err := hctv.Adapter.New(settingsWith(hctvtest.PlainBotKey),
		engine.Env{Rooms: []engine.RoomID{"lounge"}, Log: slog.New(slog.DiscardHandler), Clock: engine.SystemClock{}, Dial: wire.Dial})
	if err != nil {
		t.Fatal(err)
	}
	asked, answered := 0, 0
	begun := time.Now()
	s.Run(t.Context(), func(ev engine.Event) {
		adaptertest.Encode(t, ev)
		if _, ok := ev.Body.(engine.Connected); !ok || asked > 0 {
			return
		}
		for _, a := range []engine.Action{
			engine.Say{Room: "lounge", Text: "hi"}, engine.Ban{Room: "lounge", User: ref("u_bob")},
			engine.Emoji{Room: "lounge", Names: []string{"aga"}}, engine.SearchEmoji{Room: "lounge", Term: "yay"},
		} {
			asked++
			s.Do(t.Context(), a, func(engine.Receipt) { answered++ })
		}
	})
	if d := time.Since(begun); d > time.Minute {
		t.Errorf("the session took %v to notice that nobody is there", d)
	}
	if answered != asked {
		t.Errorf("%d receipts for %d actions", answered, asked)
	}
	srv.Close()
	<-served
}
