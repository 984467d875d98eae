// Package local is a chat network inside the process: the prompt in the terminal
// is a user of it. It has every
// capability there is and is the reference for what an adapter means by each event
// and action.
//
// A [Hub] is the network. Bots reach it as sessions of [Adapter]; other code joins a
// [Room] as a [Participant]. Both are clients with the same rights: who may do what
// depends on the role alone.
//
// # Order and waiting
//
// Everything that happens on a hub happens in one order, and every client hears it in
// that order. Nothing waits for a listener: events are queued under the hub's lock and
// delivered outside of it by whichever goroutine finds the queue unattended. So a
// listener may itself act on the hub, and a call may return before its events were
// heard if another goroutine is delivering. Nothing is ever dropped from the queue;
// while it is longer than 65,536 events, actions are refused as rate-limited.
//
// A hub has no goroutine of its own. The end of a poll with a length takes a timer, and
// a flood takes a goroutine that ends with it.
//
// # Facts
//
//   - A user's ID is the account, or the name where there is none. Names are unique in a
//     room, whatever their case.
//   - Roles given with [engine.SetRole] stay with an account; a guest loses them with the
//     room.
//   - A ban of somebody present is heard as ban and kick. A ban by address keeps out
//     everybody who comes from there.
//   - Moderators need not heed slow mode, subscribers-only mode and locks. Nobody acts on
//     those of the same or a higher role, except owners.
//   - Messages can be edited, deleted and reacted to while they are among the last 1024 of
//     their room.
//   - A session that is thrown out of its last room has lost its connection.
package local
