package adaptertest_test

import (
	"reflect"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"botd/adapters/adaptertest"
	"botd/adapters/local/localtest"
	"botd/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestDeeds: no action and no capability is left out.
func TestDeeds(t *testing.T) {
	deeds := adaptertest.Deeds(t)
	tried := map[reflect.Type]bool{}
	for need, actions := range deeds {
		for _, a := range actions {
			tried[reflect.TypeOf(a)] = true
			if a.Needs() != need && need != engine.CapReply {
				t.Errorf("%+v is tried for %s, but needs %s", a, need, a.Needs())
			}
		}
	}
	for _, c := range engine.AllCaps.List() {
		if deeds[c] == nil && c != engine.CapPresence { // which is not done but told
			t.Errorf("nothing is tried for the capability %s", c)
		}
	}
	for _, a := range engine.Actions() {
		if !tried[reflect.TypeOf(a)] {
			t.Errorf("%s is not tried", engine.ActionName(a))
		}
	}
}

// TestVariants: sessions that can less, or serve one room each, pass as well.
func TestVariants(t *testing.T) {
	t.Run("few capabilities", func(t *testing.T) {
		adapter, newSim := localtest.New()
		adaptertest.Run(t, restrict(adapter, engine.Caps(engine.CapSay, engine.CapKick, engine.CapPresence)), newSim)
	})
	t.Run("one room", func(t *testing.T) {
		adapter, newSim := localtest.New()
		adapter.PerRoom = true
		adaptertest.Run(t, adapter, newSim)
	})
	t.Run("wire", func(t *testing.T) {
		adaptertest.Run(t, toyAdapter(toyFaults{}), newToySim)
	})
}

// expectFailure runs a case against an adapter with one fault and expects it to find
// that.
func expectFailure(t *testing.T, adapter engine.Adapter, newSim func(testing.TB) adaptertest.Simulator, name string) {
	t.Helper()
	cases := adaptertest.Cases(adapter, newSim)
	i := slices.IndexFunc(cases, func(c adaptertest.Case) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("no case %q", name)
	}
	if complaint := try(t, cases[i]); complaint == "" {
		t.Errorf("case %q passes", name)
	} else {
		t.Logf("case %q: %s", name, complaint)
	}
}
