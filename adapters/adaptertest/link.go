package adaptertest

import (
	"net"
	"sync"
	"time"
)

// link is one connection of a [Wire]: two pipes, and for each direction a goroutine
// that reads and one that writes. The queue between them is what makes the pipes
// behave like sockets, and where faults are put in.
type link struct {
	client, server net.Conn
	up, down       *flow
	gone           chan struct{}
	once           sync.Once
}

func newLink(w *Wire, client, server net.Conn) *link {
	l := &link{client: client, server: server, gone: make(chan struct{})}
	l.up = newFlow(l, func() time.Duration { return 0 })
	l.down = newFlow(l, w.delay)
	w.mu.Lock()
	w.links[l] = true
	w.mu.Unlock()
	var ended sync.WaitGroup
	ended.Go(func() { l.up.read(client) })
	ended.Go(func() { l.down.read(server) })
	ended.Go(func() { l.up.write(server) })
	ended.Go(func() { l.down.write(client) })
	go func() {
		ended.Wait()
		w.forget(l)
	}()
	return l
}

// cut closes both ends at once; what is in flight is lost.
func (l *link) cut() {
	l.once.Do(func() { close(l.gone) })
	l.client.Close()
	l.server.Close()
}

// flow is one direction of a link.
type flow struct {
	link  *link
	delay func() time.Duration
	ready chan struct{} // capacity 1: the queue is not empty

	mu     sync.Mutex
	queue  []chunk
	frozen bool
}

// chunk is some bytes and when they arrive; without bytes it is the end of the flow.
type chunk struct {
	at   time.Time
	data []byte
}

func newFlow(l *link, delay func() time.Duration) *flow {
	return &flow{link: l, delay: delay, ready: make(chan struct{}, 1)}
}

func (f *flow) freeze() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.frozen = true
	f.queue = nil
}

func (f *flow) read(src net.Conn) {
	buf := make([]byte, 64<<10)
	for {
		n, err := src.Read(buf)
		if n > 0 {
			f.put(append([]byte(nil), buf[:n]...))
		}
		if err != nil {
			f.put(nil)
			return
		}
	}
}

func (f *flow) put(data []byte) {
	at := time.Now().Add(f.delay())
	f.mu.Lock()
	if !f.frozen { // not even the end gets through
		f.queue = append(f.queue, chunk{at, data})
	}
	f.mu.Unlock()
	select {
	case f.ready <- struct{}{}:
	default:
	}
}

func (f *flow) write(dst net.Conn) {
	defer dst.Close()
	for {
		c, ok := f.take()
		if !ok || c.data == nil || !f.wait(time.Until(c.at)) {
			return
		}
		if _, err := dst.Write(c.data); err != nil {
			return
		}
	}
}

// take waits for the next chunk; it returns false when the link is cut.
func (f *flow) take() (chunk, bool) {
	for {
		f.mu.Lock()
		if len(f.queue) > 0 {
			c := f.queue[0]
			f.queue = f.queue[1:]
			f.mu.Unlock()
			return c, true
		}
		f.mu.Unlock()
		select {
		case <-f.ready:
		case <-f.link.gone:
			return chunk{}, false
		}
	}
}

func (f *flow) wait(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-f.link.gone:
		return false
	}
}
