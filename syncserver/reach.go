// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/fault"
)

// loopback says whether a host is this machine itself.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// everywhere says whether a host to listen on means all addresses of the
// machine.
func everywhere(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || ip != nil && ip.IsUnspecified()
}

// address is where this machine itself reaches the server.
func (s *server) address() string {
	host, _, _ := net.SplitHostPort(s.cfg.Listen)
	if everywhere(host) {
		host = "127.0.0.1"
	}
	return s.at(host)
}

// at is the server's address under one of its names.
func (s *server) at(host string) string {
	scheme := "https"
	if s.plain {
		scheme = "http"
	}
	port := s.listener.Addr().(*net.TCPAddr).Port
	return scheme + "://" + net.JoinHostPort(host, strconv.Itoa(port))
}

// maxServers is how many addresses a ticket has room for.
const maxServers = 4

// reachedAt is where devices reach the server, the best first: under its
// public name, the names of its certificate, the addresses of this machine. A
// server that listens beyond loopback never names loopback: a device elsewhere
// would look for the server in itself. It may come out empty, and then there
// can be no ticket.
func (s *server) reachedAt(machine []net.Addr) []string {
	var all []string
	if s.public.Secure && !loopback(s.public.Host) {
		all = append(all, strings.ToLower(s.public.String()))
	}
	host, _, _ := net.SplitHostPort(s.cfg.Listen)
	switch {
	case s.plain && len(all) > 0: // a proxy on this machine has the public name
	case s.plain: // the demo, or LAN=1, which takes devices of this machine only
		all = append(all, s.address())
	case everywhere(host):
		for _, name := range append(slices.Clone(s.cfg.Names), lanHosts(machine)...) {
			if at := s.at(name); !loopback(name) && !slices.Contains(all, at) {
				all = append(all, at)
			}
		}
	default:
		all = append(all, s.at(host))
	}
	return all[:min(len(all), maxServers)]
}

// lanHosts returns the addresses under which other machines may reach this
// one: IPv4 first, because it can be typed.
func lanHosts(machine []net.Addr) []string {
	var four, six []string
	for _, a := range machine {
		prefix, err := netip.ParsePrefix(a.String())
		if err != nil || !prefix.Addr().Unmap().IsGlobalUnicast() {
			continue
		}
		if ip := prefix.Addr().Unmap(); ip.Is4() {
			four = append(four, ip.String())
		} else {
			six = append(six, ip.String())
		}
	}
	return append(four, six...)
}

// publicSetting keeps the address that plates carry.
const publicSetting = "server.public"

// publicURL returns the address that plates carry: the one asked for, or the
// one that was set before, "" if none was. Another one than was set is
// fault.Conflict unless forced, because the plates that hang lead to the old
// one. Sample data bind nobody.
func (a *App) publicURL(ctx context.Context, asked string, force bool) (string, error) {
	set, err := a.Store.Setting(ctx, publicSetting)
	if err != nil {
		return "", fmt.Errorf("public address: %w", err)
	}
	if asked == "" {
		return string(set), nil
	}
	base, err := doorplate.ParseBase(asked)
	if err != nil {
		return "", err
	}
	asked = strings.ToLower(base.String())
	if len(set) > 0 && string(set) != asked && !force && !a.Sample {
		return "", fault.New(fault.Conflict, "server.public").With("set", string(set)).With("asked", asked)
	}
	return asked, nil
}

// keepPublicURL makes an address the one that plates carry from now on.
func (a *App) keepPublicURL(ctx context.Context, public string) error {
	return a.Store.SetSetting(ctx, publicSetting, []byte(public))
}
