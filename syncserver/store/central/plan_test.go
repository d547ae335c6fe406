// SPDX-License-Identifier: Apache-2.0

package central

import (
	"bytes"
	"database/sql/driver"
	"strings"
	"testing"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// planOf returns how SQLite means to answer a statement.
func planOf(t *testing.T, s *Store, text string, args ...driver.Value) string {
	t.Helper()
	var plan []string
	err := s.writer.query(func(r row) error {
		plan = append(plan, r.text(3))
		return nil
	}, "EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "\n")
}

// TestWhoIsAskedForIsFoundByIndex: a question about one person must not read all
// records of a province.
func TestWhoIsAskedForIsFoundByIndex(t *testing.T) {
	all := planOf(t, quiet(t), placesOfSubject, bytes.Repeat([]byte{1}, 16))
	if !strings.Contains(all, "SEARCH r USING COVERING INDEX record_subject (subject=?)") || strings.Contains(all, "SCAN") {
		t.Errorf("the plan is\n%s", all)
	}
}

// TestValueIsFoundWithoutItsScope: who scans a plate names no scope. The index is
// stepped through from scope to scope, and no table is read whole.
func TestValueIsFoundWithoutItsScope(t *testing.T) {
	all := planOf(t, quiet(t), nextHolder(record.C1), "plate", "handle", []byte{1}, int64(0))
	if !strings.Contains(all, "SEARCH i USING PRIMARY KEY (kind=? AND field=? AND value=? AND sid>?)") || strings.Contains(all, "SCAN") || strings.Contains(all, "TEMP B-TREE") {
		t.Errorf("the plan is\n%s", all)
	}
}

// TestScopeIsListedInOnePass: what a scope holds is read in the order of the table, and of one person only what the index of
// subjects finds, without sorting.
func TestScopeIsListedInOnePass(t *testing.T) {
	s := quiet(t)
	for _, one := range []struct {
		query record.Query
		want  string
	}{
		{record.Query{Kind: "household", After: ident.Record{1}}, "SEARCH record USING PRIMARY KEY (sid=? AND kind=? AND id>?)"},
		{record.Query{Kind: "household", Subject: ident.Subject{1}}, "SEARCH record USING INDEX record_subject (subject=? AND sid=? AND kind=?)"},
	} {
		where, args, err := query{s: s, view: record.Everything, q: one.query}.sql(1)
		if err != nil {
			t.Fatal(err)
		}
		plan := planOf(t, s, entryColumns+where, args...)
		if !strings.Contains(plan, one.want) || strings.Contains(plan, "SCAN") || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("the plan is\n%s", plan)
		}
	}
}
