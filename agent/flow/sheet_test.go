// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/skip2/go-qrcode"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/credit/sheet"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
)

// photo is a page that somebody photographed, with a code or without one.
func photo(t *testing.T, code string) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 800, 1100))
	for i := range img.Pix {
		img.Pix[i] = 0xFF
	}
	if code != "" {
		q, err := qrcode.New(code, qrcode.Medium)
		if err != nil {
			t.Fatal(err)
		}
		small := q.Image(200)
		for y := range 200 {
			for x := range 200 {
				img.Set(560+x, 40+y, small.At(x, y))
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sheetOf(id ident.Record, form string, page int) string {
	return sheet.Token{Form: form, Version: 1, Record: id, Page: page}.String()
}

// A record is printed, the page is signed and scanned, and the picture finds its way back to the record.
func TestPaperThereAndBack(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	want := []flow.SheetForm{{Name: "household", Title: "农户信用信息采集表（简表）"}, {Name: "household_survey", Title: "农户信用信息采集表"}}
	if diff := cmp.Diff(want, s.Desk.SheetForms("household")); diff != "" {
		t.Error(diff)
	}
	paper, err := s.Desk.Sheet(ctx(), stage.Chen, "household_survey")
	if err != nil {
		t.Fatal(err)
	}
	if paper.Pages < 2 || paper.Lacking != "" || strings.Contains(paper.FileName, "陈") || !strings.HasPrefix(paper.FileName, "household_survey-") {
		t.Errorf("got %d pages as %s, lacking %q", paper.Pages, paper.FileName, paper.Lacking)
	}
	file := filepath.Join(t.TempDir(), "paper.pdf")
	if err := os.WriteFile(file, paper.PDF, 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command("pdftotext", file, "-").Output()
	for _, want := range []string{"陈秀英", "陈国富", "富溪村", "credit.example.cn", "示例"} {
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("the paper lacks %s: %v", want, err)
		}
	}
	page := filepath.Join(t.TempDir(), "page")
	if out, err := exec.Command("pdftoppm", "-r", "110", "-f", "2", "-l", "2", "-singlefile", "-jpeg", file, page).CombinedOutput(); err != nil {
		t.Fatalf("pdftoppm: %v\n%s", err, out)
	}
	scan, err := os.Open(page + ".jpg")
	if err != nil {
		t.Fatal(err)
	}
	defer scan.Close()
	signed, err := s.Desk.ReadSheet(ctx(), scan)
	if err != nil || signed.Of != stage.Chen || signed.Page != 2 || signed.Why != nil || !strings.Contains(signed.Name, "陈秀英") {
		t.Fatalf("read back: %+v, %v", signed, err)
	}
	if page, err := s.Desk.AttachSheet(ctx(), signed, stage.Chen); err != nil || page != 2 {
		t.Fatalf("attached as page %d: %v", page, err)
	}
	lines := filesOf(t, s, stage.Chen).Lines
	if got := lines[len(lines)-1]; got.Label != "签字采集表第 2 页" || got.State != "待上传" || !got.Picture {
		t.Errorf("attached: %+v", got)
	}
	for _, l := range lines[:len(lines)-1] {
		if sheet.IsPlace(l.Field) {
			t.Errorf("an empty place is listed: %+v", l)
		}
	}
}

// A demand has its receipt number on its paper, and its signed page is seen on its page.
func TestPaperOfDemand(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	before, err := s.Desk.Demand(ctx(), stage.Demand)
	if err != nil || len(before.Files.Lines) > 0 {
		t.Fatalf("files %+v, %v", before.Files, err)
	}
	paper, err := s.Desk.Sheet(ctx(), stage.Demand, "demand")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("pdftotext", "-", "-")
	cmd.Stdin = bytes.NewReader(paper.PDF)
	if text, err := cmd.Output(); err != nil || !strings.Contains(string(text), before.Receipt) {
		t.Errorf("the paper lacks %s: %v", before.Receipt, err)
	}
	signed, err := s.Desk.ReadSheet(ctx(), bytes.NewReader(photo(t, sheetOf(stage.Demand, "demand", 1))))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Desk.AttachSheet(ctx(), signed, stage.Demand); err != nil {
		t.Fatal(err)
	}
	after, err := s.Desk.Demand(ctx(), stage.Demand)
	if err != nil || len(after.Files.Lines) != 1 || after.Files.Lines[0].Label != "签字采集表第 1 页" {
		t.Errorf("files %+v, %v", after.Files, err)
	}
}

// A page is never put to a record that its code does not name.
func TestSheetOfAnother(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	signed, err := s.Desk.ReadSheet(ctx(), bytes.NewReader(photo(t, sheetOf(stage.Li, "household", 1))))
	if err != nil || signed.Of != stage.Li {
		t.Fatalf("got %+v, %v", signed, err)
	}
	_, err = s.Desk.AttachSheet(ctx(), signed, stage.Chen)
	wantKey(t, err, "agent.sheet.other")
	if page, err := s.Desk.AttachSheet(ctx(), signed, stage.Li); err != nil || page != 1 {
		t.Errorf("to its own: page %d, %v", page, err)
	}
	row, err := s.Desk.Store.Get(ctx(), stage.Chen)
	if err != nil || !row.Value("sheet_1").IsNone() {
		t.Errorf("the other record has %v, %v", row.Value("sheet_1"), err)
	}
}

// A page whose code tells nothing goes where somebody says, and takes no other page's place.
func TestSheetByHand(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	for want, code := range []string{"", "HTTPS://XY.GDNYBANK.CN/D/ABC", sheetOf(stage.Chen, "household", 1) + "x"} {
		signed, err := s.Desk.ReadSheet(ctx(), bytes.NewReader(photo(t, code)))
		if err != nil || !signed.Of.IsZero() || signed.Why == nil {
			t.Fatalf("%q: got %+v, %v", code, signed, err)
		}
		if page, err := s.Desk.AttachSheet(ctx(), signed, stage.Chen); err != nil || page != want+1 {
			t.Errorf("%q is page %d, %v; want %d", code, page, err, want+1)
		}
	}
	blank, err := s.Desk.ReadSheet(ctx(), bytes.NewReader(photo(t, sheetOf(ident.Record{}, "household", 2))))
	if err != nil || blank.Why != nil || !blank.Of.IsZero() || blank.Page != 2 {
		t.Fatalf("a blank sheet: %+v, %v", blank, err)
	}
	if page, err := s.Desk.AttachSheet(ctx(), blank, stage.Li); err != nil || page != 2 {
		t.Errorf("a blank sheet is page %d, %v", page, err)
	}
}

func TestSheetRefusals(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	for name, tt := range map[string]struct {
		file []byte
		want string
	}{
		"a record elsewhere":   {photo(t, sheetOf(ident.Record{1, 2, 3}, "household", 1)), "agent.sheet.unknown"},
		"a newer form":         {photo(t, sheet.Token{Form: "household", Version: 9, Record: stage.Chen, Page: 1}.String()), "agent.sheet.version"},
		"an unknown form":      {photo(t, sheetOf(stage.Chen, "pigsty", 1)), "agent.sheet.version"},
		"form of another kind": {photo(t, sheetOf(stage.Chen, "merchant", 1)), "agent.sheet.form"},
		"no picture":           {[]byte("hello"), "blob.type"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Desk.ReadSheet(ctx(), bytes.NewReader(tt.file))
			if err == nil || fault.From(err).Key != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	signed, err := s.Desk.ReadSheet(ctx(), bytes.NewReader(photo(t, sheetOf(stage.Chen, "household", sheet.Pages+1))))
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Desk.AttachSheet(ctx(), signed, stage.Chen)
	wantKey(t, err, "sheet.pages")
	if _, err := s.Desk.Sheet(ctx(), stage.Chen, "merchant"); !fault.Is(err, fault.Unsupported) {
		t.Errorf("a household as a merchant's paper: %v", err)
	}
	if _, err := s.Desk.Sheet(ctx(), ident.Record{1, 2, 3}, "household"); !fault.Is(err, fault.NotFound) {
		t.Errorf("nobody's paper: %v", err)
	}
}
