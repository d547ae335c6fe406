// SPDX-License-Identifier: Apache-2.0

package platesheet

import (
	"strconv"

	"github.com/skip2/go-qrcode"

	"yuexin/shared/fault"
)

// quietZone is the white border of a QR code in modules (ISO/IEC 18004 section 6.3.8).
const quietZone = 4

// qrRule is how large a QR code is drawn.
type qrRule struct {
	level qrcode.RecoveryLevel
	// side is the square for code and quiet zone, least the smallest module allowed, both in mm.
	side, least float64
}

// encode returns the modules of a code, true for dark, without the quiet zone. Text that makes the modules smaller than
// allowed is fault.Invalid: the host name is too long.
func (q qrRule) encode(text string) ([][]bool, error) {
	code, err := qrcode.New(text, q.level)
	if err != nil {
		return nil, fault.New(fault.Invalid, "platesheet.qr").WithCause(err)
	}
	code.DisableBorder = true
	modules := code.Bitmap()
	if size := q.module(modules); size < q.least {
		return nil, fault.New(fault.Invalid, "platesheet.module").
			With("got", strconv.FormatFloat(size, 'f', 3, 64)).
			With("want", strconv.FormatFloat(q.least, 'f', 2, 64))
	}
	return modules, nil
}

// module is the side of a module in mm.
func (q qrRule) module(modules [][]bool) float64 {
	return q.side / float64(len(modules)+2*quietZone)
}

// draw puts the code on a white square whose upper left corner is x, y in mm. All dark modules are one path filled
// once, so that no hairlines appear between them at any zoom.
func (q qrRule) draw(p *page, modules [][]bool, x, y float64) {
	p.fill(white)
	p.pdf.Rect(x, y, q.side, q.side, "F")

	p.fill(black)
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
			p.box(x+float64(from+quietZone)*m, top, x+float64(to+quietZone)*m, top+m)
			from = to
		}
	}
	p.pdf.DrawPath("F")
}
