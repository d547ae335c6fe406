// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"

	"yuexin/shared/sync/record"
)

// ruleSet is what the store judges by. It is replaced whole.
type ruleSet struct {
	catalogue *record.Catalogue
	access    *record.Access
}

func (s *Store) catalogue() *record.Catalogue { return s.judges.Load().catalogue }

func (s *Store) access() *record.Access { return s.judges.Load().access }

// SetRules implements store.Store. It takes its turn with what is committed, so that no
// change set is judged by one set of rules and applied by another.
func (s *Store) SetRules(ctx context.Context, catalogue *record.Catalogue, access *record.Access) error {
	return s.write(ctx, func(*txn) error {
		s.judges.Store(&ruleSet{catalogue, access})
		return nil
	})
}
