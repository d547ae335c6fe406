// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/money"
)

// dice is the randomness of one village. Each village has its own, so that none depends on those before it.
type dice struct {
	*rand.Rand
	source *rand.ChaCha8
}

func newDice(seed uint64, label string) *dice {
	key := binary.BigEndian.AppendUint64([]byte("yuexin sample"), seed)
	source := rand.NewChaCha8(sha256.Sum256(append(key, label...)))
	return &dice{rand.New(source), source}
}

// epoch is the moment in all ids, whenever they are made: an id must not depend on the clock.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// newID makes an id. A source of pseudo-random numbers never fails, and neither does this.
func newID[T ~[ident.Size]byte](d *dice) T {
	id, err := ident.New[T](epoch.UnixMilli(), d.source)
	if err != nil {
		panic("sample: " + err.Error())
	}
	return id
}

// chance is true so many times in a thousand.
func (d *dice) chance(perMille int) bool { return d.IntN(1000) < perMille }

// between returns a number from low to high, both included.
func (d *dice) between(low, high int) int {
	if high <= low {
		return low
	}
	return low + d.IntN(high-low+1)
}

// around returns a number of a lognormal distribution with this median, cut at both ends.
func (d *dice) around(median, spread, low, high float64) float64 {
	return min(max(median*math.Exp(spread*d.NormFloat64()), low), high)
}

// yuan returns an amount as people tell it: rounded to hundreds of yuan.
func yuan(v float64) money.Fen { return money.Fen(math.Round(v/100)) * 100 * 100 }

// pick returns one of the items.
func pick[T any](d *dice, items []T) T { return items[d.IntN(len(items))] }

// weighted returns the index of one of the weights, the larger the more often.
func (d *dice) weighted(weights ...int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	n := d.IntN(sum)
	for i, w := range weights {
		if n -= w; n < 0 {
			return i
		}
	}
	return len(weights) - 1
}
