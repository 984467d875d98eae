package simplextest

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"botd/adapters/internal/wsconn"
)

const maxFrame = 64 << 20

// socket is a client at the other end of a connection: one goroutine reads, one carries
// commands out, one writes. Answers go before events.
type socket struct {
	srv    *Server
	conn   *wsconn.Conn
	number int

	ready chan struct{} // capacity 1: there is something to write, or the end has come
	asked chan struct{} // capacity 1: there is a command to carry out
	// Under the server's lock. The real program reads no further after one command that
	// waits; here they all wait, which a client cannot tell.
	calls   []*call
	answers [][]byte
	deaf    bool // takes no more events
	over    bool // carries out no more commands
	gone    bool
}

// call is a command that was understood.
type call struct {
	command Command
	run     action
}

// serve runs one connection until it ends.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	conn, err := wsconn.Accept(w, r, wsconn.Config{
		PingEvery: -1, // the real server sends none and never looks for them
		DeadAfter: 365 * 24 * time.Hour,
		ReadLimit: maxFrame,
	})
	if err != nil {
		return // it has been answered
	}
	k := &socket{srv: s, conn: conn, ready: make(chan struct{}, 1), asked: make(chan struct{}, 1)}
	s.mu.Lock()
	s.opened++
	k.number = s.opened
	s.sockets[k] = true
	s.mu.Unlock()
	if s.gate.Closed() {
		conn.Abort()
	}
	written, worked := make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(r.Context())
	go func() { defer close(written); k.write() }()
	go func() { defer close(worked); k.work(ctx) }()
	s.wakeOne(k)
	for {
		b, err := conn.Read()
		if err != nil {
			break
		}
		k.take(b)
	}
	cancel()
	close(k.asked)
	<-worked
	s.mu.Lock()
	delete(s.sockets, k)
	k.gone = true
	k.wake()
	s.mu.Unlock()
	<-written
	conn.Abort()
}

// take parses a frame. What cannot be parsed is answered at once and so overtakes
// commands that wait.
func (k *socket) take(b []byte) {
	var f struct {
		CorrID *string `json:"corrId"`
		Cmd    *string `json:"cmd"`
	}
	s := k.srv
	if json.Unmarshal(b, &f) != nil || f.CorrID == nil || f.Cmd == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		k.answer("", s.refused(errRequest))
		return
	}
	c := Command{Text: *f.Cmd, CorrID: *f.CorrID, Conn: k.number, At: time.Now()}
	name, run, ok := parse(*f.Cmd, s.opts.Legacy)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !ok {
		s.unknown = append(s.unknown, c.Text)
		k.answer(c.CorrID, s.refused(errParse))
		return
	}
	if c.Name = name; !k.over {
		k.calls = append(k.calls, &call{c, run})
		poke(k.asked)
	}
}

// work carries out commands, one after the other, until the connection ends.
func (k *socket) work(ctx context.Context) {
	for range k.asked {
		for c := k.call(); c != nil && k.wait(ctx); c = k.call() {
			k.do(c)
		}
	}
}

func (k *socket) call() *call {
	k.srv.mu.Lock()
	defer k.srv.mu.Unlock()
	if len(k.calls) == 0 {
		return nil
	}
	c := k.calls[0]
	k.calls = k.calls[1:]
	return c
}

