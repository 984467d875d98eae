// Package isolate runs scripts in processes of their own, behind the same methods as
// [script.Manager]. It is for code nobody vouches for: a script that gets the better of
// its VM, of the library or of the Go runtime ends one child process, never the daemon.
//
// Each load of a script is a fresh child: the same program, started as a worker that
// gives up every right it does not need (see [Worker]) and then runs a script.Manager
// with one script. The child has two pipes and nothing else. Over them go frames: the
// daemon sends the source, events, receipts and the answers to questions, the child
// sends actions, questions, log lines and faults. The child has no files: what a script
// requires is read by the daemon.
//
// The daemon takes the child for hostile. Frames have a size limit and a rate, what is
// outstanding is bounded, a frame that makes no sense is the end of the child, and
// nothing a child does or leaves undone makes the daemon wait.
//
// A script's mailbox is in the daemon. Only a few events are in the child at a time; a
// new version gets those that the old one has not begun. When a child dies its script is
// started again after a pause that grows, and finds the events that came meanwhile.
// Those that were under way are lost, and counted: handling one twice would be worse.
package isolate
