// SPDX-License-Identifier: Apache-2.0

package consent

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Need says on what it depends whether a role is shown somebody's data.
type Need string

// The needs.
const (
	// NeedConsent is a reader who is shown only what the person gives their organisation by a consent that holds: a bank.
	NeedConsent Need = "consent"
	// NeedNoEnd is a reader who asks people for their consent and collects what they say: shown all, until it is withdrawn.
	NeedNoEnd Need = "unless_withdrawn"
)

// Scheme says which fields of a kind belong to which group of a consent.
type Scheme struct {
	Rest   string                    `json:"rest"`   // the group of every field that is not named
	Groups map[string][]record.Field `json:"groups"` // by code
	// Known are fields that NeedNoEnd sees after a withdrawal, too: without them nobody knew whose wish it is.
	Known []record.Field `json:"known"`
}

func (s Scheme) group(f record.Field) string {
	for group, fields := range s.Groups {
		if slices.Contains(fields, f) {
			return group
		}
	}
	return s.Rest
}

// Reader is who wants to see somebody's data.
type Reader struct {
	Org  ident.Org
	Need Need
}

// Reader returns what holds for somebody who works in a role for an organisation, and false for a role that no consent
// binds: whoever runs the system, or reads what identifies nobody.
func (p *Policy) Reader(role record.Role, org ident.Org) (Reader, bool) {
	need, bound := p.readers[role]
	return Reader{Org: org, Need: need}, bound
}

// Why is why something is not shown; a code, with the text "consent.why." and the code.
type Why string

// The reasons.
const (
	Allowed   Why = ""
	None      Why = "none"      // nobody was asked, or they gave it to others
	Over      Why = "over"      // for the agreed time only
	Withdrawn Why = "withdrawn" // taken back
)

// Verdict is whether something may be shown.
type Verdict struct {
	Why  Why
	AtMS int64 // when it was withdrawn or ended; ms since 1970 UTC, 0 for None
}

// May says whether a reader may be shown the fields of a group, in records of a kind, of the person who gave g. This is
// the one place that decides it: kiosk, laptop and server ask it alike, with the records that each has.
func (p *Policy) May(r Reader, kind record.Kind, group string, g Given, now time.Time) Verdict {
	var last *Consent
	for i, c := range g.Consents {
		if !p.covers(c, kind, group) || r.Need == NeedConsent && c.Recipient != r.Org {
			continue
		}
		if g.Holds(c, now) {
			return Verdict{}
		}
		if last == nil {
			last = &g.Consents[i]
		}
	}
	if last == nil {
		return Verdict{Why: r.refused(None)}
	}
	if e, ended := g.Ended(*last); ended {
		return Verdict{Why: Withdrawn, AtMS: e.AtMS}
	}
	over, err := time.ParseInLocation(time.DateOnly, last.Until, now.Location())
	if err != nil { // no program writes such a day
		return Verdict{Why: r.refused(Over)}
	}
	if why := r.refused(Over); why != Allowed {
		return Verdict{Why: why, AtMS: over.AddDate(0, 0, 1).UnixMilli()}
	}
	return Verdict{}
}

// refused is what lacking a consent without a withdrawal means for the reader.
func (r Reader) refused(why Why) Why {
	if r.Need == NeedNoEnd {
		return Allowed
	}
	return why
}

// covers says whether the words that were agreed to are about the fields of a group in records of a kind. What was written
// down as agreed to beyond the words, or in a way that they do not admit, gives nothing.
func (p *Policy) covers(c Consent, kind record.Kind, group string) bool {
	w, known := p.Wording(c.Purpose, c.Edition)
	return known && slices.Contains(w.Given, c.Given) && slices.Contains(w.Kinds, kind) &&
		slices.Contains(w.Groups, group) && slices.Contains(c.Groups, group)
}

// Refusal is what of a record is not shown, and why.
type Refusal struct {
	Verdict
	Header record.Header
	Fields []record.Field // in order
	Groups []string       // in order; none where no consent could cover it
}

// Refuse returns what of the fields of a record a reader is not shown, by reason. Fields that identify nobody are not
// asked about.
func (p *Policy) Refuse(r Reader, h record.Header, fields []record.Field, g Given, now time.Time) (out []Refusal) {
	if slices.Contains(p.free, h.Kind) {
		return nil
	}
	scheme, ruled := p.kinds[h.Kind]
	verdicts := map[string]Verdict{}
	for _, f := range slices.Sorted(slices.Values(fields)) {
		if r.Need == NeedNoEnd && (!ruled || slices.Contains(scheme.Known, f)) {
			continue
		}
		group := scheme.group(f)
		v, asked := verdicts[group]
		if !asked {
			v = p.May(r, h.Kind, group, g, now)
			verdicts[group] = v
		}
		if v.Why == Allowed {
			continue
		}
		i := slices.IndexFunc(out, func(x Refusal) bool { return x.Verdict == v })
		if i < 0 {
			out, i = append(out, Refusal{Verdict: v, Header: h}), len(out)
		}
		out[i].Fields = append(out[i].Fields, f)
		if group != "" && !slices.Contains(out[i].Groups, group) {
			out[i].Groups = append(out[i].Groups, group)
		}
	}
	for _, x := range out {
		slices.Sort(x.Groups)
	}
	return out
}

