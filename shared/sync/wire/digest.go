// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Sum is a digest of a set of fields: the sum mod 2¹²⁸ of FieldHash over all
// of them. It does not depend on order and is kept by adding and subtracting.
// Its bytes are big endian.
type Sum [16]byte

// FieldHash returns what one visible field adds to the digest of its scope.
func FieldHash(id ident.Record, field record.Field, v record.Version, value record.Value) Sum {
	b := make([]byte, 0, 128)
	b = record.AppendArray(b, 4)
	b = record.AppendBytes(b, id[:])
	b = record.AppendText(b, string(field))
	b = record.AppendUint(b, uint64(v))
	b = value.AppendCanonical(b)
	h := sha256.Sum256(b)
	return Sum(h[:16])
}

// Add returns s + t.
func (s Sum) Add(t Sum) Sum {
	lo, carry := bits.Add64(s.lo(), t.lo(), 0)
	hi, _ := bits.Add64(s.hi(), t.hi(), carry)
	return sum(hi, lo)
}

// Sub returns s − t.
func (s Sum) Sub(t Sum) Sum {
	lo, borrow := bits.Sub64(s.lo(), t.lo(), 0)
	hi, _ := bits.Sub64(s.hi(), t.hi(), borrow)
	return sum(hi, lo)
}

func (s Sum) hi() uint64 { return binary.BigEndian.Uint64(s[:8]) }
func (s Sum) lo() uint64 { return binary.BigEndian.Uint64(s[8:]) }

func sum(hi, lo uint64) (s Sum) {
	binary.BigEndian.PutUint64(s[:8], hi)
	binary.BigEndian.PutUint64(s[8:], lo)
	return s
}

// Bucket returns the repair bucket of a record: the first byte of the SHA-256
// of its id.
func Bucket(id ident.Record) uint8 {
	h := sha256.Sum256(id[:])
	return h[0]
}

// LaneStart returns the chain digest before number 1 of a lane.
func LaneStart(lane record.Lane) Digest {
	b := append([]byte(nil), "yuexin lane\x00"...)
	b = append(b, lane.Incarnation[:]...)
	b = append(b, lane.Scope...)
	return sha256.Sum256(b)
}

// Salt returns the salt of number n of a lane from the lane's seed. The
// server keeps the salt with the sealed content and forgets the seed: once
// both are destroyed the commitment says nothing about what was there.
func Salt(seed [16]byte, n uint64) (salt [16]byte) {
	b := append([]byte(nil), "yuexin salt\x00"...)
	b = append(b, seed[:]...)
	b = binary.BigEndian.AppendUint64(b, n)
	h := sha256.Sum256(b)
	copy(salt[:], h[:])
	return salt
}

// Commitment returns the salted commitment over a change set's canonical
// bytes.
func Commitment(salt [16]byte, canonical []byte) Digest {
	h := sha256.New()
	h.Write([]byte("yuexin commit\x00"))
	h.Write(salt[:])
	h.Write(canonical)
	return Digest(h.Sum(nil))
}

// Chain returns the chain digest at number n, from that at n−1 and the
// commitment of n.
func Chain(before Digest, n uint64, commitment Digest) Digest {
	b := append([]byte(nil), "yuexin chain\x00"...)
	b = append(b, before[:]...)
	b = binary.BigEndian.AppendUint64(b, n)
	b = append(b, commitment[:]...)
	return sha256.Sum256(b)
}

// LogHash returns the hash of a scope's log at version v, from the hash
// before it and what was accepted as v. A cursor carries it, so that a server
// restored from a backup is recognised.
func LogHash(before Digest, v record.Version, link record.Link, commitment Digest) Digest {
	b := append([]byte(nil), "yuexin log\x00"...)
	b = append(b, before[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(v))
	b = append(b, link.Lane.Incarnation[:]...)
	b = binary.BigEndian.AppendUint64(b, link.Number)
	b = append(b, commitment[:]...)
	return sha256.Sum256(b)
}

// ProofBytes is what a device signs to open a session, under the context
// "yuexin session".
func ProofBytes(h *Hello, c *Challenge) []byte {
	b := append([]byte(nil), h.Device[:]...)
	b = append(b, h.Incarnation[:]...)
	b = append(b, h.Nonce[:]...)
	b = append(b, c.Server[:]...)
	return append(b, c.Nonce[:]...)
}

// MarkControl gives an entry of a control log its mark: a digest of the entry and of
// all before it, by the mark of the one before.
func MarkControl(before uint64, e *ControlEntry) error {
	e.Mark = 0
	b, err := Encode(&Control{Entries: []ControlEntry{*e}})
	if err != nil {
		return err
	}
	sum := sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, before), b...))
	e.Mark = max(1, binary.BigEndian.Uint64(sum[:8])) // 0 says that there is none
	return nil
}

// PurgeBytes is what a device signs to confirm a revocation, under the
// context "yuexin purge".
func PurgeBytes(device ident.Device, e ControlEntry) []byte {
	b := append([]byte(nil), device[:]...)
	b = binary.BigEndian.AppendUint64(b, e.Number)
	return append(b, e.Scope...)
}
