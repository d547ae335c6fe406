// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"github.com/skip2/go-qrcode"

	"yuexin/agent/stage"
	"yuexin/shared/credit/sheet"
	"yuexin/shared/ident"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/uitest"
)

// stick is a file that somebody chose.
type stick struct {
	bytes.Buffer
	full   bool
	closed bool
}

func (*stick) URI() fyne.URI { return storage.NewFileURI("/media/stick/page.png") }

func (s *stick) Write(b []byte) (int, error) {
	if s.full {
		return 0, errors.New("no space left")
	}
	return s.Buffer.Write(b)
}

func (s *stick) Close() error { s.closed = true; return nil }

// pageOf is the photo of a page with a code, or of none.
func pageOf(t *testing.T, id ident.Record) *stick {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 400, 500))
	for i := range img.Pix {
		img.Pix[i] = 0xFF
	}
	if !id.IsZero() {
		q, err := qrcode.New(sheet.Token{Form: "household", Version: 1, Record: id, Page: 1}.String(), qrcode.Medium)
		if err != nil {
			t.Fatal(err)
		}
		small := q.Image(180)
		for y := range 180 {
			for x := range 180 {
				img.Set(200+x, 20+y, small.At(x, y))
			}
		}
	}
	s := new(stick)
	if err := png.Encode(&s.Buffer, img); err != nil {
		t.Fatal(err)
	}
	return s
}

// onPaper opens the card of 陈秀英 in a window.
func onPaper(t *testing.T) (*sheets, *stage.Stage, *uitest.Window, *int) {
	t.Helper()
	a, s := staged(uitest.Printer(t))
	w := uitest.Open(t, a.content, scene.DeskSize)
	a.canvas = w.Canvas()
	drawn := new(int)
	return newSheets(a.home, stage.Chen, "household", "陈秀英", func() { *drawn++ }), s, w, drawn
}

func placed(t *testing.T, s *stage.Stage, id ident.Record) bool {
	t.Helper()
	row, err := s.Desk.Store.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return !row.Value("sheet_1").IsNone()
}

// Printing says before a place is chosen that the file will be in clear, and asks which form where there are two.
func TestPaperIsInClear(t *testing.T) {
	p, _, w, _ := onPaper(t)
	p.onPrint()
	for _, want := range []string{"保存的 PDF 文件没有加密，含有个人信息", "农户信用信息采集表（简表）", "农户信用信息采集表"} {
		if !w.Shows(want) {
			t.Errorf("%s is not shown", want)
		}
	}
	p.close()
	file := new(stick)
	p.save("household", file)
	if !file.closed || !bytes.HasPrefix(file.Bytes(), []byte("%PDF-")) {
		t.Errorf("the file has %d bytes, closed %t", file.Len(), file.closed)
	}
	full := &stick{full: true}
	p.save("household", full)
	if !full.closed || !w.Shows("文件没有保存成功。") {
		t.Error("a full stick is not told")
	}
}

// A page of the record goes to it; a page of another one only when somebody says so, and there.
func TestSignedPages(t *testing.T) {
	p, s, w, drawn := onPaper(t)
	mine := pageOf(t, stage.Chen)
	if p.read(mine); !mine.closed || !placed(t, s, stage.Chen) || *drawn != 1 {
		t.Errorf("its own page: attached %t, drawn %d times", placed(t, s, stage.Chen), *drawn)
	}
	p.read(pageOf(t, stage.Li))
	if placed(t, s, stage.Li) || !w.Shows("这张表不是“陈秀英”的") {
		t.Fatal("a page of another record is attached without a question")
	}
	p.close()
	if placed(t, s, stage.Li) {
		t.Fatal("a page is attached after the question was put away")
	}
	other, err := s.Desk.ReadSheet(t.Context(), pageOf(t, stage.Li))
	if err != nil {
		t.Fatal(err)
	}
	p.read(pageOf(t, stage.Li))
	w.Tap(p.home.app.t("agent.sheet.there", "name", other.Name))
	if !placed(t, s, stage.Li) {
		t.Error("the page is not attached where it belongs")
	}
	p.read(pageOf(t, ident.Record{}))
	if !w.Shows("没有读出是谁的表") || *drawn != 2 {
		t.Errorf("a page without a code: drawn %d times", *drawn)
	}
	w.Tap("附到“陈秀英”")
	if *drawn != 3 {
		t.Error("a page is not attached by hand")
	}
}
