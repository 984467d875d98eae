package wsconn

import (
	"bufio"
	"net"
	"net/http"

	"github.com/gorilla/websocket"
)

// Accept answers an upgrade request, for simulators and tests. Any origin is
// accepted. On an error the response has been written.
func Accept(w http.ResponseWriter, r *http.Request, cfg Config) (*Conn, error) {
	cfg = cfg.withDefaults()
	up := websocket.Upgrader{
		ReadBufferSize:  bufferSize,
		WriteBufferSize: bufferSize,
		WriteBufferPool: &writeBuffers,
		CheckOrigin:     func(*http.Request) bool { return true },
	}
	h := &hijacker{ResponseWriter: w, cfg: cfg}
	ws, err := up.Upgrade(h, r, nil)
	if err != nil {
		return nil, err
	}
	return newConn(ws, h.stream, cfg), nil
}

// hijacker puts a corked stream under the library's server side.
type hijacker struct {
	http.ResponseWriter
	cfg    Config
	stream *corked
}

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.stream = newCorked(c, h.cfg.WriteTimeout)
	return h.stream, rw, nil
}
