// Package hackchattest is a hack.chat server for tests and for authors without a
// network, in the spirit of net/http/httptest.
//
// A [Server] is an [net/http.Handler] that speaks the protocol over WebSocket, as the
// servers of four generations do: permissions, the score that refuses who talks too
// much, locked and guarded channels, kicks, bans and mutes. Recordings of the real
// servers hold it to that. Users that the test itself plays come in with
// [Server.Join]; what clients sent is in [Server.Requests]; and the connections of a
// server can be harmed with [Server.Drop], [Server.Stall] and others.
package hackchattest
