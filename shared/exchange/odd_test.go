// SPDX-License-Identifier: Apache-2.0

package exchange_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"yuexin/shared/exchange"
)

// workbook makes a file with sheets of rows.
func workbook(t testing.TB, fill func(book *excelize.File) error) []byte {
	t.Helper()
	book := excelize.NewFile()
	defer func() { _ = book.Close() }()
	if err := fill(book); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := book.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func setRows(book *excelize.File, sheet string, rows ...[]any) error {
	for i, row := range rows {
		if err := book.SetSheetRow(sheet, fmt.Sprint("A", i+1), &row); err != nil {
			return err
		}
	}
	return nil
}

// TestFurtherSheets: members, plots and debts on sheets of their own, one row of which is nobody's.
func TestFurtherSheets(t *testing.T) {
	data := workbook(t, func(book *excelize.File) error {
		for _, name := range []string{"家庭成员表", "地块", "借款明细"} {
			if _, err := book.NewSheet(name); err != nil {
				return err
			}
		}
		if err := setRows(book, "家庭成员表",
			[]any{"户主身份证号", "户主姓名", "姓名", "与户主关系", "身份证号", "出生日期"},
			[]any{residentID(8000), "陈秀英", "陈志强", "长子", residentID(18000), nil},
			[]any{nil, "梁伟", "梁小妹", "妻", nil, 30000},
			[]any{nil, "不在表里", "某某", "妻", nil, nil}); err != nil {
			return err
		}
		if err := setRows(book, "地块",
			[]any{"户主", "地块编号", "面积（亩）", "来源", "作物"},
			[]any{"陈秀英", "D-1", 1.3, "承包", "水稻"}, []any{"陈秀英", "D-2", "六分", "租入", "贡柑、蔬菜"}); err != nil {
			return err
		}
		if err := setRows(book, "借款明细",
			[]any{"户主身份证号", "借款渠道", "贷款银行", "余额（万元）", "到期日", "是否逾期"},
			[]any{residentID(8000), "本行", "示例农商行", 3, 46387, "√"}); err != nil {
			return err
		}
		return setRows(book, "Sheet1",
			[]any{"户主姓名", "身份证号", "组", "家庭人口", "主营", "年份"},
			[]any{"陈秀英", residentID(8000), "三组", 4, "种植", 2025}, []any{"梁伟", residentID(9001), "三组", 3, "务工", 2025})
	})
	store := newStore(t)
	r := mustWrite(t, store, mustOpen(t, data), plan(true, fuxi))
	if diff := cmp.Diff([]string{"4  exchange.part.whose"}, problems(r)); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff([]string{"梁小妹", "陈志强"}, names(list(t, store, "member"), "name")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"", "1982-02-18"}, names(list(t, store, "member"), "birth_date")); diff != "" {
		t.Error(diff)
	}
	plots := list(t, store, "plot")
	if diff := cmp.Diff([]string{"D-1", "D-2"}, names(plots, "parcel_no")); diff != "" || plots[0].Int("plot_area")+plots[1].Int("plot_area") != 190 {
		t.Errorf("plots %s", diff)
	}
	debts := list(t, store, "debt")
	if len(debts) != 1 || debts[0].Int("owed") != 3_000_000 || debts[0].Text("due") != "2026-12-31" || !debts[0].Bool("overdue") {
		t.Errorf("%d debts, %v", len(debts), debts)
	}
	again := mustWrite(t, store, mustOpen(t, data), plan(true, fuxi))
	if got := again.Counts(); got[exchange.Known] != 2 || len(list(t, store, "debt")) != 1 {
		t.Errorf("again: %v", got)
	}
	back, err := r.WriteBack(printer(t))
	if err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(bytes.NewReader(back))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := book.GetCellValue("家庭成员表", "G4"); !strings.Contains(got, "不知道这一行是哪一户的") {
		t.Errorf("beside the row stands %q", got)
	}
}

// TestHiddenRowsAndFormulas: rows that are hidden are left out and said so; formulas count by their last value.
func TestHiddenRowsAndFormulas(t *testing.T) {
	data := workbook(t, func(book *excelize.File) error {
		if err := setRows(book, "Sheet1", []any{"户主姓名", "身份证号", "家庭人口"},
			[]any{"陈秀英", residentID(8000), 4}, []any{"梁伟", residentID(9001), 3}); err != nil {
			return err
		}
		if err := book.SetCellFormula("Sheet1", "C2", "2+2"); err != nil {
			return err
		}
		return book.SetRowVisible("Sheet1", 3, false)
	})
	store := newStore(t)
	r := mustCheck(t, store, mustOpen(t, data), options(fuxi))
	if got := r.Counts(); got[exchange.Ready] != 1 || got[exchange.Hidden] != 1 {
		t.Fatalf("counts %v", got)
	}
	table := mustOpen(t, data)
	table.Hidden = true
	if got := mustCheck(t, store, table, options(fuxi)).Counts(); got[exchange.Ready] != 2 {
		t.Errorf("with hidden rows: %v", got)
	}
}

