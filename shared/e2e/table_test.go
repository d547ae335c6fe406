// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tableAnswer is what `agent import` answers.
type tableAnswer struct {
	Columns []struct{ Title, Path string }
	Written bool
	Piles   map[string]int
	Copy    string
}

// path returns what a column was taken for.
func (a tableAnswer) path(title string) string {
	for _, c := range a.Columns {
		if c.Title == title {
			return c.Path
		}
	}
	return "no such column"
}

// TestImportOnLaptop: an officer imports a village's list without a network: a dry run writes nothing, a column that was
// not recognised is named once for the whole county, good rows are written and the file says what is wrong with the other;
// mended, it goes on with that one and doubles nobody; then all of it is taken back.
func TestImportOnLaptop(t *testing.T) {
	t.Parallel()
	s := running(t)
	d := s.enrol("agent", "laptop", made.Units[0].Code)
	d.sync()
	before := len(d.list("household"))
	list := filepath.Join(t.TempDir(), "名单.csv")
	rows := "户主姓名,身份证号,联系电话,队别,门牌号,家庭人口\n" +
		"示例黄土生," + residentID(21) + ",13911112222,八组,801号,4\n" +
		"示例李水妹," + residentID(22) + ",1391111,八组,802号,3\n"
	if err := os.WriteFile(list, []byte("\ufeff"+rows), 0o600); err != nil {
		t.Fatal(err)
	}
	importing := func(more ...string) (a tableAnswer) {
		t.Helper()
		d.do(&a, append([]string{"import", list, "--village", made.Units[0].Code}, more...)...)
		return a
	}
	counts := func(want int) {
		t.Helper()
		if got := len(d.list("household")); got != want {
			t.Fatalf("%d households, want %d", got, want)
		}
	}

	half := []string{"import", list, "--village", made.Units[0].Code, "--dir", d.dir}
	if got := refused(t, "agent", half...); got.Code != "invalid" || !strings.Contains(got.Message, "1 行不对") {
		t.Errorf("a dry run with a wrong row: %+v", got)
	}
	counts(before)
	if got := refused(t, "agent", append(half, "--write", "--keep", "--column", "队别=group_no", "--column", "家庭人口=")...); got.Code != "invalid" {
		t.Errorf("a wrong row is not told: %+v", got)
	}
	counts(before + 1)
	results := readResults(t, strings.TrimSuffix(list, ".csv")+"-导入结果.csv")
	if len(results) != 3 || !strings.Contains(results[2], "手机") && !strings.Contains(results[2], "电话") {
		t.Errorf("the copy does not say what is wrong with the telephone number: %q", results)
	}

	if err := os.WriteFile(list, []byte(strings.Replace(rows, "1391111,", "13955556666,", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	a := importing("--write")
	if a.path("队别") != "group_no" || a.path("家庭人口") != "" {
		t.Errorf("what was kept for the county: %+v", a.Columns)
	}
	if !a.Written || a.Piles["new"] != 1 || a.Piles["same"] != 1 || a.Piles["wrong"] != 0 {
		t.Errorf("the mended list: %+v", a)
	}
	counts(before + 2)

	var past []struct {
		ID   string
		Rows int
	}
	d.do(&past, "imports")
	if len(past) == 0 {
		t.Fatal("no import is listed")
	}
	var undone struct {
		Done bool
		Rows int
		Left []string
	}
	if d.do(&undone, "imports", "undo", past[0].ID); undone.Done || undone.Rows == 0 {
		t.Errorf("a dry run of taking it back: %+v", undone)
	}
	counts(before + 2)
	for _, one := range past {
		if d.do(&undone, "imports", "undo", one.ID, "--write"); !undone.Done || len(undone.Left) != 0 {
			t.Errorf("taken back: %+v", undone)
		}
	}
	counts(before)
	if st := d.sync(); st.Waiting != 0 || st.Refused != 0 {
		t.Errorf("after it was synced: %+v", st)
	}
}
