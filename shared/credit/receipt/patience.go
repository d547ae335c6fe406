// SPDX-License-Identifier: Apache-2.0

package receipt

import "time"

// Patience is how many wrong guesses at a secret are free.
type Patience int

// The waits after the free guesses: firstWait, then twice as long each time, up to longestWait; forgetAfter without a wrong
// guess begins anew. A phone tail has 10,000 values, so at 3 free guesses and then 24 a day a receipt number stands against
// guessing for a year; a lookup code for ten thousand years.
const (
	firstWait   = 10 * time.Second
	longestWait = time.Hour
	forgetAfter = 24 * time.Hour
)

// GuessReceipt is the patience with one receipt number.
const GuessReceipt Patience = 3

// wait returns the pause after so many wrong guesses.
func (p Patience) wait(wrong int) time.Duration {
	if wrong <= int(p) {
		return 0
	}
	doubled := min(wrong-int(p)-1, 20)
	return min(firstWait<<doubled, longestWait)
}

// Trial is what one key, such as a receipt number, got wrong. The zero value got nothing wrong.
type Trial struct {
	wrong int
	last  time.Time
}

// Remaining returns how long the key must still wait, and forgets what is old.
func (t *Trial) Remaining(p Patience, now time.Time) time.Duration {
	if now.Sub(t.last) >= forgetAfter {
		t.wrong = 0
	}
	return max(0, p.wait(t.wrong)-now.Sub(t.last))
}

// Begin notes a guess, wrong until it is taken back.
func (t *Trial) Begin(now time.Time) { t.wrong, t.last = t.wrong+1, now }

// TakeBack takes one guess back.
func (t *Trial) TakeBack() { t.wrong = max(0, t.wrong-1) }

// Forget takes all guesses back: whoever guessed has shown that it is theirs.
func (t *Trial) Forget() { t.wrong = 0 }
