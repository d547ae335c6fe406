// SPDX-License-Identifier: Apache-2.0

package exchange_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"yuexin/shared/credit/subject"
	"yuexin/shared/exchange"
	"yuexin/shared/fault"
	"yuexin/shared/money"
)

// messy makes a ledger as offices keep them: a cover sheet, a merged title, a header of two rows with merged cells, the
// village merged over all rows, empty rows, full-width digits, numbers stored as numbers. Every 10th id is wrong and
// every 25th row repeats the one before.
func messy(t testing.TB, n int) []byte {
	t.Helper()
	book := excelize.NewFile()
	defer func() { _ = book.Close() }()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(book.SetSheetName("Sheet1", "封面"))
	check(book.SetCellStr("封面", "A1", "四会市大沙镇"))
	_, err := book.NewSheet("台账")
	check(err)
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true, Size: 20}})
	check(err)
	check(book.SetCellStr("台账", "A1", "农户台账（2025年）"))
	check(book.MergeCell("台账", "A1", "H1"))
	check(book.SetCellStyle("台账", "A1", "A1", bold))
	check(book.SetColWidth("台账", "C", "C", 33))
	check(book.SetSheetRow("台账", "A2", &[]any{"村", "户主信息", nil, nil, "住址", nil, "家庭人口", "年收入"}))
	check(book.SetSheetRow("台账", "A3", &[]any{nil, "姓 名", "身份证\n号码", "手机", "组", "门牌号码", nil, "（万元）"}))
	for _, m := range [][2]string{{"A2", "A3"}, {"B2", "D2"}, {"E2", "F2"}, {"G2", "G3"}} {
		check(book.MergeCell("台账", m[0], m[1]))
	}
	at := 4
	for i := range n {
		if i%100 == 50 {
			at++ // an empty row
		}
		id := any(residentID(3000 + i))
		switch {
		case i%25 == 24:
			id = residentID(3000 + i - 1)
		case i%10 == 9:
			id = id.(string)[:17] + "?"
		case i%10 == 3:
			id = fullWidth(id.(string))
		}
		check(book.SetSheetRow("台账", fmt.Sprint("A", at), &[]any{
			nil, " 陈 " + string([]rune("英伟芳")[i%3]), id, 19900000000 + i, fmt.Sprint(i%12+1, "组"), fmt.Sprint(i/12+1, "号"),
			i%7 + 1, float64(i%150) / 10,
		}))
		at++
	}
	check(book.SetCellStr("台账", "A4", "富溪村委会"))
	check(book.MergeCell("台账", "A4", fmt.Sprint("A", at-1)))
	check(book.SetCellStr("台账", fmt.Sprint("B", at), "合计"))
	check(book.SetCellFormula("台账", fmt.Sprint("H", at), fmt.Sprintf("SUM(H4:H%d)", at-1)))
	check(book.SetCellFormula("台账", fmt.Sprint("G", at), `HYPERLINK("http://evil.example/","x")`))
	check(book.SetCellStr("台账", fmt.Sprint("D", at), "=1+1"))
	var out bytes.Buffer
	check(book.Write(&out))
	return out.Bytes()
}

func fullWidth(s string) string {
	return strings.Map(func(r rune) rune { return r + 0xFEE0 }, s)
}

func TestMessyLedger(t *testing.T) {
	const n = 1000
	data, store := messy(t, n), newStore(t)
	r := mustCheck(t, store, mustOpen(t, data), options(dasha, fuxi))
	want := map[exchange.State]int{exchange.Ready: 880, exchange.Wrong: 80, exchange.Duplicate: 40, exchange.Skipped: 11}
	if diff := cmp.Diff(want, r.Counts()); diff != "" {
		t.Fatalf("%s%q", diff, problems(r)[:10])
	}

	if _, err := mustOpen(t, data).Write(context.Background(), store, plan(false, dasha, fuxi)); fault.From(err).Key != "exchange.wrong" {
		t.Fatalf("all or nothing: %v", err)
	}
	if got := len(households(t, store)); got != 0 {
		t.Fatalf("%d households after a refused import", got)
	}

	steps, p := 0, plan(true, dasha, fuxi)
	p.Progress = func(done, of int) { steps++ }
	r = mustWrite(t, store, mustOpen(t, data), p)
	if got := len(households(t, store)); got != want[exchange.Ready] || steps != n+11 {
		t.Fatalf("%d households in %d steps", got, steps)
	}

	for _, h := range households(t, store) {
		if h.ResidentID.String() == residentID(3003) && h.Income.Other != subject.Of(money.Fen(300_000)) {
			t.Errorf("0.3 in a column of 万元 became %s", h.Income.Other.Value.Text())
		}
	}

	back, err := r.WriteBack(printer(t))
	if err != nil {
		t.Fatal(err)
	}
	lookBack(t, back)
}

// lookBack reads the copy with results as a person would.
func lookBack(t *testing.T, data []byte) {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = book.Close() }()
	rows, err := book.GetRows("台账")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		row  int
		want string
	}{
		{3, "导入结果"},
		{4, "已导入"},
		{13, "没有导入： [身份证号码] 身份证号第 18 位“?”不对。 身份证号只有数字，最后一位可以是 X，请改正这一位。"},
		{28, "重复，没有导入： 证件号或门牌短码与第 27 行相同。 请核对这两行，删去重复的一行，或改正号码。"},
	} {
		if got := rows[tt.row-1][8]; got != tt.want {
			t.Errorf("row %d says %q, want %q", tt.row, got, tt.want)
		}
	}
	last := len(rows)
	for cell, want := range map[string]string{"D": "'=1+1", "B": "合计"} {
		if got, _ := book.GetCellValue("台账", fmt.Sprint(cell, last)); got != want {
			t.Errorf("%s%d = %q, want %q", cell, last, got, want)
		}
	}
	if f, _ := book.GetCellFormula("台账", fmt.Sprint("G", last)); f != "" {
		t.Errorf("formula %q is still there", f)
	}
	if f, _ := book.GetCellFormula("台账", fmt.Sprint("H", last)); !strings.HasPrefix(f, "SUM(") {
		t.Errorf("the sum became %q", f)
	}
	if width, _ := book.GetColWidth("台账", "C"); width != 33 {
		t.Errorf("column width %v", width)
	}
	wrong, _ := book.GetCellStyle("台账", "C13")
	if s, err := book.GetStyle(wrong); err != nil || len(s.Fill.Color) != 1 {
		t.Errorf("the cell that is wrong is not marked")
	}
	style, _ := book.GetCellStyle("台账", "A1")
	if s, err := book.GetStyle(style); err != nil || !s.Font.Bold {
		t.Errorf("the title lost its style")
	}
}
