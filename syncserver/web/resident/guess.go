// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"sync"
	"time"

	"yuexin/shared/credit/receipt"
)

const (
	guessPlate   receipt.Patience = 8
	guessAddress receipt.Patience = 16
)

// guesses remembers wrong guesses by plate, address and receipt number.
type guesses struct {
	mu      sync.Mutex
	plate   *lru[receipt.Trial]
	address *lru[receipt.Trial]
	receipt *lru[receipt.Trial]
}

func newGuesses() *guesses {
	return &guesses{
		plate: newLRU[receipt.Trial](maxTracked), address: newLRU[receipt.Trial](maxTracked), receipt: newLRU[receipt.Trial](maxTracked),
	}
}

// guess is one guess that has been let through. It counts as wrong until right
// says otherwise, so that guesses made at the same moment cannot all be free.
type guess struct {
	all                     *guesses
	plate, address, receipt *receipt.Trial
}

// begin lets a guess through, or returns how long each of the three still has
// to wait, the longest of them.
func (g *guesses) begin(plate, address, number string, now time.Time) (guess, time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	fresh := func() *receipt.Trial { return &receipt.Trial{} }
	one := guess{all: g, plate: g.plate.get(plate, fresh), address: g.address.get(address, fresh), receipt: g.receipt.get(number, fresh)}

	wait := max(
		one.plate.Remaining(guessPlate, now), one.address.Remaining(guessAddress, now), one.receipt.Remaining(receipt.GuessReceipt, now),
	)
	if wait > 0 {
		return guess{}, wait
	}
	for _, t := range []*receipt.Trial{one.plate, one.address, one.receipt} {
		t.Begin(now)
	}
	return one, 0
}

// right takes the guess back: the number is its owner's and begins anew; plate
// and address keep their earlier wrong guesses, or one known receipt would buy
// any number of guesses at others.
func (g guess) right() {
	g.all.mu.Lock()
	defer g.all.mu.Unlock()
	g.plate.TakeBack()
	g.address.TakeBack()
	g.receipt.Forget()
}
