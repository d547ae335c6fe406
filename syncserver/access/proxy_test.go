// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"yuexin/syncserver/access"
)

func TestProxiesNameTheSender(t *testing.T) {
	proxies := must(access.ParseProxies([]string{"10.0.0.0/8", "127.0.0.1", "fd00::/8"}))
	for _, tt := range []struct {
		name, remote string
		said         []string
		want         string
	}{
		{"nobody between", "203.0.113.7:5000", nil, "203.0.113.7:5000"},
		{"a stranger claims to be another", "203.0.113.7:5000", []string{"198.51.100.1"}, "203.0.113.7:5000"},
		{"a proxy on this machine", "127.0.0.1:5000", []string{"203.0.113.7"}, "203.0.113.7:0"},
		{"two proxies", "127.0.0.1:5000", []string{"203.0.113.7, 10.1.2.3"}, "203.0.113.7:0"},
		{"two headers", "127.0.0.1:5000", []string{"203.0.113.7", "10.1.2.3"}, "203.0.113.7:0"},
		{"made up on the left", "127.0.0.1:5000", []string{"198.51.100.1, 203.0.113.7"}, "203.0.113.7:0"},
		{"a proxy's address made up on the left", "127.0.0.1:5000", []string{"10.9.9.9, 203.0.113.7"}, "203.0.113.7:0"},
		{"IPv6 with brackets and port", "[fd00::1]:5000", []string{"[2001:db8::7]:4711"}, "[2001:db8::7]:0"},
		{"nonsense", "127.0.0.1:5000", []string{"unknown"}, "127.0.0.1:5000"},
		{"nonsense left of a proxy", "127.0.0.1:5000", []string{"<script>, 10.1.2.3"}, "10.1.2.3:0"},
		{"the proxy itself", "127.0.0.1:5000", nil, "127.0.0.1:5000"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = tt.remote
			for _, said := range tt.said {
				r.Header.Add("X-Forwarded-For", said)
			}
			got := ""
			proxies.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).ServeHTTP(nil, r)
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	if _, err := access.ParseProxies([]string{"nginx"}); key(err) != "access.proxy" {
		t.Errorf("a proxy without an address: %v", err)
	}
}

func TestFromHere(t *testing.T) {
	for _, tt := range []struct {
		name, remote, header string
		want                 bool
	}{
		{"this machine", "127.0.0.1:5000", "", true},
		{"this machine, IPv6", "[::1]:5000", "", true},
		{"another", "192.168.3.7:5000", "", false},
		{"a proxy on this machine", "127.0.0.1:5000", "X-Forwarded-For", false},
		{"a proxy that writes the standard's header", "127.0.0.1:5000", "Forwarded", false},
		{"a proxy that names itself", "127.0.0.1:5000", "Via", false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = tt.remote
		if tt.header != "" {
			r.Header.Set(tt.header, "x")
		}
		if got := access.FromHere(r); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
