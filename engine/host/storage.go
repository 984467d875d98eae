package host

import (
	"context"
	"strconv"

	"botd/engine"
	"botd/engine/config"
	"botd/engine/script"
	"botd/engine/store"
)

// storeFile is the store's name in the data folder.
const storeFile = "botd.db"

// sharedSpace is where the values for all scripts are; spaceOf is a script's own.
const sharedSpace = "shared"

func spaceOf(script string) string { return "kv/" + script }

// quota is how much may be in a space, and in one value of it.
type quota struct {
	all   store.Usage
	value int
}

// quotas are those of scripts; without an entry base holds, which is also that of the
// shared part.
type quotas struct {
	base   quota
	script map[string]quota
}

func quotasOf(cfg *config.Config) quotas {
	of := func(l config.Limits) quota {
		return quota{store.Usage{Keys: l.StoreKeys, Bytes: int64(l.StoreSize)}, int(l.StoreValue)}
	}
	q := quotas{of(cfg.Limits), map[string]quota{}}
	for _, s := range cfg.Scripts {
		q.script[s.Name] = of(s.Limits.Or(cfg.Limits))
	}
	return q
}

func (h *Host) quotaOf(r script.StoreRequest) quota {
	all := h.quotas.Load()
	if q, ok := all.script[r.Origin.Script]; ok && !r.Shared {
		return q
	}
	return all.base
}

// Store answers a script. Reads and writes run beside it; writes of all scripts share
// the store's syncs.
func (d door) Store(r script.StoreRequest, done func(script.StoreAnswer)) {
	space, err := d.h.storeGrant(r)
	if err != nil {
		done(script.StoreAnswer{Err: err})
		return
	}
	switch r.Op {
	case script.StoreGet, script.StoreList:
		d.h.beside.Go(func() { done(d.h.readStore(space, r)) })
	default:
		d.h.writeStore(space, r, done)
	}
}

// storeGrant returns the space a request is about, if the script may use it.
func (h *Host) storeGrant(r script.StoreRequest) (string, error) {
	need, what, space := engine.GrantStore, "store values", spaceOf(r.Origin.Script)
	if r.Shared {
		need, what, space = engine.GrantShared, "use the shared store", sharedSpace
	}
	return space, h.permit(r.Origin, need, what)
}

func (h *Host) readStore(space string, r script.StoreRequest) script.StoreAnswer {
	ctx := context.Background() // the disk answers soon
	var list []store.Entry
	if r.Op == script.StoreGet {
		e, err := h.store.Get(ctx, space, r.Key)
		if engine.CodeOf(err) == engine.NotFound {
			return script.StoreAnswer{}
		}
		if err != nil {
			return script.StoreAnswer{Err: err}
		}
		list = []store.Entry{e}
	} else {
		var err error
		list, err = h.store.List(ctx, store.Query{Space: space, Prefix: r.Prefix, After: r.After, Desc: r.Desc, Limit: r.Limit, Bytes: r.Bytes})
		if err != nil {
			return script.StoreAnswer{Err: err}
		}
	}
	a := answer(list)
	a.More = r.Op == script.StoreList && (r.Limit > 0 && len(list) >= r.Limit || r.Bytes > 0 && sizeOf(list) > r.Bytes)
	return a
}

func sizeOf(list []store.Entry) (n int) {
	for _, e := range list {
		n += len(e.Key) + len(e.Value)
	}
	return n
}

func answer(list []store.Entry) (a script.StoreAnswer) {
	for _, e := range list {
		if e.Revision == 0 { // absent
			continue
		}
		v, err := store.Decode(e.Value)
		if err != nil {
			return script.StoreAnswer{Err: err}
		}
		a.Entries = append(a.Entries, script.StoreEntry{Key: e.Key, Value: v, Revision: e.Revision})
	}
	return a
}

func (h *Host) writeStore(space string, r script.StoreRequest, done func(script.StoreAnswer)) {
	quota := h.quotaOf(r)
	op, err := writeOp(space, r, quota.value)
	if err != nil {
		done(script.StoreAnswer{Err: err})
		return
	}
	within := store.Within(space, quota.all).Hint("remove some, or raise limits.store_keys and limits.store_size in config.yaml")
	mark := h.ledger.missing(r.Origin)
	h.store.Submit(h.ledger.with(store.Batch{op, within}, mark), func(res store.Result) {
		if res.Err != nil {
			done(script.StoreAnswer{Err: res.Err})
			return
		}
		h.ledger.made(mark, h.opt.Clock.Now())
		done(answer(res.Entries[:1]))
	})
}

func writeOp(space string, r script.StoreRequest, most int) (op store.Op, err error) {
	switch r.Op {
	case script.StoreSet:
		value, err := store.Encode(r.Value)
		if err != nil {
			return op, err
		}
		if len(value) > most {
			return op, engine.Errorf(engine.Quota, "the value has %d KiB, more than %d KiB; raise limits.store_value in config.yaml to allow it", (len(value)+1023)>>10, most>>10)
		}
		op = store.Put(space, r.Key, value).For(r.TTL)
		if r.Keep {
			op = store.Modify(space, r.Key, func(store.Entry, bool) ([]byte, error) { return value, nil })
		}
	case script.StoreDelete:
		op = store.Delete(space, r.Key)
	case script.StoreAdd:
		op = store.Modify(space, r.Key, func(old store.Entry, found bool) ([]byte, error) { return add(old, found, r.N) })
	default:
		return op, engine.Errorf(engine.Internal, "no store operation %q", r.Op)
	}
	if r.If != nil {
		op = op.If(*r.If)
	}
	return op, nil
}

func add(old store.Entry, found bool, n float64) ([]byte, error) {
	if found {
		was, err := strconv.ParseFloat(string(old.Value), 64)
		if err != nil {
			return nil, engine.Errorf(engine.Invalid, "the value of %q is no number", old.Key)
		}
		n += was
	}
	return store.Encode(n)
}
