// Package hackmud connects to the chat of the game hackmud.
//
// # Protocol
//
// Four endpoints take a POST with JSON and answer with JSON: get_token trades a pass of
// the game for a token, account_data lists the account's users with their channels and
// the members of those, chats returns messages, create_chat says one. There is no
// connection: a session polls. A token is for an account with all its users, lasts 45
// days, and the limits of reading are per token, those of speaking per user.
//
// Sources: the wiki of the game on its chat interface, in its revisions; what the
// maintainers answered to questions about it; and what public clients rely on. Where
// those disagree the code is right under each of them. It has not been tried with the
// game itself.
//
// # Quirks
//
//   - An id is not unique, and neither is a time: the documentation's own example has a
//     leave and a tell of one id. Only all members of a message together are a key.
//   - The answer to chats reaches ten minutes back, or ten minutes on from "after",
//     depending on whom one asks. So the cursor must follow the clock and not the last
//     message, or it gets stuck in a quiet channel; and the clock must be the server's.
//   - The only clock is the Date header, in whole seconds.
//   - A message of a channel with several own users in it comes in each one's array,
//     with the same id and time.
//   - create_chat returns no id and cannot be repeated safely. The message that comes
//     back is the proof, and the only one when the answer is lost.
//   - A player who types in the game uses the same allowance as the bot.
//   - 401 has an empty body.
//
// # Exactly once
//
// The position is saved only after it is written down that scripts have handled what is before
// it ([engine.Env.Handled]), so a crash loses nothing: what was not handled is read again. What
// was read of the time that is fetched again is part of the position: it is bounded by that time,
// and the daemon's own memory of events by their number.
// Each event has a [engine.Event.Key], by which the daemon knows those that a script has
// begun to act on before the crash, and does not hand them to it again.
package hackmud
