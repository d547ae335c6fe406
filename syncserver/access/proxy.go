// SPDX-License-Identifier: Apache-2.0

package access

import (
	"net/http"
	"net/netip"
	"strings"

	"yuexin/shared/fault"
)

// Proxies are the networks of reverse proxies whose word about senders counts.
type Proxies []netip.Prefix

// ParseProxies reads networks such as 10.0.0.0/8 or single addresses. The fault
// is Invalid "access.proxy" with {proxy}.
func ParseProxies(texts []string) (Proxies, error) {
	var all Proxies
	for _, text := range texts {
		text = strings.TrimSpace(text)
		prefix, err := netip.ParsePrefix(text)
		if addr, e := netip.ParseAddr(text); err != nil && e == nil {
			prefix, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			return nil, fault.New(fault.Invalid, "access.proxy").With("proxy", text)
		}
		all = append(all, prefix.Masked())
	}
	return all, nil
}

func (p Proxies) trust(a netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// maxHops bounds how many proxies one request is followed through.
const maxHops = 16

// sender returns who sent a request: the connection's address, or, where that
// is a proxy's, what the proxies say. X-Forwarded-For is read from the right,
// where the nearest proxy writes, up to the first address that is no proxy's:
// what stands left of it the sender may have made up.
func (p Proxies) sender(r *http.Request) netip.Addr {
	at := parseSender(r.RemoteAddr)
	said := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for range maxHops {
		if !at.IsValid() || !p.trust(at) || len(said) == 0 {
			return at
		}
		next := parseSender(strings.TrimSpace(said[len(said)-1]))
		if said = said[:len(said)-1]; !next.IsValid() {
			return at
		}
		at = next
	}
	return at
}

// parseSender reads an address with or without port; the zero Addr is none.
func parseSender(text string) netip.Addr {
	if both, err := netip.ParseAddrPort(text); err == nil {
		return both.Addr().Unmap().WithZone("")
	}
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap().WithZone("")
}

// Wrap lets h see the sender of every request as its RemoteAddr, so that limits
// and logs of whatever lies behind count people, not the proxy.
func (p Proxies) Wrap(h http.Handler) http.Handler {
	if len(p) == 0 {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if at := p.sender(r); at.IsValid() && at != parseSender(r.RemoteAddr) {
			seen := *r
			seen.RemoteAddr = netip.AddrPortFrom(at, 0).String()
			r = &seen
		}
		h.ServeHTTP(w, r)
	})
}

// forwarding are the headers by which a proxy betrays itself.
var forwarding = []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "Via"}

// FromHere reports whether a request was made on this machine, not by a proxy
// on it for somebody else.
func FromHere(r *http.Request) bool {
	for _, name := range forwarding {
		if len(r.Header.Values(name)) > 0 {
			return false
		}
	}
	return parseSender(r.RemoteAddr).IsLoopback()
}
