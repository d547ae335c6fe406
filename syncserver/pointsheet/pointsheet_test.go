// SPDX-License-Identifier: Apache-2.0

package pointsheet_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yuexin/assets"
	"yuexin/shared/credit/points"
	"yuexin/shared/i18n"
	"yuexin/syncserver/pointsheet"
)

// TestWrite prints a notice of two pages and reads it back: what the template says, every line, and who signs.
func TestWrite(t *testing.T) {
	f, err := assets.Folder("policies").Open("points-1.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := points.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	list := points.List{Scheme: "governance", From: "2026-11-27", Until: "2026-12-03", Edition: 1, Sample: true}
	for range 40 {
		list.Lines = append(list.Lines, points.ListLine{Name: "陈*英", Group: "三组", Item: "clean", Points: 2, Day: "2026-11-20"})
	}
	var out bytes.Buffer
	err = pointsheet.Write(&out, pointsheet.Order{
		Policy: p, List: list, Village: "富溪村", Place: "441284105203", Print: texts.Printer(i18n.ZhHans), Now: time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC),
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "notice.pdf")
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	read, err := exec.Command("pdftotext", "-layout", file, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext (see .ci/setup.sh): %v", err)
	}
	text := string(read)
	for _, want := range []string{"富溪村乡村治理积分公示表", "2026年12月3日", "示例", "+80", "村务监督委员会"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s does not stand there:\n%s", want, text)
		}
	}
	if n := strings.Count(text, "陈*英"); n != 40 {
		t.Errorf("%d lines of 40", n)
	}
	if n := strings.Count(text, "\f"); n != 2 {
		t.Errorf("%d pages", n)
	}
}
