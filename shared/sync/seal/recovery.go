// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
)

// Recovery of a forgotten passphrase, offline, by two administrators:
//
//  1. The device makes a Challenge (NewChallenge) and keeps its State.
//  2. Both administrators hear the four words of the challenge from the person at the
//     device, whom they know by voice or face, and compare them with the words their
//     own program shows.
//  3. The first opens their layer (Approve1): a Partial for the second, signed.
//  4. The second opens theirs (Approve2): a Response, sealed to the State.
//  5. The device gets its data key back (Recover) and wraps it under a new
//     passphrase.
//
// The texts may travel in any way and be read by anyone. Each program writes its own
// line in the audit log; expiry is the caller's business.
//
// HAZARD: a challenge does not prove who made it. A thief at the laptop can make one
// too. What stands against that is step 2, and that two persons have to be deceived.
//
// HAZARD: the State opens the Response. On disk it lies only under the new passphrase
// (WrapState), never in the clear.
//
// HAZARD: whoever has seen one Partial lacks only the second administrator for that
// device. After a recovery the device makes a new Escrow, and old ones are deleted.
const (
	challengePrefix = "YXC:"
	partialPrefix   = "YXP:"
	responsePrefix  = "YXR:"

	partialContext = "recovery/partial/1"
	responseDomain = "yuexin/recovery/response/1\x00"
	nonceSize      = 8
)

// ErrRecovered: the response opened, but holds another key than this device's.
var ErrRecovered = errors.New("seal: response holds another key")

// Request is what is asked for: the same in every text of one recovery.
type Request struct {
	Device        [16]byte
	First, Second AdminID   // in the order they have to act
	Ephemeral     BoxPublic // of the State
	Nonce         [nonceSize]byte
}

// Digest returns what identifies the recovery, for audit logs.
func (q Request) Digest() Digest { return Sum("recovery/request", q.append(nil)) }

// Phrase returns the four words compared aloud in step 2.
func (q Request) Phrase() Phrase { return NewPhrase(q.Digest(), q.Nonce[:]) }

func (q Request) append(dst []byte) []byte {
	dst = append(dst, q.Device[:]...)
	dst = append(dst, q.First[:]...)
	dst = append(dst, q.Second[:]...)
	dst = append(dst, q.Nonce[:]...)
	return appendSized(dst, q.Ephemeral.Encode())
}

func (r *reader) request() (Request, error) {
	var q Request
	r.fill(q.Device[:])
	r.fill(q.First[:])
	r.fill(q.Second[:])
	r.fill(q.Nonce[:])
	ephemeral := r.sized(headerSize + maxPublic)
	if r.failed {
		return q, fmt.Errorf("%w: recovery request", ErrFormat)
	}
	var err error
	q.Ephemeral, err = ParseBoxPublic(ephemeral)
	return q, err
}

// Challenge is the text from the device to the first administrator.
type Challenge struct {
	Request
	sealed []byte
}

// State is what the device keeps until the response comes. Its private key prints as
// [secret].
type State struct {
	request Request
	private BoxPrivate
	check   [checkSize]byte
}

// Request returns what was asked for.
func (s *State) Request() Request { return s.request }

// Zero wipes the private key: the response can no longer be opened.
func (s *State) Zero() { s.private.Zero() }

// NewChallenge asks administrators a and b for the key in e. Which of them has to act
// first is in the challenge. Both must be in the escrow and not the same, or ErrAdmin.
func NewChallenge(rnd io.Reader, e *Escrow, a, b AdminID) (*Challenge, *State, error) {
	first, second, sealed, err := e.pair(a, b)
	if err != nil {
		return nil, nil, err
	}
	suite, err := Lookup(e.profile)
	if err != nil {
		return nil, nil, err
	}
	private, err := NewBox(suite, rnd)
	if err != nil {
		return nil, nil, err
	}
	request := Request{Device: e.device, First: first, Second: second}
	if request.Ephemeral, err = private.Public(); err != nil {
		return nil, nil, err
	}
	if _, err := io.ReadFull(rnd, request.Nonce[:]); err != nil {
		return nil, nil, fmt.Errorf("draw a nonce: %w", err)
	}
	return &Challenge{Request: request, sealed: sealed}, &State{request: request, private: private, check: e.check}, nil
}

// Partial is the text from the first administrator to the second.
type Partial struct {
	Request
	inner     []byte
	signature []byte
}

func (p *Partial) signed() []byte { return appendSized(p.Request.append(nil), p.inner) }

// Approve1 is the first administrator's step, after comparing c.Phrase(): ErrAdmin if
// c is for another, ErrOpen if it was changed.
func Approve1(rnd io.Reader, me AdminPrivate, c *Challenge) (*Partial, error) {
	public, err := me.Public()
	if err != nil {
		return nil, err
	}
	if public.ID() != c.First || c.First == c.Second {
		return nil, ErrAdmin
	}
	inner, err := me.Box.OpenBox(nil, c.sealed, pairContext(outerDomain, c.Device, c.First, c.Second))
	if err != nil {
		return nil, fmt.Errorf("open the first layer: %w", err)
	}
	p := &Partial{Request: c.Request, inner: inner}
	if p.signature, err = me.Sign.Sign(rnd, partialContext, p.signed()); err != nil {
		return nil, err
	}
	return p, nil
}

// Response is the text from the second administrator to the device.
type Response struct{ box []byte }

// Approve2 is the second administrator's step, after comparing p.Phrase(). first is
// the first administrator as the operator's roster has them: ErrSignature if the
// partial is not theirs, ErrAdmin if it is for another pair, ErrOpen if changed.
func Approve2(rnd io.Reader, me AdminPrivate, first AdminPublic, p *Partial) (*Response, error) {
	public, err := me.Public()
	if err != nil {
		return nil, err
	}
	if public.ID() != p.Second || first.ID() != p.First || p.First == p.Second {
		return nil, ErrAdmin
	}
	if err := first.Sign.Verify(partialContext, p.signed(), p.signature); err != nil {
		return nil, fmt.Errorf("check the first administrator: %w", err)
	}
	key, err := me.Box.OpenBox(nil, p.inner, pairContext(innerDomain, p.Device, p.First, p.Second))
	if err != nil {
		return nil, fmt.Errorf("open the second layer: %w", err)
	}
	defer clear(key)
	box, err := p.Ephemeral.SealTo(nil, rnd, key, responseContext(p.Request))
	if err != nil {
		return nil, err
	}
	return &Response{box: box}, nil
}

// Recover returns the device's data key: ErrOpen if the response answers another
// challenge or was changed, ErrRecovered if it holds another key.
func Recover(s *State, r *Response) (Key, error) {
	body, err := s.private.OpenBox(nil, r.box, responseContext(s.request))
	if err != nil {
		return Key{}, fmt.Errorf("open the response: %w", err)
	}
	defer clear(body)
	key, err := ParseKey(body)
	if err != nil {
		return Key{}, err
	}
	check, err := keyCheck(key)
	if err != nil {
		return Key{}, err
	}
	if subtle.ConstantTimeCompare(check[:], s.check[:]) != 1 {
		return Key{}, ErrRecovered
	}
	return key, nil
}

func responseContext(q Request) []byte {
	digest := q.Digest()
	return append([]byte(responseDomain), digest[:]...)
}
