package adaptertest

import (
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
)

// Run holds an adapter to the contract of [engine.Session], each case as a subtest
// in a bubble with a simulator of its own. newSim is called inside the bubble.
func Run(t *testing.T, adapter engine.Adapter, newSim func(testing.TB) Simulator) {
	t.Helper()
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { c.try(t, adapter, newSim) })
		})
	}
}

// suiteCase is one thing the contract asks for.
type suiteCase struct {
	name string
	run  func(*rig)
}

// grace is what a session that failed a case gets to end after all. A bubble with
// goroutines left panics, which would hide the failure and end all other tests.
const grace = 24 * time.Hour

// try runs the case inside a bubble.
func (c suiteCase) try(tb testing.TB, adapter engine.Adapter, newSim func(testing.TB) Simulator) {
	tb.Helper()
	tb.Cleanup(func() { // first in, so the last to run
		if tb.Failed() {
			time.Sleep(grace)
		}
	})
	c.run(newRig(tb, adapter, newSim(tb)))
}

func cases() []suiteCase {
	cs := []suiteCase{
		{"description", testDescription},
		{"login", testLogin},
		{"login in two rooms", testTwoRooms},
		{"login denied", testDenied},
		{"login refused by the network", testUnreachable},
		{"login at a silent server", testSilentServer},
		{"login cut off", testCutOff},
		{"join and leave of others", testPresence},
		{"order of messages", testOrder},
		{"told once", testToldOnce},
		{"own messages", testOwn},
		{"whisper to the bot", testWhispered},
		{"flood", testFlood},
		{"text limit", testTextLimit},
		{"line limit", testLineLimit},
		{"commands", testCommands},
		{"not connected", testNotConnected},
		{"idle", testIdle},
		{"drop", testDrop},
		{"drop while busy", testDropBusy},
		{"drop while unconfirmed", testUnconfirmed},
		{"context of an action ends", testActionContext},
		{"half-open connection", testHalfOpen},
		{"lag", testLag},
		{"garbage frames", testBadFrames(Garbage)},
		{"oversized frames", testBadFrames(Oversized)},
		{"cancel", testCancel},
		{"cancel before the start", testCancelEarly},
		{"cancel while dialling", testCancelDial},
		{"cancel during login", testCancelLogin},
		{"cancel in a flood", testCancelFlood},
		{"cancel on a dead connection", testCancelDead},
	}
	for _, d := range deeds {
		cs = append(cs, suiteCase{"action/" + d.name, d.test})
	}
	return cs
}
