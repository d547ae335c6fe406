// SPDX-License-Identifier: Apache-2.0

package platesheet

import (
	"github.com/skip2/go-qrcode"

	"yuexin/shared/credit/plate"
	"yuexin/shared/pdfpage"
)

// cardQR is read indoors, from a hand: 0.5 mm a module is what a wedge scanner and a phone read without trouble.
var cardQR = pdfpage.QR{Level: qrcode.High, Side: 37, Least: 0.5} // High is level Q of ISO/IEC 18004

var cardKind = kind{
	title:  "Yuexin household cards",
	qr:     cardQR,
	page:   a4,
	layout: grid{columns: 2, rows: 5, width: 85.6, height: 54, gap: 2.6, marginLeft: 18.1, marginT: 7},
	draw:   drawCard,
}

// drawCard draws one wallet card with its upper left corner at x, y.
func drawCard(p *page, it item, x, y float64) {
	const width, height, radius, band, left = 85.6, 54.0, 3.18, 9.0, 4.0

	p.Fill(pdfpage.White)
	p.Stroke(pdfpage.Rule, 0.2)
	p.PDF.RoundedRect(x, y, width, height, radius, "1234", "FD")
	p.watermark(x+23, y+20.5, 14)
	p.Fill(pdfpage.Accent)
	p.PDF.RoundedRect(x, y, width, band, radius, "12", "F")
	used := p.Text(x+left, y+6.2, p.words[plate.SaysCard].Zh, style{Size: 4.2, Weight: 0.025, Spacing: 0.04, Colour: pdfpage.White}, 0, 0)
	p.Text(x+left+used+1.6, y+6.2, p.words[plate.SaysCard].En, style{Size: 2.3, Colour: pdfpage.Tint}, 0, 0)
	p.sampleBadge(x+width-left, y+2.4, 4.2)

	qrX, qrY := x+width-cardQR.Side-2.6, y+band+1
	cardQR.Draw(p.Page, it.modules, qrX, qrY)

	textWidth := width - cardQR.Side - 2.6 - left - 1.5
	p.block(x+left, y+17, it.Village, style{Size: 4.4, Weight: 0.015, Colour: pdfpage.Ink}, textWidth)
	p.block(x+left, y+26, it.Number, style{Size: 7.5, Weight: 0.025, Colour: pdfpage.Ink}, textWidth)
	drawCode(p, x+left, y+28.6, textWidth, p.both(plate.SaysCode), it.Code)
	drawCode(p, x+left, y+37.4, textWidth, p.both(plate.SaysPIN), it.CardCode)

	p.Text(x+left, y+48.4, it.host, style{Size: 2.5, Least: 1.4, Weight: 0.015, Colour: pdfpage.Accent}, textWidth, 0)
	p.Text(x+left, y+51.2, p.words[plate.SaysCardHelp].Zh, style{Size: 2.2, Least: 1.6, Colour: pdfpage.Grey}, textWidth, 0)
	p.Text(qrX+cardQR.Side/2, y+51.2, p.words[plate.SaysCardHelp].En, style{Size: 2.2, Least: 1.4, Colour: pdfpage.Grey}, cardQR.Side, 0.5)
}

// drawCode draws one of the two codes with its name before it.
func drawCode(p *page, x, y, width float64, name, code string) {
	p.Fill(pdfpage.Tint)
	p.PDF.RoundedRect(x, y, width, 7.8, 1.4, "1234", "F")
	p.Text(x+1.6, y+4.8, name, style{Size: 2.2, Colour: pdfpage.Accent}, 0, 0)
	p.Text(x+width-1.6, y+5.6, code, style{Size: 4.6, Weight: 0.025, Spacing: 0.02, Colour: pdfpage.Ink}, 0, 1)
}
