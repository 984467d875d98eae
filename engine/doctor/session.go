package doctor

import (
	"context"
	"net"
	"net/url"
	"reflect"
	"slices"
	"time"

	"botd/engine"
	"botd/engine/config"
)

// patience is how long a server may take to answer.
const patience = 5 * time.Second

// session looks at one session: whether its adapter takes its settings, and whether its
// server is there.
func (d *doctor) session(ctx context.Context, s config.Session) {
	check := "session " + string(s.Name)
	if !s.Enabled {
		d.fine(check, "it is off")
		return
	}
	i := slices.IndexFunc(d.Adapters, func(a engine.Adapter) bool { return a.Name == s.Adapter })
	if i < 0 {
		d.bad(check, "'botd check' lists the adapters", "there is no adapter %q", s.Adapter)
		return
	}
	settings := d.Adapters[i].Settings()
	if err := s.DecodeSettings(settings); err != nil {
		d.bad(check, "docs/adapters has a page for each network", "%s", engine.AsError(err).Msg)
		return
	}
	u := urlOf(settings)
	if u == nil {
		d.fine(check, "%s, without a server of its own", s.Adapter)
		return
	}
	if !d.Network {
		d.fine(check, "%s at %s, not asked (--network does)", s.Adapter, u.Host)
		return
	}
	d.reach(ctx, check, u)
}

// urlOf is the address in the settings of a session, nil if they have none.
func urlOf(settings any) *url.URL {
	v := reflect.Indirect(reflect.ValueOf(settings))
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("config") != "url" || v.Field(i).Kind() != reflect.String {
			continue
		}
		u, err := url.Parse(v.Field(i).String())
		if err == nil && u.Host != "" {
			return u
		}
	}
	return nil
}

// reach looks the host up and connects to it.
func (d *doctor) reach(ctx context.Context, check string, u *url.URL) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if net.ParseIP(u.Hostname()) == nil {
		if _, err := d.Resolve(ctx, u.Hostname()); err != nil {
			d.bad(check, "look at the name in its url, and at the name servers of this machine", "%s is not known: %v", u.Hostname(), err)
			return
		}
	}
	addr := u.Host
	if u.Port() == "" {
		addr = net.JoinHostPort(u.Hostname(), portOf(u.Scheme))
	}
	begin := d.Now()
	conn, err := d.Dial(ctx, "tcp", addr)
	if err != nil {
		d.bad(check, "is the server up, and does a firewall stand between?", "%s does not answer: %v", addr, err)
		return
	}
	conn.Close()
	d.fine(check, "%s answers (%s)", addr, d.Now().Sub(begin).Round(time.Millisecond))
}

func portOf(scheme string) string {
	switch scheme {
	case "https", "wss":
		return "443"
	}
	return "80"
}
