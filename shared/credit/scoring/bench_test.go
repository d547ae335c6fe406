// SPDX-License-Identifier: Apache-2.0

package scoring_test

import (
	"testing"

	"yuexin/shared/sync/record"
)

// BenchmarkScore scores full households, with debts, points and evaluations, by the card of the program. Two of them run at once
// on two cores: the aim of 20,000 households a second there is 100 µs for each.
func BenchmarkScore(b *testing.B) {
	card := own(b)
	type household struct {
		root   record.Row
		beside []record.Row
	}
	var all []household
	for _, c := range card.Cases {
		root, beside, err := c.Records()
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, household{root, beside})
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		s := card.Scorer()
		for i := 0; pb.Next(); i++ {
			h := all[i%len(all)]
			if _, err := s.Score(h.root, h.beside, "2026-06-30"); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "households/s")
}
