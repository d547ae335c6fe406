// SPDX-License-Identifier: Apache-2.0

package flowtest

import (
	"context"
	"time"

	"yuexin/shared/credit/wholevillage"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"
)

// PutUpLimits puts up a notice of whole-village credit for a week, as somebody of the village would have sent it.
func (s *Stage) PutUpLimits(village region.Code, names ...string) error {
	h, err := s.header(Scope(village), wholevillage.KindNotice)
	if err != nil {
		return err
	}
	p := wholevillage.Posted{
		Step: wholevillage.Step{Header: h, AtMS: s.Time.UnixMilli(), Edition: 1, Sample: true},
		From: s.Time.Format(time.DateOnly), Until: s.Time.AddDate(0, 0, 6).Format(time.DateOnly),
	}
	for i, name := range names {
		p.Lines = append(p.Lines, wholevillage.NoticeLine{Limit: ident.Record{14: 9, 15: byte(i + 1)}, Name: name, Group: "三组"})
	}
	return s.acts(p.Create())
}

// AnswerLimit answers the objection to a limit.
func (s *Stage) AnswerLimit(limit ident.Record, right bool) error {
	for row, err := range record.Each(context.Background(), s.Desk, record.Query{Kind: wholevillage.KindObjection}) {
		if err != nil {
			return err
		}
		o := wholevillage.ObjectionOf(row)
		if o.Limit != limit {
			continue
		}
		h, err := s.header(o.Header.Scope, wholevillage.KindAnswer)
		if err != nil {
			return err
		}
		a := wholevillage.Answer{Step: wholevillage.Step{Header: h, AtMS: s.Time.UnixMilli()}, Objection: o.Header.ID, Right: right, Words: "查过"}
		if err := s.acts(a.Create()); err != nil {
			return err
		}
	}
	return nil
}

// acts applies a write of somebody of the village.
func (s *Stage) acts(w record.Write) error {
	as := s.Memory.As(memory.Session{Actor: ident.Actor{8}, Role: "officer"})
	base, err := as.Base(context.Background(), w.Header.Scope)
	if err != nil {
		return err
	}
	_, err = as.Apply(context.Background(), record.Act{Name: "stage", Scope: w.Header.Scope, Base: base, Source: record.Officer, Writes: []record.Write{w}})
	return err
}
