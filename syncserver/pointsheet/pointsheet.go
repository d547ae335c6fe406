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

// columns are the widths of number, name, group, item and points, in mm; the day takes what is left.
var columns = []float64{13, 28, 25, 62, 19}

// Write writes the notice as a PDF.
func Write(w io.Writer, o Order) error {
	date := func(day string) string {
		if t, err := time.Parse(time.DateOnly, day); err == nil {
			return o.Print.Date(t)
		}
		return day
	}
	title, intro, object, signs := o.Policy.Words(o.List, o.Village, o.Print.Lang(), date)
	var head []string
	for _, key := range []string{"number", "name", "group", "item", "points", "day"} {
		head = append(head, o.Print.T("points.sheet."+key))
	}
	p := pdfpage.NewPaper(pdfpage.Order{
		Title: title, Now: o.Now, Sample: o.List.Sample, Columns: columns, Head: head,
		Foot: func(page int) string {
			return o.Print.T("points.sheet.edition", "n", fmt.Sprint(o.List.Edition), "page", fmt.Sprint(page))
		},
	})
	p.Words(intro)
	p.Table()
	for i, line := range o.List.Lines {
		p.Row(fmt.Sprint(i+1), line.Name, line.Group, o.Policy.Named(o.Place, line.Item, o.Print.Lang()), fmt.Sprintf("+%d", line.Points), date(line.Day))
	}
	p.Sum("", o.Print.T("points.sheet.sum"), "", "", fmt.Sprintf("+%d", o.List.Sum()), "")
	p.End(object, signs, date(o.List.From))
	return p.PDF.Output(w)
}
