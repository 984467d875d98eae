// Package wsconn is the WebSocket connection the adapters share, client and server
// side, with the manners every one of them needs: frames are bounded and never
// compressed, silence is noticed, writes cannot hang, several frames leave in one
// system call, and closing is orderly and quick.
//
// A [Conn] costs no goroutine while nothing is being sent. [Conn.Read] belongs to
// one goroutine; everything else may be called from any.
//
// All waiting is on channels and timers, so a Conn works under testing/synctest
// over a connection in memory.
package wsconn
