// SPDX-License-Identifier: Apache-2.0

package doorplate

import (
	"slices"
	"strconv"
	"strings"

	"yuexin/shared/fault"
)

// Base is the part of a plate's address before /D/.
type Base struct {
	// Secure says https rather than http.
	Secure bool
	// Host is the host in lower case.
	Host string
	// Port is the decimal port, or "" for the usual one.
	Port string
}

// ParseBase reads the public address of a server: scheme, host, optional port, optional slash. Anything else (a path, a
// user, a character that a plate's QR code cannot hold) is fault.Invalid.
func ParseBase(text string) (Base, error) {
	folded := strings.ToLower(fold(text))
	scheme, rest, found := strings.Cut(folded, "://")
	if !found || scheme != "https" && scheme != "http" {
		return Base{}, fault.New(fault.Invalid, "doorplate.base.scheme")
	}
	host, port, hasPort := strings.Cut(strings.TrimSuffix(rest, "/"), ":")
	if hasPort && !isPort(port) {
		return Base{}, fault.New(fault.Invalid, "doorplate.base.port")
	}
	if !isHost(host) {
		return Base{}, fault.New(fault.Invalid, "doorplate.base.host")
	}
	return Base{Secure: scheme == "https", Host: host, Port: port}, nil
}

// String returns the address in upper case, as plates carry it.
func (b Base) String() string {
	scheme, port := "http://", ""
	if b.Secure {
		scheme = "https://"
	}
	if b.Port != "" {
		port = ":" + b.Port
	}
	return strings.ToUpper(scheme + b.Host + port)
}

// privateSuffixes are names that nobody outside can reach. Sources: RFC 2606, RFC 6761, RFC 6762, RFC 8375, and
// ICANN's reservation of "internal" (2024).
var privateSuffixes = []string{
	"localhost", "local", "internal", "lan", "home", "home.arpa", "test", "invalid", "example", "localdomain",
	"example.com", "example.net", "example.org",
}

// Permanent says whether plates with this address may hang at real doors: https, a registered host name, no port. A
// plate outlives a server, and a name can move where an address cannot. Otherwise the error, fault.Invalid, says why.
func (b Base) Permanent() error {
	labels := strings.Split(b.Host, ".")
	last := labels[len(labels)-1]
	switch {
	case !b.Secure:
		return fault.New(fault.Invalid, "doorplate.base.insecure")
	case b.Port != "":
		return fault.New(fault.Invalid, "doorplate.base.port")
	case isDecimal(last):
		return fault.New(fault.Invalid, "doorplate.base.address")
	case len(labels) < 2 || b.hasPrivateSuffix():
		return fault.New(fault.Invalid, "doorplate.base.private").With("host", b.Host)
	}
	return nil
}

func (b Base) hasPrivateSuffix() bool {
	return slices.ContainsFunc(privateSuffixes, func(suffix string) bool {
		return b.Host == suffix || strings.HasSuffix(b.Host, "."+suffix)
	})
}

// isHost checks the letters, digits and hyphens rule of RFC 1123 section 2.1 and the sizes of RFC 1035 section 2.3.4.
func isHost(host string) bool {
	if len(host) > 253 {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return true
}

func isPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0 && isDecimal(port)
}

func isDecimal(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
