package socketio09test

import (
	"context"
	"sync"
	"time"

	"botd/adapters/internal/socketio09"
	"botd/adapters/internal/wsconn"
)

// Socket is one client of a [Server].
type Socket struct {
	srv  *Server
	conn *wsconn.Conn
	// App is the application's own; the server does not touch it.
	App any

	ready chan struct{} // capacity 1: the queue is not empty, or the end has come

	mu       sync.Mutex
	queue    []string
	ended    bool
	timer    *time.Timer
	awaiting bool // the answer to a heartbeat
	beats    int
}

// Send queues a packet; the server never waits for a client.
func (k *Socket) Send(p socketio09.Packet) { k.SendFrame(p.String()) }

// SendFrame queues a frame of any kind.
func (k *Socket) SendFrame(frame string) {
	k.mu.Lock()
	if !k.ended {
		k.queue = append(k.queue, frame)
	}
	k.mu.Unlock()
	k.wake()
}

// Disconnect ends the session in the way of the server: a packet, and then the end of
// the connection.
func (k *Socket) Disconnect() {
	k.Send(socketio09.Packet{Type: socketio09.Disconnect})
	k.end()
}

// Cut ends the connection without a word.
func (k *Socket) Cut() { k.conn.Reset() }

// Inject writes bytes below the WebSocket protocol.
func (k *Socket) Inject(raw []byte) { k.conn.Inject(raw) }

// Beats counts the heartbeats the client has answered.
func (k *Socket) Beats() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.beats
}

// baffled is what a ping or pong does to the real server: its answer is written as text,
// which makes the bytes of a pong an invalid frame, and the connection ends.
func (k *Socket) baffled() {
	k.conn.Inject([]byte{0xc2, 0x8a, 0x00})
	k.end()
}

func (k *Socket) end() {
	k.mu.Lock()
	k.ended = true
	k.mu.Unlock()
	k.wake()
}

func (k *Socket) wake() {
	select {
	case k.ready <- struct{}{}:
	default:
	}
}

// write sends what is queued until the end, and closes the connection.
func (k *Socket) write() {
	for {
		k.mu.Lock()
		batch, ended := k.queue, k.ended
		k.queue = nil
		k.mu.Unlock()
		for _, frame := range batch {
			k.conn.Write(context.Background(), []byte(frame)) // an error shows in read
		}
		if ended {
			k.conn.Flush()
			k.conn.Abort()
			return
		}
		<-k.ready
	}
}

func (k *Socket) read() {
	for {
		b, err := k.conn.Read()
		if err != nil {
			return
		}
		p, err := socketio09.Parse(string(b))
		if err == nil {
			k.received(p)
		}
	}
}

func (k *Socket) received(p socketio09.Packet) {
	switch p.Type {
	case socketio09.Heartbeat:
		k.beaten()
	case socketio09.Disconnect:
		if p.Endpoint == "" {
			k.Disconnect()
		}
	case socketio09.Connect:
		// The real server answers, and from then on handles everything twice.
		k.Send(socketio09.Packet{Type: socketio09.Connect, Endpoint: p.Endpoint})
		if p.Endpoint == "" {
			k.srv.handler.Connected(k)
		}
	case socketio09.Message, socketio09.JSON, socketio09.Event, socketio09.Ack:
		if ack, ok := p.Ack(); ok && !p.AckData {
			k.Send(ack)
		}
		if p.Endpoint == "" {
			k.srv.handler.Received(k, p)
		}
	}
}

// beatIn sends a heartbeat after a pause, and cuts the connection if it stays without an
// answer.
func (k *Socket) beatIn(d time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ended {
		return
	}
	k.timer = time.AfterFunc(d, func() {
		k.mu.Lock()
		k.awaiting = true // before the answer can come
		k.timer = time.AfterFunc(k.srv.opts.Timeout, k.Cut)
		k.mu.Unlock()
		k.Send(socketio09.Packet{Type: socketio09.Heartbeat})
	})
}

// beaten takes the answer. What comes without a question changes nothing.
func (k *Socket) beaten() {
	k.mu.Lock()
	asked := k.awaiting
	if asked {
		k.awaiting = false
		k.beats++
		k.timer.Stop()
	}
	k.mu.Unlock()
	if asked {
		k.beatIn(k.srv.opts.Interval)
	}
}

func (k *Socket) stopBeating() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ended = true
	if k.timer != nil {
		k.timer.Stop()
	}
}
