// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

// consented returns st without what the people in it have not consented to show whoever asks, for a role that needs their
// consent. For which organisation somebody asks is known by their visit; outside of one they ask for none.
func (n noting) consented(login store.Login, st record.Store) record.Store {
	if _, bound := n.cfg.Consent.Reader(login.Role, ident.Org{}); !bound {
		return st
	}
	look := n.cfg.Reader
	look.Role = Analyst // class C1 says who consented to what
	return consent.Guard{
		Policy: n.cfg.Consent, Catalogue: n.cfg.Catalogue, Look: n.Store.As(look), Now: func() time.Time { return n.cfg.Now().In(zone) },
		Reader: func(ctx context.Context) consent.Reader {
			v, _ := ctx.Value(visitKey{}).(*visit)
			if v == nil {
				v = new(visit)
			}
			r, _ := n.cfg.Consent.Reader(login.Role, v.user.Org)
			return r
		},
		Refused: func(ctx context.Context, _ bool, refused []consent.Refusal) error {
			if v, _ := ctx.Value(visitKey{}).(*visit); v != nil {
				v.withhold(refused)
			}
			return nil
		},
	}.Over(st)
}

// withhold keeps what an answer lacks, once for each record and reason.
func (v *visit) withhold(refused []consent.Refusal) {
	for _, r := range refused {
		i := slices.IndexFunc(v.withheld, func(o consent.Refusal) bool { return o.Header.ID == r.Header.ID && o.Verdict == r.Verdict })
		if i < 0 {
			v.withheld = append(v.withheld, r)
			continue
		}
		v.withheld[i].Fields = merged(v.withheld[i].Fields, r.Fields)
		v.withheld[i].Groups = merged(v.withheld[i].Groups, r.Groups)
	}
}

func merged[T ~string](a, b []T) []T {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

// noteWithheld notes what was asked for and not shown: before the answer that says so leaves.
func (c *Console) noteWithheld(r *http.Request, v *visit, what string) error {
	if v == nil {
		return nil
	}
	var entries []audit.Entry
	for part := range slices.Chunk(v.withheld, audit.MaxTouched/2) {
		e := audit.Entry{Deed: audit.Denied, What: "console." + what}
		var why []string
		for _, one := range part {
			why = append(why, string(one.Why))
			e.Touched = append(e.Touched, audit.Touch{
				Kind: one.Header.Kind, Scope: one.Header.Scope, Subject: one.Header.Subject, Record: one.Header.ID, Fields: one.Fields,
			})
		}
		e.Reason = "consent: " + strings.Join(merged(why, nil), ", ")
		entries = append(entries, e)
	}
	v.withheld = nil
	return c.note(r, v.user, entries...)
}

// withheldView is what a page does not show, and why.
type withheldView struct{ What, Why string }

// withheldOf says what of a record the visitor is not shown.
func (c *Console) withheldOf(v *visit, h record.Header) (out []withheldView) {
	for _, r := range v.withheld {
		if r.Header.ID != h.ID {
			continue
		}
		words := make([]string, len(r.Groups))
		for i, group := range r.Groups {
			words[i] = v.print.T("choice.groups." + group)
		}
		out = append(out, withheldView{What: strings.Join(words, v.print.T("console.list.comma")), Why: c.why(v, r.Verdict)})
	}
	return out
}

// why puts a reason into words.
func (c *Console) why(v *visit, verdict consent.Verdict) string {
	return v.print.T("consent.why."+string(verdict.Why), "date", v.print.Date(time.UnixMilli(verdict.AtMS).In(zone)))
}

// withheldField returns why a field of a record is not shown, and whether it is not.
func withheldField(v *visit, h record.Header, f record.Field) (consent.Verdict, bool) {
	for _, r := range v.withheld {
		if r.Header.ID == h.ID && slices.Contains(r.Fields, f) {
			return r.Verdict, true
		}
	}
	return consent.Verdict{}, false
}

// whyNot says why a field is not shown, "" if it is.
func (c *Console) whyNot(v *visit, h record.Header, f record.Field) string {
	if verdict, is := withheldField(v, h, f); is {
		return c.why(v, verdict)
	}
	return ""
}

// refusedTo returns nil if the visitor is shown who a record is about, by the field that names them. Otherwise it refuses all
// of the page: NotAllowed "consent.refused.none", "consent.refused.over" and "consent.refused.withdrawn", with date.
func (c *Console) refusedTo(v *visit, h record.Header, f record.Field) error {
	reader, bound := c.Consent.Reader(v.user.Login.Role, v.user.Org)
	verdict, is := withheldField(v, h, f)
	if !bound || reader.Need != consent.NeedConsent || !is {
		return nil
	}
	return fault.New(fault.NotAllowed, "consent.refused."+string(verdict.Why)).
		With("date", v.print.Date(time.UnixMilli(verdict.AtMS).In(zone)))
}
