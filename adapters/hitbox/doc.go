// Package hitbox connects to hitbox chat, later smashcast, and to services that speak its
// protocol.
//
// # Protocol
//
// A REST call names the chat servers. One connection of Socket.IO 0.9 serves one channel,
// which is the account of its broadcaster in lower case. Everything is the event "message"
// with an envelope, {"method": …, "params": …}: an object on the way to the server, a string
// that holds one on the way back. joinChannel logs in with a name and a token, and loginMsg
// says what the bot may do: guest, anon (any account), user (moderator), admin (editor or
// broadcaster). A second server, plain WebSocket, counts viewers.
//
// Sources: a description of the service's own developers, a community page of 2014–2015 with
// captured frames, and independent clients in JavaScript, Java, C#, C++, Python and Go. The
// public service has closed. Where they say nothing the simulator in hitboxtest decides.
//
// # Quirks
//
//   - Nothing is answered with an error: what a role may not do, and what is malformed, meets
//     silence. Rights and states are checked here before anything is sent.
//   - A wrong token makes a guest, without a word.
//   - There are no joins and leaves. They are derived from lists of users, which are asked for
//     once a minute, and from people who speak.
//   - The server drops the same text twice in a row, and what comes too fast.
//   - Of each change of a giveaway there are two copies, and admins get both: one without
//     counts and the winner's e-mail address, one with them.
//   - The end of a poll carries no choices, and the removal of a giveaway not even the channel.
//   - Slow mode and subscriber mode exclude each other.
//   - Numbers may be strings, booleans numbers, text HTML.
package hitbox
