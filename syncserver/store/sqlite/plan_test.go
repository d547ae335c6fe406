// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"bytes"
	"strings"
	"testing"
)

// TestWhoIsAskedForIsFoundByIndex: a question about one person must not read all
// records of a province.
func TestWhoIsAskedForIsFoundByIndex(t *testing.T) {
	s := quiet(t)
	var plan []string
	err := s.writer.query(func(r row) error {
		plan = append(plan, r.text(3))
		return nil
	}, "EXPLAIN QUERY PLAN "+placesOfSubject, bytes.Repeat([]byte{1}, 16))
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(plan, "\n")
	if !strings.Contains(all, "SEARCH r USING COVERING INDEX record_subject (subject=?)") || strings.Contains(all, "SCAN") {
		t.Errorf("the plan is\n%s", all)
	}
}
