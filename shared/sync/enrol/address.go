// SPDX-License-Identifier: Apache-2.0

package enrol

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"yuexin/shared/fault"
)

// maxAddress is the longest address of a server in bytes.
const maxAddress = 200

// ParseAddress reads a server's address as people type it, such as
// "sync.example.gov.cn", "10.1.2.3:8443" or "https://[fd00::1]/", and returns it
// as "https://host[:port]". Full-width forms, spaces and a slash at the end are
// forgiven. http:// is accepted for loopback only: anywhere else the code would
// be readable on the way. Errors are fault.Invalid.
func ParseAddress(text string) (string, error) {
	text = cleanAddress(text)
	if text == "" || len(text) > maxAddress {
		return "", fault.New(fault.Invalid, "enrol.address")
	}
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#") ||
		strings.Trim(u.Path, "/") != "" || !validHost(u.Hostname()) || !validPort(u) {
		return "", fault.New(fault.Invalid, "enrol.address") // the parser's error would quote the text
	}
	switch {
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return u.Scheme + "://" + strings.ToLower(u.Host), nil
	case u.Scheme == "http":
		return "", fault.New(fault.Invalid, "enrol.address.plain")
	}
	return "", fault.New(fault.Invalid, "enrol.address")
}

func cleanAddress(text string) string {
	if len(text) > maxTyped {
		return ""
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, norm.NFKC.String(text))
	return strings.ReplaceAll(text, "。", ".") // what an input method makes of a full stop
}

// validHost takes IP addresses, and names of letters, digits, dashes and dots.
func validHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return !strings.Contains(host, "%")
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return len(host) <= 253
}

func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	n, err := strconv.Atoi(u.Port())
	return err == nil && n >= 1 && n <= 65535
}

// isLoopback says whether host is this machine: "localhost" (RFC 6761 section
// 6.3) or a loopback address.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// dialAddress returns host and port of a parsed address.
func dialAddress(address string) (host, hostPort string, plain bool) {
	u, err := url.Parse(address)
	if err != nil {
		return "", "", false // ParseAddress made it
	}
	port := u.Port()
	if plain = u.Scheme == "http"; port == "" {
		port = "443"
		if plain {
			port = "80"
		}
	}
	return u.Hostname(), net.JoinHostPort(u.Hostname(), port), plain
}
