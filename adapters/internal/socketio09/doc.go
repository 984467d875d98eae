// Package socketio09 is the client side of Socket.IO 0.9 over WebSocket; a server for
// tests and simulators is in socketio09test.
//
// A session begins with an HTTP request that gives a session id, which is good for one
// WebSocket. Each text frame is one [Packet]:
//
//	type ":" [id ["+"]] ":" [endpoint] [":" data]
//
// The server leads: it sends the connect packet when the WebSocket is open, and
// heartbeats, which the client answers. A client that hears nothing at all for the
// timeout named in the handshake takes the connection for dead. Either side ends a
// session with a disconnect packet, after which the TCP connection is closed without a
// WebSocket close frame.
//
// The servers predate today's WebSocket: a ping is answered with bytes that are no
// frame, and close frames are unknown, so none of these is sent.
//
// Sources: the packages socket.io 0.9.17 and socket.io-client 0.9.17, and recordings of
// both in testdata/transcripts.
package socketio09
