// SPDX-License-Identifier: Apache-2.0

package access

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"sync"
	"time"
)

// How long a proof of person lasts: a quarter of an hour without a click, an hour in all. A phone lies on the table of a
// family; the figures are ours.
const (
	ProofIdle = 15 * time.Minute
	ProofLife = time.Hour
)

// sessionsHeld is how many people are remembered at once: about 10 MB.
const sessionsHeld = 50_000

// Sessions remembers who has proved who they are, by a token that their browser keeps. It keeps digests of tokens only, and
// forgets everybody at a restart. It is safe for concurrent use.
type Sessions struct {
	now    func() time.Time
	random io.Reader

	mu   sync.Mutex // protects held and random
	held *recent[*session]
}

type session struct {
	person Proven
	seen   time.Time
}

// NewSessions returns sessions that know nobody. random must be fit for keys.
func NewSessions(now func() time.Time, random io.Reader) *Sessions {
	return &Sessions{now: now, random: random, held: newRecent[*session](sessionsHeld)}
}

// Begin remembers somebody and returns a token that was never seen before: one that a browser had before is worth nothing.
func (s *Sessions) Begin(p Proven) (token string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if token, err = drawToken(s.random); err != nil {
		return "", err
	}
	s.held.get(digestOf(token), func() *session { return &session{person: p, seen: s.now()} })
	return token, nil
}

// Of returns who has a token, and lets the time without a click begin anew; false once it is over.
func (s *Sessions) Of(token string) (Proven, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := digestOf(token)
	one, found := s.held.peek(key)
	now := s.now()
	if !found {
		return Proven{}, false
	}
	if now.Sub(one.seen) >= ProofIdle || now.Sub(one.person.At) >= ProofLife {
		s.held.drop(key)
		return Proven{}, false
	}
	one.seen = now
	return one.person, true
}

// End forgets whoever has a token.
func (s *Sessions) End(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held.drop(digestOf(token))
}

func digestOf(token string) string {
	sum := sha256.Sum256([]byte("yuexin resident session " + token))
	return string(sum[:])
}

// drawToken draws what nobody can guess: 256 bits.
func drawToken(random io.Reader) (string, error) {
	var raw [32]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", fmt.Errorf("draw a token: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw[:]), nil
}
