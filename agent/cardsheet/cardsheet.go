// SPDX-License-Identifier: Apache-2.0

// Package cardsheet draws a file card as a PDF page for an officer's printer: one card of 85.6×54 mm, ISO/IEC 7810 ID-1, with
// marks to cut along. It names nobody: who finds a lost card does not learn whose it is. The page is made in memory and goes
// to the printer; it holds the secret of the card.
package cardsheet

import (
	"fmt"
	"io"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/skip2/go-qrcode"

	"yuexin/assets/fonts"
)

// Card is what stands on a card.
type Card struct {
	Code   string   // groups of four, parted by spaces
	QR     string   // what the picture code says
	Title  string   // what it is
	Lines  []string // what to do with it, below the title
	Issued time.Time
	Sample string // "" for a real card
}

const face = "yuexin"

// The card on its page, in mm.
const (
	left, top, width, height = 20.0, 20.0, 85.6, 54.0
	qrSide                   = 32.0
	quiet                    = 4 // modules of white around a code (ISO/IEC 18004 section 6.3.8)
)

// Write writes the page. Errors are those of w, and of a text that no code holds.
func (c Card) Write(w io.Writer) error {
	code, err := qrcode.New(c.QR, qrcode.High) // level Q of ISO/IEC 18004: cards get scratched
	if err != nil {
		return fmt.Errorf("draw the code of a file card: %w", err)
	}
	code.DisableBorder = true
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCreationDate(c.Issued)
	pdf.SetModificationDate(c.Issued)
	pdf.SetAutoPageBreak(false, 0)
	pdf.AddUTF8FontFromBytes(face, "", fonts.TTF())
	pdf.AddPage()
	frame(pdf)
	modules(pdf, code.Bitmap(), left+width-qrSide-2, top+10)
	text := func(x, y, size float64, s string) {
		pdf.SetFont(face, "", size*72/25.4)
		pdf.Text(x, y, s)
	}
	pdf.SetTextColor(255, 255, 255)
	text(left+4, top+6.2, 4.2, c.Title)
	if c.Sample != "" {
		text(left+width-20, top+6.2, 3.4, c.Sample)
	}
	pdf.SetTextColor(27, 36, 48)
	for i, line := range c.Lines {
		text(left+4, top+15+4.4*float64(i), 2.7, line)
	}
	pdf.SetFont(face, "", 3.6*72/25.4)
	groups := strings.Fields(c.Code)
	half := (len(groups) + 1) / 2
	text(left+4, top+height-8, 4, strings.Join(groups[:half], " "))
	text(left+4, top+height-3, 4, strings.Join(groups[half:], " "))
	text(left+width-qrSide-1, top+height-3, 2.4, c.Issued.Format(time.DateOnly))
	return pdf.Output(w)
}

// frame draws the edge of the card and its band.
func frame(pdf *fpdf.Fpdf) {
	pdf.SetDrawColor(206, 212, 218)
	pdf.SetLineWidth(0.2)
	pdf.RoundedRect(left, top, width, height, 3.18, "1234", "D")
	pdf.SetFillColor(11, 98, 92)
	pdf.RoundedRect(left, top, width, 9, 3.18, "12", "F")
}

// modules draws a code as vectors, each dark row in as few boxes as it takes.
func modules(pdf *fpdf.Fpdf, dark [][]bool, x, y float64) {
	pdf.SetFillColor(0, 0, 0)
	m := qrSide / float64(len(dark)+2*quiet)
	for row, line := range dark {
		for from := 0; from < len(line); from++ {
			to := from
			for to < len(line) && line[to] {
				to++
			}
			if to > from {
				pdf.Rect(x+float64(from+quiet)*m, y+float64(row+quiet)*m, float64(to-from)*m, m, "F")
				from = to
			}
		}
	}
}