// libre is a workbook as other programs than Excel write it: texts inside of cells, numbers with a long exponent, sheets
// elsewhere, days counted from 1904, merged cells, and parts that nobody knows.
func libre(t testing.TB, rows string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`
	for name, text := range map[string]string{
		"[Content_Types].xml":        `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/sheets/a.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`,
		"_rels/.rels":                `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="/xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><workbookPr date1904="true"/><sheets><sheet name="表1" sheetId="7" r:id="rId9"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="/xl/sheets/a.xml"/></Relationships>`,
		"xl/sheets/a.xml":            `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + rows + `</sheetData><mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells></worksheet>`,
		"docProps/strange.bin":       "?",
	} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "l") || strings.HasSuffix(name, ".rels") {
			text = head + text
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func inline(cells ...string) string {
	var out strings.Builder
	for _, c := range cells {
		if number, found := strings.CutPrefix(c, "#"); found {
			fmt.Fprintf(&out, `<c t="n"><v>%s</v></c>`, number)
			continue
		}
		fmt.Fprintf(&out, `<c t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`, c)
	}
	return "<row>" + out.String() + "</row>"
}

func TestOtherPrograms(t *testing.T) {
	rows := inline("组", "户主姓名", "身份证号", "联系电话", "开户日", "年收入（元）") +
		inline("三组", "陈秀英", residentID(8000), "#1.9900000001E+010", "#40000", "#0.1") +
		inline("", "梁伟", "#4.41284197111261E+017", "'19900000002", "", "#8.5000000000000004")
	store := newStore(t)
	table := mustOpen(t, libre(t, rows))
	r := mustCheck(t, store, table, options(fuxi))
	if diff := cmp.Diff([]string{"3 身份证号 exchange.cell.rounded"}, problems(r)); diff != "" {
		t.Fatal(diff)
	}
	mustWrite(t, store, table, plan(true, fuxi))
	row := byName(t, store, "陈秀英")
	if row.Text("phone") != "19900000001" || row.Text("group_no") != "三组" || row.Int("income_other") != 10 {
		t.Errorf("phone %q, group %q, income %d", row.Text("phone"), row.Text("group_no"), row.Int("income_other"))
	}
	back, err := r.WriteBack(printer(t))
	if err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(bytes.NewReader(back))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := book.GetCellValue("表1", "G3"); !strings.Contains(got, "后面几位已经丢失") || !strings.Contains(got, "文本") {
		t.Errorf("beside the row stands %q", got)
	}
}

// TestDays1904: a merchant's day counts from 1904 where the file says so.
func TestDays1904(t *testing.T) {
	rows := inline("商户名称", "经营者姓名", "联系电话", "行业", "成立日期") + inline("示例店", "周小梅", "19900000001", "水产", "#41638")
	store := newStore(t)
	r := mustWrite(t, store, mustOpenKind(t, kindOf(t, "merchant"), libre(t, rows)), plan(false, fuxi))
	if got := list(t, store, "merchant"); len(got) != 1 || got[0].Text("opened") != "2017-12-31" {
		t.Errorf("opened %v, %q", names(got, "opened"), problems(r))
	}
}

// BenchmarkCheck judges a list of 50,000 households, and tells the most memory that it takes beside the file.
func BenchmarkCheck(b *testing.B) {
	data := messy(b, 49_000)
	b.Logf("the file has %d MB", len(data)>>20)
	k := kindOf(b, "household")
	store := newStore(b)
	for b.Loop() {
		table := mustOpenKind(b, k, data)
		var most uint64
		o := options(dasha, fuxi)
		o.Progress = func(done, _ int) {
			if done%10_000 == 0 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
		r := mustCheck(b, store, table, o)
		b.ReportMetric(float64(most)/(1<<20), "MB-heap")
		b.ReportMetric(float64(len(r.Lines)), "rows")
	}
}

// BenchmarkWriteBack writes the results of 50,000 rows into a copy of the file.
func BenchmarkWriteBack(b *testing.B) {
	data := messy(b, 49_000)
	r := mustCheck(b, newStore(b), mustOpen(b, data), options(dasha, fuxi))
	for b.Loop() {
		back, err := r.WriteBack(printer(b))
		if err != nil {
			b.Fatal(err)
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapSys)/(1<<20), "MB-heap")
		b.ReportMetric(float64(len(back))/(1<<20), "MB-file")
	}
}
