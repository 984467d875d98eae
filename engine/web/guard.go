package web

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"botd/engine"
)

// scriptKey is where a request's context has the name of its script.
type scriptKey struct{}

func scriptOf(ctx context.Context) string {
	name, _ := ctx.Value(scriptKey{}).(string)
	return name
}

var defaultPort = map[string]int{"http": 80, "https": 443}

// allowed checks the name in an address, before anything is looked up. Addresses behind it
// are checked when they are dialled.
func (c *Client) allowed(ctx context.Context, u *url.URL) error {
	port, ok := defaultPort[u.Scheme]
	if !ok {
		return engine.Errorf(engine.Denied, "a redirect to %q, which is not the web", u.Scheme)
	}
	if n, err := strconv.Atoi(u.Port()); err == nil {
		port = n
	}
	script, host := scriptOf(ctx), u.Hostname()
	reach := c.opt.Reach(script)
	if reach.Host(host, port) {
		return nil
	}
	if ip, err := netip.ParseAddr(host); err == nil && reach.Address(ip, port) {
		return nil
	}
	if reach.Lists() { // the name may lead to a listed address
		return nil
	}
	return c.denied(script, "host", host, host)
}

func (c *Client) denied(script, what, host, cure string) error {
	return engine.Errorf(engine.Denied, "script %q may not reach the %s %s: %s", script, what, host, c.opt.Cure(script, cure))
}

// dial connects to the first address of a host that the script may reach. The address that
// is checked is the address that is dialled: nobody is asked again in between.
func (c *Client) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	host, portText, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	port, _ := strconv.Atoi(portText)
	ips, err := c.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	var last error
	for _, ip := range ips {
		if err := c.may(scriptOf(ctx), host, ip, port); err != nil {
			last = err
			continue
		}
		conn, err := c.opt.Dial(ctx, network, netip.AddrPortFrom(ip, uint16(port)).String())
		if err == nil {
			return conn, nil
		}
		last = err
	}
	return nil, last
}

func (c *Client) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip.Unmap()}, nil
	}
	ips, err := c.opt.Resolve(ctx, host)
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound || err == nil && len(ips) == 0 {
		return nil, engine.Errorf(engine.NotFound, "there is no host %q", host)
	}
	for i := range ips {
		ips[i] = ips[i].Unmap()
	}
	return ips, err
}

// may says whether a script may connect to an address that a host name stands for.
func (c *Client) may(script, host string, ip netip.Addr, port int) error {
	reach := c.opt.Reach(script)
	if reach.Address(ip, port) {
		return nil
	}
	if !engine.PublicAddress(ip) {
		what := "private address"
		if host != ip.String() {
			what = "private address of " + host + ","
		}
		return c.denied(script, what, ip.String(), ip.String())
	}
	if !reach.Host(host, port) {
		return c.denied(script, "host", host, host)
	}
	return nil
}

// explain gives an error of the HTTP package its code, and leaves out what is secret in it.
func (c *Client) explain(ctx context.Context, u *url.URL, limit time.Duration, err error) error {
	var e *engine.Error
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &e):
		return e
	case ctx.Err() != nil:
		return engine.Errorf(engine.Cancelled, "cancelled while %s was asked", u.Host)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return engine.Errorf(engine.Timeout, "%s did not answer within %s", u.Host, limit)
	}
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	return engine.Errorf(engine.NotConnected, "%s: %w", u.Host, err)
}
