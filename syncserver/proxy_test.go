// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"strings"
	"testing"
)

// from asks as a proxy does for somebody.
func from(t *testing.T, url, sender string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if sender != "" {
		req.Header.Set("X-Forwarded-For", sender)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// Behind a proxy one resident who asks too often does not stop the others.
func TestLimitsCountPeopleBehindAProxy(t *testing.T) {
	s := serveApp(t, openApp(t, t.TempDir(), true), ServeConfig{TrustedProxies: []string{"127.0.0.1"}})
	url := s.address() + "/D/NONSENSE"
	limited := false
	for range 400 {
		if limited = from(t, url, "203.0.113.7") == http.StatusTooManyRequests; limited {
			break
		}
	}
	if !limited {
		t.Fatal("one address is never limited")
	}
	if got := from(t, url, "203.0.113.8"); got == http.StatusTooManyRequests {
		t.Error("another resident behind the same proxy is limited as well")
	}
}

func TestMetricsAreForThisMachine(t *testing.T) {
	plain := serveApp(t, openApp(t, t.TempDir(), true), ServeConfig{})
	if got := from(t, plain.address()+"/metrics", ""); got != http.StatusOK {
		t.Errorf("on this machine: %d", got)
	}
	if got := from(t, plain.address()+"/metrics", "203.0.113.7"); got != http.StatusNotFound {
		t.Errorf("through a proxy on this machine: %d", got)
	}
	for name, cfg := range map[string]ServeConfig{
		"a proxy is named":  {TrustedProxies: []string{"127.0.0.1"}},
		"a proxy has TLS":   {PublicURL: "https://d.example.gov.cn"},
		"metrics elsewhere": {MetricsListen: "127.0.0.1:0"},
	} {
		s := serveApp(t, openApp(t, t.TempDir(), true), cfg)
		if got := from(t, s.address()+"/metrics", ""); got != http.StatusNotFound {
			t.Errorf("%s: %d", name, got)
		}
		if cfg.MetricsListen == "" {
			continue
		}
		if status, body := get(t, "http://"+s.metricsAt+"/metrics"); status != http.StatusOK || !strings.Contains(body, "yuexin_sync_sessions") {
			t.Errorf("at their own address: %d", status)
		}
	}
}
