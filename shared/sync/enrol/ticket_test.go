// SPDX-License-Identifier: Apache-2.0

package enrol_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"yuexin/shared/fault"
	"yuexin/shared/sync/enrol"
)

func exampleTicket() enrol.Ticket {
	return enrol.Ticket{
		Servers: []string{"https://sync.example.gov.cn", "https://10.1.2.3:8443"},
		Pin:     enrol.Pin{1, 2, 3},
		Code:    must(enrol.NewCode(source(1))),
		Expires: time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC),
	}
}

func TestTicketReadsBack(t *testing.T) {
	servers := []string{"https://sync.example.gov.cn", "https://10.1.2.3:8443", "http://127.0.0.1:8080", "https://[fd00::1]:443", "http://localhost"}
	rapid.Check(t, func(t *rapid.T) {
		want := enrol.Ticket{
			Servers: rapid.SliceOfN(rapid.SampledFrom(servers), 1, 4).Draw(t, "servers"),
			Code:    drawCode(t),
			Expires: time.Unix(rapid.Int64Range(1, 1<<32-1).Draw(t, "expires"), 0).UTC(),
		}
		copy(want.Pin[:], rapid.SliceOfN(rapid.Byte(), 0, 32).Draw(t, "pin"))
		qr, file := must(want.QR()), string(must(want.File()))
		if strings.Trim(qr, alphabet+":LOIU") != "" {
			t.Fatalf("QR text %q leaves the alphanumeric mode", qr)
		}
		for _, text := range []string{qr, strings.ToLower(qr), " " + qr + "\r\n", file, "\ufeff" + file} {
			got, err := enrol.ParseTicket(text)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Fatalf("ParseTicket(%q): %v\n%s", text, err, diff)
			}
		}
	})
}

func TestTicketFindsChanges(t *testing.T) {
	qr := must(exampleTicket().QR())
	for i := len("YX1:"); i < len(qr); i++ {
		other := byte('0')
		if qr[i] == other {
			other = '7'
		}
		if got, err := enrol.ParseTicket(qr[:i] + string(other) + qr[i+1:]); err == nil {
			t.Errorf("character %d changed: read as %+v", i, got)
		}
		if got, err := enrol.ParseTicket(qr[:i]); err == nil {
			t.Errorf("cut after %d: read as %+v", i, got)
		}
	}
}

