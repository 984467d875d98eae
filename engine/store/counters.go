package store

import "sync"

// counters are numbers by name that any goroutine may read.
type counters struct {
	mu sync.RWMutex // guards m
	m  map[string]uint64
}

func (c *counters) get(name string) uint64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.m[name]
}

func (c *counters) raise(to map[string]uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, n := range to {
		c.m[name] = n
	}
}

func (c *counters) replace(m map[string]uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.m = m
}
