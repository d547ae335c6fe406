// SPDX-License-Identifier: Apache-2.0

package document_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"codeberg.org/go-pdf/fpdf"
	"github.com/skip2/go-qrcode"

	"yuexin/shared/fault"
	"yuexin/shared/scanner/document"
)

const text = "YXS1/HOUSEHOLD/1/01JC3GC1800000000000000000/2/7B58DC77"

// page is a page as a scanner sees it: white, with the code in a corner if there is one.
func page(t testing.TB, code string) image.Image {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 1240, 1754)) // A4 at 150 dots an inch
	for i := range img.Pix {
		img.Pix[i] = 0xFF
	}
	if code == "" {
		return img
	}
	q, err := qrcode.New(code, qrcode.Medium)
	if err != nil {
		t.Fatal(err)
	}
	small := q.Image(160)
	for y := range 160 {
		for x := range 160 {
			img.Set(1000+x, 60+y, small.At(x, y))
		}
	}
	return img
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 60}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// scan makes the PDF that a scanner makes: a picture to a page.
func scan(t testing.TB, kind string, pages ...[]byte) []byte {
	t.Helper()
	pdf := fpdf.New("P", "mm", "A4", "")
	for i, p := range pages {
		pdf.AddPage()
		name := string(rune('a' + i))
		pdf.RegisterImageOptionsReader(name, fpdf.ImageOptions{ImageType: kind}, bytes.NewReader(p))
		pdf.ImageOptions(name, 0, 0, 210, 297, false, fpdf.ImageOptions{ImageType: kind}, 0, "")
	}
	var b bytes.Buffer
	if err := pdf.Output(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCode(t *testing.T) {
	with, without := page(t, text), page(t, "")
	for name, file := range map[string][]byte{
		"photo": asJPEG(t, with), "png": asPNG(t, with),
		"scan of one page":        scan(t, "JPG", asJPEG(t, with)),
		"scan without loss":       scan(t, "PNG", asPNG(t, with)),
		"a cover sheet before it": scan(t, "JPG", asJPEG(t, without), asJPEG(t, with)),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := document.Code(file); err != nil || got != text {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestCodeRefusals(t *testing.T) {
	with := scan(t, "JPG", asJPEG(t, page(t, text)))
	huge := bytes.Replace(with, []byte("/Width 1240"), []byte("/Width 99999"), 1)
	for name, tt := range map[string]struct {
		file []byte
		want string
	}{
		"nothing": {nil, "scanner.document"}, "text": {[]byte("hello"), "scanner.document"},
		"an empty page":                       {asJPEG(t, page(t, "")), "scanner.image.none"},
		"empty pages":                         {scan(t, "JPG", asJPEG(t, page(t, ""))), "scanner.image.none"},
		"half a document":                     {with[:len(with)/2], "scanner.document"},
		"half a picture":                      {asJPEG(t, page(t, text))[:900], "scanner.document"},
		"only the mark":                       {[]byte("%PDF-1.7\n"), "scanner.document"},
		"a picture that unpacks to gigabytes": {huge, "scanner.image.large"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := document.Code(tt.file); fault.From(err).Key != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// FuzzCode: whatever the file is, the answer is a text or a fault.
func FuzzCode(f *testing.F) {
	f.Add([]byte("%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 1 0 R>>"))
	f.Add([]byte(strings.Repeat("%PDF-", 3)))
	f.Fuzz(func(t *testing.T, file []byte) {
		if text, err := document.Code(file); err == nil && text == "" {
			t.Error("neither a text nor a fault")
		}
	})
}
