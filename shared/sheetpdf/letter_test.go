// SPDX-License-Identifier: Apache-2.0

package sheetpdf_test

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sheetpdf"
	"yuexin/shared/sync/record"
)

// TestLetter: a letter says who gave what to whom for what and until when, in the words that were agreed to; one for the hand
// leaves open what is written in, and one that was withdrawn says so.
func TestLetter(t *testing.T) {
	kit := newDesk(t)
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.FixedZone("CST", 8*3600))
	c, err := kit.consents.Give(consent.Consent{
		Header: record.Header{ID: ident.Record{7}}, Recipient: ident.Org{1}, Purpose: "finance", Given: consent.Signature, Giver: "陈秀英", Assisted: true, Assistant: "陈小明",
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	ended := consent.Given{Consents: []consent.Consent{c}, Ends: []consent.Ending{{Consent: c.Header.ID, AtMS: now.AddDate(0, 0, 2).UnixMilli()}}}
	for _, tt := range []struct {
		name   string
		letter sheetpdf.Letter
		want   []string
		not    []string
	}{
		{"given", sheetpdf.Letter{Consent: c, Given: consent.Given{}}, []string{"个人信息单独授权书", "授权人：陈秀英", "提供给：四会农商银行", "收入和支出", "2029年11月22日", "协助人：陈小明", "第 1 版", "这是一份单独的书面同意", "20 天内", c.Header.ID.String()}, []string{"撤回。授权", "{"}},
		{"withdrawn", sheetpdf.Letter{Consent: c, Given: ended}, []string{"已于 2026年11月24日 09:00 撤回"}, nil},
		{"for the hand", sheetpdf.Letter{Blank: true, Consent: consent.Consent{Purpose: "household_file"}}, []string{"授权人：＿＿＿＿", "个人信息授权书", "或按指印", "36 个月"}, []string{"陈秀英", "单独授权书", "{"}},
	} {
		tt.letter.Policy, tt.letter.Recipient, tt.letter.Print, tt.letter.Now = kit.consents, "四会农商银行", kit.texts.Printer(i18n.ZhHans), now
		var pdf bytes.Buffer
		if _, err := tt.letter.Write(&pdf); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "pdftotext", "-layout", "-", "-")
		cmd.Stdin = &pdf
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("pdftotext (see .ci/setup.sh): %v", err)
		}
		text := strings.ReplaceAll(string(out), "\n", "")
		for _, want := range tt.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not in %s", tt.name, want, text)
			}
		}
		for _, not := range tt.not {
			if strings.Contains(text, not) {
				t.Errorf("%s: %q is in it", tt.name, not)
			}
		}
	}
}
