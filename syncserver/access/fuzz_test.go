// SPDX-License-Identifier: Apache-2.0

package access

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

// FuzzSender: whatever a header claims, the sender is the connection's address or one
// that a trusted proxy named; nobody makes up more than what stands left of that.
func FuzzSender(f *testing.F) {
	f.Add("10.0.0.1:1234", "203.0.113.7, 10.0.0.2")
	f.Add("203.0.113.9:1", "10.0.0.1")
	f.Add("[::1]:1", ",,[fe80::1%eth0]:9,")
	f.Fuzz(func(t *testing.T, remote, said string) {
		p := Proxies{netip.MustParsePrefix("10.0.0.0/8")}
		got := p.sender(&http.Request{RemoteAddr: remote, Header: http.Header{"X-Forwarded-For": {said}}})
		at := parseSender(remote)
		if !at.IsValid() || !p.trust(at) {
			if got != at {
				t.Fatalf("%q over %q, which is no proxy, is taken for %v", said, remote, got)
			}
			return
		}
		if got == at {
			return
		}
		for text := range strings.SplitSeq(said, ",") {
			if parseSender(strings.TrimSpace(text)) == got {
				return
			}
		}
		t.Fatalf("%q over %q is taken for %v, which nobody said", said, remote, got)
	})
}
