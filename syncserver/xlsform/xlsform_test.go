// SPDX-License-Identifier: Apache-2.0

package xlsform_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"yuexin/assets"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/xlsform"
)

var sheets = []string{"survey", "choices", "settings"}

// mustSheets reads the county's form, which stands in testdata as the tables that it is written in.
func mustSheets(t testing.TB) map[string][][]string {
	t.Helper()
	out := make(map[string][][]string)
	for _, name := range sheets {
		data, err := os.ReadFile("testdata/household/" + name + ".csv")
		if err != nil {
			t.Fatal(err)
		}
		if out[name], err = csv.NewReader(bytes.NewReader(data)).ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// mustBook writes tables as an Excel file.
func mustBook(t testing.TB, tables map[string][][]string) []byte {
	t.Helper()
	book := excelize.NewFile()
	for _, name := range sheets {
		if tables[name] == nil {
			continue
		}
		if _, err := book.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for i, row := range tables[name] {
			if err := book.SetSheetRow(name, fmt.Sprintf("A%d", i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	var out bytes.Buffer
	if err := book.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func mustCatalogue(t testing.TB) *record.Catalogue {
	t.Helper()
	data, err := fs.ReadFile(assets.Folder("policies"), "catalogue-1.json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := record.ParseCatalogue(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mustRead(t testing.TB, tables map[string][][]string) xlsform.Report {
	t.Helper()
	r, err := xlsform.Read(mustBook(t, tables), mustCatalogue(t))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mustTexts(t testing.TB) *i18n.Catalogue {
	t.Helper()
	c, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// say writes problems as a person reads them.
func say(t testing.TB, problems []xlsform.Problem) []string {
	t.Helper()
	texts := mustTexts(t)
	var out []string
	for _, p := range problems {
		message, hint := p.Say(texts.Printer(i18n.En))
		if zh, _ := p.Say(texts.Printer(i18n.ZhHans)); message == "" || zh == "" || hint == "" {
			t.Errorf("%v has no text", p.Fault)
		}
		mark := ""
		if p.Remark {
			mark = "(" + p.Fault.Key + ") "
		}
		out = append(out, p.Cell()+" "+mark+message)
	}
	if missing := texts.Missing(); len(missing) > 0 {
		t.Errorf("texts are missing: %v", missing)
	}
	return out
}

// TestCountyForm imports a county's form, publishes it as any other, and fills it in.
func TestCountyForm(t *testing.T) {
	r := mustRead(t, mustSheets(t))
	for _, line := range say(t, r.Problems) {
		if !strings.Contains(line, "(xlsform.") {
			t.Errorf("refused: %s", line)
		}
	}
	if r.Form == nil {
		t.Fatal("no form was made")
	}
	edition, err := rulebook.Draft("deqing.json", string(r.File))
	if err != nil || edition.What != rulebook.OfForm || edition.Name != "deqing_household" || edition.Version != 3 {
		t.Fatalf("edition %+v, %v", edition, err)
	}
	form, err := forms.Parse(bytes.NewReader(r.File))
	if err != nil {
		t.Fatal(err)
	}
	if len(form.Of) != 1 || form.Of[0] != form.Kind {
		t.Errorf("a laptop opens it from %v", form.Of)
	}
	s := forms.New(form, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	if s.Visible("members") || !s.Visible("area") || s.Text("main_trade") != "planting" {
		t.Error("the form does not begin as written")
	}
	set := func(path, text, want string) {
		t.Helper()
		err := s.Set(path, text)
		if got := fault.From(err); (got == nil) != (want == "") || got != nil && got.Key != want {
			t.Errorf("%s = %q: %v, want %q", path, text, err, want)
		}
	}
	for path, text := range map[string]string{
		"head_name": "陈大文", "region_code": "441226105203", "population": "3", "area": "hills", "crop": "gonggan",
		"land_area": "两亩三分", "income_planting": "3万", "cost_production": "8000",
	} {
		set(path, text, "")
	}
	set("resident_id", "1", "ident.resident.length")
	set("resident_id", "", "")
	if _, err := s.AddRow("members"); err != nil {
		t.Fatal(err)
	}
	set("members.0.member_name", "李秀兰", "")
	set("members.0.relation", "child", "")
	set("members.0.birth_date", "2026-11-23", "")
	set("labour", "4", "")
	got := map[string]string{"net": s.Text("net"), "listed": s.Text("listed")}
	if diff := cmp.Diff(map[string]string{"net": "22000", "listed": "2"}, got); diff != "" {
		t.Errorf("computed (-want +got):\n%s", diff)
	}
	var found []string
	for _, f := range s.Findings() {
		message, _ := f.Explain(mustTexts(t).Printer(i18n.ZhHans))
		found = append(found, f.Paths[0]+" "+message)
	}
	if diff := cmp.Diff([]string{"labour 劳动力多于人口", "members.0.birth_date 日期在今天以后"}, found); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	set("cost_production", "", "")
	if !slices.Contains(s.Missing(), "cost_production") {
		t.Errorf("missing %v: the cost is needed above 10,000 yuan", s.Missing())
	}
	set("main_trade", "labour", "")
	if s.Visible("net") || s.Visible("crop") {
		t.Error("a group that is not relevant shows")
	}
}

// TestRefusals changes one cell of the county's form at a time: the report names the cell, and no form is made.
func TestRefusals(t *testing.T) {
	tests := []struct{ sheet, row, column, text, want string }{
		{"survey", "phone", "type", "audio", `survey!A6 `},
		{"survey", "phone", "type", "select_one nothing", `survey!A6 `},
		{"survey", "phone", "type", "select_one trade or_other", `survey!A6 `},
		{"survey", "phone", "format", "poem", `survey!A6 `},
		{"survey", "phone", "name", "Phone No", `survey!B6 `},
		{"survey", "phone", "name", "head_name", `survey!B6 `},
		{"survey", "phone", "label::中文 (zh)", "", `survey!C6 `},
		{"survey", "phone", "record", "nothing", `survey!B6 `},
		{"survey", "phone", "relevant", "${nothing} = 1", `survey!H6 `},
		{"survey", "phone", "relevant", "${population} = ", `survey!H6 `},
		{"survey", "phone", "relevant", "${population} ; 3", `survey!H6 `},
		{"survey", "phone", "relevant", "pulldata('a', 'b')", `survey!H6 `},
		{"survey", "phone", "relevant", "round(${population}, 2) > 1", `survey!H6 `},
		{"survey", "phone", "relevant", "${relation} = 'child'", `survey!H6 `},
		{"survey", "phone", "relevant", "${population} = 'x'", `survey!H6 `},
		{"survey", "phone", "relevant", "${main_trade} = 'fishing'", `survey!H6 `},
		{"survey", "phone", "relevant", "${phone} != ''", `survey!B6 `},
		{"survey", "population", "relevant", "${labour} > 1 and ${labour} < 1", `survey!H10 `},
		{"survey", "population", "default", "many", `survey!M10 `},
		{"survey", "crop", "choice_filter", "area = ${area} and 1 = 1", `survey!N22 `},
		{"survey", "listed", "calculation", "", `survey!L17 `},
		{"survey", "listed", "calculation", "concat('a', 'b')", `survey!L17 `},
		{"survey", "members", "kind", "", `survey!Q12 `},
		{"survey", "members", "max_rows", "some", `survey!S12 `},
		{"survey", "members", "type", "begin group", `survey!A16 `},
		{"choices", "gonggan", "name", "贡柑", `choices!B10 `},
		{"choices", "gonggan", "area", "sea", `survey!N22 `},
		{"settings", "deqing_household", "version", "next", `settings!D2 `},
		{"settings", "deqing_household", "kind", "", `settings!E2 `},
	}
	for _, tt := range tests {
		t.Run(tt.row+" "+tt.column+" "+tt.text, func(t *testing.T) {
			tables := mustSheets(t)
			change(t, tables[tt.sheet], tt.row, tt.column, tt.text)
			r := mustRead(t, tables)
			lines := say(t, r.Problems)
			if r.Form != nil || r.File != nil {
				t.Error("a form was made")
			}
			if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, tt.want) && !strings.Contains(l, "(xlsform.") }) {
				t.Errorf("problems:\n%s\nwant one of %s", strings.Join(lines, "\n"), tt.want)
			}
		})
	}
}

// change sets a cell of the row in which some cell says what row is.
func change(t *testing.T, table [][]string, row, column, text string) {
	t.Helper()
	at := slices.Index(table[0], column)
	for _, cells := range table[1:] {
		if at >= 0 && slices.Contains(cells[:min(3, len(cells))], row) {
			cells[at] = text
			return
		}
	}
	t.Fatalf("no %s of %s", column, row)
}

func TestNoForm(t *testing.T) {
	if _, err := xlsform.Read([]byte("no file"), mustCatalogue(t)); !fault.Is(err, fault.Corrupt) {
		t.Errorf("no file: %v", err)
	}
	tables := mustSheets(t)
	delete(tables, "survey")
	if r := mustRead(t, tables); r.Form != nil || len(r.Problems) != 1 || r.Problems[0].Cell() != "survey" {
		t.Errorf("problems %v", say(t, r.Problems))
	}
}
