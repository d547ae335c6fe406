// SPDX-License-Identifier: Apache-2.0

package plain

import (
	"strings"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Permit says a consent: whom somebody gave what.
type Permit struct {
	ID    ident.Record
	Who   string // to whom
	What  string // which information
	For   string // what for
	State string // until when, or since when not any more
	Given string // when and how it was given, and who helped
	Holds bool   // it can be taken back
}

// Permit says c, of all that its giver gave and took back, on a day. who is the name of its recipient.
func (w Words) Permit(c consent.Consent, given consent.Given, who string, now time.Time) Permit {
	p := w.Print
	one := Permit{
		ID: c.Header.ID, Who: who, What: w.Groups(c.Groups), For: p.T("choice.consent_purpose." + c.Purpose), Holds: given.Holds(c, now),
		Given: p.T("consent.wallet.given", "date", p.Date(time.UnixMilli(c.At).In(w.Zone)), "how", p.T("choice.given."+c.Given)),
	}
	if c.Assisted {
		one.Given = p.T("consent.wallet.helped", "given", one.Given, "who", c.Assistant)
	}
	key := "consent.wallet.until"
	if !one.Holds {
		key = "consent.wallet.over"
	}
	one.State = p.T(key, "date", w.day(c.Until))
	if e, ended := given.Ended(c); ended {
		one.State = p.T("consent.wallet.ended", "date", p.DateTime(time.UnixMilli(e.AtMS).In(w.Zone)))
	}
	return one
}

// day says a day as records have it.
func (w Words) day(text string) string {
	day, err := time.ParseInLocation(time.DateOnly, text, w.Zone)
	if err != nil {
		return text
	}
	return w.Print.Date(day)
}

// Groups names the groups of a consent.
func (w Words) Groups(codes []string) string {
	words := make([]string, len(codes))
	for i, code := range codes {
		words[i] = w.Print.T("choice.groups." + code)
	}
	return strings.Join(words, w.Print.T("consent.wallet.and"))
}

// self is the role of the page on people's own telephones.
const self record.Role = "resident"

// Use says who saw something; who is the name of their organisation, "" where it is not known.
func (w Words) Use(u consent.Use, who string) (by, what, when string) {
	p := w.Print
	if who == "" {
		who = p.T("consent.wallet.somebody")
	}
	if u.Role == self {
		who = p.T("consent.wallet.self")
	} else if u.Role != "" {
		who = p.T("consent.wallet.who", "org", who, "role", p.T("choice.role."+string(u.Role)))
	}
	return who, p.T("consent.wallet.used", "deed", p.T("consent.wallet.deed."+u.Deed), "what", w.Groups(u.Groups)),
		p.DateTime(time.UnixMilli(u.AtMS).In(w.Zone))
}

// Why says why something is not shown.
func (w Words) Why(v consent.Verdict) string {
	return w.Print.T("consent.why."+string(v.Why), "date", w.Print.Date(time.UnixMilli(v.AtMS).In(w.Zone)))
}
