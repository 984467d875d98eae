// Package hitboxtest is a hitbox chat service for tests and for authors without a
// network, in the spirit of net/http/httptest.
//
// A [Server] is an [net/http.Handler] for everything there is: the REST calls, Socket.IO
// 0.9 below /socket.io/, and the viewer-count server at /viewers. It keeps roles, slow and
// subscriber mode, bans and timeouts, the backlog of six messages, and the state machines
// of polls and giveaways, and sends each connection only what its role may see.
//
// Every name is an account, with the token [Token] and the password [Password] give it. The
// account with the name of a channel is its owner. Users that the test itself plays come in
// with [Server.Join].
package hitboxtest
