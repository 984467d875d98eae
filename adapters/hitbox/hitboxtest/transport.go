package hitboxtest

import (
	"bufio"
	"encoding/json"
	"net"

	"botd/adapters/internal/socketio09"
	"botd/adapters/internal/socketio09/socketio09test"
)

// transport joins sockets and peers.
type transport struct{ s *Server }

var _ socketio09test.Handler = transport{}

func (t transport) Connected(k *socketio09test.Socket) {
	n := 0
	k.App = t.s.Open(func(envelope []byte) {
		n++
		var arg any = string(envelope)
		if t.s.opts.Form == AsObject || t.s.opts.Form == Alternating && n%2 == 0 {
			arg = json.RawMessage(envelope)
		}
		p, err := socketio09.NewEvent("message", arg)
		if err != nil {
			panic("hitboxtest: " + err.Error())
		}
		k.Send(p)
	}, k.Disconnect)
}

func (t transport) Received(k *socketio09test.Socket, p socketio09.Packet) {
	peer, ok := k.App.(*Peer)
	if !ok || p.Type != socketio09.Event {
		return
	}
	name, args, err := p.Event()
	if err != nil || name != "message" || len(args) == 0 {
		return
	}
	peer.Handle(args[0])
}

func (t transport) Disconnected(k *socketio09test.Socket) {
	if peer, ok := k.App.(*Peer); ok {
		peer.Close()
	}
}

// Bridge serves clients that come by another way than the server's own transport: each
// connection carries lines of JSON, envelopes from the client and strings that hold
// envelopes to it. It returns when l is closed.
func (s *Server) Bridge(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		s.bridges.Go(func() { s.bridge(c) })
	}
}

func (s *Server) bridge(c net.Conn) {
	defer c.Close()
	out := make(chan []byte, 1000) // more than a test sends at once
	done := make(chan struct{})
	p := s.Open(func(envelope []byte) { out <- append(encode(string(envelope)), '\n') }, func() { c.Close() })
	s.bridges.Go(func() {
		for {
			select {
			case line := <-out:
				c.Write(line) // an error shows in the reading
			case <-done:
				return
			}
		}
	})
	in := bufio.NewScanner(c)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		p.Handle(in.Bytes())
	}
	p.Close()
	close(done)
}
