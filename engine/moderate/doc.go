// Package moderate decides what lines of chat break which rules and what is to be done
// about it. It does nothing itself: no I/O, no clock, no goroutine. Lines come with their
// time, so that the live code runs over a log of last month just as well.
//
// A [Set] is made of a [Config], which is plain data. It looks at a [Line] and answers with a
// [Hit], or that all is well. What follows a hit is a step of a [Ladder]; what the network can do of it
// [Step.On] says. What was done is written down as a [Case].
package moderate
