// Package admin is the control socket: HTTP with JSON over a unix socket, through which
// the command line talks to a daemon that runs. Server answers for a host, Client asks.
//
//	GET  /v1/status                       host.Status
//	POST /v1/reload {"script": "hello"}   without a script: everything
//	POST /v1/say {"room": "lobby/lobby", "text": "…"}   {receipt, error}
//	POST /v1/eval {"script": "hello", "code": "1 + 1"}   script.Evaluated; "write", "session", "by", "complete"
//	POST /v1/restart {"session": "hc"}
//	GET  /v1/tail?kind=…&room=…&script=…  a Record in each line, until either side ends it
//	GET  /v1/cron                         a list of schedule.Info
//	POST /v1/cron/run {"script": "hello", "id": "standup"}
//
// What fails is answered with the status that fits best and {"error": {code, message,
// retry_after, faults}}.
//
// # The socket
//
// Who may open the socket may do everything; its mode is 0600. It is botd.sock in the
// data folder, or, if that path has more than 100 bytes and so does not fit into a
// socket address everywhere, /tmp/botd-UID/HASH.sock, where HASH is the first half of
// the SHA-256 of the folder's path in hexadecimal and the folder above belongs to the
// user alone. The daemon holds a lock on botd.lock in the data folder, which has its
// process ID: the system lets go of the lock however the daemon ends, so that a socket
// without a lock is a stale one and is replaced.
package admin
