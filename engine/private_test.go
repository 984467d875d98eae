package engine_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"botd/engine"
)

// TestPrivate: what is private gets out by Reveal alone.
func TestPrivate(t *testing.T) {
	const address = "ann@example.org"
	ev := engine.Event{ID: "e", Room: engine.Room{ID: "r"}, Body: engine.RaffleChanged{Raffle: "1", Status: "drawn", Email: engine.NewPrivate(address)}}
	var out bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		log := slog.New(h)
		log.Info("event", "event", ev, "body", ev.Body, "email", engine.PrivateOf(&ev), "pointer", &ev)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%q", "%x", "%10.3s"} {
		fmt.Fprintf(&out, verb+"\n", ev.Body)
		fmt.Fprintf(&out, verb+"\n", ev.Body.(engine.RaffleChanged).Email)
	}
	data, err := json.Marshal(ev)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(data)
	if s := out.String(); strings.Contains(s, "example") || strings.Contains(s, fmt.Sprintf("%x", "example")) {
		t.Errorf("the address got out:\n%s", s)
	}
	if !strings.Contains(string(data), `"email":"[private]"`) {
		t.Errorf("JSON does not tell that there is something: %s", data)
	}
	var back engine.Event
	if err := json.Unmarshal(data, &back); err != nil || !engine.PrivateOf(&back).IsZero() {
		t.Errorf("what came back from JSON has the contact %v, %v", engine.PrivateOf(&back), err)
	}
	if back = engine.WithPrivate(back, engine.NewPrivate(address)); engine.PrivateOf(&back).Reveal() != address {
		t.Errorf("not restored: %v", back.Body)
	}
	line := engine.Event{Body: engine.Message{Text: "x"}}
	if got := engine.WithPrivate(line, engine.NewPrivate(address)); got.Body != line.Body || !engine.PrivateOf(&line).IsZero() {
		t.Errorf("a message hides nothing, got %v", got)
	}
	if data, _ := json.Marshal(engine.RaffleChanged{}); strings.Contains(string(data), "email") {
		t.Errorf("nothing to hide: %s", data)
	}
}
