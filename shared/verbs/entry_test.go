// SPDX-License-Identifier: Apache-2.0

package verbs

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"yuexin/assets"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/station"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"
)

// A spreadsheet takes no exported text for a formula, and put takes it as it
// was.
func TestHarmless(t *testing.T) {
	for text, want := range map[string]string{"=1+1": "'=1+1", "-5": "'-5", "@a": "'@a", "陈": "陈", "": ""} {
		if got := harmless(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestReadEntries(t *testing.T) {
	csv, err := readCSV([]byte("id,village,head_name\n,富溪村,\"陈, 秀英\"\nrec_1,,黄\n"))
	if err != nil || len(csv) != 2 || csv[0].Village != "富溪村" || csv[0].Fields["head_name"] != "陈, 秀英" || csv[1].ID != "rec_1" {
		t.Errorf("CSV: got %+v, %v", csv, err)
	}
	js, err := readJSON([]byte(`[{"village":"富溪村","fields":{"head_name":"陈"}}]`))
	if err != nil || len(js) != 1 || js[0].Fields["head_name"] != "陈" {
		t.Errorf("JSON: got %+v, %v", js, err)
	}
	for name, read := range map[string]func() ([]entry, error){
		"a row of another length": func() ([]entry, error) { return readCSV([]byte("a,b\n1\n")) },
		"an unknown key":          func() ([]entry, error) { return readJSON([]byte(`[{"name":"陈"}]`)) },
		"no file":                 func() ([]entry, error) { return readEntries("/does/not/exist") },
	} {
		if got, err := read(); err == nil {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

// people is a station whose store holds one household, disputed in a debt, in an
// identity number that is shown as empty, and in the phone, which the other side cleared.
func people(t *testing.T) (*station.Station, *memory.Store, record.Row) {
	t.Helper()
	book, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"))
	if err != nil {
		t.Fatal(err)
	}
	store := memory.New(memory.Options{Catalogue: book.Catalogue, Access: book.Access, Clock: func() hlc.Reading { return hlc.Reading{} }})
	head := func(n uint64, v record.Value) record.Head { return record.Head{Version: record.Version(n), Value: v} }
	against := func(shown, other record.Value) record.FieldState {
		return record.FieldState{
			Value: shown, Version: 1, Winner: head(1, shown), Disputed: true, Aside: []record.Head{head(2, other)},
		}
	}
	name := head(1, record.OfText("陈秀英"))
	row := record.Row{
		Header: record.Header{ID: ident.Record{1}, Kind: "household", Scope: "unit:village", Subject: ident.Subject{1}},
		Fields: map[record.Field]record.FieldState{
			"head_name":    {Value: name.Value, Version: 1, Winner: name},
			"debt_private": against(record.OfInt(3_500_000), record.OfInt(2_000_000)),
			"resident_id":  against(record.Value{}, record.OfText("11010519491231002X")),
			"phone":        against(record.OfText("13800000001"), record.Value{}),
		},
	}
	store.Show(row)
	s := &station.Station{}
	s.SetBook(book)
	return s, store, row
}

// TestDisputedDeletionIsNamed: that one person deleted a record and another changed it stands in an export, in a list and
// beside a record as disputed fields do.
func TestDisputedDeletionIsNamed(t *testing.T) {
	s, store, row := people(t)
	row.Fields[record.Deleted] = record.FieldState{Value: record.OfBool(true), Version: 3, Disputed: true, Aside: []record.Head{{Version: 4, Value: record.OfBool(false)}}}
	store.Show(row)
	var csv bytes.Buffer
	if err := writeCSV(&csv, s, "household", []record.Row{row}); err != nil || !strings.Contains(csv.String(), "、resident_id、deleted,") {
		t.Errorf("the CSV does not name the deletion: %v\n%s", err, csv.String())
	}
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	var list, one bytes.Buffer
	printList(&list, texts.Printer(""), s, "household", []shown{shownOf(s, row)})
	printRow(&one, texts.Printer(""), shownOf(s, row))
	if !strings.Contains(list.String(), "是否删除") || !strings.Contains(one.String(), "一人删除了，另一人又改了") {
		t.Errorf("the list says %s\nthe record %s", list.String(), one.String())
	}
	entries, err := readCSV(csv.Bytes())
	if err != nil || len(entries) != 1 {
		t.Fatal(entries, err)
	}
	p := putter{s: s, kind: "household", store: store.As(memory.Session{Role: "officer"})}
	if act, err := p.act(t.Context(), entries[0]); act != nil || err != nil {
		t.Errorf("put back it makes %+v, %v", act, err)
	}
}

// What is in dispute is named in a list and in an export; put ignores that, so that an
// export that is put back changes nothing, and one cell that is changed is all it changes.
func TestDisputedIsNamedAndPutBack(t *testing.T) {
	s, store, row := people(t)
	p := putter{s: s, kind: "household", store: store.As(memory.Session{Role: "officer"})}
	var csv bytes.Buffer
	if err := writeCSV(&csv, s, "household", []record.Row{row}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(csv.String(), "id,village,disputed,") || !strings.Contains(csv.String(), ",debt_private、phone、resident_id,") {
		t.Errorf("the CSV names no disputes:\n%s", csv.String())
	}
	js, err := json.Marshal([]entry{entryOf(s, row)})
	if err != nil || !strings.Contains(string(js), `"disputed":["debt_private","phone","resident_id"]`) {
		t.Errorf("the JSON names no disputes: %s, %v", js, err)
	}
	for name, read := range map[string]func() ([]entry, error){
		"CSV":  func() ([]entry, error) { return readCSV(csv.Bytes()) },
		"JSON": func() ([]entry, error) { return readJSON(js) },
	} {
		entries, err := read()
		if err != nil || len(entries) != 1 {
			t.Fatalf("%s: %v, %v", name, entries, err)
		}
		if act, err := p.act(t.Context(), entries[0]); act != nil || err != nil {
			t.Errorf("%s: put back it makes %+v, %v", name, act, err)
		}
		entries[0].Fields["remark"] = "示例"
		act, err := p.act(t.Context(), entries[0])
		if err != nil || len(act.Writes) != 1 || len(act.Writes[0].Fields) != 1 || act.Writes[0].Fields["remark"].Text() != "示例" {
			t.Errorf("%s: with one cell changed it makes %+v, %v", name, act, err)
		}
	}

	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	printer := texts.Printer("zh-Hans")
	var list, one bytes.Buffer
	printList(&list, printer, s, "household", []shown{shownOf(s, row)})
	if want := "有不同说法：民间借款、联系电话、户主身份证号"; !strings.Contains(list.String(), want) {
		t.Errorf("the list says nothing of %s:\n%s", want, list.String())
	}
	printRow(&one, printer, shownOf(s, row))
	for _, want := range []string{"身份证号", "有不同说法，另一种是：11010519491231002X", "有不同说法，另一种是：没有填", "有不同说法，另一种是：20000.00"} {
		if !strings.Contains(one.String(), want) {
			t.Errorf("the record says nothing of %s:\n%s", want, one.String())
		}
	}
	if missing := texts.Missing(); len(missing) > 0 {
		t.Errorf("no text for %v", missing)
	}
}
