// SPDX-License-Identifier: Apache-2.0

package wholepdf_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yuexin/assets"
	"yuexin/shared/credit/wholevillage"
	"yuexin/shared/i18n"
	"yuexin/shared/wholepdf"
)

func order(t *testing.T, lang i18n.Lang) wholepdf.Order {
	t.Helper()
	f, err := assets.Folder("policies").Open("wholevillage-1.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := wholevillage.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	return wholepdf.Order{Policy: p, Village: "富溪村", Print: texts.Printer(lang), Now: time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC), Sample: true}
}

// read writes a paper twice, which gives the same bytes, and returns its text and its pages.
func read(t *testing.T, write func(io.Writer) error) (text string, pages int) {
	t.Helper()
	var out, again bytes.Buffer
	for _, w := range []*bytes.Buffer{&out, &again} {
		if err := write(w); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(out.Bytes(), again.Bytes()) {
		t.Error("the same order gives other bytes")
	}
	file := filepath.Join(t.TempDir(), "paper.pdf")
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command("pdftotext", "-layout", file, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext (see .ci/setup.sh): %v", err)
	}
	if dir := os.Getenv("YUEXIN_PAPERS"); dir != "" { // to look at them
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(t.Name())+".pdf"), out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return string(said), strings.Count(string(said), "\f")
}

func says(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, want := range words {
		if !strings.Contains(text, want) {
			t.Errorf("%s does not stand there:\n%s", want, text)
		}
	}
}

// TestNotice: a village of 40 is put up on two pages, with every line, the days and who signs, and no place of the template is left open.
func TestNotice(t *testing.T) {
	n := wholevillage.Posted{Step: wholevillage.Step{Edition: 1}, From: "2026-11-27", Until: "2026-12-03"}
	for range 40 {
		n.Lines = append(n.Lines, wholevillage.NoticeLine{Name: "陈*英", Group: "三组"})
	}
	text, pages := read(t, func(w io.Writer) error { return order(t, i18n.ZhHans).Notice(w, n) })
	says(t, text, "富溪村整村授信预授信户公示表", "2026年12月3日", "示例", "村民委员会", "第 1 版")
	if pages != 2 || strings.Count(text, "陈*英") != 40 || strings.ContainsAny(text, "{}") {
		t.Errorf("%d pages, %d lines:\n%s", pages, strings.Count(text, "陈*英"), text)
	}
}

// TestSheet: the blank sheet has a line for each household, and nothing that would tell a reviewer what to write.
func TestSheet(t *testing.T) {
	var all []wholepdf.Household
	for i := range 12 {
		all = append(all, wholepdf.Household{Name: fmt.Sprintf("示例户%d", i+1), Group: "三组"})
	}
	text, pages := read(t, func(w io.Writer) error {
		return order(t, i18n.ZhHans).Sheet(w, wholevillage.Round{Step: wholevillage.Step{Edition: 1}, No: 2}, all)
	})
	says(t, text, "富溪村整村授信第 2 轮背靠背评议表", "示例户12", "评议员签名", "建议额度")
	if pages != 1 || strings.ContainsAny(text, "{}") {
		t.Errorf("%d pages:\n%s", pages, text)
	}
}

// TestOffer: the notice of a limit says to whom, how much and until when, and that it is no contract, in both languages.
func TestOffer(t *testing.T) {
	l := wholevillage.Limit{Step: wholevillage.Step{Edition: 1}, Limit: 5_000_000, Day: "2026-11-27", Until: "2027-11-26"}
	for lang, words := range map[i18n.Lang][]string{
		i18n.ZhHans: {"预授信通知书", "陈秀英：", "5万元", "2027年11月26日", "不是贷款合同"}, i18n.En: {"50,000yuan", "noloancontract"},
	} {
		t.Run(string(lang), func(t *testing.T) {
			text, _ := read(t, func(w io.Writer) error { return order(t, lang).Offer(w, l, "陈秀英") })
			says(t, strings.Join(strings.Fields(text), ""), words...)
			if strings.ContainsAny(text, "{}") {
				t.Error(text)
			}
		})
	}
}
