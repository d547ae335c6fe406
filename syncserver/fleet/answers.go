// SPDX-License-Identifier: Apache-2.0

package fleet

import (
	"time"

	"yuexin/shared/sync/enrol"
	"yuexin/shared/sync/seal"
)

// Answers are repeated for as long as a code lives, and at most so many and so
// much of them.
const (
	maxAnswers     = 256
	maxAnswerBytes = 8 << 20
)

// answers remembers what devices were told, for those whose line broke before
// the answer arrived. It is lost with the process: such a device needs a new
// code. Its owner calls it from one goroutine at a time.
type answers struct {
	told  map[seal.Digest]told
	order []seal.Digest // oldest first
	bytes int
}

type told struct {
	answer []byte
	until  time.Time
}

func newAnswers() *answers { return &answers{told: make(map[seal.Digest]told)} }

// answerKey names a code in the hands of one key and incarnation.
func answerKey(r *enrol.Request) seal.Digest {
	b := append([]byte(r.Code), r.Incarnation[:]...) // both of a fixed length
	return seal.Sum("enrol answer", append(b, r.Public.Encode()...))
}

func (a *answers) get(key seal.Digest, now time.Time) ([]byte, bool) {
	t, found := a.told[key]
	return t.answer, found && now.Before(t.until)
}

func (a *answers) put(key seal.Digest, answer []byte, now time.Time) {
	a.told[key] = told{answer, now.Add(enrol.Lifetime)}
	a.order = append(a.order, key)
	a.bytes += len(answer)
	for len(a.order) > 0 && (len(a.order) > maxAnswers || a.bytes > maxAnswerBytes || !now.Before(a.told[a.order[0]].until)) {
		a.bytes -= len(a.told[a.order[0]].answer)
		delete(a.told, a.order[0])
		a.order = a.order[1:]
	}
}
