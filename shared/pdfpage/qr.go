// SPDX-License-Identifier: Apache-2.0

package pdfpage

import (
	"strconv"

	"github.com/skip2/go-qrcode"

	"yuexin/shared/fault"
)

// quietZone is the white border of a QR code in modules (ISO/IEC 18004 section 6.3.8).
const quietZone = 4

// QR is how large a QR code is drawn.
type QR struct {
	Level qrcode.RecoveryLevel
	// Side is the square for code and quiet zone, Least the smallest module allowed, both in mm.
	Side, Least float64
}

// Encode returns the modules of a code, true for dark, without the quiet zone. Text that makes the modules smaller than
// allowed is fault.Invalid: the host name is too long.
func (q QR) Encode(text string) ([][]bool, error) {
	code, err := qrcode.New(text, q.Level)
	if err != nil {
		return nil, fault.New(fault.Invalid, "pdfpage.qr").WithCause(err)
	}
	code.DisableBorder = true
	modules := code.Bitmap()
	if size := q.module(modules); size < q.Least {
		return nil, fault.New(fault.Invalid, "pdfpage.module").
			With("got", strconv.FormatFloat(size, 'f', 3, 64)).
			With("want", strconv.FormatFloat(q.Least, 'f', 2, 64))
	}
	return modules, nil
}

// module is the side of a module in mm.
func (q QR) module(modules [][]bool) float64 {
	return q.Side / float64(len(modules)+2*quietZone)
}

// Scaled is the code on a page that is drawn at a scale: what comes out has the side of q.
func (q QR) Scaled(scale float64) QR {
	q.Side /= scale
	return q
}

// Draw puts the code on a white square whose upper left corner is x, y in mm. All dark modules are one path filled
// once, so that no hairlines appear between them at any zoom.
func (q QR) Draw(p *Page, modules [][]bool, x, y float64) {
	p.Fill(White)
	p.PDF.Rect(x, y, q.Side, q.Side, "F")

	p.Fill(Black)
	m := q.module(modules)
	for row, line := range modules {
		top := y + float64(row+quietZone)*m
		for from := 0; from < len(line); from++ {
			if !line[from] {
				continue
			}
			to := from
			for to < len(line) && line[to] {
				to++
			}
			p.Box(x+float64(from+quietZone)*m, top, x+float64(to+quietZone)*m, top+m)
			from = to
		}
	}
	p.PDF.DrawPath("F")
}
