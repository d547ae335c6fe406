// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"yuexin/assets"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
)

func texts(t *testing.T) *i18n.Printer {
	t.Helper()
	all, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	return all.Printer(i18n.ZhHans)
}

// shell starts a script in a program's place; its log has lines of an earlier
// run.
func shell(t *testing.T, script string) *process {
	t.Helper()
	log := filepath.Join(t.TempDir(), "sh.log")
	if err := os.WriteFile(log, []byte("yesterday\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := start("/bin/sh", log, "-c", script)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.stop)
	return p
}

// A stranger who answers on the server's port is not taken for the server that
// could not have it.
func TestStrangerOnPort(t *testing.T) {
	stranger := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer stranger.Close()
	address, err := url.Parse(stranger.URL)
	if err != nil {
		t.Fatal(err)
	}
	d := New(Config{Dir: t.TempDir()})
	if d.port, err = strconv.Atoi(address.Port()); err != nil {
		t.Fatal(err)
	}
	err = d.healthy(t.Context(), shell(t, "sleep 0.3; echo the port is taken >&2; exit 1"))
	if f := fault.From(err); f.Key != "demo.server.died" || f.Args["reason"] != "the port is taken" {
		t.Errorf("error = %v, %v", err, f.Args)
	}
}

func TestStays(t *testing.T) {
	tests := []struct {
		name, script, reason string
		refused              bool
	}{
		{"no driver", "for i in 1 2 3 4 5 6; do echo line $i; done; exit 1", "line 3\nline 4\nline 5\nline 6", true},
		{"silent", "exit 1", "", true},
		{"closed by hand", "echo bye", "", false},
		{"open", "exec sleep 60", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wait, stop := context.WithTimeout(t.Context(), time.Second)
			defer stop()
			p := shell(t, tt.script)
			err := p.stays(wait)
			if !tt.refused {
				if err != nil {
					t.Errorf("error = %v", err)
				}
				return
			}
			f := fault.From(err)
			if f.Key != "demo.window" || f.Args["reason"] != tt.reason || f.Args["log"] != p.log || f.Args["program"] != "sh" {
				t.Errorf("error = %v, %v", err, f.Args)
			}
		})
	}
}

// The port of the last run is taken again; one that is busy makes way, and
// that is said.
func TestChoosePort(t *testing.T) {
	busy := httptest.NewServer(nil)
	defer busy.Close()
	address, err := url.Parse(busy.URL)
	if err != nil {
		t.Fatal(err)
	}
	taken, err := strconv.Atoi(address.Port())
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	d := New(Config{Dir: t.TempDir(), Out: &said, Texts: texts(t)})
	if err := os.WriteFile(d.folder("port"), []byte(address.Port()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	first, err := d.choosePort()
	if err != nil || first <= taken || !strings.Contains(said.String(), address.Port()) {
		t.Errorf("port %d instead of %d, %v; said %q", first, taken, err, said.String())
	}
	said.Reset()
	second, err := d.choosePort()
	if err != nil || second != first || said.Len() > 0 {
		t.Errorf("the next run takes port %d, not %d: %v; said %q", second, first, err, said.String())
	}
}
