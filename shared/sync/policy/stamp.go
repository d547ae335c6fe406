// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"time"

	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
)

// MaxAhead is how far a device's corrected clock may lie before the server's
// before its stamp is clamped for ordering.
const MaxAhead = 5 * time.Minute

// Effective returns the stamp by which a change set is ordered: the corrected
// reading, never far ahead of the server, always after everything its author
// had seen (cs.Floor) and after the lane's previous effective stamp. It depends
// on the change set and its lane only, so that the outcome of a merge does not
// depend on the order of arrival. ahead marks a clock that was clamped.
func Effective(cs *record.ChangeSet, offset hlc.Offset, lanePrevious hlc.Stamp, serverNowMS int64) (s hlc.Stamp, ahead bool) {
	wall, _ := hlc.Corrected(cs.Reading, offset)
	s, ahead = hlc.Bound(hlc.New(wall, 0), serverNowMS, MaxAhead.Milliseconds())
	floor, tooHigh := hlc.Bound(cs.Floor, serverNowMS, MaxAhead.Milliseconds())
	return hlc.After(s, floor, lanePrevious), ahead || tooHigh
}
