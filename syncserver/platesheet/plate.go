// SPDX-License-Identifier: Apache-2.0

package platesheet

import (
	"github.com/skip2/go-qrcode"

	"yuexin/shared/credit/plate"
	"yuexin/shared/pdfpage"
)

// plateForm is one size of plates. All are drawn as the small one, at a scale; the room that is left lies in the middle.
type plateForm struct {
	title         string
	width, height float64 // in mm
	qr            pdfpage.QR
	page          size
	layout        grid
}

// The sizes are those of plates in GB 17733 style (DOMAIN section 4.4), with the squares that they leave for a code. 0.7 mm a
// module is what a phone reads outdoors from an arm's length (FYNE section 3). Level Q of ISO/IEC 18004, which go-qrcode calls
// High, does not fit the small one.
var (
	smallPlate = plateForm{
		title: "Yuexin doorplates", width: smallWidth, height: smallHeight, qr: pdfpage.QR{Level: qrcode.Medium, Side: 40, Least: 0.7},
		page: a4, layout: grid{columns: 1, rows: 3, width: smallWidth, height: smallHeight, gap: 5, marginLeft: 30, marginT: 7},
	}
	mediumPlate = onePerPage("Yuexin doorplates, medium", 270, 170, 75, a4Across)
	largePlate  = onePerPage("Yuexin doorplates, large", 570, 370, 120, size{600, 400})
)

const smallWidth, smallHeight = 150.0, 90.0

// onePerPage is a size of which one lies in the middle of each page.
func onePerPage(title string, width, height, side float64, on size) plateForm {
	return plateForm{
		title: title, width: width, height: height, qr: pdfpage.QR{Level: qrcode.High, Side: side, Least: 0.7}, page: on,
		layout: grid{
			columns: 1, rows: 1, width: width, height: height, marginLeft: (on.width - width) / 2, marginT: (on.height - height) / 2,
		},
	}
}

func (f plateForm) kind() kind {
	return kind{title: f.title, qr: f.qr, page: f.page, layout: f.layout, draw: f.draw}
}

// draw draws one plate with its upper left corner at x, y.
func (f plateForm) draw(p *page, it item, x, y float64) {
	scale := f.width / smallWidth
	p.PDF.TransformBegin()
	p.PDF.TransformScale(scale*100, scale*100, x, y)
	drawPlate(p, it, x, y, f.height/scale, f.qr.Scaled(scale))
	p.PDF.TransformEnd()
}

// drawPlate draws a plate as wide as the small one.
func drawPlate(p *page, it item, x, y, height float64, qr pdfpage.QR) {
	const width, radius, band = smallWidth, 4.0, 15.0
	const left, panel = 8.0, 48.0 // left margin; width of the column with the QR code
	const textWidth = width - panel - left - 6

	p.Fill(pdfpage.White)
	p.Stroke(pdfpage.Rule, 0.2)
	p.PDF.RoundedRect(x, y, width, height, radius, "1234", "FD")
	p.watermark(x+left+textWidth*0.6, y+39, 31)

	// The band at the top: whose plate this is.
	p.Fill(pdfpage.Accent)
	p.PDF.RoundedRect(x, y, width, band, radius, "12", "F")
	title := p.words[plate.SaysTitle]
	used := p.Text(x+left, y+10.1, title.Zh, style{Size: 6.4, Weight: 0.025, Spacing: 0.04, Colour: pdfpage.White}, 0, 0)
	p.Text(x+left+used+2.5, y+10.1, title.En, style{Size: 3.4, Colour: pdfpage.Tint}, 0, 0)
	p.sampleBadge(x+width-left, y+4.1, 6.8)
	y += (height - smallHeight) / 2

	// Where it hangs.
	p.block(x+left, y+29.5, it.Village, style{Size: 9, Weight: 0.02, Colour: pdfpage.Ink}, textWidth)
	p.block(x+left, y+49.5, it.Number, style{Size: 18, Weight: 0.03, Colour: pdfpage.Ink}, textWidth)

	// The code, for the day when scanning fails.
	p.Fill(pdfpage.Tint)
	p.PDF.RoundedRect(x+left, y+56.5, textWidth, 17, 2, "1234", "F")
	p.Text(x+left+4, y+63.6, p.both(plate.SaysCode), style{Size: 3.8, Colour: pdfpage.Accent}, 0, 0)
	p.Text(x+left+4, y+69.4, p.words[plate.SaysCodeHelp].Zh, style{Size: 2.9, Least: 2, Colour: pdfpage.Grey}, 24, 0)
	p.Text(x+left+textWidth-4, y+69, it.Code, style{Size: 10.2, Weight: 0.025, Spacing: 0.03, Colour: pdfpage.Ink}, 0, 1)

	// The official host, against stickers over the QR code.
	host := style{Size: 3.6, Least: 1.9, Weight: 0.015, Colour: pdfpage.Accent}
	label := p.Text(x+left, y+81.6, p.words[plate.SaysHost].Zh+" ", style{Size: 3.2, Colour: pdfpage.Grey}, 0, 0)
	p.Text(x+left+label, y+81.6, it.host, host, textWidth-label, 0)
	warning := p.words[plate.SaysWarning]
	p.Text(x+left, y+85.6, warning.Zh+"  "+warning.En, style{Size: 2.3, Least: 1.6, Colour: pdfpage.Grey}, textWidth, 0)

	drawScan(p, it, x+width-panel/2-4, y, qr)
}

// drawScan draws the QR code around the line at middle, and what scanning does.
func drawScan(p *page, it item, middle, y float64, qr pdfpage.QR) {
	const wide, baseline = 44.0, 21.5 + 40 // the place of the small plate's code
	qrX, qrY := middle-qr.Side/2, y+baseline-20-qr.Side/2
	qr.Draw(p.Page, it.modules, qrX, qrY)
	p.Stroke(pdfpage.Rule, 0.25)
	p.PDF.RoundedRect(qrX-0.6, qrY-0.6, qr.Side+1.2, qr.Side+1.2, 1.6, "1234", "D")
	scan, private := p.words[plate.SaysScan], p.words[plate.SaysPrivate]
	p.Text(middle, y+69.4, scan.Zh, style{Size: 4.6, Least: 3, Weight: 0.025, Colour: pdfpage.Ink}, wide, 0.5)
	p.Text(middle, y+74.1, scan.En, style{Size: 2.6, Least: 1.8, Colour: pdfpage.Grey}, wide, 0.5)
	p.Text(middle, y+80.6, private.Zh, style{Size: 2.9, Least: 2, Colour: pdfpage.Grey}, wide, 0.5)
	p.Text(middle, y+84.4, private.En, style{Size: 2.3, Least: 1.6, Colour: pdfpage.Grey}, wide, 0.5)
}

// both is a text in both languages, one after the other.
func (p *page) both(name string) string { return p.words[name].Zh + " " + p.words[name].En }