// GroupsOf returns the groups that fields of a kind belong to, in order; none for a kind of which no consent speaks.
func (p *Policy) GroupsOf(kind record.Kind, fields []record.Field) (out []string) {
	scheme, ruled := p.kinds[kind]
	if !ruled {
		return nil
	}
	for _, f := range fields {
		if group := scheme.group(f); group != "" && !slices.Contains(out, group) {
			out = append(out, group)
		}
	}
	slices.Sort(out)
	return out
}

// Use is that somebody saw something of a person, or was refused it.
type Use struct {
	AtMS    int64       `json:"at"` // ms since 1970 UTC
	Org     ident.Org   `json:"org,omitzero"`
	Role    record.Role `json:"role,omitempty"`
	Deed    string      `json:"deed"` // as the audit log names it
	Kind    record.Kind `json:"kind"`
	Groups  []string    `json:"groups,omitempty"`
	Refused bool        `json:"refused,omitempty"`
	// After says that the person had withdrawn by then, and nobody there knew it yet.
	After bool `json:"after,omitempty"`
}

// Judge says of each use whether it came after the person had withdrawn: at that moment no consent to the organisation was
// in force, by the times that were signed, and one of them had been withdrawn. A withdrawal that travelled for days is
// found this way whenever it arrives.
func (p *Policy) Judge(uses []Use, g Given, zone *time.Location) []Use {
	out := slices.Clone(uses)
	for i := range out {
		u := &out[i]
		at := time.UnixMilli(u.AtMS).In(zone)
		u.After = !u.Refused && slices.ContainsFunc(u.Groups, func(group string) bool { return p.after(u.Org, u.Kind, group, g, at) })
	}
	return out
}

func (p *Policy) after(org ident.Org, kind record.Kind, group string, g Given, at time.Time) bool {
	withdrawn := false
	for _, c := range g.Consents {
		if c.Recipient != org || !p.covers(c, kind, group) {
			continue
		}
		if g.held(c, at) {
			return false
		}
		e, ended := g.Ended(c)
		withdrawn = withdrawn || ended && e.AtMS <= at.UnixMilli()
	}
	return withdrawn
}

// Sum sums up who saw something: what an organisation did on a day of one kind of record is one line, newest first, at most
// most. What came after a withdrawal stands by itself, and is never left out.
func (p *Policy) Sum(uses []Use, zone *time.Location, most int) (out []Use) {
	slices.SortStableFunc(uses, func(a, b Use) int { return cmp.Compare(b.AtMS, a.AtMS) })
	day := func(u Use) string { return time.UnixMilli(u.AtMS).In(zone).Format(time.DateOnly) }
	for _, u := range uses {
		i := slices.IndexFunc(out, func(o Use) bool {
			return o.Org == u.Org && o.Role == u.Role && o.Deed == u.Deed && o.Refused == u.Refused && o.After == u.After && day(o) == day(u)
		})
		if i < 0 {
			u.Groups = slices.Sorted(slices.Values(u.Groups))
			out = append(out, u)
			continue
		}
		groups := slices.Concat(out[i].Groups, u.Groups)
		slices.Sort(groups)
		out[i].Groups = slices.Compact(groups)
	}
	shown := 0
	return slices.DeleteFunc(out, func(u Use) bool {
		if u.After {
			return false
		}
		shown++
		return shown > most
	})
}

// checkReaders checks what the policy says of readers, kinds and groups.
func (p *Policy) checkReaders() error {
	for role, need := range p.readers {
		if need != NeedConsent && need != NeedNoEnd {
			return fmt.Errorf("consent policy: role %s: no such need %q", role, need)
		}
	}
	for kind, s := range p.kinds {
		seen := map[record.Field]bool{}
		for group, fields := range s.Groups {
			for _, f := range fields {
				if seen[f] || group == "" {
					return fmt.Errorf("consent policy: kind %s: field %s is in two groups", kind, f)
				}
				seen[f] = true
			}
		}
		if slices.Contains(p.free, kind) {
			return fmt.Errorf("consent policy: kind %s is free and is not", kind)
		}
	}
	for _, w := range p.wordings {
		for _, kind := range w.Kinds {
			if _, ruled := p.kinds[kind]; !ruled {
				return fmt.Errorf("consent policy: %s, edition %d: kind %s has no groups", w.Purpose, w.Edition, kind)
			}
		}
	}
	return nil
}
