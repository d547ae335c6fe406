// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"time"

	"yuexin/shared/credit/receipt"
)

// guessMachine is the patience with the machine: who stands at it is not known, and one honest person types a code wrong
// more than once.
const guessMachine receipt.Patience = 8

// guesses remembers wrong lookup codes, by number and of the machine. A visit that ends does not end it. There are no more
// numbers in it than there are receipts on the machine.
type guesses struct {
	machine receipt.Trial
	numbers map[receipt.Number]*receipt.Trial
}

// begin lets a guess through, which counts as wrong until right says otherwise, or returns how long to wait.
func (g *guesses) begin(n receipt.Number, now time.Time) time.Duration {
	one := g.numbers[n]
	if one == nil {
		one = &receipt.Trial{}
	}
	wait := max(one.Remaining(receipt.GuessReceipt, now), g.machine.Remaining(guessMachine, now))
	if wait > 0 {
		return wait
	}
	one.Begin(now)
	g.machine.Begin(now)
	if g.numbers == nil {
		g.numbers = map[receipt.Number]*receipt.Trial{}
	}
	g.numbers[n] = one
	return 0
}

// right takes the last guess back: the number is its holder's. Of the machine's earlier ones it says nothing.
func (g *guesses) right(n receipt.Number) {
	delete(g.numbers, n)
	g.machine.TakeBack()
}
