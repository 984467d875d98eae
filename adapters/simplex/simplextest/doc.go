// Package simplextest simulates the SimpleX Chat command-line program as bots see it: the
// WebSocket server of `simplex-chat -p`, and the contacts and groups behind it.
//
// It reads commands with a parser of its own, as strict as the real one, runs those of a
// connection one after the other, and shares one queue of events among all connections,
// so that each event reaches one of them. It was written after the bot reference of the
// versions 6.4 to 7.0 and what is known of the program's sources; nothing in it was
// recorded from a real program.
//
// Whoever uses it plays the others: see [Server.Contact], [Server.Request], [Server.Group]
// and [Peer].
package simplextest
