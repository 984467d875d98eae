// Package engine is the vocabulary every other part of botd speaks: events that
// happened, actions to take, what a network can do, and the interfaces between
// the parts. It starts no goroutine, does no I/O and imports no third party.
//
// An adapter turns one chat protocol into a [Session]. A session emits [Event]
// values and carries out [Action] values; a [Receipt] tells what became of an
// action. [Capabilities] say as data what a session can do, so that a script and
// the documentation can read it.
//
// Events and actions are immutable once they left the function that made them:
// they are shared by everything that reads them.
package engine
