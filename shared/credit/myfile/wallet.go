// SPDX-License-Identifier: Apache-2.0

package myfile

import (
	"yuexin/shared/credit/consent"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Agreed is a consent in the file of who gave it.
type Agreed struct {
	ID      ident.Record `json:"id"`
	Org     ident.Org    `json:"org"` // to whom
	Purpose string       `json:"purpose"`
	Edition uint32       `json:"wording"`
	Groups  []string     `json:"groups"`
	Until   string       `json:"until"` // 2006-01-02, the last day
	AtMS    int64        `json:"at"`
	Given   string       `json:"given"`
	Helper  string       `json:"helper,omitempty"` // who helped
	EndedMS int64        `json:"ended,omitempty"`  // when it was withdrawn, by the clock of where it was signed
}

// agreedOf puts the consents of a subject into its file, newest first.
func agreedOf(g consent.Given) (out []Agreed) {
	for _, c := range g.Consents {
		a := Agreed{
			ID: c.Header.ID, Org: c.Recipient, Purpose: c.Purpose, Edition: c.Edition, Groups: c.Groups, Until: c.Until, AtMS: c.At,
			Given: c.Given, Helper: c.Assistant,
		}
		if e, ended := g.Ended(c); ended {
			a.EndedMS = e.AtMS
		}
		out = append(out, a)
	}
	return out
}

// Given returns what the file says its holder consented to, with withdrawals that are known here and not yet in the file. The
// rule that decides what holds is consent's.
func (f *File) Given(scope ident.Scope, ends []record.Row) consent.Given {
	var g consent.Given
	for _, a := range f.Agreed {
		c := consent.Consent{
			Header:    record.Header{ID: a.ID, Kind: consent.Kind, Scope: scope, Subject: f.Subject},
			Recipient: a.Org, Purpose: a.Purpose, Edition: a.Edition, Groups: a.Groups, Until: a.Until, At: a.AtMS, Given: a.Given,
			Assisted: a.Helper != "", Assistant: a.Helper, Sample: f.Sample,
		}
		g.Consents = append(g.Consents, c)
		if a.EndedMS != 0 {
			g.Ends = append(g.Ends, consent.Ending{Consent: a.ID, AtMS: a.EndedMS})
		}
	}
	g.Ends = append(g.Ends, consent.GivenOf(ends).Ends...)
	return g
}
