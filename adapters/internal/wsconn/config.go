package wsconn

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// Config holds what a connection may be told. The zero value is ready for use; a
// duration or size that is zero means its default.
type Config struct {
	// Header is added to the request of a [Dial].
	Header http.Header
	// Dial opens the stream under the connection; nil uses the operating system.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// TLS is used for wss addresses, with at least TLS 1.2 in any case; nil trusts the
	// system's roots.
	TLS *tls.Config
	// Handshake bounds a whole Dial, from the first packet to the upgrade. 15 s.
	Handshake time.Duration
	// PingEvery is the pause between our own pings, none if negative. 30 s.
	PingEvery time.Duration
	// DeadAfter is how long the other side may be silent, pings and pongs included,
	// before Read fails with code Timeout; it is noticed at most a second early. 75 s.
	DeadAfter time.Duration
	// WriteTimeout bounds each write to the network. 10 s.
	WriteTimeout time.Duration
	// CloseGrace is how long Close waits for the other side's farewell. 500 ms.
	CloseGrace time.Duration
	// ReadLimit is the size in bytes of the largest message Read takes. 256 KiB.
	ReadLimit int64
	// Queue is how many messages may wait to be written before Write blocks. 256.
	Queue int
	// OnPing, if set, is called on the goroutine of Read for each ping received, OnPong
	// for each pong.
	OnPing, OnPong func()
	// Plain is for servers from before the standard, which take a control frame for an
	// attack: no ping, pong or close frame is sent. A [Conn.Close] then only bounds the
	// wait for the other side's end.
	Plain bool
}

func (c Config) withDefaults() Config {
	setDefault(&c.Handshake, 15*time.Second)
	setDefault(&c.PingEvery, 30*time.Second)
	setDefault(&c.DeadAfter, 75*time.Second)
	setDefault(&c.WriteTimeout, 10*time.Second)
	setDefault(&c.CloseGrace, 500*time.Millisecond)
	setDefault(&c.ReadLimit, 256<<10)
	setDefault(&c.Queue, 256)
	return c
}

func setDefault[T comparable](p *T, def T) {
	var zero T
	if *p == zero {
		*p = def
	}
}
