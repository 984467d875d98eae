package adaptertest_test

import (
	"bufio"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"botd/adapters/adaptertest"
	"botd/engine"
)

// toySim is the toy network's server.
type toySim struct {
	*adaptertest.Wire

	mu       sync.Mutex
	conns    map[net.Conn]engine.RoomID // those logged in
	users    map[engine.RoomID][]string
	lines    map[engine.RoomID][]string
	requests int
}

func newToySim(tb testing.TB) adaptertest.Simulator {
	s := &toySim{
		Wire:  adaptertest.NewWire(tb),
		conns: map[net.Conn]engine.RoomID{},
		users: map[engine.RoomID][]string{},
		lines: map[engine.RoomID][]string{},
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := s.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { s.serve(c) })
		}
	})
	tb.Cleanup(func() {
		s.Close()
		serving.Wait()
	})
	return s
}

func (s *toySim) serve(c net.Conn) {
	defer c.Close()
	stop := make(chan struct{})
	defer close(stop)
	go s.ping(c, stop)
	defer s.forget(c)
	for in := bufio.NewScanner(c); in.Scan(); {
		word, rest, _ := strings.Cut(in.Text(), " ")
		s.request(c, word, rest)
	}
}

func (s *toySim) ping(c net.Conn, stop chan struct{}) {
	t := time.NewTicker(15 * time.Second)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			fmt.Fprintln(c, "PING")
		case <-stop:
			return
		}
	}
}

func (s *toySim) forget(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

func (s *toySim) request(c net.Conn, word, rest string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	room := s.conns[c]
	switch word {
	case "NICK":
		f := strings.Fields(rest)
		if f[2] != "secret" {
			fmt.Fprintln(c, "NO wrong password")
			return
		}
		room = engine.RoomID(f[0])
		s.conns[c] = room
		fmt.Fprintln(c, "USERS", strings.Join(append(s.users[room], f[1]), " "))
		fmt.Fprintln(c, "OK", f[1])
	case "SAY":
		s.lines[room] = append(s.lines[room], rest)
		s.tell(room, "MSG botd "+rest)
	}
}

// tell sends everybody in a room a line; the caller holds the lock.
func (s *toySim) tell(room engine.RoomID, line string) {
	for c, in := range s.conns {
		if in == room {
			fmt.Fprintln(c, line)
		}
	}
}

func (s *toySim) Settings() any          { return &toySettings{Nick: "botd", Pass: "secret"} }
func (s *toySim) Denied() any            { return &toySettings{Nick: "botd", Pass: "wrong"} }
func (s *toySim) Rooms() []engine.RoomID { return []engine.RoomID{"one", "two"} }

func (s *toySim) Prepare(a engine.Action) engine.Action { return a }

func (s *toySim) Lines(room engine.RoomID) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lines[room])
}

func (s *toySim) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

func (s *toySim) Saw(a engine.Action) bool {
	say, ok := a.(engine.Say)
	return ok && slices.Contains(s.Lines(say.Room), say.Text)
}

func (s *toySim) Break(f adaptertest.Fault) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		switch f {
		case adaptertest.Garbage:
			fmt.Fprintln(c, "\xff\x00{]\x1b [1,2")
		case adaptertest.Oversized:
			fmt.Fprintln(c, "MSG ann", strings.Repeat("x", 4<<20))
		}
	}
	return f == adaptertest.Garbage || f == adaptertest.Oversized || s.Wire.Break(f)
}

func (s *toySim) Enter(room engine.RoomID, name string) adaptertest.User {
	u := toyUser{s, room, name}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[room] = append(s.users[room], name)
	s.tell(room, "JOIN "+name)
	return u
}

type toyUser struct {
	sim  *toySim
	room engine.RoomID
	name string
}

func (u toyUser) Ref() engine.UserRef { return engine.UserRef{Name: u.name} }
func (u toyUser) Whisper(string)      {}
func (u toyUser) Say(text string)     { u.send("MSG " + u.name + " " + text) }
func (u toyUser) Leave()              { u.send("PART " + u.name) }

func (u toyUser) send(line string) {
	u.sim.mu.Lock()
	defer u.sim.mu.Unlock()
	u.sim.tell(u.room, line)
}

// TestWireMutants: each fault on the wire is found by the case that is there for it.
func TestWireMutants(t *testing.T) {
	for _, m := range []struct {
		fault  string
		found  string
		faults toyFaults
	}{
		{"never notices that nothing comes", "half-open connection", toyFaults{noDeadline: true}},
		{"never notices that nothing comes", "login at a silent server", toyFaults{noDeadline: true}},
		{"takes a slow server for a dead one", "lag", toyFaults{hasty: true}},
		{"dials without the context", "cancel while dialling", toyFaults{noContext: true}},
		{"cannot be cancelled", "cancel during login", toyFaults{deafLogin: true}},
		{"cannot be cancelled", "cancel on a dead connection", toyFaults{deafLogin: true}},
		{"leaves the connection open", "login denied", toyFaults{keepsOpen: true}},
		{"says echoed when it has written", "drop while unconfirmed", toyFaults{lies: true}},
		{"says failed when it does not know", "drop while unconfirmed", toyFaults{fails: true}},
		{"leaves what is not confirmed", "drop while unconfirmed", toyFaults{forgets: true}},
		{"ignores the context of an action", "context of an action ends", toyFaults{patient: true}},
		{"stops reading at a bad frame", "oversized frames", toyFaults{stalls: true}},
		{"gives up for a bad frame", "oversized frames", toyFaults{surrenders: true}},
		{"passes on what JSON cannot hold", "garbage frames", toyFaults{raw: true}},
		{"tries again when denied", "login denied", toyFaults{retriesLogin: true}},
		{"sends what it cannot do", "action/kick", toyFaults{gossips: true}},
	} {
		t.Run(m.fault+"/"+m.found, func(t *testing.T) {
			expectFailure(t, toyAdapter(m.faults), newToySim, m.found)
		})
	}
}

// TestWireMutantBusy: what is lost with the connection must be answered for. The server is
// slow, or it may have confirmed all before the connection is cut.
func TestWireMutantBusy(t *testing.T) {
	expectFailure(t, toyAdapter(toyFaults{forgets: true}), func(t testing.TB) adaptertest.Simulator {
		sim := newToySim(t)
		sim.Break(adaptertest.Lag)
		return sim
	}, "drop while busy")
}
