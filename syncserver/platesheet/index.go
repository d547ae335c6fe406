// SPDX-License-Identifier: Apache-2.0

package platesheet

import (
	"fmt"
	"slices"
	"strconv"

	"yuexin/shared/credit/plate"
	"yuexin/shared/pdfpage"
)

// The index page in mm. The places of the columns count from the left edge of the page.
const (
	indexLeft     = 18.0
	indexRight    = pageWidth - indexLeft
	indexTop      = 38.0
	indexRow      = 5.6
	indexRows     = 43
	indexOrder    = indexLeft + 9 // right end
	indexVillage  = indexLeft + 14
	indexNumber   = indexLeft + 92
	indexCode     = indexRight - 12 // right end
	indexBox      = indexRight - 3.2
	indexBoxWidth = 3.0
)

// index draws the list of the document's plates, to tick off when they are hung or handed over.
func (p *page) index(items []item) {
	pages := (len(items) + indexRows - 1) / indexRows
	for i, chunk := range slices.Collect(slices.Chunk(items, indexRows)) {
		p.add(a4)
		p.indexHead(len(items), items[0].host, fmt.Sprintf("%d / %d", i+1, pages))
		for j, it := range chunk {
			p.indexLine(it, i*indexRows+j+1, indexTop+indexRow*float64(j+1))
		}
		p.footer()
	}
}

// indexHead draws the title and the names of the columns.
func (p *page) indexHead(count int, host, pageOf string) {
	title := p.Text(indexLeft, 21, p.words[plate.SaysIndex].Zh, style{Size: 8, Weight: 0.02, Colour: pdfpage.Ink}, 0, 0)
	p.Text(indexLeft+title+2.5, 21, p.words[plate.SaysIndex].En, style{Size: 4.2, Colour: pdfpage.Grey}, 0, 0)
	p.Text(indexRight, 17, fmt.Sprintf("共 %d 块  %d in all", count, count), style{Size: 3.2, Colour: pdfpage.Ink}, 0, 1)
	p.Text(indexRight, 22, host+" · "+pageOf, style{Size: 2.8, Least: 1.9, Colour: pdfpage.Grey}, 110, 1)
	p.sampleBadge(indexRight, 6, 5.6)
	p.Stroke(pdfpage.Accent, 0.6)
	p.PDF.Line(indexLeft, 26, indexRight, 26)

	const y = indexTop - 1.2
	label := style{Size: 2.9, Colour: pdfpage.Accent}
	p.Text(indexOrder, y, "序号", label, 0, 1)
	p.Text(indexVillage, y, "村 Village", label, 0, 0)
	p.Text(indexNumber, y, "门牌 Number", label, 0, 0)
	p.Text(indexCode, y, "短码 Code", label, 0, 1)
	p.Text(indexRight, y, "已发", label, 0, 1)
	p.Stroke(pdfpage.Rule, 0.3)
	p.PDF.Line(indexLeft, indexTop+0.6, indexRight, indexTop+0.6)
}

// indexLine draws one row; y is its lower edge.
func (p *page) indexLine(it item, order int, y float64) {
	body := style{Size: 3.2, Least: 1.9, Colour: pdfpage.Ink}
	base := y - 1.2
	p.Text(indexOrder, base, strconv.Itoa(order), style{Size: 3, Colour: pdfpage.Grey}, 0, 1)
	p.Text(indexVillage, base, it.Village, body, indexNumber-indexVillage-3, 0)
	p.Text(indexNumber, base, it.Number, body, indexCode-indexNumber-24, 0)
	p.Text(indexCode, base, it.Code, style{Size: 3.4, Weight: 0.02, Colour: pdfpage.Ink}, 0, 1)
	p.Stroke(pdfpage.Grey, 0.15)
	p.PDF.Rect(indexBox, y-indexRow/2-indexBoxWidth/2+0.6, indexBoxWidth, indexBoxWidth, "D")
	p.Stroke(pdfpage.Rule, 0.12)
	p.PDF.Line(indexLeft, y+0.6, indexRight, y+0.6)
}
