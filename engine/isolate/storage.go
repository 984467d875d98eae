package isolate

import (
	"encoding/json"
	"time"

	"botd/engine"
	"botd/engine/script"
	"botd/engine/store"
)

// storeRequest is a [script.StoreRequest] on the wire. Keys are bytes, and values have
// the form they are kept in: a script may store what is no UTF-8.
type storeRequest struct {
	Origin             origin
	Shared             bool `json:",omitempty"`
	Op                 script.StoreOp
	Key, Prefix, After []byte          `json:",omitempty"`
	Value              json.RawMessage `json:",omitempty"`
	TTL                time.Duration   `json:",omitempty"`
	Keep               bool            `json:",omitempty"`
	N                  float64         `json:",omitempty"`
	If                 *uint64         `json:",omitempty"`
	Desc               bool            `json:",omitempty"`
	Limit              int             `json:",omitempty"`
}

func storeRequestOf(r script.StoreRequest) (storeRequest, error) {
	w := storeRequest{
		Origin: originOf(r.Origin), Shared: r.Shared, Op: r.Op, Key: []byte(r.Key), Prefix: []byte(r.Prefix), After: []byte(r.After),
		TTL: r.TTL, Keep: r.Keep, N: r.N, If: r.If, Desc: r.Desc, Limit: r.Limit,
	}
	var err error
	if r.Op == script.StoreSet {
		w.Value, err = store.Encode(r.Value)
	}
	return w, err
}

// stored is a [script.StoreAnswer] on the wire.
type stored struct {
	Err     *failure      `json:",omitempty"`
	Entries []storedEntry `json:",omitempty"`
	More    bool          `json:",omitempty"`
}

// bulk is about what it holds until it has been written.
func (w *stored) bulk() (n int) {
	for _, e := range w.Entries {
		n += 100 + len(e.Key) + len(e.Value)
	}
	return n
}

type storedEntry struct {
	Key      []byte
	Value    json.RawMessage
	Revision uint64
}

func storedOf(a script.StoreAnswer) *stored {
	w := &stored{Err: failureOf(a.Err), More: a.More}
	for _, e := range a.Entries {
		v, err := store.Encode(e.Value)
		if err != nil {
			return &stored{Err: failureOf(err)}
		}
		w.Entries = append(w.Entries, storedEntry{[]byte(e.Key), v, e.Revision})
	}
	return w
}

func (w *stored) script() (a script.StoreAnswer) {
	a.More = w.More
	if w.Err != nil {
		a.Err = w.Err.error()
	}
	for _, e := range w.Entries {
		v, err := store.Decode(e.Value)
		if err != nil {
			return script.StoreAnswer{Err: err}
		}
		a.Entries = append(a.Entries, script.StoreEntry{Key: string(e.Key), Value: v, Revision: e.Revision})
	}
	return a
}

// maxListed is how many values one question may ask for.
const maxListed = 1000

// store hands a request to the store, whose answer follows as kindStored.
func (c *child) store(id uint64, w storeRequest) error {
	r := script.StoreRequest{
		Origin: c.origin(w.Origin), Shared: w.Shared, Op: w.Op, Key: string(w.Key), Prefix: string(w.Prefix), After: string(w.After),
		TTL: w.TTL, Keep: w.Keep, N: w.N, If: w.If, Desc: w.Desc, Limit: min(max(w.Limit, 0), maxListed), Bytes: script.MaxListed,
	}
	if len(w.Value) > 0 {
		var err error
		if r.Value, err = store.Decode(w.Value); err != nil {
			return err
		}
	}
	if !c.mayAct() {
		c.answerStore(id, script.StoreAnswer{Err: engine.Errorf(engine.Quota, "%d requests wait for an answer already", maxActions)})
		return nil
	}
	c.m.opt.Door.Store(r, func(a script.StoreAnswer) {
		c.acted()
		c.answerStore(id, a)
	})
	return nil
}

func (c *child) answerStore(id uint64, a script.StoreAnswer) {
	c.give(kindStored, id, storedOf(a))
}
