package engine

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Reach says which hosts a script may speak HTTP with. The zero value reaches none. A name
// never leads to an address that is not public, whoever answers for it in the DNS: such
// addresses must be listed themselves.
type Reach struct {
	public bool
	names  []hostPort
	nets   []netPort
}

type hostPort struct {
	name string // in lower case; a leading "*." stands for any name below
	port int    // 0 is any
}

type netPort struct {
	net  netip.Prefix
	port int
}

// ParseReach reads what stands for hosts in a configuration: "public" for every public
// address, a name ("api.example.com", "*.example.com"), an address ("192.168.1.5"), or a
// range of them ("10.0.0.0/8"); a name or address may have a port. "localhost" is the
// machine itself.
func ParseReach(specs ...string) (r Reach, err error) {
	for _, s := range specs {
		if r, err = r.with(s); err != nil {
			return Reach{}, err
		}
	}
	return r, nil
}

func (r Reach) with(spec string) (Reach, error) {
	if spec == "public" {
		r.public = true
		return r, nil
	}
	if p, err := netip.ParsePrefix(spec); err == nil {
		r.nets = append(slices.Clip(r.nets), netPort{p.Masked(), 0})
		return r, nil
	}
	host, port, ok := cutPort(spec)
	if strings.Contains(spec, "/") {
		host = spec // no host, as the error then says
	} else if !ok {
		return r, Errorf(Invalid, "the port of %q is none", spec)
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		r.nets = append(slices.Clip(r.nets), netPort{netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen()), port})
		return r, nil
	}
	host = strings.ToLower(host)
	if !hostName(strings.TrimPrefix(host, "*.")) {
		return r, Errorf(Invalid, `%q is no host: want public, a name such as api.example.com or *.example.com, an address, or a range such as 10.0.0.0/8`, spec)
	}
	if host == "localhost" {
		for _, loop := range []string{"127.0.0.0/8", "::1/128"} {
			r.nets = append(slices.Clip(r.nets), netPort{netip.MustParsePrefix(loop), port})
		}
		return r, nil
	}
	r.names = append(slices.Clip(r.names), hostPort{host, port})
	return r, nil
}

// cutPort takes the port off "host:port", "[address]:port" or an address alone.
func cutPort(s string) (host string, port int, ok bool) {
	if _, err := netip.ParseAddr(s); err == nil {
		return s, 0, true
	}
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().String(), int(ap.Port()), true
	}
	host, digits, found := strings.Cut(s, ":")
	if !found {
		return s, 0, true
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	return host, int(n), err == nil && n > 0
}

func hostName(s string) bool {
	return s != "" && len(s) <= 253 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == "" && !strings.Contains(s, "..")
}

// Host reports whether a host may be spoken to by its name, at public addresses.
func (r Reach) Host(name string, port int) bool {
	if r.public {
		return true
	}
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	return slices.ContainsFunc(r.names, func(h hostPort) bool {
		if h.port != 0 && h.port != port {
			return false
		}
		if below, ok := strings.CutPrefix(h.name, "*"); ok {
			return strings.HasSuffix(name, below)
		}
		return h.name == name
	})
}

// Address reports whether an address is listed, so that it may be spoken to under any name.
func (r Reach) Address(ip netip.Addr, port int) bool {
	ip = ip.Unmap().WithZone("")
	return slices.ContainsFunc(r.nets, func(n netPort) bool {
		return (n.port == 0 || n.port == port) && n.net.Contains(ip)
	})
}

// Lists reports whether addresses are listed, so that a name alone does not tell.
func (r Reach) Lists() bool { return len(r.nets) > 0 }

// Covers reports whether all that a spec of [ParseReach] stands for is reached.
func (r Reach) Covers(spec string) bool {
	want, err := ParseReach(spec)
	if err != nil || want.public && !r.public {
		return false
	}
	for _, w := range want.names {
		if !r.public && !slices.ContainsFunc(r.names, func(h hostPort) bool { return h.covers(w) }) {
			return false
		}
	}
	for _, w := range want.nets {
		inside := func(n netPort) bool {
			return (n.port == 0 || n.port == w.port) && n.net.Bits() <= w.net.Bits() && n.net.Contains(w.net.Addr())
		}
		public := r.public && w.net.IsSingleIP() && PublicAddress(w.net.Addr())
		if !public && !slices.ContainsFunc(r.nets, inside) {
			return false
		}
	}
	return true
}

func (h hostPort) covers(w hostPort) bool {
	if h.port != 0 && h.port != w.port {
		return false
	}
	below, any := strings.CutPrefix(h.name, "*")
	return h.name == w.name || any && strings.HasSuffix(w.name, below)
}

// closed are the addresses no script should reach unless they are listed: those of the
// machine, of private networks, and others with a meaning of their own, from the IANA's
// registries of special-purpose addresses (RFC 6890). Ranges that carry an IPv4 address
// in them lead wherever that leads.
var closed = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	"5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
)

func prefixes(list ...string) (out []netip.Prefix) {
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// PublicAddress reports whether an address belongs to the public internet.
func PublicAddress(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	return ip.IsValid() && !slices.ContainsFunc(closed, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// CutGrant takes a grant apart as configuration writes it: "http(api.example.com)" is the
// grant and where it holds, which only http has.
func CutGrant(s string) (g Grant, where string, err error) {
	name, rest, scoped := strings.Cut(s, "(")
	if g, err = ParseGrant(name); err != nil {
		return g, "", err
	}
	if !scoped {
		return g, "", nil
	}
	where, ok := strings.CutSuffix(rest, ")")
	switch {
	case !ok:
		return g, "", Errorf(Invalid, "%q has no closing bracket", s)
	case g != GrantHTTP:
		return g, "", Errorf(Invalid, "the grant %s holds everywhere; write it without (%s)", name, where)
	}
	_, err = ParseReach(where)
	return g, where, err
}
