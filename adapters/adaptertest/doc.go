// Package adaptertest is the conformance suite every adapter passes, in the spirit
// of testing/fstest: an adapter's tests give [Run] the adapter and a [Simulator] of
// its network, and the suite holds the sessions to the contract of [engine.Session].
//
// Each case runs in a bubble of testing/synctest with a simulator and a session of
// its own. Time is virtual there, so a case may wait for minutes, and a simulator
// has to stay in memory: what it listens on is a [Wire] or something like it.
//
// A network may lack what a case needs, a login or a wire to cut. Then the case
// says so in the test's log and checks what is left.
package adaptertest
