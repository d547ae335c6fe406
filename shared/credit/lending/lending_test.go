// SPDX-License-Identifier: Apache-2.0

package lending_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"yuexin/assets"
	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/rules"
)

var (
	start   = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	bank    = ident.Org{3}
	officer = ident.Actor{4}
	scope   = ident.UnitScope(ident.Unit{5})
)

func mustAsset(t testing.TB, name string) []byte {
	t.Helper()
	data, err := fs.ReadFile(assets.Folder("policies"), name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func mustPolicy(t testing.TB) *lending.Policy {
	t.Helper()
	p, err := lending.Parse(bytes.NewReader(mustAsset(t, "lending-1.json")))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// world is a store of one scope in which everything is accepted after the rules were asked.
type world struct {
	t      testing.TB
	policy *lending.Policy
	cat    *record.Catalogue
	access *record.Access
	random *rand.ChaCha8
	rows   map[ident.Record]record.Row
	number uint64
	broken error // what reading answers with
}

func newWorld(t testing.TB) *world {
	t.Helper()
	cat, err := record.ParseCatalogue(bytes.NewReader(mustAsset(t, "catalogue-1.json")))
	if err != nil {
		t.Fatal(err)
	}
	access, err := record.ParseAccess(bytes.NewReader(mustAsset(t, "access-1.json")))
	if err != nil {
		t.Fatal(err)
	}
	return &world{
		t: t, policy: mustPolicy(t), cat: cat, access: access,
		random: rand.NewChaCha8([32]byte{9}), rows: make(map[ident.Record]record.Row),
	}
}

func (w *world) Get(_ context.Context, id ident.Record) (record.Row, error) {
	row, ok := w.rows[id]
	switch {
	case w.broken != nil:
		return record.Row{}, w.broken
	case !ok:
		return record.Row{}, fault.New(fault.NotFound, "")
	}
	return row, nil
}

func (w *world) List(_ context.Context, q record.Query) ([]record.Row, error) {
	var out []record.Row
	for _, row := range w.rows {
		match := row.Header.Kind == q.Kind && row.Header.Scope == q.Scope && row.Header.ID.Compare(q.After) > 0
		for _, term := range q.Where {
			match = match && row.Value(term.Field).Equal(term.Value)
		}
		if match {
			out = append(out, row)
		}
	}
	slices.SortFunc(out, func(a, b record.Row) int { return a.Header.ID.Compare(b.Header.ID) })
	return out[:min(len(out), q.Limit)], nil
}

// by is an author at a number of hours after the start.
func (w *world) by(role record.Role, hours int) lending.Author {
	return lending.Author{
		Role: role, Source: w.access.Source(role), NowMS: start.Add(time.Duration(hours) * time.Hour).UnixMilli(), Random: w.random,
	}
}

// judge asks all rules.
func (w *world) judge(role record.Role, act record.Act) (*lending.Refusal, error) {
	w.t.Helper()
	view := w.access.View(role)
	j := rules.Judge{Catalogue: w.cat, Access: w.access, Role: role, Look: func(id ident.Record) (record.Row, bool) {
		row, ok := w.rows[id]
		return row, ok && view.Holds(row.Header.Kind, record.C1)
	}}
	if err := j.Check(act); err != nil {
		w.t.Fatalf("%s as %s: %v", act.Name, role, err)
	}
	return w.policy.Rule(context.Background(), w, role, &record.ChangeSet{Act: act})
}

// apply lets an act stand with an effective stamp at its author's time.
func (w *world) apply(by lending.Author, act record.Act) {
	w.number++
	for _, write := range act.Writes {
		row := record.Row{Header: write.Header, Fields: make(map[record.Field]record.FieldState)}
		for f, v := range write.Fields {
			row.Fields[f] = record.FieldState{Value: v, Winner: record.Head{
				Value: v, Stamp: hlc.New(by.NowMS, 0), Number: w.number, Actor: ident.Actor{1},
			}}
		}
		w.rows[write.Header.ID] = row
	}
}

func (w *world) must(by lending.Author, act record.Act) {
	w.t.Helper()
	refusal, err := w.judge(by.Role, act)
	if err != nil || refusal != nil {
		w.t.Fatalf("%s as %s: %v %v", act.Name, by.Role, refusal, err)
	}
	w.apply(by, act)
}

func (w *world) state(d lending.Demand) lending.State {
	w.t.Helper()
	rows, err := lending.Moves(context.Background(), w, d.Header)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.policy.Fold(rows)
}

func (w *world) move(role record.Role, hours int, d lending.Demand, s lending.State, r lending.Request) (lending.Author, record.Act) {
	w.t.Helper()
	by := w.by(role, hours)
	act, err := w.policy.Move(by, d, s, r)
	if err != nil {
		w.t.Fatalf("%s to %s: %v", role, r.To, err)
	}
	return by, act
}

func mustNumber(t testing.TB) receipt.Number {
	t.Helper()
	n, err := receipt.NewNumberer(421, make([]byte, receipt.MinKey))
	if err != nil {
		t.Fatal(err)
	}
	number, err := n.At(7)
	if err != nil {
		t.Fatal(err)
	}
	return number
}

func sample(t testing.TB) lending.Demand {
	t.Helper()
	phone, err := ident.ParseMobile("19900001234")
	if err != nil {
		t.Fatal(err)
	}
	return lending.Demand{
		Header: record.Header{Scope: scope}, Receipt: mustNumber(t), Channel: "kiosk", Via: "plate",
		Applicant: "陈秀英", Contact: lending.ContactHelper, Phone: phone, Helper: "陈小文", Asked: 3_000_000, TermMonths: 12,
		Purpose: "other", PurposeText: "买鱼苗", Plate: doorplate.Handle{6}, Household: ident.Record{7}, Merchant: ident.Record{8},
		Assisted: true, AssistRole: "cadre", AssistName: "李国强", Form: "demand 1", Sample: true,
	}
}

func mustConsent(t testing.TB) consent.Consent {
	t.Helper()
	p, err := consent.Parse(bytes.NewReader(mustAsset(t, "consent-1.json")))
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Give(consent.Consent{Recipient: bank, Purpose: "loan_demand", Given: consent.Tap}, start)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) register(role record.Role) lending.Demand {
	w.t.Helper()
	by := w.by(role, 0)
	act, d, err := w.policy.NewDemand(by, sample(w.t), mustConsent(w.t))
	if err != nil {
		w.t.Fatal(err)
	}
	w.must(by, act)
	return d
}

var _ lending.Reader = (*world)(nil)

var errBroken = errors.New("disk gone")
