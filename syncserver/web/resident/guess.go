// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"sync"
	"time"
)

// patience is how wrong guesses slow down.
type patience struct {
	free int // wrong guesses without a wait
}

// The waits after the free guesses: firstWait, then twice as long each time, up
// to longestWait; forgetAfter without a wrong guess begins anew. A phone tail
// has 10,000 values, so at 3 free guesses and then 24 a day a receipt number
// stands against guessing for a year.
const (
	firstWait   = 10 * time.Second
	longestWait = time.Hour
	forgetAfter = 24 * time.Hour
)

var (
	guessReceipt = patience{free: 3}
	guessPlate   = patience{free: 8}
	guessAddress = patience{free: 16}
)

// wait returns the pause after so many wrong guesses.
func (p patience) wait(wrong int) time.Duration {
	if wrong <= p.free {
		return 0
	}
	doubled := min(wrong-p.free-1, 20)
	return min(firstWait<<doubled, longestWait)
}

// guesses remembers wrong guesses by plate, address and receipt number.
type guesses struct {
	mu      sync.Mutex
	plate   *lru[trial]
	address *lru[trial]
	receipt *lru[trial]
}

// trial is what one key got wrong.
type trial struct {
	wrong int
	last  time.Time
}

func newGuesses() *guesses {
	return &guesses{
		plate: newLRU[trial](maxTracked), address: newLRU[trial](maxTracked), receipt: newLRU[trial](maxTracked),
	}
}

// guess is one guess that has been let through. It counts as wrong until right
// says otherwise, so that guesses made at the same moment cannot all be free.
type guess struct {
	all                     *guesses
	plate, address, receipt *trial
}

// begin lets a guess through, or returns how long each of the three still has
// to wait, the longest of them.
func (g *guesses) begin(plate, address, receipt string, now time.Time) (guess, time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	fresh := func() *trial { return &trial{} }
	one := guess{all: g, plate: g.plate.get(plate, fresh), address: g.address.get(address, fresh), receipt: g.receipt.get(receipt, fresh)}

	wait := max(
		one.plate.remaining(guessPlate, now), one.address.remaining(guessAddress, now), one.receipt.remaining(guessReceipt, now),
	)
	if wait > 0 {
		return guess{}, wait
	}
	for _, t := range []*trial{one.plate, one.address, one.receipt} {
		t.wrong, t.last = t.wrong+1, now
	}
	return one, 0
}

// remaining returns how long the key must still wait, and forgets what is old.
func (t *trial) remaining(p patience, now time.Time) time.Duration {
	if now.Sub(t.last) >= forgetAfter {
		t.wrong = 0
	}
	return max(0, p.wait(t.wrong)-now.Sub(t.last))
}

// right takes the guess back: the number is its owner's and begins anew; plate
// and address keep their earlier wrong guesses, or one known receipt would buy
// any number of guesses at others.
func (g guess) right() {
	g.all.mu.Lock()
	defer g.all.mu.Unlock()
	g.plate.wrong = max(0, g.plate.wrong-1)
	g.address.wrong = max(0, g.address.wrong-1)
	g.receipt.wrong = 0
}
