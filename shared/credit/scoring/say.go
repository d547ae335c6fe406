// SPDX-License-Identifier: Apache-2.0

package scoring

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"yuexin/shared/i18n"
	"yuexin/shared/money"
)

// Said is a result in the words of whoever reads it: every point with its reason. It is drawn on screens and pages, printed,
// and read aloud.
type Said struct {
	Title  string // of the card
	Head   string // grade and points
	Next   string // what is lacking to the next step; "" on the highest
	Groups []SaidGroup
	Stops  []string // vetoes and caps
	Doubts []string // what is in dispute or out of date, and how sure the result is
	Raise  []string // what would raise it most, the most first
	Limit  []SaidAmount
	Total  string // the limit; "" where the card gives none
	Basis  string // card, version, day and how many records
}

// SaidGroup is items under one heading.
type SaidGroup struct {
	Label        string
	Points, Most Points
	Lines        []SaidLine
}

// SaidLine is what one finding was worth.
type SaidLine struct {
	Label, Value string
	Points, Most Points
	Reason       string // the whole sentence
}

// SaidAmount is a line of the limit.
type SaidAmount struct{ Label, Amount, Note string }

// Label returns what an indicator is called.
func (c *Card) Label(lang i18n.Lang, indicator string) string {
	if ind, is := c.find(indicator); is {
		return ind.Label.In(lang)
	}
	return indicator
}

// Say puts a result of this version of the card into words. field names a field for people.
func (c *Card) Say(p *i18n.Printer, r *Result, field func(Input) string) Said {
	lang := p.Lang()
	s := Said{
		Title: c.Title.In(lang),
		Head:  p.T("scoring.head", "step", c.stepLabels(lang, r), "points", r.Points.String(), "most", r.Most.String()),
		Basis: p.T("scoring.basis", "card", c.Title.In(lang), "version", fmt.Sprint(r.Version), "day", r.Day, "n", fmt.Sprint(len(r.Used))),
	}
	if r.Next != nil && r.Next.Lacks > 0 {
		s.Next = p.T("scoring.next", "step", c.Ladders[0].label(lang, r.Next.Code), "points", r.Next.Lacks.String())
	}
	for _, g := range c.Groups {
		if said := c.sayGroup(p, g, r); len(said.Lines) > 0 {
			s.Groups = append(s.Groups, said)
		}
	}
	for _, v := range c.Vetoes {
		if slices.Contains(r.Vetoes, v.Name) {
			s.Stops = append(s.Stops, v.Text.In(lang))
		}
	}
	for _, v := range c.Caps {
		if slices.Contains(r.Caps, v.Name) {
			s.Stops = append(s.Stops, v.Text.In(lang))
		}
	}
	s.Doubts = c.sayDoubts(p, r, field)
	for _, a := range r.Raise {
		s.Raise = append(s.Raise, c.sayAdvice(p, a))
	}
	c.sayLimit(p, r, &s)
	return s
}

// stepLabels names the steps on all ladders.
func (c *Card) stepLabels(lang i18n.Lang, r *Result) string {
	var out []string
	for i, l := range c.Ladders {
		out = append(out, l.label(lang, r.Steps[i]))
	}
	return strings.Join(out, " · ")
}

// StepLabel names a step of the first ladder.
func (c *Card) StepLabel(lang i18n.Lang, code string) string { return c.Ladders[0].label(lang, code) }

func (l Ladder) label(lang i18n.Lang, code string) string {
	for _, s := range l.Steps {
		if s.Code == code {
			return s.Label.In(lang)
		}
	}
	return code
}

func (c *Card) sayGroup(p *i18n.Printer, g Group, r *Result) SaidGroup {
	out := SaidGroup{Label: g.Label.In(p.Lang())}
	for i, it := range c.items {
		if it.Group != g.Name {
			continue
		}
		f, line := r.Findings[it.of], r.Lines[i]
		said := SaidLine{Label: c.Label(p.Lang(), f.Indicator), Value: c.sayValue(p, it.of, f), Points: line.Points, Most: line.Most}
		key := "scoring.line"
		switch {
		case it.Bonus:
			key = "scoring.line.bonus"
		case f.Missing:
			key = "scoring.line.missing"
		}
		said.Reason = p.T(key, "label", said.Label, "value", said.Value, "points", line.Points.String(), "most", line.Most.String())
		out.Points, out.Most = out.Points+line.Points, out.Most+line.Most
		out.Lines = append(out.Lines, said)
	}
	return out
}

// sayValue says what was found.
func (c *Card) sayValue(p *i18n.Printer, of int, f Finding) string {
	ind := c.indicators[of]
	if f.Missing {
		return p.T("scoring.unknown")
	}
	if f.Unit == Code {
		return ind.Words[f.Code].In(p.Lang())
	}
	return ind.say(p, f.Value)
}

func (ind *indicator) say(p *i18n.Printer, v int64) string {
	switch {
	case ind.Unit == Fen:
		return p.Money(money.Fen(v))
	case ind.Unit == Area:
		return p.Area(money.Area(v))
	case ind.Unit == Percent:
		return strconv.FormatInt(v, 10) + "%"
	case p.Lang() == i18n.En:
		return strings.TrimSpace(strconv.FormatInt(v, 10) + " " + ind.Counter.In(p.Lang()))
	}
	return strconv.FormatInt(v, 10) + ind.Counter.In(p.Lang())
}

func (c *Card) sayDoubts(p *i18n.Printer, r *Result, field func(Input) string) (out []string) {
	for _, in := range r.Disputed {
		out = append(out, p.T("scoring.disputed.field", "field", field(in)))
	}
	for _, f := range r.Findings {
		if f.Stale && !f.Missing {
			since := time.UnixMilli(f.AsOfMS + zoneMS).UTC()
			out = append(out, p.T("scoring.stale", "label", c.Label(p.Lang(), f.Indicator), "day", p.Date(since)))
		}
	}
	return append(out, p.T("scoring.confidence", "n", fmt.Sprint(r.Confidence)))
}

func (c *Card) sayAdvice(p *i18n.Printer, a Advice) string {
	ind, is := c.find(a.Indicator)
	if !is {
		return ""
	}
	label := ind.Label.In(p.Lang())
	if a.Do == Fill {
		return p.T("scoring.raise.fill", "label", label, "points", a.Gain.String())
	}
	target := ind.say(p, a.Target)
	if a.Code != "" {
		target = ind.Words[a.Code].In(p.Lang())
	}
	return p.T("scoring.raise.improve", "how", ind.Raise.In(p.Lang()), "label", label, "target", target, "points", a.Gain.String())
}

func (c *Card) sayLimit(p *i18n.Printer, r *Result, s *Said) {
	if r.Limit == nil {
		return
	}
	amount := func(fen int64) string { return p.Money(money.Fen(fen)) }
	if r.Limit.Refused {
		s.Total = c.Limit.Text.In(p.Lang())
		return
	}
	for i, part := range r.Limit.Lines {
		a := SaidAmount{Label: c.Limit.Lines[i].Label.In(p.Lang()), Amount: amount(part.Given)}
		switch part.Cut {
		case CutLine:
			a.Note = p.T("scoring.cut.line", "asked", amount(part.Asked), "most", amount(c.Limit.Lines[i].Most))
		case CutTotal:
			a.Note = p.T("scoring.cut.total", "asked", amount(part.Asked), "most", amount(r.Limit.Most))
		}
		s.Limit = append(s.Limit, a)
	}
	s.Total = p.T("scoring.limit", "amount", amount(r.Limit.Granted), "most", amount(r.Limit.Most))
}
