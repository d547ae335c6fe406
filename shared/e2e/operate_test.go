// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/pgtest"
)

// TestBackupVerify restores a backup, finds what was there when it was made, and
// gets back from the devices what was done since.
func TestBackupVerify(t *testing.T) {
	t.Parallel()
	s := running(t)
	agent := s.enrol("agent", "laptop")
	id := agent.put("household", entry{ID: agent.first(), Fields: map[string]string{"remark": "备份前"}})[0]
	agent.sync()
	before := agent.list("household")
	folder := filepath.Join(t.TempDir(), "backup")
	s.do(nil, "backup", folder)
	if got := refused(t, "syncserver", "backup", folder, "--dir", s.dir, "--sample", "--quiet"); got.Code == "internal" {
		t.Errorf("a second backup into the same folder: %+v", got)
	}
	agent.put("household", entry{ID: id, Fields: map[string]string{"remark": "备份后"}})
	agent.sync()
	s.clean()
	s.kill()

	restored := newServer(t)
	restored.port, restored.url, restored.args = s.port, s.url, s.args
	restore(t, folder, restored.dir)
	restored.start()
	restored.clean()
	fresh := restored.enrol("agent", "fresh")
	fresh.sync()
	if diff := cmp.Diff(before, fresh.list("household")); diff != "" {
		t.Errorf("the backup does not hold what was there (-before +restored):\n%s", diff)
	}

	// What the server forgot, the device that did it brings again.
	if st := agent.sync(); st.Waiting != 0 || st.Refused != 0 || st.Quarantined != 0 {
		t.Errorf("the device at the restored server: %+v", st)
	}
	fresh.sync()
	for name, d := range map[string]*device{"the device itself": agent, "a fresh device": fresh} {
		if got := d.get(id).Fields["remark"]; got != "备份后" {
			t.Errorf("%s reads the remark %q, want what was done after the backup", name, got)
		}
	}
	restored.clean()
}

// restore puts a backup into the place of a server's data.
func restore(t *testing.T, backup, dir string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if *postgres {
		must(t, nil, "syncserver", "restore", backup, "--store", pgtest.Database(t), "--dir", dir, "--sample", "--quiet")
		return
	}
	copyTree(t, filepath.Join(dir, "keys"), filepath.Join(backup, "keys"))
	copyTree(t, filepath.Join(dir, "store"), backup)
	for _, name := range []string{"keys.db", "master.key"} {
		if err := os.Rename(filepath.Join(dir, "keys", name), filepath.Join(dir, "store", name)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestImport takes a village's ledger with two good rows and one wrong.
func TestImport(t *testing.T) {
	t.Parallel()
	s := running(t)
	ledger := filepath.Join(t.TempDir(), "台账.csv")
	rows := "户主姓名,身份证号,联系电话,村民小组,门牌号,家庭人口\n" +
		"示例黄土生," + residentID(1) + ",13911112222,八组,801号,4\n" +
		"示例李水妹," + residentID(2) + ",1391111,八组,802号,3\n" +
		"示例何木根," + residentID(3) + ",13933334444,八组,803号,5\n"
	if err := os.WriteFile(ledger, []byte("\ufeff"+rows), 0o600); err != nil {
		t.Fatal(err)
	}
	agent := s.enrol("agent", "laptop")
	count := func() int {
		agent.sync()
		n := 0
		for _, r := range agent.list("household") {
			if r.Fields["group_no"] == "八组" {
				n++
			}
		}
		return n
	}
	args := []string{"import", ledger, "--village", made.Units[0].Code, "--dir", s.dir, "--sample", "--quiet"}
	if got := refused(t, "syncserver", args...); got.Code != "invalid" {
		t.Errorf("dry run of a ledger with a wrong row: %+v", got)
	}
	results := readResults(t, strings.TrimSuffix(ledger, ".csv")+"-导入结果.csv")
	if len(results) != 4 || !strings.Contains(results[2], "手机") && !strings.Contains(results[2], "电话") {
		t.Errorf("the copy does not say what is wrong with the telephone number: %q", results)
	}
	refused(t, "syncserver", append(args, "--write")...)
	if n := count(); n != 0 {
		t.Errorf("%d households after a dry run and a refused import, want none", n)
	}

	if err := os.WriteFile(ledger, []byte(strings.Replace(rows, "1391111,", "13955556666,", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	var answer struct{ Good, Wrong, Same int }
	must(t, &answer, "syncserver", append(args, "--write", "--plates")...)
	if answer.Good != 3 || answer.Wrong != 0 {
		t.Errorf("import answers %+v, want 3 good rows", answer)
	}
	must(t, &answer, "syncserver", append(args, "--write", "--plates")...)
	if answer.Good != 0 || answer.Same != 3 {
		t.Errorf("the same ledger again answers %+v, want 3 rows that are there", answer)
	}
	if n := count(); n != 3 {
		t.Errorf("the agent sees %d imported households, want 3", n)
	}
	for _, r := range agent.list("household") {
		if r.Fields["group_no"] == "八组" && r.Fields["plate_code"] == "" {
			t.Errorf("household %s has no plate", r.ID)
		}
	}
	if plate, _, _ := s.firstPlate(); plate.Kept < 3 || plate.New != 0 {
		t.Errorf("plates of the village afterwards: %+v, want those of the import kept", plate)
	}
	s.clean()
}

// residentID returns a well-formed identity number of nobody: the place code is
// that of the sample, the birthday is in 1901. The check is that of GB 11643.
func residentID(n int) string {
	digits := fmt.Sprintf("44128419010101%03d", n)
	sum := 0
	for i, weight := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += weight * int(digits[i]-'0')
	}
	return digits + string("10X98765432"[sum%11])
}

// readResults returns the rows of the copy, each in one text.
func readResults(t *testing.T, file string) (lines []string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(data), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		lines = append(lines, strings.Join(row, " "))
	}
	return lines
}
