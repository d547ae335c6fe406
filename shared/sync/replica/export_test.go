// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"

	"yuexin/shared/sync/record"
)

// FillDisk makes the disk look full, or not any more.
func (r *Replica) FillDisk(ctx context.Context, full bool) error {
	query := "PRAGMA max_page_count = 1048576"
	if full {
		query = "PRAGMA max_page_count = 1" // SQLite rounds it up to what is in use
	}
	var now int
	return r.full.QueryRowContext(ctx, query).Scan(&now)
}

// DataKey returns the key that an open device has in memory.
func (r *Replica) DataKey() []byte { return r.keys.data.Encode() }

// LaneSeed returns the seed of a lane.
func (r *Replica) LaneSeed(id record.Lane) [16]byte { return r.laneLocked(id).seed }
