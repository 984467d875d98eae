// Package outbox paces what one session sends, so that no network has a reason to
// throw the bot out for flooding.
//
// Items of one script, lane and room leave in the order of the calls; in one room lower
// lanes go first, and the scripts that wait in a lane take turns; rooms that share the
// session's token bucket take turns too, and a room that must wait never holds up another. While the session is offline items
// wait, until they are too old to be worth sending. Several outboxes may draw from one
// [Bucket]; then they take turns at it.
//
// There is no goroutine behind an outbox. Whoever calls Put when nothing else is
// being sent takes the baton and sends, on its own goroutine, until nothing more
// can go; a timer exists only while something waits for tokens, an age limit or a
// proof of delivery.
package outbox
