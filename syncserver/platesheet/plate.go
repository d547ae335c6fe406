// SPDX-License-Identifier: Apache-2.0

package platesheet

import "github.com/skip2/go-qrcode"

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

	p.fill(white)
	p.stroke(line, 0.2)
	p.pdf.RoundedRect(x, y, width, height, radius, "1234", "FD")
	p.watermark(x+left+textWidth*0.6, y+39, 31)

	// The band at the top: whose plate this is.
	p.fill(accent)
	p.pdf.RoundedRect(x, y, width, band, radius, "12", "F")
	used := p.text(x+left, y+10.1, "粤信数字门牌", style{size: 6.4, weight: 0.025, spacing: 0.04, colour: white}, 0, 0)
	p.text(x+left+used+2.5, y+10.1, "Yuexin doorplate", style{size: 3.4, colour: tint}, 0, 0)
	p.sampleBadge(x+width-left, y+4.1, 6.8)

	// Where it hangs.
	p.block(x+left, y+29.5, it.Village, style{size: 9, weight: 0.02, colour: ink}, textWidth)
	p.block(x+left, y+49.5, it.Number, style{size: 18, weight: 0.03, colour: ink}, textWidth)

	// The code, for the day when scanning fails.
	p.fill(tint)
	p.pdf.RoundedRect(x+left, y+56.5, textWidth, 17, 2, "1234", "F")
	p.text(x+left+4, y+63.6, "短码 Code", style{size: 3.8, colour: accent}, 0, 0)
	p.text(x+left+4, y+69.4, "扫不了，报此码", style{size: 2.9, colour: grey}, 0, 0)
	p.text(x+left+textWidth-4, y+69, it.Code, style{size: 10.2, weight: 0.025, spacing: 0.03, colour: ink}, 0, 1)

	// The official host, against stickers over the QR code.
	host := style{size: 3.6, least: 1.9, weight: 0.015, colour: accent}
	label := p.text(x+left, y+81.6, "官方网址 ", style{size: 3.2, colour: grey}, 0, 0)
	p.text(x+left+label, y+81.6, it.host, host, textWidth-label, 0)
	p.text(x+left, y+85.6, "扫码后网址不同，请勿填写  Other address? Do not enter anything.", style{size: 2.3, colour: grey}, 0, 0)

	// The QR code and what scanning does.
	qrX, qrY := x+width-panel, y+21.5
	plateKindQR.draw(p, it.modules, qrX, qrY)
	p.stroke(line, 0.25)
	p.pdf.RoundedRect(qrX-0.6, qrY-0.6, plateKindQR.side+1.2, plateKindQR.side+1.2, 1.6, "1234", "D")
	middle := qrX + plateKindQR.side/2
	p.text(middle, y+69.4, "扫码登记融资需求", style{size: 4.6, weight: 0.025, colour: ink}, plateKindQR.side, 0.5)
	p.text(middle, y+74.1, "Scan to register a loan request", style{size: 2.6, colour: grey}, 0, 0.5)
	p.text(middle, y+80.6, "不显示任何个人信息", style{size: 2.9, colour: grey}, 0, 0.5)
	p.text(middle, y+84.4, "Shows no personal data", style{size: 2.3, colour: grey}, 0, 0.5)
}

// plateKindQR is the QR rule of plates.
var plateKindQR = qrRule{level: qrcode.Medium, side: 40, least: 0.7}
