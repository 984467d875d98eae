package adaptertest

import (
	"testing"

	"botd/engine"
)

// Case is a case of the suite with the testing.TB as a parameter, so that a test can
// look at it fail.
type Case struct {
	Name string
	Run  func(tb testing.TB)
}

// Cases returns what Run runs.
func Cases(adapter engine.Adapter, newSim func(testing.TB) Simulator) []Case {
	var out []Case
	for _, c := range cases() {
		out = append(out, Case{c.name, func(tb testing.TB) { c.try(tb, adapter, newSim) }})
	}
	return out
}

// Deeds returns the actions tried, by the capability they show.
func Deeds(tb testing.TB) map[engine.Capability][]engine.Action {
	out := map[engine.Capability][]engine.Action{}
	for _, d := range deeds {
		s := &stage{rig: &rig{TB: tb, log: newEventLog(tb, nil, nil)}, ann: nobody{}, dry: true}
		out[d.need] = append(out[d.need], d.make(s))
	}
	return out
}

type nobody struct{ User }

func (nobody) Ref() engine.UserRef { return engine.UserRef{Name: "ann"} }
