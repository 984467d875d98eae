// Package rehearse runs tests of scripts, which are written in Lua. A case of a test has a
// daemon of its own, the real one with all its parts, but with networks that exist only in the
// test, a store in memory, a clock that the test moves and chance that follows from a seed.
//
// Nothing waits for time to pass: after each step of a test [host.Host.WaitStill] tells when
// all that follows from it has happened, so a test takes as long as its work, and goes
// the same way each time.
package rehearse
