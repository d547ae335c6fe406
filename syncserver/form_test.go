// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"yuexin/shared/credit/rulebook"
)

// mustSpreadsheet writes a form of one question as an Excel file and returns its path.
func mustSpreadsheet(t *testing.T, kind string) string {
	t.Helper()
	book := excelize.NewFile()
	for sheet, rows := range map[string][][]string{
		"survey":   {{"type", "name", "label::中文 (zh)", "label::English (en)", "record"}, {kind, "head_name", "户主姓名", "Name of the head", "head_name"}},
		"settings": {{"form_title::中文 (zh)", "form_title::English (en)", "form_id", "version", "kind"}, {"农户", "Household", "household", "2", "household"}},
	} {
		if _, err := book.NewSheet(sheet); err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			if err := book.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	file := filepath.Join(t.TempDir(), "survey.xlsx")
	if err := book.SaveAs(file); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestFormImport makes an edition that can be published of a spreadsheet; of one that is not supported it makes nothing.
func TestFormImport(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "household-2.json")
	code, said := cli(t, dir, "form", "import", mustSpreadsheet(t, "video"), "--out", out)
	if code == 0 || !strings.Contains(said, `survey!A2`) || !strings.Contains(said, `"code":"invalid"`) {
		t.Errorf("exit code %d: %s", code, said)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a file was written")
	}
	var a FormAnswer
	mustCLI(t, &a, dir, "form", "import", mustSpreadsheet(t, "text"), "--out", out)
	content, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	e, err := rulebook.Draft("household-2.json", string(content))
	if err != nil || e.Name != "household" || e.Version != 2 || a.Form != "household 2" || a.File != out || len(a.Problems) != 0 {
		t.Errorf("edition %s %d, %v; answer %+v", e.Name, e.Version, err, a)
	}
}
