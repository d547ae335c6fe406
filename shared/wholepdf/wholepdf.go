// SPDX-License-Identifier: Apache-2.0

// Package wholepdf prints the papers of whole-village credit on A4: the blank sheet of a blind round (评议表), the public notice
// (公示表) and the notice of a limit to a household (授信通知). What they say is the policy's templates; the same order gives the
// same bytes.
package wholepdf

import (
	"fmt"
	"io"
	"time"

	"yuexin/shared/credit/wholevillage"
	"yuexin/shared/i18n"
	"yuexin/shared/money"
	"yuexin/shared/pdfpage"
)

// Order is what all papers need.
type Order struct {
	Policy  *wholevillage.Policy
	Village string
	Print   *i18n.Printer
	Now     time.Time
	Sample  bool
}

// Household is whom a line of a blank sheet is about.
type Household struct{ Name, Group string }

// paper begins a paper; widths are of all columns but the last, head the keys of their names.
func (o Order) paper(title string, edition uint32, widths []float64, head ...string) *pdfpage.Paper {
	names := make([]string, len(head))
	for i, key := range head {
		names[i] = o.Print.T("wholevillage.paper." + key)
	}
	return pdfpage.NewPaper(pdfpage.Order{
		Title: title, Now: o.Now, Sample: o.Sample, Columns: widths, Head: names,
		Foot: func(page int) string {
			return o.Print.T("wholevillage.paper.edition", "n", fmt.Sprint(edition), "page", fmt.Sprint(page))
		},
	})
}

func (o Order) date(day string) string {
	if t, err := time.Parse(time.DateOnly, day); err == nil {
		return o.Print.Date(t)
	}
	return day
}

// Notice writes the public notice: masked names and groups, and no amounts.
func (o Order) Notice(w io.Writer, n wholevillage.Posted) error {
	rule, lang := o.Policy.Notice(), o.Print.Lang()
	places := []string{"{village}", o.Village, "{from}", o.date(n.From), "{until}", o.date(n.Until)}
	title, intro, signs := rule.Words(lang, places...)
	p := o.paper(title, n.Edition, []float64{18, 60}, "number", "name", "group")
	p.Words(intro)
	p.Table()
	for i, line := range n.Lines {
		p.Row(fmt.Sprint(i+1), line.Name, line.Group)
	}
	object, _, _ := wholevillage.Paper{Title: rule.Object}.Words(lang, places...)
	p.End(object, signs, o.date(n.From))
	return p.PDF.Output(w)
}

// Sheet writes the blank sheet of a round for one reviewer to fill in by hand: a line for each household, in the order of the seats.
func (o Order) Sheet(w io.Writer, r wholevillage.Round, households []Household) error {
	title, intro, signs := o.Policy.Paper("sheet").Words(o.Print.Lang(), "{village}", o.Village, "{round}", fmt.Sprint(r.No))
	p := o.paper(title, r.Edition, []float64{11, 26, 22, 20, 20, 20, 23}, "number", "name", "group", "knows", "honesty", "willing", "suggest", "veto")
	p.Words(intro)
	p.Table()
	for i, h := range households {
		p.Row(fmt.Sprint(i+1), h.Name, h.Group, "", "", "", "", "")
	}
	p.End("", signs, "")
	return p.PDF.Output(w)
}

// Offer writes the notice of a limit to a household.
func (o Order) Offer(w io.Writer, l wholevillage.Limit, name string) error {
	amount := money.Fen(l.Limit).Text()
	if o.Print.Lang() == i18n.En {
		amount = money.Fen(l.Limit).English()
	}
	title, intro, signs := o.Policy.Paper("offer").Words(o.Print.Lang(), "{village}", o.Village, "{name}", name, "{limit}", amount, "{until}", o.date(l.Until))
	p := o.paper(title, l.Edition, nil)
	p.Words(intro)
	p.End("", signs, o.date(l.Day))
	return p.PDF.Output(w)
}
