// Package hctv connects to the chat of hackclub.tv.
//
// # Protocol
//
// One WebSocket carries one channel. Every frame is one JSON object with a "type". The
// server takes every connection and decides afterwards who it is: it sends "session",
// or closes without a word. There are no request ids and no timestamps, and no frame
// tells who comes and goes. What the client sends comes back to it as to everybody else.
//
// Sources: the chat handler in the site's published source at its revision a94ae64
// (2026-07), recordings of a running instance of it in testdata/transcripts, and the
// site's documentation page where the others are silent. Nothing was checked against
// the production site.
//
// # Quirks
//
//   - A bad key, an unknown channel and an expired session look alike, and like a fault
//     of the server's: a close frame without a code, before "session". Three in a row
//     are taken for a refusal; who was in before gets more.
//   - What is sent before "session" is dropped without a word, and so is what makes no
//     sense; every request needs a limit in time.
//   - Errors name no request. They tell the kind of request, so there is at most one
//     message and one command on the way at a time. The own message that comes back is
//     its receipt.
//   - An attempt costs rate limit and slow mode even where it is refused, so emptiness
//     and length are checked here.
//   - The wait that SLOW_MODE names is rounded, and up to half a second short.
//   - A timeout ends in silence. A ban turns into a timeout, and so ends, when a timeout
//     is put on top of it.
//   - History and live messages overlap in both directions, and messages may overtake
//     one another.
//   - Names are not unique: a bot and a user may share one. Moderation goes by id, the
//     texts about it by name.
package hctv
