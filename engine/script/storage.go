package script

import "time"

// StoreOp is what a script asks of the store.
type StoreOp string

const (
	StoreGet    StoreOp = "get"
	StoreSet    StoreOp = "set"
	StoreDelete StoreOp = "delete"
	StoreAdd    StoreOp = "incr" // adds N to a number, atomically
	StoreList   StoreOp = "scan"
)

// StoreRequest is something a script wants of the store: of its own part, or with
// Shared of the one for all scripts.
type StoreRequest struct {
	Origin Origin
	Shared bool
	Op     StoreOp
	Key    string
	Value  any           // plain data, for StoreSet
	TTL    time.Duration // for StoreSet; 0 is for ever
	Keep   bool          // for StoreSet: the key keeps the end it has, instead of TTL
	N      float64       // for StoreAdd
	// If has StoreSet and StoreDelete fail with code Conflict unless the key has this
	// revision, 0 for absent.
	If *uint64
	// Of StoreList: keys that begin with Prefix and come after After, Limit at most.
	Prefix string
	After  string
	Desc   bool
	Limit  int
	Bytes  int // of keys and values; the answer ends with the entry that passes it
}

// StoreEntry is a key with its value, plain data.
type StoreEntry struct {
	Key      string
	Value    any
	Revision uint64
}

// StoreAnswer is the outcome. An absent key is no entry and no error. What was
// acknowledged is durable.
type StoreAnswer struct {
	Entries []StoreEntry
	More    bool // of StoreList: there were more, and Limit or Bytes was reached
	Err     error
}

// What a script may have on its way to the store and back, in bytes. More of it waits: it
// is memory that no limit of the script sees, and decoded it may be twenty times as much.
const (
	maxStoring = 1 << 20
	maxValue   = 64 << 10
	// MaxListed is the most bytes of keys and values that a StoreList answers with.
	MaxListed = 256 << 10
)

// bulk is about how much a request and its answer hold.
func (r *StoreRequest) bulk() int {
	switch r.Op {
	case StoreList:
		return min(MaxListed, r.Limit*maxValue)
	case StoreSet:
		return 256 + Weight(r.Value)
	}
	return maxValue
}

// Store asks the store and waits for the answer.
func (c *Call) Store(r StoreRequest) StoreAnswer {
	var got StoreAnswer
	r.Origin = c.Origin()
	if r.Op == StoreList {
		r.Bytes = MaxListed
	}
	bulk := min(r.bulk(), maxStoring)
	c.vm.storing.enter(c, bulk)
	defer c.vm.storing.leave(bulk)
	c.Wait(func(end func()) func() {
		c.vm.door.Store(r, func(a StoreAnswer) {
			got = a
			end()
		})
		return nil
	})
	return got
}

// sluice lets so much through at a time; the rest waits in the order it came. Whoever has
// the baton owns it.
type sluice struct {
	inside int
	queue  []*passer
}

// passer is a handler that waits to enter.
type passer struct {
	bulk int
	in   bool
	gone bool // it was ended while it waited
	end  func()
}

// enter waits until there is room. If the handler is ended meanwhile it unwinds, and has
// not entered.
func (s *sluice) enter(c *Call, bulk int) {
	if len(s.queue) == 0 && s.inside+bulk <= maxStoring {
		s.inside += bulk
		return
	}
	p := &passer{bulk: bulk, gone: true}
	defer func() {
		if p.gone && p.in {
			s.leave(bulk)
		}
	}()
	c.Wait(func(end func()) func() {
		p.end, p.gone = end, false
		s.queue = append(s.queue, p)
		return func() { p.gone = true }
	})
}

func (s *sluice) leave(bulk int) {
	s.inside -= bulk
	for len(s.queue) > 0 {
		p := s.queue[0]
		if !p.gone && s.inside+p.bulk > maxStoring {
			return
		}
		s.queue[0] = nil
		s.queue = s.queue[1:]
		if !p.gone {
			p.in = true
			s.inside += p.bulk
			p.end()
		}
	}
}
