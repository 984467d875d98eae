package engine_test

import (
	"net/netip"
	"testing"

	"botd/engine"
)

func TestReach(t *testing.T) {
	for _, tt := range []struct {
		specs   []string
		host    string
		ip      string
		port    int
		byName  bool
		byRange bool
	}{
		{nil, "example.com", "93.184.216.34", 443, false, false},
		{[]string{"public"}, "example.com", "93.184.216.34", 443, true, false},
		{[]string{"example.com"}, "Example.COM.", "93.184.216.34", 443, true, false},
		{[]string{"example.com"}, "www.example.com", "93.184.216.34", 443, false, false},
		{[]string{"*.example.com"}, "www.example.com", "93.184.216.34", 443, true, false},
		{[]string{"*.example.com"}, "example.com", "93.184.216.34", 443, false, false},
		{[]string{"*.example.com"}, "badexample.com", "93.184.216.34", 443, false, false},
		{[]string{"example.com:8080"}, "example.com", "93.184.216.34", 443, false, false},
		{[]string{"example.com:8080"}, "example.com", "93.184.216.34", 8080, true, false},
		{[]string{"192.168.1.5"}, "nas", "192.168.1.5", 80, false, true},
		{[]string{"192.168.1.5"}, "nas", "::ffff:192.168.1.5", 80, false, true},
		{[]string{"192.168.1.5:81"}, "nas", "192.168.1.5", 80, false, false},
		{[]string{"10.1.2.3/8"}, "x", "10.200.0.1", 80, false, true},
		{[]string{"localhost:8080"}, "localhost", "127.0.0.1", 8080, false, true},
		{[]string{"localhost"}, "localhost", "::1", 80, false, true},
		{[]string{"[fd00::1]:80"}, "x", "fd00::1", 80, false, true},
		{[]string{"fd00::1"}, "x", "fd00::1", 99, false, true},
	} {
		r, err := engine.ParseReach(tt.specs...)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Host(tt.host, tt.port); got != tt.byName {
			t.Errorf("%v: host %s:%d: %t", tt.specs, tt.host, tt.port, got)
		}
		if got := r.Address(netip.MustParseAddr(tt.ip), tt.port); got != tt.byRange {
			t.Errorf("%v: address %s:%d: %t", tt.specs, tt.ip, tt.port, got)
		}
	}
	for _, bad := range []string{"", "*", "*.", "a b", "http://x", "x/y", "x:0", "x:99999", "x:y", "a..b", "ü.de", "*.*.com"} {
		if _, err := engine.ParseReach(bad); engine.CodeOf(err) != engine.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestPublicAddress(t *testing.T) {
	for _, ip := range []string{"93.184.216.34", "1.1.1.1", "172.32.0.1", "100.128.0.1", "192.169.0.1", "2606:4700::1111", "2a00:1450:4001::1"} {
		if !engine.PublicAddress(netip.MustParseAddr(ip)) {
			t.Errorf("%s is public", ip)
		}
	}
	for _, ip := range []string{
		"0.0.0.0", "0.1.2.3", "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.169.254", "100.64.0.1",
		"192.0.0.8", "198.18.0.1", "224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "203.0.113.9",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2001::1", "fe80::1", "fe80::1%eth0",
		"fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "100::1",
	} {
		if engine.PublicAddress(netip.MustParseAddr(ip)) {
			t.Errorf("%s is not public", ip)
		}
	}
	if engine.PublicAddress(netip.Addr{}) {
		t.Error("no address is public")
	}
}

func TestCutGrant(t *testing.T) {
	for s, want := range map[string]string{"chat": "", "http": "", "http(public)": "public", "http(10.0.0.0/8)": "10.0.0.0/8", "http(a.example.com:81)": "a.example.com:81"} {
		if _, where, err := engine.CutGrant(s); err != nil || where != want {
			t.Errorf("%s: %q, %v", s, where, err)
		}
	}
	for _, s := range []string{"", "htp", "http(", "http()", "chat(public)", "http(a b)", "(x)"} {
		if _, _, err := engine.CutGrant(s); engine.CodeOf(err) != engine.Invalid {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestReachCovers(t *testing.T) {
	for _, tt := range []struct {
		granted []string
		want    string
		covered bool
	}{
		{nil, "example.com", false},
		{[]string{"public"}, "example.com", true},
		{[]string{"public"}, "public", true},
		{[]string{"example.com"}, "public", false},
		{[]string{"example.com"}, "EXAMPLE.com", true},
		{[]string{"example.com"}, "example.com:8080", true},
		{[]string{"example.com:8080"}, "example.com", false},
		{[]string{"example.com:8080"}, "example.com:8080", true},
		{[]string{"*.example.com"}, "a.example.com", true},
		{[]string{"*.example.com"}, "*.b.example.com", true},
		{[]string{"*.example.com"}, "example.com", false},
		{[]string{"a.example.com"}, "*.example.com", false},
		{[]string{"10.0.0.0/8"}, "10.1.0.0/16", true},
		{[]string{"10.0.0.0/8"}, "10.1.2.3:80", true},
		{[]string{"10.1.0.0/16"}, "10.0.0.0/8", false},
		{[]string{"public"}, "192.168.1.5", false},
		{[]string{"public"}, "93.184.216.34", true},
		{[]string{"127.0.0.1"}, "localhost", false},
		{[]string{"localhost"}, "127.0.0.1:80", true},
		{[]string{"public"}, "no host", false},
	} {
		r, err := engine.ParseReach(tt.granted...)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Covers(tt.want); got != tt.covered {
			t.Errorf("%v covers %q: %v", tt.granted, tt.want, got)
		}
	}
}