func TestTicketFaults(t *testing.T) {
	file := string(must(exampleTicket().File()))
	tests := []struct {
		name, text string
		want       *fault.Error
	}{
		{"empty", "", fault.New(fault.Invalid, "enrol.ticket.foreign")},
		{"a doorplate", "https://example.cn/D/ABC", fault.New(fault.Invalid, "enrol.ticket.foreign")},
		{"a later QR form", "YX2:ABCDEF", fault.New(fault.Unsupported, "enrol.ticket.version")},
		{"only the prefix", "YX1:", fault.New(fault.Invalid, "enrol.ticket.broken")},
		{"other JSON", `{"kind":"invoice"}`, fault.New(fault.Invalid, "enrol.ticket.foreign")},
		{"cut JSON", file[:len(file)/2], fault.New(fault.Invalid, "enrol.ticket.foreign")},
		{"a later file", strings.Replace(file, `"version": 1`, `"version": 2`, 1), fault.New(fault.Unsupported, "enrol.ticket.version")},
		{"unknown field", strings.Replace(file, `"pin"`, `"pim"`, 1), fault.New(fault.Invalid, "enrol.ticket.broken")},
		{"text behind", file + "{}", fault.New(fault.Invalid, "enrol.ticket.foreign")},
		{"plain http", strings.Replace(file, "https://sync", "http://sync", 1), fault.New(fault.Invalid, "enrol.address.plain")},
		{"too large", strings.Repeat("YX1:", 9000), fault.New(fault.Invalid, "enrol.ticket.broken")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := enrol.ParseTicket(tt.text); fault.From(err) == nil || !tt.want.Is(fault.From(err)) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestUnusableTicketsAreNotWritten(t *testing.T) {
	tests := map[string]func(*enrol.Ticket){
		"no server":        func(t *enrol.Ticket) { t.Servers = nil },
		"too many servers": func(t *enrol.Ticket) { t.Servers = make([]string, 5) },
		"plain http":       func(t *enrol.Ticket) { t.Servers = []string{"http://example.cn"} },
		"untidy address":   func(t *enrol.Ticket) { t.Servers = []string{"example.cn/"} },
		"no code":          func(t *enrol.Ticket) { t.Code = "" },
		"untidy code":      func(t *enrol.Ticket) { t.Code = enrol.Code(t.Code.String()) },
		"no expiry":        func(t *enrol.Ticket) { t.Expires = time.Time{} },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			ticket := exampleTicket()
			spoil(&ticket)
			if qr, err := ticket.QR(); !fault.Is(err, fault.Invalid) {
				t.Errorf("QR = %q, %v", qr, err)
			}
			if file, err := ticket.File(); !fault.Is(err, fault.Invalid) {
				t.Errorf("File = %q, %v", file, err)
			}
		})
	}
}

func TestParseAddress(t *testing.T) {
	tests := []struct{ text, want, key string }{
		{"sync.example.gov.cn", "https://sync.example.gov.cn", ""},
		{" HTTPS://Sync.Example.gov.cn/ ", "https://sync.example.gov.cn", ""},
		{"10.1.2.3:8443", "https://10.1.2.3:8443", ""},
		{"１０。１．２．３：８４４３", "https://10.1.2.3:8443", ""},
		{"https://[fd00::1]:8443/", "https://[fd00::1]:8443", ""},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080", ""},
		{"http://127.9.9.9", "http://127.9.9.9", ""},
		{"http://[::1]:1", "http://[::1]:1", ""},
		{"http://localhost:1", "http://localhost:1", ""},
		{"http://localhost.example.cn", "", "enrol.address.plain"},
		{"http://192.168.1.2", "", "enrol.address.plain"},
		{"ftp://example.cn", "", "enrol.address"},
		{"https://user@example.cn", "", "enrol.address"},
		{"https://example.cn/path", "", "enrol.address"},
		{"https://example.cn?x=1", "", "enrol.address"},
		{"https://example.cn#x", "", "enrol.address"},
		{"https://example.cn:0", "", "enrol.address"},
		{"https://example.cn:70000", "", "enrol.address"},
		{"https://example.cn:", "", "enrol.address"},
		{"https://", "", "enrol.address"},
		{"", "", "enrol.address"},
		{"exam ple..cn", "", "enrol.address"},
		{"大沙镇", "", "enrol.address"},
		{strings.Repeat("a", 300), "", "enrol.address"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, err := enrol.ParseAddress(tt.text)
			key := ""
			if err != nil {
				key = fault.From(err).Key
			}
			if got != tt.want || key != tt.key {
				t.Errorf("got %q, %v; want %q, %s", got, err, tt.want, tt.key)
			}
		})
	}
}

func FuzzParseTicket(f *testing.F) {
	f.Add(must(exampleTicket().QR()))
	f.Add(string(must(exampleTicket().File())))
	f.Add("YX1:000000")
	f.Fuzz(func(t *testing.T, text string) {
		ticket, err := enrol.ParseTicket(text)
		if err != nil {
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.Unsupported {
				t.Fatalf("ParseTicket: %v", err)
			}
			return
		}
		again, err := enrol.ParseTicket(must(ticket.QR()))
		if diff := cmp.Diff(ticket, again); diff != "" || err != nil {
			t.Fatalf("read again: %v\n%s", err, diff)
		}
	})
}

func FuzzParseAddress(f *testing.F) {
	f.Add("https://[fd00::1]:8443/")
	f.Add("http://127.0.0.1")
	f.Fuzz(func(t *testing.T, text string) {
		address, err := enrol.ParseAddress(text)
		if err != nil {
			return
		}
		if again, err := enrol.ParseAddress(address); again != address || err != nil {
			t.Fatalf("%q gives %q, which gives %q, %v", text, address, again, err)
		}
	})
}
