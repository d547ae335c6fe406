// SPDX-License-Identifier: Apache-2.0

package platesheet

import "github.com/skip2/go-qrcode"

// cardQR is read indoors, from a hand: 0.5 mm a module is what a wedge scanner and a phone read without trouble.
var cardQR = qrRule{level: qrcode.High, side: 37, least: 0.5} // High is level Q of ISO/IEC 18004

var cardKind = kind{
	title:  "Yuexin household cards",
	qr:     cardQR,
	layout: grid{columns: 2, rows: 5, width: 85.6, height: 54, gap: 2.6, marginLeft: 18.1, marginT: 7},
	draw:   drawCard,
}

// drawCard draws one wallet card with its upper left corner at x, y.
func drawCard(p *page, it item, x, y float64) {
	const width, height, radius, band, left = 85.6, 54.0, 3.18, 9.0, 4.0

	p.fill(white)
	p.stroke(line, 0.2)
	p.pdf.RoundedRect(x, y, width, height, radius, "1234", "FD")
	p.watermark(x+23, y+20.5, 14)
	p.fill(accent)
	p.pdf.RoundedRect(x, y, width, band, radius, "12", "F")
	used := p.text(x+left, y+6.2, "粤信户卡", style{size: 4.2, weight: 0.025, spacing: 0.04, colour: white}, 0, 0)
	p.text(x+left+used+1.6, y+6.2, "Yuexin household card", style{size: 2.3, colour: tint}, 0, 0)
	p.sampleBadge(x+width-left, y+2.4, 4.2)

	qrX, qrY := x+width-cardQR.side-2.6, y+band+1
	cardQR.draw(p, it.modules, qrX, qrY)

	textWidth := width - cardQR.side - 2.6 - left - 1.5
	p.block(x+left, y+17, it.Village, style{size: 4.4, weight: 0.015, colour: ink}, textWidth)
	p.block(x+left, y+26, it.Number, style{size: 7.5, weight: 0.025, colour: ink}, textWidth)
	drawCode(p, x+left, y+28.6, textWidth, "短码 Code", it.Code)
	drawCode(p, x+left, y+37.4, textWidth, "查询码 PIN", it.CardCode)

	p.text(x+left, y+48.4, it.host, style{size: 2.5, least: 1.4, weight: 0.015, colour: accent}, textWidth, 0)
	p.text(x+left, y+51.2, "扫码登记融资需求；查询码请勿告诉他人", style{size: 2.2, colour: grey}, textWidth, 0)
	p.text(qrX+cardQR.side/2, y+51.2, "Scan at the kiosk or by phone", style{size: 2.2, colour: grey}, 0, 0.5)
}

// drawCode draws one of the two codes with its name before it.
func drawCode(p *page, x, y, width float64, name, code string) {
	p.fill(tint)
	p.pdf.RoundedRect(x, y, width, 7.8, 1.4, "1234", "F")
	p.text(x+1.6, y+4.8, name, style{size: 2.2, colour: accent}, 0, 0)
	p.text(x+width-1.6, y+5.6, code, style{size: 4.6, weight: 0.025, spacing: 0.02, colour: ink}, 0, 1)
}
