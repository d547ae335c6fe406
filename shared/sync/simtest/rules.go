// SPDX-License-Identifier: Apache-2.0

package simtest

import (
	"strings"
	"testing"

	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/simtest/model"
	"yuexin/shared/sync/snapshot"
)

// TestRules returns what simulated worlds are judged by: the catalogue and the
// access table of recordtest, and a rule of the domain that refuses acts called
// "refuse.…".
func TestRules(t testing.TB) model.Rules {
	t.Helper()
	rule, err := snapshot.ParseRule(strings.NewReader(snapshots))
	if err != nil {
		t.Fatal(err)
	}
	return model.Rules{Catalogue: recordtest.Catalogue(t), Access: recordtest.Access(t), Snapshots: rule, Refuse: Refuses}
}

// snapshots is how simulated worlds cut them: small, so that worlds have many
// chunks, and old ones are still in use.
const snapshots = `{
	"version": 1, "kinds": ["household", "demand"],
	"chunk_rows": 2, "least_rows": 2, "stale_percent": 100, "keep_hours": 72, "total_mb": 1
}`

// Refuses is the rule of the domain in simulated worlds.
func Refuses(act string) bool { return strings.HasPrefix(act, "refuse.") }

func (w *World) catalogue() *record.Catalogue { return w.stores.Rules.Catalogue }
func (w *World) access() *record.Access       { return w.stores.Rules.Access }
