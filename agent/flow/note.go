// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"

	"yuexin/shared/sync/audit"
)

// noted reads what one page shows and returns it once the audit log has it, as one
// entry under the name of the page. Where the store does not watch, as in the
// gallery, nothing is noted.
func noted[T any](ctx context.Context, page string, read func(context.Context) (T, error)) (T, error) {
	ctx, seen := audit.Open(audit.Doing(ctx, audit.Read, page))
	x, err := read(ctx)
	if err == nil {
		err = seen.Note(ctx)
	}
	if err != nil {
		var nothing T
		return nothing, err
	}
	return x, nil
}
