// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// three is a file of three households; the telephone number of the second is
// wrong.
func three() string {
	v := made.Units[0].Code
	return "village,head_name,phone,group_no,house_no,remark\n" +
		v + ",示例文件一,13900000011,七组,701号,=1+1\n" +
		v + ",示例文件二,1390000,七组,702号,\n" +
		v + ",示例文件三,13900000013,七组,703号,\n"
}

// refuses puts a file that has to be refused and returns the verdicts.
func (d *device) refuses(args ...string) (verdicts []verdict) {
	d.t.Helper()
	out, r := line{program: d.program, args: append(args, "--dir", d.dir)}.refused(d.t)
	if r.Code != "invalid" || !strings.Contains(r.Message, "1 行不对") {
		d.t.Errorf("%v: refused with %+v", args, r)
	}
	if err := json.Unmarshal(out, &verdicts); err != nil {
		d.t.Fatalf("%v: the verdicts are not JSON: %v\n%s", args, err, out)
	}
	return verdicts
}

// TestPutFile takes a file with a wrong row the whole way: checked, refused,
// written without the wrong row, exported, changed in one cell and put back.
func TestPutFile(t *testing.T) {
	t.Parallel()
	d := running(t).enrol("agent", "laptop", made.Units[0].Code)
	d.sync()
	before := len(d.list("household"))
	file := write(t, "three.csv", three())

	for _, args := range [][]string{{"put", "household", file, "--dry-run"}, {"put", "household", file}} {
		v := d.refuses(args...)
		if len(v) != 3 || v[0].Error != "" || v[2].Error != "" || v[1].Row != 2 || v[1].Field != "phone" ||
			!strings.Contains(v[1].Error, "手机") || !han.MatchString(v[1].Hint) {
			t.Errorf("%v: verdicts %+v, want the second row refused for its telephone number", args, v)
		}
	}
	if n, st := len(d.list("household")), d.status(); n != before || st.Waiting != 0 {
		t.Errorf("%d households, %d waiting after a dry run and a refusal; want nothing written", n, st.Waiting)
	}

	var verdicts []verdict
	d.do(&verdicts, "put", "household", file, "--good-rows")
	if verdicts[0].Number == 0 || verdicts[1].Error == "" || verdicts[1].Number != 0 || verdicts[2].Number == 0 {
		t.Errorf("good rows: %+v", verdicts)
	}
	d.waits(2)
	exportAndPut(t, d, before+2)
}

// exportAndPut takes all households out and puts them back: what the file does
// not change is not written.
func exportAndPut(t *testing.T, d *device, n int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "all.csv")
	var answer struct{ Records int }
	d.do(&answer, "export", "household", "--out", file)
	if answer.Records != n {
		t.Errorf("%d households exported, want %d", answer.Records, n)
	}
	var asJSON json.RawMessage
	d.do(&asJSON, "export", "household")
	for name, file := range map[string]string{"CSV": file, "JSON": write(t, "all.json", string(asJSON))} {
		var verdicts []verdict
		d.do(&verdicts, "put", "household", file)
		if len(verdicts) != n || slices.ContainsFunc(verdicts, func(v verdict) bool { return !v.Unchanged }) {
			t.Errorf("what was exported as %s and put back changes something: %+v", name, verdicts)
		}
	}
	d.waits(2)

	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), ",'=1+1,") {
		t.Error("a spreadsheet would take the remark for a formula")
	}
	d.do(nil, "put", "household", write(t, "changed.csv", strings.Replace(string(text), "示例文件三", "示例改名", 1)))
	d.waits(3)
	if rows := d.where("household", "head_name=示例改名"); len(rows) != 1 || !slices.Contains(rows[0].Pending, "head_name") {
		t.Errorf("the changed cell: %+v", rows)
	}
	if rows := d.where("household", "house_no=701号"); len(rows) != 1 || rows[0].Fields["remark"] != "=1+1" {
		t.Errorf("the remark went out and came back as %+v", rows)
	}
}

// waits fails unless so many change sets wait.
func (d *device) waits(n int) {
	d.t.Helper()
	if st := d.status(); st.Waiting != n {
		d.t.Errorf("%d change sets wait, want %d", st.Waiting, n)
	}
}

// TestTray lets a device write what it cannot know to be forbidden. The server
// refuses it, and the tray says why.
func TestTray(t *testing.T) {
	t.Parallel()
	d := running(t).enrol("agent", "laptop", made.Units[0].Code)
	d.sync()
	id := d.demands()[0].ID
	d.put("demand", entry{ID: id, Fields: map[string]string{"channel": "import"}})
	if st := d.sync(); st.Refused != 1 || st.Waiting != 0 {
		t.Errorf("after sync: %+v, want one refused", st)
	}
	var tray []struct{ Record, Field, Reason, Hint string }
	d.do(&tray, "tray")
	if len(tray) != 1 || tray[0].Record != id || tray[0].Field != "channel" ||
		!strings.Contains(tray[0].Reason, "登记后不能修改") || !strings.Contains(tray[0].Hint, "撤回") {
		t.Errorf("the tray shows %+v", tray)
	}
	if got := d.get(id).Fields["channel"]; got == "import" {
		t.Error("what was refused is still shown")
	}
}
