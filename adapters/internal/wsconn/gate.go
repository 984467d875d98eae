package wsconn

import (
	"net/http"
	"sync"
)

// Gate is what the clients of a simulator come in by, so that it can be closed. The zero Gate
// is open.
type Gate struct {
	mu     sync.Mutex
	closed bool
	inside sync.WaitGroup
}

// Serve runs f for a request, or refuses it once the gate is closed.
func (g *Gate) Serve(w http.ResponseWriter, r *http.Request, f http.HandlerFunc) {
	g.mu.Lock()
	closed := g.closed
	if !closed {
		g.inside.Add(1)
	}
	g.mu.Unlock()
	if closed {
		http.Error(w, "closed", http.StatusServiceUnavailable)
		return
	}
	defer g.inside.Done()
	f(w, r)
}

// Closed is for who was let in before and becomes known to cut only now.
func (g *Gate) Closed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closed
}

// Shut lets nobody in any more.
func (g *Gate) Shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}

// Close is Shut, has cut end what is inside, and waits for it.
func (g *Gate) Close(cut func()) {
	g.Shut()
	cut()
	g.inside.Wait()
}
