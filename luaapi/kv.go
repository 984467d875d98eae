package luaapi

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"botd/engine"
	"botd/engine/script"
)

// kv keeps values of the script by key, over reload and restart. A key is 1 to 256 bytes of
// any text; a value is plain data, in which a text may hold any bytes. How many keys, how much in
// all and how large a value are limits of the script: 10,000, 16 MiB and 64 KiB by default; what
// would go beyond fails with code "quota". What a call has acknowledged survives a crash. All calls wait for the disk.
var kvModule = script.Module{Name: "kv", Members: kvMembers(&keyspace{})}

// shared is kv for values that all scripts with the grant "shared" have in common.
var sharedModule = script.Module{Name: "shared", Members: kvMembers(&keyspace{shared: true})}

func kvMembers(s *keyspace) []script.Member {
	return []script.Member{
		script.Bound("get", s, kvGet).Grants(s.grant()).Reads(), script.Bound("set", s, kvSet).Grants(s.grant()), script.Bound("delete", s, kvDelete).Grants(s.grant()), script.Bound("incr", s, kvIncr).Grants(s.grant()),
		script.Bound("update", s, kvUpdate).Grants(s.grant()), script.Bound("scan", s, kvScan).Grants(s.grant()).Reads(), script.Bound("top", s, kvTop).Grants(s.grant()).Reads(), script.PlainBound("ns", s, kvNS).Reads(),
	}
}

// keyspace is the part of a store whose keys begin with a prefix, which callers leave out.
type keyspace struct {
	shared bool
	prefix string
}

var kvClass = script.Class[*keyspace]{
	Name: "keyspace",
	Members: []script.Member{
		script.Method("get", kvGet).Reads(), script.Method("set", kvSet), script.Method("delete", kvDelete), script.Method("incr", kvIncr),
		script.Method("update", kvUpdate), script.Method("scan", kvScan).Reads(), script.Method("top", kvTop).Reads(), script.PlainMethod("ns", kvNS).Reads(),
	},
}

// grant is what a script needs for it.
func (s *keyspace) grant() engine.Grant {
	if s.shared {
		return engine.GrantShared
	}
	return engine.GrantStore
}

func (s *keyspace) ask(c *script.Call, r script.StoreRequest) ([]script.StoreEntry, error) {
	r.Shared = s.shared
	a := c.Store(r)
	return a.Entries, a.Err
}

// list asks for entries; more tells that there are others behind them.
func (s *keyspace) list(c *script.Call, r script.StoreRequest) (found []script.StoreEntry, more bool, err error) {
	r.Op, r.Shared = script.StoreList, s.shared
	a := c.Store(r)
	return a.Entries, a.More, a.Err
}

type kvGetArgs struct {
	Key     string       `lua:"key"`
	Default script.Value `lua:"default,optional"` // what to return if the key is absent
}

// kvGet reads a value; nil or the default if there is none.
func kvGet(c *script.Call, s *keyspace, a kvGetArgs) (script.Value, error) {
	found, err := s.ask(c, script.StoreRequest{Op: script.StoreGet, Key: s.prefix + a.Key})
	if err != nil || len(found) == 0 {
		return a.Default, err
	}
	return c.PlainToLua(found[0].Value, true), nil
}

type kvSetArgs struct {
	Key   string    `lua:"key"`
	Value any       `lua:"value"` // plain data
	Opts  kvSetOpts `lua:"opts,optional"`
}

type kvSetOpts struct {
	TTL time.Duration `lua:"ttl,optional"` // the key is removed after that time
}

// kvSet writes a value. Without a ttl the key stays, also if it had one before.
func kvSet(c *script.Call, s *keyspace, a kvSetArgs) (script.OK, error) {
	if a.Value == nil {
		c.BadArg("value", "expected plain data, got nil; to remove a key there is delete")
	}
	if a.Opts.TTL < 0 {
		c.BadArg("opts", "ttl: expected a duration above 0")
	}
	_, err := s.ask(c, script.StoreRequest{Op: script.StoreSet, Key: s.prefix + a.Key, Value: a.Value, TTL: a.Opts.TTL})
	return script.OK{}, err
}

type kvKeyArgs struct {
	Key string `lua:"key"`
}

// kvDelete removes a key. That there is none is no error.
func kvDelete(c *script.Call, s *keyspace, a kvKeyArgs) (script.OK, error) {
	_, err := s.ask(c, script.StoreRequest{Op: script.StoreDelete, Key: s.prefix + a.Key})
	return script.OK{}, err
}

type kvIncrArgs struct {
	Key string   `lua:"key"`
	N   *float64 `lua:"n,optional"` // 1 if not given
}

// kvIncr adds to a number and returns the sum. Without a value it begins at 0. No increment gets
// lost or counts twice, whoever else writes. A ttl that the key has goes on.
func kvIncr(c *script.Call, s *keyspace, a kvIncrArgs) (float64, error) {
	n := 1.0
	if a.N != nil {
		n = *a.N
	}
	sum, err := s.ask(c, script.StoreRequest{Op: script.StoreAdd, Key: s.prefix + a.Key, N: n})
	if err != nil {
		return 0, err
	}
	total, _ := sum[0].Value.(float64)
	return total, nil
}

type kvUpdateArgs struct {
	Key string      `lua:"key"`
	Fn  script.Func `lua:"fn" type:"fun(old: any): any"` // gets the value, nil if there is none, and returns the new one, nil to remove the key
}

// maxTries bounds how often an update begins again.
const maxTries = 100

