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
	Err     error
}

// Store asks the store and waits for the answer.
func (c *Call) Store(r StoreRequest) StoreAnswer {
	var got StoreAnswer
	r.Origin = c.Origin()
	c.Wait(func(end func()) func() {
		c.vm.door.Store(r, func(a StoreAnswer) {
			got = a
			end()
		})
		return nil
	})
	return got
}
