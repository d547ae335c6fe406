// SPDX-License-Identifier: Apache-2.0

package exchange_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"yuexin/shared/exchange"
)

func out(t testing.TB, f exchange.Format, rows ...[]string) []byte {
	t.Helper()
	var b bytes.Buffer
	o, err := exchange.NewOut(&b, f, "农户: 富溪/村")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := o.Row(r...); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestOut: what is written other programs read, long numbers whole, and nothing acts as a formula.
func TestOut(t *testing.T) {
	rows := [][]string{
		{"户主姓名", "身份证号", "备注"},
		{"陈秀英", residentID(8000), "=HYPERLINK(\"http://x\")"},
		{"梁 <伟> & 妻", "", "第一行\n第二行 @SUM"},
	}
	book, err := excelize.OpenReader(bytes.NewReader(out(t, exchange.XLSX, rows...)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := book.GetRows("农户 富溪村")
	if err != nil {
		t.Fatal(err)
	}
	rows[1][2] = "'" + rows[1][2]
	if diff := cmp.Diff(rows, got); diff != "" {
		t.Error(diff)
	}
	text := string(out(t, exchange.CSV, rows...))
	if !strings.HasPrefix(text, "\uFEFF户主姓名,") || !strings.Contains(text, "'=HYPERLINK") {
		t.Errorf("%q", text)
	}
}

// TestThereAndBack: what was written is read again as it was.
func TestThereAndBack(t *testing.T) {
	rows := [][]string{{"户主姓名", "身份证号", "组", "家庭人口"}, {"陈秀英", residentID(8000), "三组", "4"}, {"梁伟", residentID(9001), "四组", "3"}}
	for _, f := range []exchange.Format{exchange.XLSX, exchange.CSV} {
		store := newStore(t)
		r := mustWrite(t, store, mustOpen(t, out(t, f, rows...)), plan(false, fuxi))
		if got := r.Counts(); got[exchange.Added] != 2 {
			t.Errorf("%s: %v, %q", f, got, problems(r))
		}
	}
}
