// SPDX-License-Identifier: Apache-2.0

package sample_test

import (
	"context"
	"testing"
	"time"

	"yuexin/shared/credit/lending"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/sample"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/central"
)

// TestTheServerTakesIt puts a sample into the central store, which judges every act by the rules of the domain.
func TestTheServerTakesIt(t *testing.T) {
	ctx := context.Background()
	catalogue, err := record.ParseCatalogue(open(t, "catalogue-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	access, err := record.ParseAccess(open(t, "access-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	p := newPlan(t, func(o *sample.Options) { o.Villages, o.Households = 4, 30 })
	s, err := central.Open(ctx, central.Options{
		Dir: t.TempDir(), Catalogue: catalogue, Access: access, Now: func() time.Time { return now },
		Rules: []store.Rule{lendingRule(p.Lending)},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	as := func(role record.Role) sample.Applier {
		return s.As(store.Login{ID: ident.Login{byte(len(role))}, Actor: ident.Actor{byte(len(role))}, Role: role})
	}
	first, err := sample.Run(ctx, p, as, nil)
	if err != nil {
		t.Fatal(err)
	}
	if first.Households != 120 || first.Before != 0 {
		t.Errorf("first run: %+v", first)
	}
	later := newPlan(t, func(o *sample.Options) { o.Villages, o.Households, o.Now = 4, 30, now.AddDate(0, 0, 2) })
	second, err := sample.Run(ctx, later, as, nil)
	if err != nil {
		t.Fatal(err)
	}
	if second.Before+second.Acts != first.Acts {
		t.Errorf("second run: %+v, first: %+v", second, first)
	}
	if err := s.Verify(ctx, func(b store.Breach) { t.Errorf("%s: %s: %s", b.Rule, b.Where, b.What) }); err != nil {
		t.Error(err)
	}
}

// lendingRule is the rule of demands as the store asks for it.
func lendingRule(p *lending.Policy) store.Rule {
	return func(ctx context.Context, read store.Reader, login store.Login, cs *record.ChangeSet) (*store.Refusal, error) {
		no, err := p.Rule(ctx, read, login.Role, cs)
		if no == nil || err != nil {
			return nil, err
		}
		return &store.Refusal{
			Outcome: record.Rejected, Reason: no.Fault.Key, Args: no.Fault.Args, Record: no.Record, Field: record.Field(no.Fault.Field),
		}, nil
	}
}
