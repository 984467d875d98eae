package actions_test

import (
	"testing"

	"botd/engine"
	"botd/engine/actions"
	"botd/engine/trace"
)

// What becomes of an action has a reason with a name, whoever stopped it.
func TestTrace(t *testing.T) {
	say := engine.Say{Room: "lobby", Text: "hi"}
	tests := []struct {
		name   string
		action engine.Action
		dry    bool
		want   trace.Reason
		status engine.Status
		steps  int
	}{
		{"sent", say, false, "", engine.Echoed, 2},
		{"dry run", say, true, trace.DryRun, engine.Sent, 1},
		{"not granted", engine.Kick{Room: "lobby", User: engine.UserRef{Name: "ann"}}, false, trace.Grant, engine.Failed, 1},
		{"not possible", engine.Emote{Room: "lobby", Text: "waves"}, false, trace.Capability, engine.Failed, 1},
		{"no such room", engine.Say{Room: "cellar", Text: "hi"}, false, trace.BadAction, engine.Failed, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			book := trace.NewBook(0, 0)
			g := actions.New(actions.Options{
				Sender: &network{can: engine.Caps(engine.CapSay, engine.CapKick)}, Grants: grants(engine.GrantChat), DryRun: tt.dry, Trace: book,
			})
			g.Do(actions.Request{Origin: actions.Origin{Script: "a", Gen: 3, Event: "e1"}, Session: "hc", Action: tt.action}, nil)
			steps, _, _ := book.Of("e1")
			if len(steps) != tt.steps {
				t.Fatalf("%d steps: %+v", len(steps), steps)
			}
			last := steps[len(steps)-1]
			if last.Reason != tt.want || last.Status != tt.status || last.Script != "a" || last.Gen != 3 || last.At.IsZero() || (tt.want == "" || tt.dry) != (last.Text == "") {
				t.Errorf("noted: %+v", last)
			}
		})
	}
}
