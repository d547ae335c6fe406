// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"slices"

	"yuexin/shared/credit/consent"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

// usesFor is how many months back the people in the files are told who saw something. The choice is ours: entries older than
// those of the audit policy's hot months lie in files.
const usesFor = 12

// uses finds in the audit log who saw something of each subject, and who was refused it. What no consent speaks of is not
// among it.
func (s *server) uses(ctx context.Context, scope ident.Scope, of []ident.Subject) (map[ident.Subject][]consent.Use, error) {
	who, err := s.readers(ctx)
	if err != nil {
		return nil, err
	}
	out := map[ident.Subject][]consent.Use{}
	for _, subject := range of {
		q := store.AuditQuery{Subject: subject, From: s.Now().AddDate(0, -usesFor, 0), Limit: 500}
		for {
			list, err := s.Store.Audited(ctx, q)
			if err != nil {
				return nil, err
			}
			for _, e := range list {
				out[subject] = append(out[subject], s.usesIn(e.Entry, scope, subject, who[e.Actor])...)
			}
			if len(list) < q.Limit {
				break
			}
			q.After = list[len(list)-1].Place
		}
	}
	return out, nil
}

// looks are the deeds by which somebody sees something.
var looks = []audit.Deed{audit.Read, audit.List, audit.LookUp, audit.Export, audit.Print, audit.Denied}

// usesIn returns what an entry says about a subject. A list that only counts whom it showed counts for all of the village.
func (s *server) usesIn(e audit.Entry, scope ident.Scope, of ident.Subject, by consent.Use) (out []consent.Use) {
	if !slices.Contains(looks, e.Deed) {
		return nil
	}
	for _, t := range e.Touched {
		if t.Subject != of && (t.Count == 0 || t.Scope != scope) {
			continue
		}
		groups := s.Book().Consent.GroupsOf(t.Kind, t.Fields)
		if len(groups) == 0 {
			continue
		}
		use := by
		use.AtMS, use.Deed, use.Kind, use.Groups, use.Refused = e.AtMS, string(e.Deed), t.Kind, groups, e.Deed == audit.Denied
		out = append(out, use)
	}
	return out
}

// readers returns for whom people work, and as what: those with a login of the console, and the staff of laptops.
func (s *server) readers(ctx context.Context) (map[ident.Actor]consent.Use, error) {
	out := map[ident.Actor]consent.Use{s.logins.Resident.Actor: {Role: "resident"}} // people themselves, on their phones
	rows, err := s.desk().List(ctx, record.Query{Kind: "staff", Limit: 1 << 16})
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		var actor ident.Actor
		var org ident.Org
		copy(actor[:], row.Value("actor").Bytes())
		copy(org[:], row.Value("org").Bytes())
		out[actor] = consent.Use{Org: org}
	}
	users, err := s.Store.Users(ctx)
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		use := consent.Use{Org: u.Org, Role: u.Login.Role}
		if use.Org.IsZero() {
			use.Org = out[u.Login.Actor].Org
		}
		out[u.Login.Actor] = use
	}
	return out, nil
}