// wait is the time the next command takes.
func (k *socket) wait(ctx context.Context) bool {
	k.srv.mu.Lock()
	d := k.srv.delay
	k.srv.mu.Unlock()
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (k *socket) do(c *call) {
	s := k.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = append(s.commands, c.command)
	if s.opts.Watch != nil {
		s.opts.Watch(c.command)
	}
	fate := Do
	if s.fate != nil {
		fate = s.fate(c.command)
	}
	if fate == DropBefore {
		k.cut()
	}
	if fate == DropBefore || fate == Ignore {
		return
	}
	o := &op{Server: s, user: s.active}
	resp, err := m(nil), error(nil)
	if r, refused := s.refuse[c.command.Name]; refused {
		delete(s.refuse, c.command.Name)
		err = r
	} else {
		resp, err = c.run(o)
	}
	if r, ok := err.(refusal); ok {
		resp = s.refused(r)
	}
	if s.opts.Legacy {
		resp = legacyAnswer(c.command.Name, resp)
	}
	switch fate {
	case DropAfter:
		k.cut()
	case Twice:
		k.answer(c.command.CorrID, resp)
		k.answer(c.command.CorrID, resp)
	case Do:
		k.answer(c.command.CorrID, resp)
	}
	for _, f := range o.after {
		f()
	}
}

// cut ends the connection: nothing that came by it is carried out any more. It wants the
// lock.
func (k *socket) cut() {
	k.deaf, k.over, k.calls = true, true, nil
	k.conn.Reset()
}

func (s *Server) refused(r refusal) m {
	resp := m{"type": "chatCmdError", "chatError": m(r)}
	if s.opts.Legacy && s.active != nil {
		resp["user_"] = s.active.json(s)
	}
	return resp
}

// answer wants the lock.
func (k *socket) answer(corrID string, resp m) {
	k.answers = append(k.answers, encode(k.srv.wrap(corrID, resp)))
	k.wake()
}

// put sends a frame as it is. It wants the lock.
func (k *socket) put(frame []byte) {
	k.answers = append(k.answers, frame)
	k.wake()
}

func (k *socket) wake() { poke(k.ready) }

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// wake tells all connections that there is an event; it wants the lock.
func (s *Server) wake() {
	for k := range s.sockets {
		k.wake()
	}
}

func (s *Server) wakeOne(k *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k.wake()
}

// write sends answers and, when there are none, one event at a time: an event that a
// connection has taken is lost with it.
func (k *socket) write() {
	for range k.ready {
		for {
			frame, gone := k.next()
			if gone {
				return
			}
			if frame == nil {
				break
			}
			if k.conn.Write(context.Background(), frame) != nil {
				break // the reader sees it, too
			}
			k.conn.Flush()
		}
	}
}

func (k *socket) next() (frame []byte, gone bool) {
	s := k.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case k.gone:
		return nil, true
	case len(k.answers) > 0:
		frame, k.answers = k.answers[0], k.answers[1:]
	case len(s.events) > 0 && !k.deaf:
		frame, s.events = s.events[0], s.events[1:]
	}
	return frame, false
}

// each runs f on every connection, with the lock held.
func (s *Server) each(f func(*socket)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.sockets {
		f(k)
	}
}

// Connections counts the clients with a connection.
func (s *Server) Connections() int {
	n := 0
	s.each(func(*socket) { n++ })
	return n
}

// Drop cuts all connections without a word.
func (s *Server) Drop() { s.each((*socket).cut) }

// Deafen lets the connections there are take no more events, for a wire that has gone
// silent: else the events of a new connection would be lost on the old one.
func (s *Server) Deafen() { s.each(func(k *socket) { k.deaf = true }) }

// Garbage sends every client what is not of the protocol, or of no version known.
func (s *Server) Garbage() {
	s.each(func(k *socket) {
		for _, b := range []string{
			"\x00\xff{", `{"resp":`, `[1,2]`, `"hi"`, `{}`, `7`, `{"resp":7}`, `{"resp":{}}`, `{"resp":{"type":7}}`,
			`{"resp":{"type":"newChatItems"}}`, `{"resp":{"type":"newChatItems","chatItems":[{},7,{"chatInfo":{"type":"direct"}}]}}`,
			`{"corrId":"no such command","resp":{"type":"cmdOk"}}`, `{"corrId":7,"resp":{"type":"cmdOk"}}`,
			`{"resp":{"type":"chatCmdError","chatError":{"type":"error","errorType":{"type":"commandError","message":"invalid request"}}}}`,
		} {
			k.put([]byte(b))
		}
	})
}

// Oversized sends every client an event of so many bytes.
func (s *Server) Oversized(bytes int) {
	frame := slices.Concat([]byte(`{"resp":{"type":"somethingNew","text":"`), slices.Repeat([]byte("x"), bytes), []byte(`"}}`))
	s.each(func(k *socket) { k.put(frame) })
}
