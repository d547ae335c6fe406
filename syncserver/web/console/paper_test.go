// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"context"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"yuexin/assets"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/sync/audit"
	"yuexin/syncserver/web/console"
	"yuexin/syncserver/web/htmlcheck"
)

func withPapers(c *console.Config) {
	book, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"))
	if err != nil {
		panic(err)
	}
	c.Book = book
	c.Public = func(context.Context) string { return "https://XY.GDNYBANK.CN" }
}

// onPaper is what stands on a PDF.
func onPaper(t testing.TB, pdf string) string {
	t.Helper()
	cmd := exec.Command("pdftotext", "-raw", "-", "-")
	cmd.Stdin = strings.NewReader(pdf)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pdftotext (see .ci/setup.sh): %v", err)
	}
	return string(out)
}

// Whoever reads a record prints it: with their name across the page, saved and not opened, and noted as printed.
func TestPaper(t *testing.T) {
	w := newWorld(t, withPapers)
	h := w.photographed("谢国栋")
	at := w.at("谢国栋")
	b := w.login("liang")
	htmlcheck.Run(t, b.get(at).body, htmlcheck.Text("#paper a", "打印贷款需求信息采集表"))
	htmlcheck.Run(t, b.get(at+"/household").body, htmlcheck.Count("#paper a", 2))
	for _, path := range []string{at + "/paper?form=demand", at + "/household/paper?form=household_survey", at + "/household/paper"} {
		before := len(w.noted)
		p := b.get(path)
		if p.status != http.StatusOK || p.header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(p.header.Get("Content-Disposition"), "attachment;") {
			t.Fatalf("%s: got %d, %v", path, p.status, p.header)
		}
		text := onPaper(t, p.body)
		for _, want := range []string{"谢国栋", "梁志明", "xy.gdnybank.cn"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %s:\n%s", path, want, text)
			}
		}
		noted := w.noted[before:]
		if len(noted) == 0 || noted[0].Deed != audit.Print || noted[0].What != "console.paper" || noted[0].User != "liang" || len(noted[0].Touched) == 0 {
			t.Errorf("%s is noted as %+v", path, noted)
		}
	}
	if p := b.get(at + "/household/paper?form=merchant"); p.status == http.StatusOK {
		t.Error("a household is printed as a merchant")
	}
	if p := b.get(at + "/merchant/paper"); p.status != http.StatusNotFound {
		t.Errorf("a merchant that is not there: %d", p.status)
	}
	for _, path := range []string{at + "/paper", "/console/records/" + h.ID.String() + "/paper"} {
		if p := w.login("deng").get(path); p.status == http.StatusOK {
			t.Errorf("an analyst prints %s", path)
		}
	}
}