// kvUpdate replaces a value by what a function makes of it, and returns the new one. If somebody
// else wrote the key meanwhile the function is called again with what they wrote, so it
// should have no other effects. An error in it is raised, and nothing is written. A ttl that the
// key has goes on.
func kvUpdate(c *script.Call, s *keyspace, a kvUpdateArgs) (script.Value, error) {
	key := s.prefix + a.Key
	for range maxTries {
		found, err := s.ask(c, script.StoreRequest{Op: script.StoreGet, Key: key})
		if err != nil {
			return script.Value{}, err
		}
		var old script.StoreEntry
		if len(found) > 0 {
			old = found[0]
		}
		made, err := updated(c, a.Fn, old)
		if err != nil {
			return script.Value{}, err
		}
		r := script.StoreRequest{Op: script.StoreSet, Key: key, Value: made, Keep: true, If: &old.Revision}
		if made == nil {
			r.Op = script.StoreDelete
		}
		if _, err = s.ask(c, r); engine.CodeOf(err) != engine.Conflict {
			return stored(c, made), err
		}
	}
	return script.Value{}, engine.Errorf(engine.Conflict, "the key %q was written by others %d times in a row", a.Key, maxTries)
}

// updated is what the script makes of a value.
func updated(c *script.Call, fn script.Func, old script.StoreEntry) (any, error) {
	results := c.Call(fn, stored(c, old.Value))
	if len(results) == 0 {
		return nil, nil
	}
	made, err := c.Plain(results[0])
	if err != nil {
		return nil, engine.Errorf(engine.Invalid, "the function returned what cannot be stored: %s", err)
	}
	return made, nil
}

// stored is a value as scripts get it: nil for none.
func stored(c *script.Call, v any) script.Value {
	if v == nil {
		return script.Value{}
	}
	return c.PlainToLua(v, true)
}

type kvScanArgs struct {
	Prefix string     `lua:"prefix,optional"` // of the keys; all if not given
	Opts   kvScanOpts `lua:"opts,optional"`
}

type kvScanOpts struct {
	Limit int    `lua:"limit,optional"` // how many at most: 100 if not given, 1,000 is the most
	Desc  bool   `lua:"desc,optional"`  // from the last key to the first
	After string `lua:"after,optional"` // begin behind this key: the last one of the page before
}

// maxScan is the most entries of one page.
const maxScan = 1000

// kvScan lists keys and values in the order of the keys' bytes. They may have 256 KiB together:
// ask for fewer at a time if they are large.
func kvScan(c *script.Call, s *keyspace, a kvScanArgs) ([]kvEntry, error) {
	if a.Opts.Limit < 0 || a.Opts.Limit > maxScan {
		c.BadArg("opts", "limit: expected 1 to %d", maxScan)
	}
	r := script.StoreRequest{Prefix: s.prefix + a.Prefix, Desc: a.Opts.Desc, Limit: cmp.Or(a.Opts.Limit, 100)}
	if a.Opts.After != "" {
		r.After = s.prefix + a.Opts.After
	}
	found, more, err := s.list(c, r)
	if err == nil && more && len(found) < r.Limit {
		err = engine.Errorf(engine.Quota, "%d entries have more than %d KiB together already; read fewer at a time, with limit and after", len(found), script.MaxListed>>10)
	}
	if err != nil {
		return nil, err
	}
	return s.entries(c, found), nil
}

// kvEntry is a key with its value.
type kvEntry struct {
	Key   string       `lua:"key"`
	Value script.Value `lua:"value"`
}

func (s *keyspace) entries(c *script.Call, found []script.StoreEntry) []kvEntry {
	out := make([]kvEntry, len(found))
	for i, e := range found {
		weight := script.Weight(e.Value)
		c.Charge(1 + len(e.Key)/64 + weight/32)
		c.Alloc(weight)
		out[i] = kvEntry{strings.TrimPrefix(e.Key, s.prefix), c.PlainToLua(e.Value, true)}
	}
	return out
}

type kvTopArgs struct {
	Prefix string `lua:"prefix"` // of the keys; "" for all
	N      int    `lua:"n"`      // how many, up to 1,000
}

// kvTop lists the keys with the largest numbers, the largest first. Values that are no numbers
// are left out.
func kvTop(c *script.Call, s *keyspace, a kvTopArgs) ([]kvEntry, error) {
	if a.N < 1 || a.N > maxScan {
		c.BadArg("n", "expected 1 to %d, got %d", maxScan, a.N)
	}
	var best []script.StoreEntry
	for last := ""; ; {
		page, more, err := s.list(c, script.StoreRequest{Prefix: s.prefix + a.Prefix, After: last, Limit: maxScan})
		if err != nil {
			return nil, err
		}
		c.Charge(len(page))
		for _, e := range page {
			last = e.Key
			if _, ok := e.Value.(float64); ok {
				best = append(best, e)
			}
		}
		slices.SortStableFunc(best, func(x, y script.StoreEntry) int { return cmp.Compare(y.Value.(float64), x.Value.(float64)) })
		best = best[:min(len(best), a.N)]
		if !more {
			return s.entries(c, best), nil
		}
	}
}

type kvNSArgs struct {
	Prefix string `lua:"prefix"` // what all its keys begin with, such as "votes/"; a key and its prefixes have 256 bytes at most
}

const maxKey = 256 // bytes, of the store

// Keeps implements [script.Keeper].
func (s *keyspace) Keeps(func(script.Value)) int { return len(s.prefix) }

// kvNS returns the part of the keys that begin with a prefix, which its methods leave out:
// kv.ns("votes/"):get("ann") reads "votes/ann".
func kvNS(c *script.Call, s *keyspace, a kvNSArgs) *keyspace {
	if len(s.prefix)+len(a.Prefix) > maxKey {
		c.BadArg("prefix", "longer than %d bytes, as no key is", maxKey)
	}
	return &keyspace{s.shared, s.prefix + a.Prefix}
}
