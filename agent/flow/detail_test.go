// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/money"
)

// TestInOneUnit: amounts beside one another can be compared at a glance.
func TestInOneUnit(t *testing.T) {
	for _, tc := range []struct {
		name string
		sums []money.Fen
		want []string
	}{
		{"all in ten thousands", []money.Fen{6_800_000, 2_000_000, 0}, []string{"6.8万元", "2万元", "0元"}},
		{"mixed", []money.Fen{6_800_000, 2_266_600, 2_000_000}, []string{"68,000元", "22,666元", "20,000元"}},
		{"with fen, and a loss", []money.Fen{-6_800_000, 2_266_650, 0}, []string{"-68,000元", "22,666.50元", "0元"}},
		{"all small", []money.Fen{80_000, 50}, []string{"800元", "0.50元"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := []string{}
			for _, a := range inOneUnit(make([]string, len(tc.sums)), tc.sums) {
				got = append(got, a.Value)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
