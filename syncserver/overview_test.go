// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"yuexin/shared/fault"
)

// TestWhatIsWatchedIsThere: every metric that an alert or the dashboard names is one of the server's, and every metric of the
// store and of devices is watched by one of them.
func TestWhatIsWatchedIsThere(t *testing.T) {
	s := serveApp(t, openApp(t, t.TempDir(), true), ServeConfig{})
	_, told := get(t, s.address()+"/metrics")
	name := regexp.MustCompile(`\byuexin_[a-z_]+|\b(?:process|go)_[a-z_]+`)
	there := map[string]bool{}
	for _, line := range strings.Split(told, "\n") {
		if m := name.FindString(line); m != "" && !strings.HasPrefix(line, "#") {
			there[m] = true
		}
	}
	watched := map[string]bool{}
	for _, file := range []string{"alerts.yml", "grafana.json"} {
		data, err := os.ReadFile("../assets/packaging/" + file)
		if err != nil {
			t.Fatal(err)
		}
		found := name.FindAllString(string(data), -1)
		if len(found) < 10 {
			t.Errorf("%s names %d metrics", file, len(found))
		}
		for _, m := range found {
			watched[m] = true
			if !there[m] {
				t.Errorf("%s: the server has no metric %s", file, m)
			}
		}
	}
	for m := range there {
		of, _, _ := strings.Cut(strings.TrimPrefix(m, "yuexin_"), "_")
		if slices.Contains([]string{"devices", "device", "quarantine"}, of) && !watched[m] && m != "yuexin_devices" {
			t.Errorf("nobody watches %s", m)
		}
	}
	var dashboard struct{ Panels []struct{ Title string } }
	data, err := os.ReadFile("../assets/packaging/grafana.json")
	if err == nil {
		err = json.Unmarshal(data, &dashboard)
	}
	if err != nil || len(dashboard.Panels) < 10 {
		t.Errorf("the dashboard: %d panels, %v", len(dashboard.Panels), err)
	}
}

// TestAlertsSayWhatToDo: each alert has a name, a condition, a summary, and what to do.
func TestAlertsSayWhatToDo(t *testing.T) {
	data, err := os.ReadFile("../assets/packaging/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	alerts := strings.Split(string(data), "- alert: ")[1:]
	if len(alerts) < 8 {
		t.Fatalf("%d alerts", len(alerts))
	}
	for _, a := range alerts {
		for _, part := range []string{"expr: ", "severity: ", "summary: ", "description: "} {
			if !strings.Contains(a, part) {
				t.Errorf("alert without %q: %s", part, a)
			}
		}
	}
}

// TestProfilesAreForThisMachine: profiles are served on loopback if asked for, to nobody else, and at no other address.
func TestProfilesAreForThisMachine(t *testing.T) {
	s := serveApp(t, openApp(t, t.TempDir(), true), ServeConfig{Profile: "127.0.0.1:0"})
	if got := from(t, "http://"+s.profileAt+"/debug/pprof/", ""); got != http.StatusOK {
		t.Errorf("on this machine: %d", got)
	}
	if got := from(t, "http://"+s.profileAt+"/debug/pprof/", "203.0.113.7"); got != http.StatusNotFound {
		t.Errorf("through a proxy: %d", got)
	}
	if got := from(t, s.address()+"/debug/pprof/", ""); got != http.StatusNotFound {
		t.Errorf("where everybody is served: %d", got)
	}
	app := openApp(t, t.TempDir(), true)
	defer mustClose(t, app)
	_, err := listen(t.Context(), app, ServeConfig{Listen: "127.0.0.1:0", Profile: "0.0.0.0:0"})
	if fault.From(err).Key != "server.profile" {
		t.Errorf("for everybody: %v", err)
	}
}
