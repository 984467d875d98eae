package store

import "slices"

// cache keeps rows that were read or written lately, so that writing one again costs no
// look-up. When it is full it forgets all of them.
type cache struct {
	rows  map[place]*row
	bytes int
}

const (
	maxCached      = 4 << 20 // bytes of keys and values
	maxCachedValue = 1 << 10 // larger values are read again
	cachedOverhead = 200     // bytes that a row costs beside its key and value, about
)

func (c *cache) get(space, key string) *row { return c.rows[place{space, key}] }

// put keeps a copy: the value belongs to whoever wrote it.
func (c *cache) put(r *row) {
	at := place{r.space, r.key}
	if old := c.rows[at]; old != nil {
		c.bytes -= old.cost()
		delete(c.rows, at)
	}
	if len(r.value) > maxCachedValue {
		return
	}
	if c.bytes += r.cost(); c.rows == nil || c.bytes > maxCached {
		c.rows, c.bytes = map[place]*row{}, r.cost()
	}
	kept := *r
	kept.value = slices.Clone(r.value)
	c.rows[at] = &kept
}

func (r *row) cost() int { return len(r.space) + len(r.key) + len(r.value) + cachedOverhead }

func (c *cache) clear() { *c = cache{} }
