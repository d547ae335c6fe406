// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSwitchOff switches a device off while it holds work that was done before.
func TestSwitchOff(t *testing.T) {
	t.Parallel()
	s := running(t)
	lost, other := s.enrol("agent", "lost"), s.enrol("agent", "other")
	lost.sync()
	other.sync()
	first := lost.list("household")[0].ID
	late := lost.put("household", entry{ID: first, Fields: map[string]string{"remark": "停用前的备注"}})[0]

	admin := s.staff("demo-admin")
	device := lost.status().Device
	address := s.url + "/console/devices/" + device + "/switch"
	sees(t, "the switch", admin.ok(admin.get(address)).text(), "lost")
	sees(t, "the list of devices", admin.ok(admin.post(address, url.Values{"to": {"off"}})).text(), "已停用")

	other.put("household", entry{ID: first, Fields: map[string]string{"address": "停用后的地址"}})
	other.sync()
	before := lost.status().Scopes
	if got := refused(t, "agent", "sync", "--once", "--dir", lost.dir); got.Code != "not_allowed" {
		t.Errorf("sync of a switched-off device: %+v", got)
	}
	if got := lost.get(first).Fields["address"]; got == "停用后的地址" {
		t.Error("a switched-off device received something new")
	}
	if after := lost.status().Scopes; !slices.Equal(before, after) {
		t.Errorf("a switched-off device got on from %v to %v", before, after)
	}
	if st := lost.status(); st.Quarantined != 1 || st.Waiting != 0 {
		t.Errorf("the late work is gone from the device: %+v", st)
	}
	sees(t, "the quarantine", admin.ok(admin.get(s.url+"/console/quarantine")).text(), "lost")
	other.sync()
	if got := other.get(late).Fields["remark"]; got == "停用前的备注" {
		t.Error("work of a switched-off device was applied unseen")
	}

	admin.ok(admin.post(address, url.Values{"to": {"on"}}))
	if st := lost.sync(); st.Quarantined != 1 {
		t.Errorf("switched on again: %+v, want one change set with the administrator", st)
	}
	if got := lost.get(first).Fields["address"]; got != "停用后的地址" {
		t.Errorf("switched on again the device reads the address %q", got)
	}

	// The administrator looks at what was kept and lets it pass: everybody has it,
	// and the device that it came from knows.
	list := admin.ok(admin.get(s.url + "/console/quarantine"))
	kept := s.url + list.href(t, `/console/quarantine/[^"]+`)
	sees(t, "what was kept", admin.ok(admin.get(kept)).text(), "停用前的备注")
	sees(t, "the decisions", admin.ok(admin.post(kept, url.Values{"do": {"pass"}, "number": {"1"}})).text(), "放行")
	if st := lost.sync(); st.Quarantined != 0 || st.Waiting != 0 || st.Refused != 0 {
		t.Errorf("let pass: %+v", st)
	}
	other.sync()
	if got := other.get(late).Fields["remark"]; got != "停用前的备注" {
		t.Errorf("let pass, and another device reads %q", got)
	}
	s.clean()
}

// TestRevoke takes a village from a device through the console: what it held is
// gone from its disk, and the console has its signed word for it.
func TestRevoke(t *testing.T) {
	t.Parallel()
	s := running(t)
	laptop := s.enrol("agent", "laptop")
	laptop.sync()
	held := laptop.status()
	admin := s.staff("demo-admin")
	page := s.url + "/console/devices/" + held.Device
	ask := admin.ok(admin.get(page)).href(t, `/console/devices/[^"]+/revoke\?scope=[^"]+`)
	scope, err := url.QueryUnescape(ask[strings.Index(ask, "scope=")+len("scope="):])
	if err != nil {
		t.Fatal(err)
	}
	name := admin.ok(admin.get(s.url + ask)).text()
	sees(t, "the question", name, "laptop")
	sees(t, "the device before it connects", admin.ok(admin.post(page+"/revoke", url.Values{"scope": {scope}})).text(), "尚未确认，自")

	after := laptop.sync()
	if len(after.Scopes) != len(held.Scopes)-1 {
		t.Errorf("the device held %v and holds %v", held.Scopes, after.Scopes)
	}
	eventually(t, "the device's signed receipt is in the console", func() bool {
		laptop.sync() // it may have been on its way when the session ended
		return strings.Contains(admin.ok(admin.get(page)).text(), "设备已签名确认清除")
	})
	var taken []struct{ What, Standing string }
	s.do(&taken, "device", "taken", held.Device)
	if len(taken) != 1 || taken[0].What != "revoked" || taken[0].Standing != "signed" {
		t.Errorf("device taken: %+v", taken)
	}
	var differs []struct{ Scope, Record, What string }
	if laptop.do(&differs, "status", "--verify"); len(differs) != 0 {
		t.Errorf("status --verify: %+v", differs)
	}
	s.clean()
}

