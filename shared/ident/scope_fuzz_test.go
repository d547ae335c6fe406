// SPDX-License-Identifier: Apache-2.0

package ident_test

import (
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
)

// FuzzScope: a name of a scope is taken as it is, or refused with a meaning.
func FuzzScope(f *testing.F) {
	for _, seed := range []string{"ref", "unit:06cpmkg80w9q3v5t7x1z2b4d6f", "", "Unit:A", "单位"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ident.ParseScope(text)
		if err == nil && string(s) != text || err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatalf("%q: %q, %v", text, s, err)
		}
	})
}
