// SPDX-License-Identifier: Apache-2.0

package platesheet

import (
	"github.com/skip2/go-qrcode"

	"yuexin/shared/pdfpage"
)

// plateKind: 40 mm for the QR code is what GB 17733 style small plates leave; 0.7 mm a module is what a phone reads
// outdoors from an arm's length (FYNE section 3).
var plateKind = kind{
	title:  "Yuexin doorplates",
	qr:     plateKindQR,
	layout: grid{columns: 1, rows: 3, width: 150, height: 90, gap: 5, marginLeft: 30, marginT: 7},
	draw:   drawPlate,
}

// drawPlate draws one plate with its upper left corner at x, y.
func drawPlate(p *page, it item, x, y float64) {
	const width, height, radius, band = 150.0, 90.0, 4.0, 15.0
	const left, panel = 8.0, 48.0 // left margin; width of the column with the QR code
	const textWidth = width - panel - left - 6

	p.Fill(pdfpage.White)
	p.Stroke(pdfpage.Rule, 0.2)
	p.PDF.RoundedRect(x, y, width, height, radius, "1234", "FD")
	p.watermark(x+left+textWidth*0.6, y+39, 31)

	// The band at the top: whose plate this is.
	p.Fill(pdfpage.Accent)
	p.PDF.RoundedRect(x, y, width, band, radius, "12", "F")
	used := p.Text(x+left, y+10.1, "粤信数字门牌", style{Size: 6.4, Weight: 0.025, Spacing: 0.04, Colour: pdfpage.White}, 0, 0)
	p.Text(x+left+used+2.5, y+10.1, "Yuexin doorplate", style{Size: 3.4, Colour: pdfpage.Tint}, 0, 0)
	p.sampleBadge(x+width-left, y+4.1, 6.8)

	// Where it hangs.
	p.block(x+left, y+29.5, it.Village, style{Size: 9, Weight: 0.02, Colour: pdfpage.Ink}, textWidth)
	p.block(x+left, y+49.5, it.Number, style{Size: 18, Weight: 0.03, Colour: pdfpage.Ink}, textWidth)

	// The code, for the day when scanning fails.
	p.Fill(pdfpage.Tint)
	p.PDF.RoundedRect(x+left, y+56.5, textWidth, 17, 2, "1234", "F")
	p.Text(x+left+4, y+63.6, "短码 Code", style{Size: 3.8, Colour: pdfpage.Accent}, 0, 0)
	p.Text(x+left+4, y+69.4, "扫不了，报此码", style{Size: 2.9, Colour: pdfpage.Grey}, 0, 0)
	p.Text(x+left+textWidth-4, y+69, it.Code, style{Size: 10.2, Weight: 0.025, Spacing: 0.03, Colour: pdfpage.Ink}, 0, 1)

	// The official host, against stickers over the QR code.
	host := style{Size: 3.6, Least: 1.9, Weight: 0.015, Colour: pdfpage.Accent}
	label := p.Text(x+left, y+81.6, "官方网址 ", style{Size: 3.2, Colour: pdfpage.Grey}, 0, 0)
	p.Text(x+left+label, y+81.6, it.host, host, textWidth-label, 0)
	p.Text(x+left, y+85.6, "扫码后网址不同，请勿填写  Other address? Do not enter anything.", style{Size: 2.3, Colour: pdfpage.Grey}, 0, 0)

	// The QR code and what scanning does.
	qrX, qrY := x+width-panel, y+21.5
	plateKindQR.Draw(p.Page, it.modules, qrX, qrY)
	p.Stroke(pdfpage.Rule, 0.25)
	p.PDF.RoundedRect(qrX-0.6, qrY-0.6, plateKindQR.Side+1.2, plateKindQR.Side+1.2, 1.6, "1234", "D")
	middle := qrX + plateKindQR.Side/2
	p.Text(middle, y+69.4, "扫码登记融资需求", style{Size: 4.6, Weight: 0.025, Colour: pdfpage.Ink}, plateKindQR.Side, 0.5)
	p.Text(middle, y+74.1, "Scan to register a loan request", style{Size: 2.6, Colour: pdfpage.Grey}, 0, 0.5)
	p.Text(middle, y+80.6, "不显示任何个人信息", style{Size: 2.9, Colour: pdfpage.Grey}, 0, 0.5)
	p.Text(middle, y+84.4, "Shows no personal data", style{Size: 2.3, Colour: pdfpage.Grey}, 0, 0.5)
}

// plateKindQR is the QR rule of plates.
var plateKindQR = pdfpage.QR{Level: qrcode.Medium, Side: 40, Least: 0.7}