// TestReconnect leaves sync running while the server goes and comes back.
func TestReconnect(t *testing.T) {
	t.Parallel()
	s := running(t)
	laptop, other := s.enrol("agent", "laptop"), s.enrol("agent", "other")
	id := laptop.first()
	sync := laptop.syncing()
	s.kill()
	if got := refused(t, "agent", "sync", "--once", "--dir", other.dir); got.Code != "unavailable" {
		t.Errorf("sync without a server: %+v", got)
	}
	s.start()
	other.first()
	other.put("household", entry{ID: id, Fields: map[string]string{"remark": "服务器重启之后"}})
	other.sync()
	eventually(t, "the running sync brings the change", func() bool {
		return laptop.get(id).Fields["remark"] == "服务器重启之后"
	})

	// It is the one that works in the folder now.
	put := []string{"put", "household", write(t, "put.csv", "id,remark\n"+id+",另一个程序\n"), "--dir", laptop.dir}
	if got := refused(t, "agent", put...); got.Code != "conflict" {
		t.Errorf("put beside a running sync: %+v", got)
	}
	sync.stop(t)
	must(t, nil, "agent", put...)
	if st := laptop.sync(); st.Waiting != 0 || st.Refused != 0 {
		t.Errorf("after all: %+v", st)
	}
	s.clean()
}

func TestEnrolCodes(t *testing.T) {
	t.Parallel()
	s := running(t)
	one := s.invite("agent", "one", made.Units[0].Code)
	dir := func(name string) string { return filepath.Join(t.TempDir(), name) }
	file := write(t, "one.enrol", one.File)
	used := dir("one")
	must(t, nil, "agent", "enrol", "--dir", used, "--ticket", file)

	for _, tt := range []struct {
		name string
		code string
		args []string
	}{
		{"a used code", "not_found", []string{"enrol", "--dir", dir("two"), "--ticket", one.QR}},
		{"a used code, typed", "not_found", []string{"enrol", "--dir", dir("three"), "--server", one.Server, "--code", one.Code}},
		{"a misread code", "invalid", []string{"enrol", "--dir", dir("four"), "--server", one.Server, "--code", "0000000001"}},
		{"no code", "invalid", []string{"enrol", "--dir", dir("five")}},
		{"a device already", "conflict", []string{"enrol", "--dir", used, "--ticket", s.invite("agent", "six", made.Units[0].Code).QR}},
		{"not enrolled", "unauthenticated", []string{"list", "household", "--dir", dir("seven")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := refused(t, "agent", tt.args...); got.Code != tt.code {
				t.Errorf("refused with %+v, want %s", got, tt.code)
			}
		})
	}
	typed := s.invite("kiosk", "typed", made.Units[0].Code)
	must(t, nil, "kiosk", "enrol", "--dir", dir("typed"), "--server", typed.Server, "--code", strings.ToLower(typed.Code), "--yes")
}

// TestTLS takes everything a device does over TLS with the server's own
// certificate, which only its pin vouches for.
func TestTLS(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.url = "https://127.0.0.1:" + s.port
	s.args = []string{"--listen", "0.0.0.0:" + s.port}
	s.http = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} // pins are the devices'
	s.start()

	one := s.enrol("agent", "one")
	if st := one.sync(); len(st.Scopes) != 1+len(made.Units) {
		t.Errorf("the device holds %v", st.Scopes)
	}
	code := s.invite("agent", "two", made.Units[0].Code)
	if n := len(strings.Fields(code.Words)); n != 4 {
		t.Errorf("%d words to compare in %q, want 4", n, code.Words)
	}
	two := &device{t: t, program: "agent", dir: filepath.Join(t.TempDir(), "two")}
	enrol := []string{"enrol", "--dir", two.dir, "--server", strings.TrimPrefix(code.Server, "https://"), "--code", code.Code}
	if got := refused(t, "agent", enrol...); got.Code != "invalid" {
		t.Errorf("without comparing the words: %+v", got)
	}
	must(t, nil, "agent", append(enrol, "--yes")...)
	two.put("household", entry{ID: two.first(), Fields: map[string]string{"remark": "经 TLS"}})
	two.sync()
	one.sync()
	if got := one.get(two.first()).Fields["remark"]; got != "经 TLS" {
		t.Errorf("the other device reads %q", got)
	}

	s.stop() // and somebody else answers at the address
	impostor := newServer(t)
	impostor.port, impostor.url, impostor.args, impostor.http = s.port, s.url, s.args, s.http
	impostor.start()
	two.put("household", entry{ID: two.list("household")[0].ID, Fields: map[string]string{"remark": "不给别人"}})
	if got := refused(t, "agent", "sync", "--once", "--dir", two.dir); !strings.Contains(got.Message, "不是本机登记的服务器") {
		t.Errorf("sync with another server: %+v", got)
	}
	if st := two.status(); st.Waiting != 1 {
		t.Errorf("after meeting another server %d change sets wait, want 1", st.Waiting)
	}
}

// first returns a household of the first village.
func (d *device) first() string {
	d.t.Helper()
	d.sync()
	rows := d.list("household")
	if len(rows) == 0 {
		d.t.Fatal("no households")
	}
	return rows[0].ID
}
