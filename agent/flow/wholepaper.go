// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"io"
	"slices"

	"yuexin/shared/credit/wholevillage"
	"yuexin/shared/ident"
	"yuexin/shared/wholepdf"
)

// WholePaper is a paper of whole-village credit that can be printed here.
type WholePaper struct {
	Name  string // as a button and a file have it
	Write func(io.Writer) error
}

func (p *WholePage) order() wholepdf.Order {
	d := p.desk
	return wholepdf.Order{Policy: d.Book.Whole, Village: p.Name, Print: d.Print, Now: d.Now(), Sample: p.village.Year.Sample}
}

// papers are the newest public notice, and a blank sheet of each open round in which whoever works here reviews.
func (p *WholePage) papers() {
	d, v := p.desk, p.village
	if n := len(v.Posted); n > 0 {
		posted := v.Posted[n-1]
		p.Papers = append(p.Papers, WholePaper{d.T("agent.whole.paper.notice"), func(w io.Writer) error { return p.order().Notice(w, posted) }})
	}
	for _, r := range v.Rounds {
		if _, closed := v.Closed[r.Header.ID]; closed || len(r.Seats) == 0 {
			continue
		}
		if mine, reviews := p.reviews(r.Seats[0].Household); !reviews || mine != r.Header.ID {
			continue
		}
		name := d.T("agent.whole.paper.sheet", "round", r.Text())
		p.Papers = append(p.Papers, WholePaper{name, func(w io.Writer) error { return p.order().Sheet(w, r, p.seated(r)) }})
	}
}

// seated are the households of a round in the order of the seats, as a sheet names them.
func (p *WholePage) seated(r wholevillage.Round) []wholepdf.Household {
	at := map[ident.Record]wholepdf.Household{}
	for _, c := range p.Cases {
		at[c.id] = wholepdf.Household{Name: c.Name, Group: c.group}
	}
	out := make([]wholepdf.Household, len(r.Seats))
	for i, s := range r.Seats {
		out[i] = at[s.Household]
	}
	return out
}

// offer is the notice of a household's limit while the limit stands.
func (p *WholePage) offer(c *wholevillage.Case, name string) *WholePaper {
	if c.Limit == nil || c.Stopped != "" || c.Rank() < slices.Index(wholevillage.States(), wholevillage.Offer)+1 {
		return nil
	}
	limit := *c.Limit
	return &WholePaper{p.desk.T("agent.whole.paper.offer"), func(w io.Writer) error { return p.order().Offer(w, limit, name) }}
}
