// SPDX-License-Identifier: Apache-2.0

package recordtest

import (
	"context"
	"errors"

	"yuexin/shared/sync/record"
)

// ErrOff is what a store answers that is switched off.
var ErrOff = errors.New("switched off")

// Off is a store that is switched off after some acts, as a laptop is in the middle of something long.
type Off struct {
	record.Store
	Acts int // that it still takes
}

// Apply takes an act, or returns ErrOff.
func (s *Off) Apply(ctx context.Context, act record.Act) (record.Receipt, error) {
	if s.Acts--; s.Acts < 0 {
		return record.Receipt{}, ErrOff
	}
	return s.Store.Apply(ctx, act)
}
