// SPDX-License-Identifier: Apache-2.0

package scoring_test

import (
	"math/rand/v2"
	"runtime"
	"syscall"
	"testing"
	"time"

	"yuexin/assets"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/sync/record"
)

// judged is a household with what stands beside it.
type judged struct {
	root   record.Row
	beside []record.Row
}

// BenchmarkScore scores full households, with debts, points and evaluations, by the card of the program as the server holds it, and
// says how much of a processor each took (cpu-ns), which a busy machine does not change. The aim of 20,000 households a second on
// two cores is 100,000 cpu-ns. Beside it stands what nobody can go below: reading from the records, once, the values that a card reads.
func BenchmarkScore(b *testing.B) {
	book, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"))
	if err != nil {
		b.Fatal(err)
	}
	card := book.Card("household", "2026-06-30")
	r := rand.New(rand.NewPCG(5, 0))
	var all []judged
	for range 2000 {
		root, beside := household(card, r)
		all = append(all, judged{root, beside})
	}
	b.Run("one core", func(b *testing.B) {
		s := card.Scorer()
		measured(b, func() {
			for i := range b.N {
				if _, err := s.Score(all[i%len(all)].root, all[i%len(all)].beside, "2026-06-30"); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
	b.Run("with bytes", func(b *testing.B) {
		s := card.Scorer()
		measured(b, func() {
			for i := range b.N {
				result, err := s.Score(all[i%len(all)].root, all[i%len(all)].beside, "2026-06-30")
				if err != nil || len(result.Bytes()) == 0 {
					b.Fatal(err)
				}
			}
		})
	})
	b.Run("all cores", func(b *testing.B) {
		measured(b, func() {
			b.RunParallel(func(pb *testing.PB) {
				s := card.Scorer()
				for i := 0; pb.Next(); i++ {
					if _, err := s.Score(all[i%len(all)].root, all[i%len(all)].beside, "2026-06-30"); err != nil {
						b.Error(err)
					}
				}
			})
		})
	})
	b.Run("limit: reading", func(b *testing.B) {
		var read int64
		measured(b, func() {
			for i := range b.N {
				for _, row := range append(all[i%len(all)].beside, all[i%len(all)].root) {
					for _, f := range card.Reads(row.Header.Kind) {
						read += int64(len(row.Fields[f].Aside)) + row.Int(f)
					}
				}
			}
		})
		runtime.KeepAlive(read)
	})
}

// measured runs what scores b.N households.
func measured(b *testing.B, run func()) {
	b.ReportAllocs()
	b.ResetTimer()
	before := cpu(b)
	run()
	b.ReportMetric(float64(cpu(b)-before)/float64(b.N), "cpu-ns/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "households/s")
}

// cpu is what this process has taken of processors.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
