package host_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"botd/engine/enginetest"
	"botd/engine/host"
)

// What a script reaches follows from the grants in its entry of the configuration, as they
// are now.
func TestFetch(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"host": %q, "agent": %q}`, r.Host, r.Header.Get("User-Agent"))
	}))
	t.Cleanup(server.Close)
	internet := func(o *host.Options) {
		o.Version = "1.2"
		o.DialWeb = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		}
		o.Resolve = func(_ context.Context, name string) ([]netip.Addr, error) {
			if name == "nas" {
				return []netip.Addr{netip.MustParseAddr("192.168.1.5")}, nil
			}
			return []netip.Addr{netip.MustParseAddr("93.184.216.34")}, nil
		}
	}
	const ask = `bot.on("message", function(ev)
		local v, err = http.json(ev.text)
		ev:reply(err and err.code .. ": " .. err.message or v.host .. " " .. v.agent)
	end)`
	for _, tt := range []struct{ conf, url, want string }{
		{"", "http://api.example.com/", "api.example.com botd/1.2"},
		{"", "http://nas/", `denied: script "a" may not reach the private address of nas, 192.168.1.5: add http(192.168.1.5) to its grants in config.yaml (scripts: - name: a)`},
		{"scripts: [{name: a, grants: [chat, http(192.168.1.5)]}]", "http://nas/", "nas botd/1.2"},
		{"scripts: [{name: a, grants: [chat, http(192.168.1.5)]}]", "http://api.example.com/", `denied: script "a" may not reach the host api.example.com`},
		{"scripts: [{name: a, grants: [chat, http(192.168.1.5), http]}]", "http://api.example.com/", "api.example.com botd/1.2"},
		{"scripts: [{name: a, grants: [chat, http(*.example.com)]}]", "http://api.example.com/", "api.example.com botd/1.2"},
		{"scripts: [{name: a, grants: [chat]}]", "http://api.example.com/", `denied: script "a" may not use http: add "http" to its grants`},
	} {
		network := &enginetest.Network{}
		h := startWith(t, network, tt.conf, ask, internet)
		if err := h.WaitOnline(t.Context(), "s/r"); err != nil {
			t.Fatal(err)
		}
		network.In("r").Hear("r", "ann", tt.url)
		if err := h.WaitIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if said := fmt.Sprint(network.In("r").Actions()); !strings.Contains(said, tt.want) {
			t.Errorf("%s: %s: said %s, want %s", tt.conf, tt.url, said, tt.want)
		}
	}
}

// A webhook is there from when its script serves until it goes, under its name.
func TestHook(t *testing.T) {
	addr := make(chan string, 1)
	network := &enginetest.Network{}
	h := startWith(t, network, "admin: {listen: \"127.0.0.1:0\"}", `http.hook("deploy", {secret = "a secret of some length"}, function(req)
		bot.room("s/r"):say("deployed " .. req.body)
		return 202, "thanks"
	end)`, func(o *host.Options) {
		o.Listen = func(network, at string) (net.Listener, error) {
			l, err := net.Listen(network, at)
			if err == nil {
				addr <- l.Addr().String()
			}
			return l, err
		}
	})
	if err := h.WaitOnline(t.Context(), "s/r"); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+<-addr+"/hooks/a/deploy", strings.NewReader("v1"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Gitlab-Token", "a secret of some length")
	got, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	got.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if got.StatusCode != http.StatusAccepted {
		t.Errorf("answered %d", got.StatusCode)
	}
	if err := h.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if said := fmt.Sprint(network.In("r").Actions()); !strings.Contains(said, "deployed v1") {
		t.Errorf("said %s", said)
	}
}
