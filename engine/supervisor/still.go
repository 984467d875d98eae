package supervisor

// stillness says whether a unit has something to do.
type stillness uint8

const (
	busy  stillness = iota
	inRun           // the session knows
	waits           // for time to pass, or for somebody to want something
)

// Quiescent is a session that can tell whether it has nothing to do until somebody on
// its network does something or time passes. Those of simulated networks can.
type Quiescent interface{ Still() bool }

// settle notes that the unit is about to wait, unless what it waits for has come. Whoever ends
// the wait calls stir first.
func (u *unit) settle(to stillness, wait func() bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if wait() {
		u.still = to
	}
}

// stir notes that the unit has something to do.
func (u *unit) stir() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.still != busy {
		u.still = busy
		u.stirs++
	}
}

func (u *unit) isStill() (stirs uint64, still bool) {
	drains, sent := u.out.Still()
	u.mu.Lock()
	now, conn, stirs := u.still, u.conn, u.stirs+drains
	u.mu.Unlock()
	switch q, ok := conn.(Quiescent); {
	case now == inRun:
		return stirs, sent && ok && q.Still()
	default:
		return stirs, sent && now == waits
	}
}

// Still reports whether no session and no outbox has anything to do before time passes or
// something happens on a network. stirs grows with each that begins to: as long as it stays
// the same, what was found still is. It is for simulated networks; what happens on others
// nobody knows.
func (s *Supervisor) Still() (stirs uint64, still bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	stirs, still = s.stirs, s.phase != idle // Run will launch what was started before it
	for u := range s.all {
		n, quiet := u.isStill()
		stirs += n
		still = still && quiet
	}
	return stirs, still
}
