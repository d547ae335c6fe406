// SPDX-License-Identifier: Apache-2.0

package ledger_test

import (
	"context"
	"os"
	"testing"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/ledger"
	"yuexin/syncserver/plates"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/sqlite"
)

// newCentral is the central store with the real catalogue and access table, opened for the desk.
func newCentral(t *testing.T) record.Store {
	t.Helper()
	file := func(name string) *os.File {
		f, err := os.Open("../../assets/policies/" + name)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	catalogue, err := record.ParseCatalogue(file("catalogue-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	access, err := record.ParseAccess(file("access-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(context.Background(), sqlite.Options{
		Dir: t.TempDir(), Catalogue: catalogue, Access: access, Now: func() time.Time { return today },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s.As(store.Login{ID: ident.Login{1}, Actor: ident.Actor{1}, Role: "desk"})
}

// TestCentralStore imports a ledger into the central store, whose fields are sealed, with plates from the same run, and
// finds every household again the second time.
func TestCentralStore(t *testing.T) {
	ctx, central := context.Background(), newCentral(t)
	f := mustOpen(t, messy(t, 400))
	first := mustCheck(t, central, f, options(fuxi))
	p := plan(ledger.GoodRows)
	p.Plates = func(ctx context.Context, village ident.Scope) (map[ident.Record]string, error) {
		issued, err := plates.Issuer{Store: central, Now: today, Random: p.Random}.Issue(ctx, village)
		return issued.Codes, err
	}
	if err := ledger.Apply(ctx, central, first, p); err != nil {
		t.Fatal(err)
	}
	if got := first.Counts(); got[ledger.Added] != 352 {
		t.Fatalf("counts %v", got)
	}
	for _, l := range first.Lines {
		if (l.State == ledger.Added) != (l.Plate != "") {
			t.Fatalf("row %d is %s with plate %q", l.Number, l.State, l.Plate)
		}
	}
	second := mustCheck(t, central, f, options(fuxi))
	if got := second.Counts(); got[ledger.Known] != 352 || got[ledger.Ready]+got[ledger.Changed] != 0 {
		t.Errorf("second time: %v", got)
	}
	elsewhere := mustCheck(t, central, f, options(ledger.Village{Scope: dasha.Scope, Code: dasha.Code, Names: fuxi.Names}))
	if got := elsewhere.Counts(); got[ledger.Ready] != 0 || got[ledger.Wrong] != 384 {
		t.Errorf("in another village: %v", got)
	}
}
