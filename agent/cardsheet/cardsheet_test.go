// SPDX-License-Identifier: Apache-2.0

package cardsheet_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"yuexin/agent/cardsheet"
)

// TestWrite: the page is one PDF, the same for the same card, and a text that no code holds is refused.
func TestWrite(t *testing.T) {
	card := cardsheet.Card{
		Code: "60RK 4CSM 6MV3 EE1S C5H6 6S35 CRQD", QR: "YXF1-60RK4CSM6MV3EE1SC5H66S35CRQD", Title: "粤信档案卡", Lines: []string{"密码不要写在卡上"},
		Issued: time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC), Sample: "示例",
	}
	var first, again bytes.Buffer
	for _, w := range []*bytes.Buffer{&first, &again} {
		if err := card.Write(w); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.HasPrefix(first.Bytes(), []byte("%PDF-")) || bytes.Count(first.Bytes(), []byte("/Type /Page\n")) != 1 {
		t.Errorf("no PDF of one page: %.20q", first.Bytes())
	}
	if !bytes.Equal(first.Bytes(), again.Bytes()) {
		t.Error("the same card gives two pages")
	}
	card.QR = strings.Repeat("密", 3000)
	if err := card.Write(&first); err == nil {
		t.Error("a text that no code holds was drawn")
	}
}
