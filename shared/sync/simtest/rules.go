// SPDX-License-Identifier: Apache-2.0

package simtest

import (
	"strings"
	"testing"

	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/simtest/model"
)

// TestRules returns what simulated worlds are judged by: the catalogue and the
// access table of recordtest, and a rule of the domain that refuses acts called
// "refuse.…".
func TestRules(t testing.TB) model.Rules {
	t.Helper()
	return model.Rules{Catalogue: recordtest.Catalogue(t), Access: recordtest.Access(t), Refuse: Refuses}
}

// Refuses is the rule of the domain in simulated worlds.
func Refuses(act string) bool { return strings.HasPrefix(act, "refuse.") }

func (w *World) catalogue() *record.Catalogue { return w.stores.Rules.Catalogue }
func (w *World) access() *record.Access       { return w.stores.Rules.Access }
