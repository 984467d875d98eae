// Package simplex connects to SimpleX Chat by way of its command-line program.
//
// # Protocol
//
// There is no server to log in to. A local process, simplex-chat -p PORT, owns the
// profile and its connections; the adapter sends it command strings in small JSON frames
// over a WebSocket and gets an answer to each, by the id it gave, and events without one.
// Package api holds the language itself.
//
// Sources: the project's bot reference and type declarations for the versions 6.4 to 7.0,
// the sources of the program where those are silent, and what others have published of
// 6.5 and 7.0 at work. Nothing was checked against a real program.
//
// # Quirks
//
//   - The process shares its events out among all who are connected, so there must be one
//     connection: a second session with the same address is refused.
//   - Commands are carried out one at a time. What cannot be parsed is answered at once,
//     out of turn; what is no request at all is answered without an id.
//   - What the bot says itself comes back only as the answer to the command.
//   - When the connection breaks, the answer to the command on its way is lost, and up to
//     two events; what comes while nobody is connected waits in the process. What is
//     missing is looked up by the numbers of the items, which grow over all chats.
//   - All numbers are local to the database of the process. Names are chosen by people,
//     change, and prove nothing.
//   - One process has one active profile, but tells the events of all: those of others
//     are left out.
//   - A member who was there before the bot is told as connected, too, but did not join.
package simplex
