// Package hackchat connects to hack.chat and servers of its kind.
//
// # Protocol
//
// One WebSocket carries one channel. Every message is a JSON object in a text frame
// with a string "cmd"; the server adds "time" in milliseconds. A client joins with a
// nick and an optional password, which becomes a trip code; nothing is said before.
// The session uses the older of the two logins ("protocol 1", join with
// nick#password), because every server understands it and moderation goes by nick.
//
// Four generations of the server are in use; see [generation]. They are told apart
// by the shape of what follows a join, there is no version on the wire.
//
// Sources: the server's repository at its commits d64eac5 (2018-10), 7b7a511
// (2020-11), 6915f8a (2025-03) and 7435d0a (2026-01), and recordings of running
// servers of each, in testdata/transcripts. The protocol has no other description.
//
// # Quirks
//
//   - A missing permission, a wrong type or an unknown message id is answered with
//     silence and penalty points, so everything is checked here before it is sent.
//   - Refusals name no request. The server answers in order, so a refusal belongs to
//     the first action of a matching kind that is still without an answer.
//   - A kicked client is put into another channel and told nothing, and can only
//     come back with a new connection. It is noticed by the channel in the echo of an
//     own message, and without one by asking for the server's statistics, whose
//     answer names the channel the socket is in. The server of 2018 names no
//     channels: there a kick stays unnoticed.
//   - A locked channel lets nobody in but puts them into "purgatory" under a random
//     nick.
//   - A muted user sees the own messages as ever, but without the number the others
//     have (servers of 2026).
//   - The score that limits how much is sent belongs to the address. Moderators of
//     2026 are never refused, but what they send counts for it.
//   - A session token brings a client back under its nick while its dead connection
//     still holds it, in protocol 2 whatever it spoke before; see [token]. The admin
//     comes back as a plain user, and a rename makes the token worth the old nick.
//   - The server pings every 16 s and never looks for the answer; a dead client stays
//     in the channel and holds the nick until TCP gives up.
//   - A nick change arrives as a leave and a join with the same userid. Before 2020
//     there is no userid; the text that follows settles it.
//   - Text that begins with a slash is a command; a second slash escapes it. The
//     server of 2018 knows no escape but only a handful of commands.
package hackchat
