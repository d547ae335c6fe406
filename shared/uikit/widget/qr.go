// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"fmt"
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynewidget "fyne.io/fyne/v2/widget"
	"github.com/skip2/go-qrcode"

	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
)

// QR is a QR code, black on white in every look, with its quiet zone of four modules; modules are whole pixels.
type QR struct {
	fynewidget.BaseWidget
	bits [][]bool
}

// NewQR encodes content at error correction level M (ISO name). The error tells that it is too long for any code.
func NewQR(content string) (*QR, error) {
	code, err := qrcode.New(content, qrcode.Medium)
	if err != nil {
		return nil, fmt.Errorf("encode qr code: %w", err)
	}
	q := &QR{bits: code.Bitmap()}
	q.ExtendBaseWidget(q)
	return q, nil
}

// MinSize is called by Fyne: six units per module on a desk; on a panel more than in proportion, since a phone is held up
// to it from where a person stands.
func (q *QR) MinSize() fyne.Size {
	module := float32(1.5)
	switch look := theme.Current(); {
	case look.Place == theme.Kiosk && look.Mode == theme.Normal:
		module = 2.25
	case look.Place == theme.Kiosk:
		module = 1.75 // large type needs the room
	}
	modules := min(len(q.bits), widestCode) // a code that says more is finer, not larger: it has to leave room for words
	return fyne.NewSquareSize(float32(modules) * module * theme.Size(theme.S1))
}

// widestCode is the size, in modules, up to which codes grow with what they say: version 2 of ISO/IEC 18004 and its quiet zone.
const widestCode = 33

// CreateRenderer is called by Fyne.
func (q *QR) CreateRenderer() fyne.WidgetRenderer {
	return fynewidget.NewSimpleRenderer(canvas.NewRaster(q.draw))
}

// draw paints the code into w × h pixels, centred, as large as whole pixels per module allow.
func (q *QR) draw(w, h int) image.Image {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	n := len(q.bits)
	module := min(w, h) / n
	left, top := (w-module*n)/2, (h-module*n)/2
	for y := range module * n {
		for x := range module * n {
			if q.bits[y/module][x/module] {
				img.SetGray(left+x, top+y, color.Gray{})
			}
		}
	}
	return img
}

// ReceiptCard is the last screen of a deed: the number in figures, the code, and the sentence that says what comes next.
type ReceiptCard struct {
	piece
	number *Text
	code   *QR // nil without
}

// Receipt is what a ReceiptCard shows.
type Receipt struct {
	Label  string // what the number is
	Number string // as it is read aloud, in groups of four
	Link   string // content of the QR code; "" for none
	Next   string // what happens next
	Notes  []string
}

// NewReceiptCard returns the card. The error is that of NewQR.
func NewReceiptCard(r Receipt) (*ReceiptCard, error) {
	c := &ReceiptCard{number: NewText(r.Number).In(theme.Figure, theme.Jade).Align(fyne.TextAlignCenter)}
	objects := []fyne.CanvasObject{NewText(r.Label).In(theme.Text, theme.Grey).Align(fyne.TextAlignCenter), c.number}
	if r.Link != "" {
		code, err := NewQR(r.Link)
		if err != nil {
			return nil, err
		}
		c.code = code
		objects = append(objects, layout.Centre(code))
	}
	objects = append(objects, NewText(r.Next).In(theme.Lead, theme.Ink).Align(fyne.TextAlignCenter))
	for _, note := range r.Notes {
		objects = append(objects, NewNote(note).Align(fyne.TextAlignCenter))
	}
	c.inside = NewCard("", layout.Middle(layout.Stack(theme.S3, objects...)))
	c.ExtendBaseWidget(c)
	return c, nil
}
