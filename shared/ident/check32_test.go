// SPDX-License-Identifier: Apache-2.0

package ident_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"yuexin/shared/ident"
)

// Every change of one character and every exchange of two different ones is
// found, the check character included.
func TestCheck32FindsSlips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.SliceOfN(rapid.ByteMax(31), 1, 30).Draw(t, "digits")
		whole := append(bytes.Clone(digits), ident.Check32(digits))
		slip := bytes.Clone(whole)
		i := rapid.IntRange(0, len(whole)-1).Draw(t, "i")
		if rapid.Bool().Draw(t, "exchange") {
			j := rapid.IntRange(0, len(whole)-1).Draw(t, "j")
			slip[i], slip[j] = slip[j], slip[i]
		} else {
			slip[i] = rapid.ByteMax(31).Draw(t, "other")
		}
		last := len(slip) - 1
		if !bytes.Equal(slip, whole) && ident.Check32(slip[:last]) == slip[last] {
			t.Fatalf("%v passes for %v", slip, whole)
		}
	})
}
