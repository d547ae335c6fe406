// SPDX-License-Identifier: Apache-2.0

package device

import (
	"yuexin/kiosk/device/escpos"
	"yuexin/kiosk/flow"
)

// Receipt lays a receipt out. The number is twice as large as the rest, so that it is copied without a mistake; in the large
// mode everything is.
func Receipt(p flow.Paper) *escpos.Sheet {
	s := &escpos.Sheet{}
	body := escpos.Style{}
	if p.Large {
		body.Size = 2
	}
	title := func(size int, text string) {
		if text != "" {
			s.Text(escpos.Style{Align: escpos.Centre, Bold: true, Size: size}, text)
		}
	}
	title(2, p.Title)
	title(body.Size, p.Mark)
	title(body.Size, p.Sample)
	s.Rule()
	if p.Number != "" {
		s.Text(escpos.Style{Align: escpos.Centre, Size: body.Size}, p.Label)
		title(2, p.Number.String())
	}
	if p.Code != "" {
		s.QR(p.Code)
	}
	for _, row := range p.Rows {
		if !p.Large {
			s.Row(row[0], row[1])
			continue
		}
		s.Text(escpos.Style{}, row[0])
		s.Text(body, row[1])
	}
	s.Rule()
	for _, note := range p.Notes {
		s.Text(body, note)
	}
	return s
}
