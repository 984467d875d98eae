package outbox_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/outbox"
)

var slow = engine.Capabilities{Text: engine.Limit{Max: 20}, Rate: engine.Rate{Burst: 1, PerSecond: 1}}

func (w *wire) say(from, text string) *got {
	return w.item(outbox.Item{From: from, Action: engine.Say{Room: "r", Text: text}, Lane: engine.LaneReply, Split: true, DropAfter: time.Hour})
}

// Scripts that send to one room take turns, a message at a time; what one sends keeps its
// order.
func TestScriptsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, slow, nil)
		w.say("flood", "one two three four five six seven eight nine ten eleven twelve")
		for i := range 3 {
			w.say("flood", fmt.Sprint("f", i))
		}
		w.outbox.Online(true)
		synctest.Wait()
		w.say("calm", "c0")
		w.say("calm", "c1")
		w.say("", "botd")
		time.Sleep(time.Minute)
		const want = "r:one two three four r:five six seven eight r:c0 r:botd r:nine ten eleven r:c1 r:twelve r:f0 r:f1 r:f2"
		if got := strings.Join(w.log(), " "); got != want {
			t.Errorf("sent %s\nwant %s", got, want)
		}
	})
}

// One script alone fills half of the outbox, so that others find a place, and each of
// them too leaves one.
func TestShareOfAScript(t *testing.T) {
	tests := []struct {
		name   string
		cfg    func(*outbox.Config)
		text   string
		accept []int // of each script in turn
	}{
		{"actions", func(c *outbox.Config) { c.Max = 120 }, "x", []int{60, 30, 15, 8}},
		{"text", func(c *outbox.Config) { c.MaxBytes = 1200 }, "xxxxxxxxxx", []int{60, 30, 15, 8}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t, slow, tt.cfg)
			for i, want := range tt.accept {
				from, accepted := fmt.Sprint("s", i), 0
				var refused *engine.Error
				for refused == nil {
					g := w.say(from, tt.text)
					if len(g.receipts) > 0 {
						refused = g.receipts[0].Err
					} else {
						accepted++
					}
				}
				if accepted != want {
					t.Errorf("%s: %d accepted, want %d", from, accepted, want)
				}
				if refused.Code != engine.Quota || !strings.Contains(refused.Msg, fmt.Sprintf("script %q has filled its share", from)) {
					t.Errorf("%s: %v", from, refused)
				}
			}
			if g := w.say("", tt.text); len(g.receipts) > 0 {
				t.Errorf("botd itself is refused: %v", g.receipts[0].Err)
			}
		})
	}
}

// What has left gives its share back.
func TestShareReturns(t *testing.T) {
	w := newWire(t, engine.Capabilities{}, func(c *outbox.Config) { c.Max = 4 })
	w.outbox.Online(true)
	for i := range 10 {
		if g := w.say("s", "x"); g.receipts[0].Err != nil {
			t.Fatalf("the line %d: %v", i, g.receipts[0].Err)
		}
	}
}
