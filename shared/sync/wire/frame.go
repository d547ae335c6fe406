// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"errors"
	"fmt"

	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
)

// The typed errors of Batch.Verify.
var (
	// ErrChain says that the content of a batch does not lead from Before to After.
	ErrChain = errors.New("chain digest does not match the content")
	// ErrSignature says that the device did not sign the batch.
	ErrSignature = errors.New("signature does not verify")
)

// The versions of the frame layout; SignedBytes covers them.
const (
	FrameFormat  = 1
	FrameSalted  = 2 // as 1, with the salts of its change sets in the place of the seed
	bytesPerSalt = 16
)

// Batch is the decoded content of a frame: consecutive change sets of one
// lane with what proves them. It may be shared between goroutines once Verify
// or Commitments has returned.
type Batch struct {
	Lane      record.Lane
	First     uint64 // number of Sets[0]
	Before    Digest // chain digest at First−1
	After     Digest // chain digest at the last number
	Seed      [16]byte
	Salts     [][16]byte // one for each of Sets, where no seed makes them; nil otherwise
	Signature []byte     // by the device, or by the server where Salts are, over SignedBytes
	Sets      []record.ChangeSet

	commitments []Digest
}

// NewBatch puts consecutive change sets of one lane into a batch and computes
// After. It checks what the receiver will check: places, scopes, Act.Check
// and the number of sets. Signature is left to the caller.
func NewBatch(lane record.Lane, first uint64, before Digest, seed [16]byte, sets []record.ChangeSet) (*Batch, error) {
	b := &Batch{Lane: lane, First: first, Before: before, Seed: seed, Sets: sets}
	if err := b.check(); err != nil {
		return nil, err
	}
	b.After = b.after()
	return b, nil
}

// NewSalted is NewBatch for change sets whose salts were drawn one by one, as the
// server draws those of what it writes itself. There are as many as sets.
func NewSalted(lane record.Lane, first uint64, before Digest, salts [][16]byte, sets []record.ChangeSet) (*Batch, error) {
	b := &Batch{Lane: lane, First: first, Before: before, Salts: salts, Sets: sets}
	if err := b.check(); err != nil {
		return nil, err
	}
	b.After = b.after()
	return b, nil
}

// Salt returns the salt of Sets[i].
func (b *Batch) Salt(i int) [16]byte {
	if b.Salts != nil {
		return b.Salts[i]
	}
	return Salt(b.Seed, b.First+uint64(i))
}

func (b *Batch) format() uint64 {
	if b.Salts != nil {
		return FrameSalted
	}
	return FrameFormat
}

// Last returns the number of the last change set.
func (b *Batch) Last() uint64 { return b.First + uint64(len(b.Sets)) - 1 }

func (b *Batch) check() error {
	switch n := len(b.Sets); {
	case n == 0:
		return errors.New("batch without a change set")
	case n > record.MaxFrameSets:
		return &record.LimitError{What: "change sets", Got: n, Max: record.MaxFrameSets}
	case b.First == 0 || b.Last() < b.First:
		return errors.New("batch without a valid first number")
	case b.Salts != nil && len(b.Salts) != n:
		return errors.New("not one salt for each change set")
	}
	for i := range b.Sets {
		if err := b.checkSet(i); err != nil {
			return fmt.Errorf("change set %d: %w", b.First+uint64(i), err)
		}
	}
	return nil
}

func (b *Batch) checkSet(i int) error {
	cs := &b.Sets[i]
	want := record.Link{Lane: b.Lane, Number: b.First + uint64(i)}
	switch {
	case cs.Link != want:
		return errors.New("not in its place of the lane")
	case cs.Scope != b.Lane.Scope:
		return errors.New("act of another scope than its lane")
	case len(cs.PersonSignature) > maxSignature:
		return &record.LimitError{What: "signature", Got: len(cs.PersonSignature), Max: maxSignature}
	}
	if cs.Floor > hlc.Max {
		return errors.New("floor is not a stamp")
	}
	return cs.Check()
}

// SignedBytes is what the device signs, under the context "yuexin frame": a
// CBOR array of format, incarnation, scope, first number, count, Before and After.
func (b *Batch) SignedBytes() []byte {
	out := record.AppendArray(make([]byte, 0, 160), 7)
	out = record.AppendUint(out, b.format())
	out = record.AppendBytes(out, b.Lane.Incarnation[:])
	out = record.AppendText(out, string(b.Lane.Scope))
	out = record.AppendUint(out, b.First)
	out = record.AppendUint(out, uint64(len(b.Sets)))
	out = record.AppendBytes(out, b.Before[:])
	return record.AppendBytes(out, b.After[:])
}

// Verify recomputes the chain from the content and returns ErrChain if it
// does not end in After, and ErrSignature if check refuses the signature over
// SignedBytes. Whether Before is what the receiver has is for the receiver.
func (b *Batch) Verify(check func(message, signature []byte) bool) error {
	if b.after() != b.After {
		return ErrChain
	}
	if !check(b.SignedBytes(), b.Signature) {
		return ErrSignature
	}
	return nil
}

// Commitments returns the commitment of each change set; they are computed
// once. The caller does not change the slice.
func (b *Batch) Commitments() []Digest {
	if len(b.commitments) == len(b.Sets) {
		return b.commitments
	}
	b.commitments = make([]Digest, len(b.Sets))
	var buf []byte
	var order fieldOrder
	for i := range b.Sets {
		buf = appendSet(buf[:0], &b.Sets[i], &order, everyKey)
		b.commitments[i] = Commitment(b.Salt(i), buf)
	}
	return b.commitments
}

func (b *Batch) after() Digest {
	chain := b.Before
	for i, c := range b.Commitments() {
		chain = Chain(chain, b.First+uint64(i), c)
	}
	return chain
}
