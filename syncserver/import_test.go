// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"filippo.io/age"

	"yuexin/assets"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/exchange"
	"yuexin/shared/i18n"
	"yuexin/shared/parcel"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/plates"
)

const ledgerOfTwo = "户主姓名,身份证号,村民小组,门牌号,门牌二维码\n" +
	"示例黄土生,440102198001010013,八组,801号,https://police.example.cn/1\n" +
	"示例李水妹,440102198001010021,八组,802号,https://police.example.cn/1\n"

// A ledger maps the police's plates in the run that issues ours; a code that
// two doors claim is told, and its household is kept all the same.
func TestImportMapsForeignPlates(t *testing.T) {
	app := openApp(t, t.TempDir(), true)
	defer mustClose(t, app)
	o := operator{App: app}
	if _, err := o.addVillages(t.Context(), []string{"四会市大沙镇富溪村"}); err != nil {
		t.Fatal(err)
	}
	ask := ImportAsk{Data: []byte(ledgerOfTwo), Villages: []string{"富溪村"}, Write: true, Lang: i18n.ZhHans}
	first, err := o.importLedger(t.Context(), ask)
	if err != nil || first.Good != 2 || len(first.Rows) != 2 || !strings.Contains(first.Rows[0].Result, "还没有门牌") {
		t.Fatalf("without plates: %+v, %v", first, err)
	}
	ask.Plates = true
	second, err := o.importLedger(t.Context(), ask)
	if err != nil || second.Same != 2 || len(second.Rows) != 1 || !strings.Contains(second.Rows[0].Result, "已经对应门牌") {
		t.Fatalf("with plates: %+v, %v", second, err)
	}
	key, err := doorplate.Foreign("https://police.example.cn/1")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := o.desk().List(t.Context(), record.Query{Kind: plates.Kind, Where: []record.Term{{Field: "foreign", Value: record.OfText(string(key))}}})
	if err != nil || len(rows) != 1 || rows[0].Text("house_no") != "801号" {
		t.Errorf("the code stands for %d plates, %v", len(rows), err)
	}
}

// TestImportCentralStore imports into the central store, whose fields are sealed, finds every household again the second
// time, and takes the import back.
func TestImportCentralStore(t *testing.T) {
	app := openApp(t, t.TempDir(), true)
	defer mustClose(t, app)
	o := operator{App: app}
	if _, err := o.addVillages(t.Context(), []string{"四会市大沙镇富溪村"}); err != nil {
		t.Fatal(err)
	}
	ask := ImportAsk{Name: "台账.csv", Data: []byte(ledgerOfTwo), Villages: []string{"富溪村"}, Write: true, Lang: i18n.ZhHans}
	if first, err := o.importLedger(t.Context(), ask); err != nil || first.Good != 2 {
		t.Fatalf("first: %+v, %v", first, err)
	}
	if again, err := o.importLedger(t.Context(), ask); err != nil || again.Same != 2 {
		t.Fatalf("again: %+v, %v", again, err)
	}
	ask.Data = []byte(strings.Replace(ledgerOfTwo, "801号", "901号", 1))
	ask.Update = true
	if changed, err := o.importLedger(t.Context(), ask); err != nil || changed.Good != 1 || changed.Same != 1 {
		t.Fatalf("changed: %+v, %v", changed, err)
	}
	all, err := exchange.Imports(t.Context(), app.desk())
	if err != nil || len(all) != 2 || all[0].Rows != 1 || all[0].File != "台账.csv" || all[0].State != exchange.Finished {
		t.Fatalf("imports %+v, %v", all, err)
	}
	words, err := exchange.LoadWords(assets.Folder("exchange"))
	if err != nil {
		t.Fatal(err)
	}
	undo := exchange.Undoing{Book: app.Book().Forms, Now: app.Now(), Random: app.Random}
	houses := func() string {
		rows, err := app.desk().List(t.Context(), record.Query{Kind: "household"})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, row := range rows {
			out = append(out, row.Text("house_no"))
		}
		slices.Sort(out)
		return strings.Join(out, " ")
	}
	for _, step := range []struct{ before, after string }{{"802号 901号", "801号 802号"}, {"801号 802号", ""}} {
		if got := houses(); got != step.before {
			t.Fatalf("houses %q, want %q", got, step.before)
		}
		_, left, err := words.Undo(t.Context(), app.desk(), all[0].ID, undo)
		if err != nil || len(left) > 0 {
			t.Fatalf("left %+v, %v", left, err)
		}
		if all = all[1:]; houses() != step.after {
			t.Fatalf("houses %q, want %q", houses(), step.after)
		}
	}
}

// TestImportSealed opens what a laptop sealed for the server's key.
func TestImportSealed(t *testing.T) {
	dir, desk := t.TempDir(), t.TempDir()
	app := openApp(t, dir, true)
	o := operator{App: app}
	if _, err := o.addVillages(t.Context(), []string{"四会市大沙镇富溪村"}); err != nil {
		t.Fatal(err)
	}
	mustClose(t, app)
	var ids [2]*age.X25519Identity
	for i := range ids {
		var err error
		if ids[i], err = age.GenerateX25519Identity(); err == nil {
			err = os.WriteFile(filepath.Join(desk, strconv.Itoa(i)), []byte(ids[i].String()), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var sealed bytes.Buffer
	err := parcel.Pack(&sealed, parcel.To{Key: ids[0].Recipient().String()}, func(w io.Writer) error { _, err := io.WriteString(w, ledgerOfTwo); return err })
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(desk, "台账.csv.age")
	if err := os.WriteFile(file, sealed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, said := cli(t, dir, "import", file, "--identity", filepath.Join(desk, "1")); code == 0 || !strings.Contains(said, "不对，打不开") {
		t.Errorf("with another's key: %d %s", code, said)
	}
	if code, said := cli(t, dir, "import", file, "--identity", filepath.Join(desk, "0"), "--sample"); code != 0 || !strings.Contains(said, `"good": 2`) {
		t.Errorf("with the key: %d %s", code, said)
	}
	if _, err := os.Stat(filepath.Join(desk, "台账-导入结果.csv")); err != nil {
		t.Error(err)
	}
}
