// SPDX-License-Identifier: Apache-2.0

package access

// Remembered returns how many keys both hold.
func Remembered(t *Throttle, l *Limiter) (int, int) { return t.wrong.len(), l.buckets.len() }
