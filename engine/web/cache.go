package web

import (
	"container/list"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxCached bounds what is kept of all scripts together, in bytes.
const maxCached = 16 << 20

// cache keeps answers for the scripts that asked for them, those used last. The zero value
// is ready.
type cache struct {
	mu      sync.Mutex
	entries map[string]*list.Element
	used    list.List // of *cached, the one used last in front
	bytes   int
}

type cached struct {
	key string
	at  time.Time
	r   Response
}

// cacheKey tells requests apart; one script never sees what another was told.
func (r Request) cacheKey() string {
	if r.Cache <= 0 || r.Method != http.MethodGet {
		return ""
	}
	var b strings.Builder
	b.WriteString(r.Script + "\x00" + r.URL)
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		b.WriteString("\x00" + strings.ToLower(name) + "\x00" + r.Headers[name])
	}
	return b.String()
}

func (e *cached) size() int { return len(e.key) + len(e.r.Body) + 1024 }

// get returns what is kept and no older than max.
func (c *cache) get(key string, now time.Time, max time.Duration) (Response, bool) {
	if key == "" {
		return Response{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	el := c.entries[key]
	if el == nil {
		return Response{}, false
	}
	e := el.Value.(*cached)
	if age := now.Sub(e.at); age < 0 || age > max {
		return Response{}, false
	}
	c.used.MoveToFront(el)
	r := e.r
	r.Cached = true
	return r, true
}

func (c *cache) put(key string, r Response, now time.Time) {
	if key == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if el := c.entries[key]; el != nil {
		c.drop(el)
	}
	if c.entries == nil {
		c.entries = make(map[string]*list.Element)
	}
	e := &cached{key, now, r}
	c.entries[key] = c.used.PushFront(e)
	for c.bytes += e.size(); c.bytes > maxCached; {
		c.drop(c.used.Back())
	}
}

func (c *cache) drop(el *list.Element) {
	e := c.used.Remove(el).(*cached)
	delete(c.entries, e.key)
	c.bytes -= e.size()
}

func (c *cache) forget(script string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, el := range c.entries {
		if strings.HasPrefix(key, script+"\x00") {
			c.drop(el)
		}
	}
}
