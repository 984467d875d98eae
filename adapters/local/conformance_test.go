package local_test

import (
	"testing"

	"go.uber.org/goleak"

	"botd/adapters/adaptertest"
	"botd/adapters/local/localtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	adapter, newSim := localtest.New()
	adaptertest.Run(t, adapter, newSim)
}
