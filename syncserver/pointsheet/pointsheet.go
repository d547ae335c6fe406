// SPDX-License-Identifier: Apache-2.0

// Package pointsheet prints the public notice of civic points (公示表) on A4: what the policy's template says and what a notice
// shows, and no more of anybody than stands there.
package pointsheet

import (
	"fmt"
	"io"
	"time"

	"yuexin/shared/credit/points"
	"yuexin/shared/i18n"
	"yuexin/shared/pdfpage"
	"yuexin/shared/region"
)

// Order is what is printed.
type Order struct {
	Policy  *points.Policy
	List    points.List
	Village string
	Place   region.Code
	Print   *i18n.Printer
	Now     time.Time
}

// The page, in mm.
const (
	width, height = 210.0, 297.0
	left, right   = 18.0, width - 18
	top, bottom   = 20.0, height - 20
	row           = 8.0
	signing       = 34.0 // room for what is signed at the end
)

// columns are the left edges of the columns: number, name, group, item, points, day.
var columns = []float64{left, left + 13, left + 41, left + 66, left + 128, left + 147}

type sheet struct {
	*pdfpage.Page
	o Order
	y float64
}

// Write writes the notice as a PDF.
func Write(w io.Writer, o Order) error {
	date := func(day string) string {
		if t, err := time.Parse(time.DateOnly, day); err == nil {
			return o.Print.Date(t)
		}
		return day
	}
	title, intro, object, signs := o.Policy.Words(o.List, o.Village, o.Print.Lang(), date)
	s := &sheet{Page: pdfpage.New(title, "A4", o.Now), o: o}
	s.page()
	s.paragraph(title, pdfpage.Style{Size: 7, Weight: 0.02, Colour: pdfpage.Ink}, 10)
	s.paragraph(intro, pdfpage.Style{Size: 3.8, Colour: pdfpage.Ink}, 6)
	s.head()
	for i, line := range o.List.Lines {
		if s.y+row > bottom {
			s.page()
			s.head()
		}
		s.line([]string{
			fmt.Sprint(i + 1), line.Name, line.Group, o.Policy.Named(o.Place, line.Item, o.Print.Lang()), fmt.Sprintf("+%d", line.Points), date(line.Day),
		}, pdfpage.Style{Size: 3.8, Least: 2.4, Colour: pdfpage.Ink}, nil)
	}
	s.line([]string{"", o.Print.T("points.sheet.sum"), "", "", fmt.Sprintf("+%d", o.List.Sum()), ""}, pdfpage.Style{Size: 3.8, Weight: 0.015, Colour: pdfpage.Ink}, &pdfpage.Tint)
	s.end(object, signs, date(o.List.From))
	return s.PDF.Output(w)
}

// page begins a page.
func (s *sheet) page() {
	s.PDF.AddPage()
	s.y = top
	if s.o.List.Sample {
		s.SampleBadge(right, 6, 5.6)
	}
	foot := s.o.Print.T("points.sheet.edition", "n", fmt.Sprint(s.o.List.Edition), "page", fmt.Sprint(s.PDF.PageNo()))
	s.Text(right, height-9, foot, pdfpage.Style{Size: 2.6, Colour: pdfpage.Grey}, 0, 1)
}

// paragraph sets text over the whole width, broken where it is full.
func (s *sheet) paragraph(text string, st pdfpage.Style, step float64) {
	var line []rune
	flush := func() {
		s.Text(left, s.y+st.Size, string(line), st, 0, 0)
		s.y += step
		line = line[:0]
	}
	for _, r := range text {
		if s.Width(string(append(line, r)), st) > right-left {
			flush()
		}
		line = append(line, r)
	}
	flush()
	s.y += 2
}

func (s *sheet) head() {
	var names []string
	for _, key := range []string{"number", "name", "group", "item", "points", "day"} {
		names = append(names, s.o.Print.T("points.sheet."+key))
	}
	s.line(names, pdfpage.Style{Size: 3.4, Least: 2.2, Colour: pdfpage.Accent}, &pdfpage.Tint)
}

// line draws a row of the table.
func (s *sheet) line(cells []string, st pdfpage.Style, fill *pdfpage.Colour) {
	if fill != nil {
		s.Fill(*fill)
		s.PDF.Rect(left, s.y, right-left, row, "F")
	}
	s.Stroke(pdfpage.Rule, 0.2)
	s.PDF.Rect(left, s.y, right-left, row, "D")
	for i, text := range cells {
		edge := right
		if i+1 < len(columns) {
			edge = columns[i+1]
		}
		s.PDF.Line(columns[i], s.y, columns[i], s.y+row)
		s.Text(columns[i]+2, s.y+5.3, text, st, edge-columns[i]-4, 0)
	}
	s.y += row
}

// end says how to object and leaves room for those who sign.
func (s *sheet) end(object string, signs []string, date string) {
	if s.y+signing+20 > bottom {
		s.page()
	}
	s.y += 6
	s.paragraph(object, pdfpage.Style{Size: 3.8, Colour: pdfpage.Ink}, 6)
	s.y += 10
	st := pdfpage.Style{Size: 3.8, Colour: pdfpage.Ink}
	for i, sign := range signs {
		s.Text(left+float64(i)*(right-left)/float64(max(1, len(signs))), s.y, sign, st, 0, 0)
	}
	s.Text(right, s.y+18, date, st, 0, 1)
}
