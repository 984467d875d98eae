package warden_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"botd/engine"
	"botd/engine/moderate"
	"botd/engine/store"
	"botd/engine/warden"
)

// A warning that cannot be whispered to somebody is said in the room; one that could not be
// delivered for another reason is not.
func TestWarnAloud(t *testing.T) {
	for _, tt := range []struct {
		refusal engine.Code
		can     engine.CapSet
		want    []string
		status  moderate.Status
	}{
		{"", engine.Caps(engine.CapSay, engine.CapWhisper), []string{"whisper be kind"}, moderate.Done},
		{engine.NotFound, engine.Caps(engine.CapSay, engine.CapWhisper), []string{"whisper be kind", "say @eve: be kind"}, moderate.Done},
		{engine.Denied, engine.Caps(engine.CapSay, engine.CapWhisper), []string{"whisper be kind", "say @eve: be kind"}, moderate.Done},
		{engine.NotFound, engine.Caps(engine.CapWhisper), []string{"whisper be kind"}, moderate.Failed},
		{engine.NotConnected, engine.Caps(engine.CapSay, engine.CapWhisper), []string{"whisper be kind"}, moderate.Failed},
	} {
		var got []string
		w, err := warden.Open(t.Context(), warden.Options{
			Store: store.NewMemory(nil),
			Do: func(a warden.Action, done func(engine.Receipt)) {
				got = append(got, engine.ActionName(a.Action)+" "+engine.TextOf(a.Action))
				if _, whisper := a.Action.(engine.Whisper); whisper && tt.refusal != "" {
					done(engine.Fail(engine.Errorf(tt.refusal, "no")))
					return
				}
				done(engine.Receipt{Status: engine.Sent})
			},
			Caps: func(engine.SessionID, engine.RoomID) (engine.Capabilities, bool) {
				return engine.Capabilities{Can: tt.can}, true
			},
			Publish: func(*engine.Event) {}, Go: func(f func()) { f() },
		})
		if err != nil {
			t.Fatal(err)
		}
		var status moderate.Status
		w.Act(warden.Order{Script: "a", Session: "net", Room: "lobby", Order: moderate.Order{
			Step: moderate.Step{Do: "warn"}, User: engine.User{Name: "eve"}, Why: "be kind",
		}}, func(c *moderate.Case, _ error) { status = c.Status })
		if diff := cmp.Diff(tt.want, got); diff != "" || status != tt.status {
			t.Errorf("%s: the case is %s (-want +got):\n%s", tt.refusal, status, diff)
		}
	}
}
