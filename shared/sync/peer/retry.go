// SPDX-License-Identifier: Apache-2.0

package peer

// The pauses between connection attempts.
const (
	RetryFirstMS = 1_000
	RetryMostMS  = 60_000
)

// Retry says when to connect again: pauses that double from RetryFirstMS to
// RetryMostMS, each drawn between half and all of it, so that a thousand
// kiosks do not come back in one second. It never gives up.
type Retry struct {
	failures int
}

// Next returns the pause before the next attempt. random is in [0, 1);
// notBeforeMS is what the server asked for, 0 if nothing.
func (r *Retry) Next(random float64, notBeforeMS int64) (pauseMS int64) {
	pause := int64(RetryMostMS)
	if r.failures < 6 {
		pause = min(RetryMostMS, int64(RetryFirstMS)<<r.failures)
	}
	r.failures++
	half := pause / 2
	return max(half+int64(random*float64(half)), notBeforeMS)
}

// Reset notes that a session opened: the next pause is short again.
func (r *Retry) Reset() { r.failures = 0 }
