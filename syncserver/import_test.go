// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/i18n"
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
