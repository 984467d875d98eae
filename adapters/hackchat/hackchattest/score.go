package hackchattest

import (
	"math"
	"time"
)

// The real server's numbers.
const (
	scoreLimit    = 25
	scoreHalfLife = 30 * time.Second
)

// score is what an address has on its account.
type score struct {
	value float64
	at    time.Time
}

func (c *score) now() float64 {
	return c.value * math.Exp2(-time.Since(c.at).Seconds()/scoreHalfLife.Seconds())
}

// Score is what an address has on its account now.
func (s *Server) Score(addr string) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.account(addr).now()
}

// WorstScore is the highest an address ever had.
func (s *Server) WorstScore(addr string) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.worst[addr]
}

func (s *Server) account(addr string) *score {
	c := s.scores[addr]
	if c == nil {
		c = &score{at: time.Now()}
		s.scores[addr] = c
	}
	return c
}

// charge adds to the score of a client's address and says whether it may go on.
func (p *Peer) charge(cost float64) (ok bool) {
	if p.played || p.srv.opts.Unlimited {
		return true
	}
	c := p.srv.account(p.addr)
	c.value, c.at = c.now()+cost, time.Now()
	p.srv.worst[p.addr] = max(p.srv.worst[p.addr], c.value)
	return c.value < scoreLimit || p.immune()
}

// blocked says whether nothing at all is taken from a client.
func (p *Peer) blocked() bool {
	return !p.immune() && (p.srv.banned[p.addr] || p.srv.account(p.addr).now() >= scoreLimit)
}

// immune are moderators of the current server once they have joined, and users the
// test plays. What moderators send counts all the same, for others at their address.
func (p *Peer) immune() bool {
	return p.played || p.srv.opts.Unlimited || (p.srv.opts.Generation == Gen2026 && p.channel != "" && p.level >= levelMod)
}

// lengthCost is what a text costs.
func lengthCost(text string) float64 { return float64(utf16Len(text)) / 83 / 4 }
