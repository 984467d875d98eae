// Package cli runs the command-line program of SimpleX Chat for as long as a session
// needs it: [Start] starts it and waits until it listens, [Process.Done] tells that it has
// ended, [Process.Stop] ends it gently. It never starts a program again: the session ends
// with its process, and whoever runs the session runs it again after a pause.
//
// The program writes every command it gets to its output, with all texts in it. So the
// output is read and thrown away; only what it says before it listens is kept, in memory,
// to explain why it could not start.
package cli
