// SPDX-License-Identifier: Apache-2.0

package recordtest

import (
	"context"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// World is a fresh, empty store to be tested, made with the test catalogue and
// access table.
type World struct {
	// As opens the store for a login of that role, all of one device or server.
	As func(record.Role) record.Store

	// NoSearch says that the store does not search sealed fields; it must then
	// answer such a query with fault.Unsupported.
	NoSearch bool
}

// TestStore is the contract of record.Store. open is called once per subtest.
func TestStore(t *testing.T, open func(t *testing.T) World) {
	for _, tc := range []struct {
		name string
		run  func(*testing.T, World)
	}{
		{"create and get", testCreate},
		{"get what is not there", testMissing},
		{"refusals change nothing", testRefusals},
		{"all or nothing", testAllOrNothing},
		{"edits build on each other", testChain},
		{"unseen writes merge by policy", testConcurrent},
		{"delete and restore", testDelete},
		{"edit beside a delete", testEditBesideDelete},
		{"list", testList},
		{"list pages", testPages},
		{"search", testSearch},
		{"best first", testBest},
		{"what waits for a person", testWaiting},
		{"views", testViews},
		{"blind writes", testBlind},
		{"history", testHistory},
		{"receipts", testReceipts},
		{"rows are copies", testCopies},
		{"watch", testWatch},
		{"ended context", testContext},
	} {
		t.Run(tc.name, func(t *testing.T) { tc.run(t, open(t)) })
	}
}

// mustApply applies an act that is expected to succeed.
func mustApply(t *testing.T, s record.Store, a record.Act) record.Receipt {
	t.Helper()
	r, err := s.Apply(context.Background(), a)
	if err != nil {
		t.Fatalf("apply %s: %v", a.Name, err)
	}
	return r
}

func mustGet(t *testing.T, s record.Store, id ident.Record) record.Row {
	t.Helper()
	row, err := s.Get(context.Background(), id)
	if err != nil {
		t.Fatalf("get: %v", err)
	}
	return row
}

func mustBase(t *testing.T, s record.Store, scope ident.Scope) record.Base {
	t.Helper()
	b, err := s.Base(context.Background(), scope)
	if err != nil {
		t.Fatalf("base: %v", err)
	}
	return b
}

func mustList(t *testing.T, s record.Store, q record.Query) []record.Row {
	t.Helper()
	rows, err := s.List(context.Background(), q)
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	return rows
}

// wantKind fails the test unless err has the meaning want.
func wantKind(t *testing.T, err error, want fault.Kind) {
	t.Helper()
	if got := fault.KindOf(err); got != want {
		t.Errorf("fault = %v (%v), want %v", got, err, want)
	}
}

// wantValue compares a field's visible value without printing content.
func wantValue(t *testing.T, row record.Row, f record.Field, want record.Value) {
	t.Helper()
	if got := row.Value(f); !got.Equal(want) {
		t.Errorf("%s = %v %q %d %v, want %q %d %v", f, got, got.Text(), got.Int(), got.Set(), want.Text(), want.Int(), want.Set())
	}
}
