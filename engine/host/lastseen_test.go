package host_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/enginetest"
	"botd/engine/host"
	"botd/engine/store"
)

// Scripts are told of what they may have missed while the daemon was down, but not of a
// time before it was ever there.
func TestGapOverARestart(t *testing.T) {
	kept := store.NewMemory(engine.SystemClock{})
	t.Cleanup(func() { kept.Close() })
	const code = `bot.on("gap", function(ev) bot.room("s/r"):say(("gap %s %s"):format(ev.room.id, tostring(ev.from <= ev.to))) end)`
	said := func(network *enginetest.Network) string {
		return fmt.Sprint(network.In("r").Actions())
	}
	life := func(t *testing.T) *enginetest.Network {
		network := &enginetest.Network{}
		h := startWith(t, network, "", code, func(o *host.Options) { o.Store = kept })
		if err := h.WaitOnline(t.Context(), "s/r"); err != nil {
			t.Fatal(err)
		}
		if err := h.WaitIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
		return network
	}
	before := time.Now()
	t.Run("first", func(t *testing.T) {
		if got := said(life(t)); strings.Contains(got, "gap") {
			t.Errorf("a new bot was told of a gap: %s", got)
		}
	})
	e, err := kept.Get(t.Context(), "engine/seen", "s/r")
	if err != nil {
		t.Fatal(err)
	}
	var at time.Time
	if err := at.UnmarshalJSON(e.Value); err != nil || at.Before(before.Add(-time.Second)) {
		t.Errorf("last seen %s, %v", e.Value, err)
	}
	t.Run("second", func(t *testing.T) {
		if got := said(life(t)); !strings.Contains(got, "gap s/r true") {
			t.Errorf("nobody was told of the gap: %s", got)
		}
	})
}
