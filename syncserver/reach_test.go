// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/sync/enrol"
)

// machine has loopback, a link-local address, and one of the office's network.
func machine(t *testing.T) (all []net.Addr) {
	t.Helper()
	for _, text := range []string{"127.0.0.1/8", "::1/128", "fe80::1/64", "fd00::7/64", "192.168.3.7/24"} {
		ip, network, err := net.ParseCIDR(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, &net.IPNet{IP: ip, Mask: network.Mask})
	}
	return all
}

// A ticket names addresses that another machine can go to; PORT is that of the
// listener.
func TestTicketsNameReachableAddresses(t *testing.T) {
	app := openApp(t, t.TempDir(), true)
	defer mustClose(t, app)
	tests := map[string]struct {
		cfg  ServeConfig
		want []string
	}{
		"all addresses": {ServeConfig{Listen: ":0"}, []string{"https://192.168.3.7:PORT", "https://[fd00::7]:PORT"}},
		"a public name": {
			ServeConfig{Listen: "0.0.0.0:0", PublicURL: "https://d.example.gov.cn"},
			[]string{"https://d.example.gov.cn", "https://192.168.3.7:PORT", "https://[fd00::7]:PORT"},
		},
		"names of the certificate": {
			ServeConfig{Listen: ":0", Names: []string{"localhost", "sync.lan", "192.168.3.7"}, PublicURL: "http://127.0.0.1:1"},
			[]string{"https://sync.lan:PORT", "https://192.168.3.7:PORT", "https://[fd00::7]:PORT"},
		},
		"a proxy on this machine": {
			ServeConfig{Listen: "127.0.0.1:0", PublicURL: "https://d.example.gov.cn"}, []string{"https://d.example.gov.cn"},
		},
		"the demo": {ServeConfig{Listen: "127.0.0.1:0", PublicURL: "http://127.0.0.1:1"}, []string{"http://127.0.0.1:PORT"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.cfg.PublicURL == "" {
				tt.cfg.PublicURL = "http://127.0.0.1:1" // what the test before set does not count
			}
			s, err := listen(t.Context(), app, tt.cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer s.drain()
			_, port, _ := net.SplitHostPort(s.listener.Addr().String())
			for i := range tt.want {
				tt.want[i] = strings.ReplaceAll(tt.want[i], "PORT", port)
			}
			if diff := cmp.Diff(tt.want, s.reachedAt(machine(t))); diff != "" {
				t.Error(diff)
			}
			if got := s.reachedAt(machine(t)[:2]); tt.cfg.Listen == ":0" && len(tt.cfg.Names) == 0 && len(got) > 0 {
				t.Errorf("a machine without a network is reached at %v", got)
			}
		})
	}
}

// While the server is stopped tickets carry what it was last reached at.
func TestTicketOfAStoppedServerNamesItsPublicAddress(t *testing.T) {
	dir := t.TempDir()
	app := openApp(t, dir, false)
	s, err := listen(t.Context(), app, ServeConfig{Listen: ":0", PublicURL: "https://d.example.gov.cn"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.remember(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.drain(); err != nil {
		t.Fatal(err)
	}
	mustClose(t, app)
	c := &commands{dir: dir, quiet: true}
	a, err := asOperator(t.Context(), c, "enrol", EnrolAsk{Program: "agent", Name: "L", Person: "陈", Role: "officer"}, operator.enrol)
	if err != nil {
		t.Fatal(err)
	}
	ticket, err := enrol.ParseTicket(a.File)
	if err != nil || a.Server != "https://d.example.gov.cn" || ticket.Servers[0] != a.Server {
		t.Errorf("the ticket names %v, %v", ticket.Servers, err)
	}
	for _, server := range ticket.Servers {
		if strings.Contains(server, "127.0.0.1") || strings.Contains(server, "localhost") {
			t.Errorf("the ticket sends a device to itself: %v", ticket.Servers)
		}
	}
}

// The public address is one, for the pages, tickets and plates.
func TestPublicAddressIsSetOnce(t *testing.T) {
	dir := t.TempDir()
	serve := func(public string, force bool) (string, error) {
		app := openApp(t, dir, false)
		defer mustClose(t, app)
		s, err := listen(t.Context(), app, ServeConfig{Listen: "127.0.0.1:0", PublicURL: public, Force: force})
		if err != nil {
			return "", err
		}
		defer s.drain()
		return strings.ToLower(s.public.String()), nil
	}
	const first, other = "https://d.example.gov.cn", "https://e.example.gov.cn"
	steps := []struct {
		public string
		force  bool
		want   string
		kind   fault.Kind
	}{
		{"D.example.gov.cn", false, "", fault.Invalid},
		{first, false, first, fault.OK},
		{"", false, first, fault.OK},
		{"HTTPS://D.EXAMPLE.GOV.CN/", false, first, fault.OK},
		{other, false, "", fault.Conflict},
		{"", false, first, fault.OK},
		{other, true, other, fault.OK},
		{"", false, other, fault.OK},
	}
	for i, step := range steps {
		if got, err := serve(step.public, step.force); got != step.want || fault.KindOf(err) != step.kind {
			t.Errorf("step %d, serve --public-url %q: got %q, %v", i+1, step.public, got, err)
		}
	}
	app := openApp(t, dir, false)
	defer mustClose(t, app)
	o := operator{App: app}
	for _, tt := range []struct {
		ask  PlateAsk
		want string
		kind fault.Kind
	}{
		{PlateAsk{}, other, fault.OK}, {PlateAsk{PublicURL: first}, "", fault.Conflict},
		{PlateAsk{PublicURL: first, Force: true}, first, fault.OK}, {PlateAsk{}, other, fault.OK},
	} {
		if got, err := o.platesAddress(t.Context(), tt.ask); got != tt.want || fault.KindOf(err) != tt.kind {
			t.Errorf("plates of %+v: got %q, %v", tt.ask, got, err)
		}
	}
}

func TestPlatesNeedAnAddress(t *testing.T) {
	app := openApp(t, t.TempDir(), true)
	defer mustClose(t, app)
	_, err := operator{App: app}.platesAddress(t.Context(), PlateAsk{})
	if fault.From(err).Key != "server.public.none" {
		t.Errorf("got %v", err)
	}
}
