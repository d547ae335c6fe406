// SPDX-License-Identifier: Apache-2.0

package virtual

import (
	"fmt"
	"image"
	"io"

	"github.com/skip2/go-qrcode"
	"golang.org/x/text/encoding/simplifiedchinese"

	"yuexin/kiosk/device/escpos"
)

// Mark is something on the paper, from top to bottom.
type Mark struct {
	Text    string // of a line
	Style   escpos.Style
	Picture *image.Gray // of a picture or code
	Code    string      // what a code says that the printer made
	Cut     bool        // the paper was cut here
}

// lineHeight is how much paper a line of font A takes: 1/6 inch at 203 dpi.
const lineHeight = 34

func (m Mark) height() int {
	switch {
	case m.Picture != nil:
		return m.Picture.Bounds().Dy()
	case m.Cut:
		return 0
	}
	return lineHeight + (max(m.Style.Size, 1)-1)*escpos.CellHeight
}

// step carries out the first command of the buffer; false while it is not all there.
func (v *Printer) step(line io.Writer) bool {
	if len(v.buffer) == 0 {
		return false
	}
	b := v.buffer
	n := 0
	switch {
	case b[0] == 0x1B:
		n = v.escape(b)
	case b[0] == 0x1C:
		n = v.chinese(b)
	case b[0] == 0x1D:
		n = v.group(b, line)
	case b[0] == 0x0A:
		v.print(Mark{Text: v.set.line, Style: v.set.style})
		v.set.line, n = "", 1
	case b[0] < 0x20:
		n = 1 // ignored, as printers do
	default:
		n = v.character(b)
	}
	v.buffer = v.buffer[min(n, len(v.buffer)):]
	return n > 0
}

// print puts something on the paper.
func (v *Printer) print(m Mark) {
	v.state.Dots -= m.height()
	v.paper = append(v.paper, m)
}

// unknown notes a command that package escpos should not have sent and passes over it.
func (v *Printer) unknown(b []byte) int {
	n := min(3, len(b))
	v.wrong = append(v.wrong, fmt.Sprintf("unknown command % x", b[:n]))
	return n
}

// character takes a character of text: one byte, or two or four of GB18030.
func (v *Printer) character(b []byte) int {
	n := 1
	if v.set.kanji && b[0] >= 0x81 {
		if len(b) < 2 {
			return 0
		}
		if n = 2; b[1] < 0x40 {
			n = 4
		}
		if len(b) < n {
			return 0
		}
		text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b[:n])
		if err != nil {
			return v.unknown(b)
		}
		v.set.line += string(text)
	} else {
		v.set.line += string(rune(b[0]))
	}
	if w := escpos.Width(v.set.line) * max(v.set.style.Size, 1) * escpos.CellWidth; w > v.Profile.Dots {
		v.wrong = append(v.wrong, fmt.Sprintf("line of %d dots on %d: %q", w, v.Profile.Dots, v.set.line))
	}
	return n
}

// escape carries out what begins with ESC.
func (v *Printer) escape(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	if b[1] == '@' {
		v.set = setting{}
		return 2
	}
	if len(b) < 3 {
		return 0
	}
	switch b[1] {
	case 'a':
		v.set.style.Align = escpos.Align(b[2])
	case 'E':
		v.set.style.Bold = b[2]&1 == 1
	case 'd':
		for range b[2] {
			v.print(Mark{})
		}
	default:
		return v.unknown(b)
	}
	return 3
}

// chinese carries out what begins with FS.
func (v *Printer) chinese(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '&', '.':
		v.set.kanji = b[1] == '&'
		return 2
	case '!':
		if len(b) < 3 {
			return 0
		}
		if twice := b[2]&0x0C == 0x0C; twice != (v.set.style.Size == 2) {
			v.wrong = append(v.wrong, "FS ! and GS ! say different sizes")
		}
		return 3
	}
	return v.unknown(b)
}

// group carries out what begins with GS.
func (v *Printer) group(b []byte, line io.Writer) int {
	if len(b) < 3 {
		return 0
	}
	switch b[1] {
	case '!':
		v.set.style.Size = int(b[2]&7) + 1
		return 3
	case 'a':
		return 3
	case 'r':
		v.answer(line, 0)
		return 3
	case 'V':
		if len(b) < 4 {
			return 0
		}
		if !v.Profile.Cut {
			return v.unknown(b)
		}
		v.print(Mark{Cut: true})
		return 4
	case 'v':
		return v.raster(b)
	case '(':
		return v.qr(b)
	}
	return v.unknown(b)
}

// raster prints GS v 0 m xL xH yL yH d….
func (v *Printer) raster(b []byte) int {
	if len(b) < 8 {
		return 0
	}
	across, high := int(b[4])|int(b[5])<<8, int(b[6])|int(b[7])<<8
	n := 8 + across*high
	if across*8 > v.Profile.Dots+7 {
		v.wrong = append(v.wrong, fmt.Sprintf("picture of %d dots", across*8))
	}
	if len(b) < n {
		return 0
	}
	img := image.NewGray(image.Rect(0, 0, across*8, high))
	for i := range img.Pix {
		img.Pix[i] = 0xFF
		if x, y := i%(across*8), i/(across*8); b[8+y*across+x/8]&(0x80>>(x%8)) != 0 {
			img.Pix[i] = 0
		}
	}
	v.print(Mark{Picture: img, Style: v.set.style})
	return n
}

// qr carries out GS ( k pL pH cn fn ….
func (v *Printer) qr(b []byte) int {
	if len(b) < 5 {
		return 0
	}
	n := 5 + int(b[3]) + int(b[4])<<8
	if len(b) < n {
		return 0
	}
	if !v.Profile.QR || b[2] != 'k' || n < 8 || b[5] != '1' {
		v.unknown(b)
		return n
	}
	switch args := b[7:n]; b[6] {
	case 'A', 'E': // model, level: package escpos sets 2 and M
	case 'C':
		v.size = int(args[0])
	case 'P':
		v.code = append([]byte(nil), args[1:]...)
	case 'Q':
		v.printCode()
	default:
		v.unknown(b)
	}
	return n
}

func (v *Printer) printCode() {
	q, err := qrcode.New(string(v.code), qrcode.Medium)
	if err != nil {
		v.wrong = append(v.wrong, err.Error())
		return
	}
	q.DisableBorder = true
	bits := q.Bitmap()
	img := image.NewGray(image.Rect(0, 0, len(bits)*v.size, len(bits)*v.size))
	for i := range img.Pix {
		if img.Pix[i] = 0xFF; bits[i/img.Stride/v.size][i%img.Stride/v.size] {
			img.Pix[i] = 0
		}
	}
	v.print(Mark{Picture: img, Style: v.set.style, Code: string(v.code)})
}
