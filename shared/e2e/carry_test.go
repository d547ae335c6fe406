// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"yuexin/shared/ident"
	"yuexin/shared/sync/courier"
)

// carried is what carry answers.
type carried struct {
	File    string
	Carried int
}

// taken is what take answers.
type taken struct {
	Device, Name             string
	Boxes, Before, Kept, Had int
	Dry                      bool
}

// carry writes a courier's file of a device.
func (d *device) carry(want int) (file string) {
	d.t.Helper()
	file = filepath.Join(d.t.TempDir(), "stick.courier")
	var c carried
	if d.do(&c, "carry", "--out", file); c.Carried != want || c.File != file {
		d.t.Errorf("carry says %+v, want %d in %s", c, want, file)
	}
	return file
}

// takes hands a courier's file in.
func (s *server) takes(want taken, args ...string) {
	s.t.Helper()
	var got taken
	s.do(&got, append([]string{"take"}, args...)...)
	got.Device, got.Name = "", ""
	if got != want {
		s.t.Errorf("take %s says %+v, want %+v", strings.Join(args[1:], " "), got, want)
	}
}

// TestStrandedWorkIsCarried: the disk of a kiosk was copied and both wrote. What the
// server took from neither is carried to it by hand, an administrator lets it pass,
// everybody has everything once, and both machines know.
func TestStrandedWorkIsCarried(t *testing.T) {
	t.Parallel()
	s := running(t)
	village := made.Units[0].Code
	k, other, officer := s.enrol("kiosk", "courier-kiosk", village), s.enrol("kiosk", "other-kiosk", village), s.enrol("agent", "courier-officer", village)
	register := func(d *device, name string) string {
		t.Helper()
		return d.put("household", entry{Village: village, Fields: map[string]string{"head_name": name, "region_code": village}})[0]
	}
	stands := func(d *device, stranded, quarantined int) {
		t.Helper()
		if st := d.sync(); st.Stranded != stranded || st.Quarantined != quarantined || st.Waiting != 0 || st.Refused != 0 {
			t.Errorf("%s: %+v, want %d stranded and %d quarantined", d.dir, st, stranded, quarantined)
		}
	}
	k.sync()
	shared := register(k, "示例甲") // on both disks, not sent, and taken from the one that comes first
	clone := k.copy(t)
	mine := register(k, "示例乙")
	stands(k, 0, 0)
	theirs, more := register(clone, "示例丙"), register(clone, "示例己")
	stands(clone, 2, 0)
	late := register(k, "示例丁") // the lane is closed for the original too
	stands(k, 1, 0)
	out, err := call(t, "kiosk", "status", "--dir", clone.dir)
	if err != nil || !strings.Contains(string(out), "2 份登记要由工作人员") || strings.Contains(string(out), "已全部上传") || !strings.Contains(string(out), "carry --out") {
		t.Errorf("status says %s, %v", out, err)
	}
	stands(k, 1, 0) // and says so
	admin := s.staff("demo-admin")
	sees(t, "the devices in the console", admin.ok(admin.get(s.url+"/console/devices")).text(), "1 份登记要由人带来")

	file := clone.carry(2)
	if r := refused(t, "kiosk", "carry", "--out", file, "--dir", clone.dir); r.Code != "conflict" || !strings.Contains(r.Message, "没有改动它") {
		t.Errorf("over a file that is there: %+v", r)
	}
	s.refusesFiles(file, other.status().Device)
	s.takes(taken{Boxes: 2, Dry: true}, file, "--dry-run")
	stands(clone, 2, 0)
	connected := clone.syncing() // a machine hears of it while it is connected
	eventually(t, "the kiosk is connected", func() bool {
		return strings.Contains(admin.ok(admin.get(s.url+"/console/devices")).text(), "1 现在在线")
	})
	s.takes(taken{Boxes: 2, Kept: 2}, file)
	s.takes(taken{Boxes: 2, Before: 2}, file)
	eventually(t, "the kiosk knows", func() bool {
		st := clone.status()
		return st.Stranded == 0 && st.Quarantined == 2
	})
	connected.stop(t)
	var none carried
	if clone.do(&none, "carry", "--out", filepath.Join(t.TempDir(), "none")); none.Carried != 0 {
		t.Errorf("carried again: %+v", none)
	}
	s.stop() // a command works whether the server runs or not
	s.takes(taken{Boxes: 1, Kept: 1}, k.carry(1))
	s.start()
	stands(k, 0, 1)
	if !slices.ContainsFunc(s.audited(), func(e auditEntry) bool { return e.What == "syncserver take" && e.About == "stick.courier" }) {
		t.Error("the audit log does not name the taking")
	}

	for range 2 { // a lane each
		admin = s.staff("demo-admin")
		list := admin.ok(admin.get(s.url + "/console/quarantine"))
		kept := s.url + list.href(t, `/console/quarantine/[^"]+`)
		page := admin.ok(admin.get(kept))
		sees(t, "what was kept", page.text(), "示例", "可能被复制过")
		numbers := []string{"1"}
		if strings.Contains(page.text(), "示例丙") {
			numbers = []string{"1", "2"}
		}
		sees(t, "the decision", admin.ok(admin.post(kept, url.Values{"do": {"pass"}, "number": numbers})).text(), "放行")
	}
	stands(clone, 0, 0)
	stands(k, 0, 0)
	s.takes(taken{Boxes: 2, Before: 2}, file)
	officer.sync()
	for name, id := range map[string]string{"示例甲": shared, "示例乙": mine, "示例丙": theirs, "示例己": more, "示例丁": late} {
		if got := officer.get(id); got.Fields["head_name"] != name || len(got.Disputed) > 0 || len(got.History) > 1 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	after := register(clone, "示例戊")
	stands(clone, 0, 0)
	officer.sync()
	if got := officer.get(after); got.Fields["head_name"] != "示例戊" {
		t.Errorf("the kiosk does not go on: %+v", got)
	}
	s.clean()
}

// refusesFiles hands in what is wrong with a good file, and the file itself where it
// does not belong. Each is refused as what it is, and nothing of it is taken.
func (s *server) refusesFiles(good, other string) {
	t := s.t
	t.Helper()
	data, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	file, err := courier.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(data)
	flipped[len(flipped)/2] ^= 1
	id, err := ident.Parse[ident.Device](other)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := newServer(t)
	elsewhere.dir = filepath.Join(t.TempDir(), "elsewhere") // with keys of its own
	elsewhere.start()
	theirs := &device{t: t, program: "kiosk", dir: filepath.Join(t.TempDir(), "stranger")}
	must(t, nil, "kiosk", "enrol", "--dir", theirs.dir, "--ticket", elsewhere.invite("kiosk", "stranger").File)
	stranger, err := ident.Parse[ident.Device](theirs.status().Device)
	if err != nil {
		t.Fatal(err)
	}
	broken := courier.File{Device: file.Device, Boxes: [][]byte{file.Boxes[0], append(bytes.Clone(file.Boxes[1]), 0)}}
	for name, one := range map[string]struct {
		at   *server
		data []byte
		code string
		says string
	}{
		"truncated":            {s, data[:len(data)-7], "corrupt", "不完整或已损坏"},
		"a flipped bit":        {s, flipped, "corrupt", "不完整或已损坏"},
		"another file":         {s, []byte("PK\x03\x04"), "invalid", "不是 kiosk carry"},
		"an unknown device":    {elsewhere, data, "not_found", "不认识的设备"},
		"another server":       {elsewhere, courier.File{Device: stranger, Boxes: file.Boxes}.Encode(), "not_allowed", "不是封给这台服务器"},
		"another device's":     {s, courier.File{Device: id, Boxes: file.Boxes}.Encode(), "not_allowed", "不是“other-kiosk”签过名的"},
		"one good and one bad": {s, broken.Encode(), "not_allowed", "不是封给这台服务器"},
	} {
		bad := write(t, "bad.courier", string(one.data))
		r := refused(t, "syncserver", "take", bad, "--dir", one.at.dir, "--sample", "--quiet")
		if r.Code != one.code || !strings.Contains(r.Message, one.says) {
			t.Errorf("%s: refused with %+v, want %s and %q", name, r, one.code, one.says)
		}
	}
}
