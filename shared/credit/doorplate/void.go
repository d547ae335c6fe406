// SPDX-License-Identifier: Apache-2.0

package doorplate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

// RID names a plate on the void list. It is a digest of what the token says, so the list travels everywhere and tells
// nobody which handle, let alone which dwelling, is meant.
type RID [8]byte

// ridContext keeps the digest apart from every other digest of a handle.
const ridContext = "yuexin doorplate void"

// RID returns the plate's name on the void list: the first 8 bytes of a SHA-256 over context, version, key id, handle
// and day of issue. Among a million void plates a valid one is hit with probability 5·10⁻¹⁴.
func (p Plate) RID() RID {
	said := append([]byte(ridContext), p.Version, byte(p.Kid>>8), byte(p.Kid))
	said = append(said, p.Handle[:]...)
	said = append(said, byte(p.IssueDay>>8), byte(p.IssueDay))
	sum := sha256.Sum256(said)
	return RID(sum[:])
}

// ParseRID reads what String wrote. Errors are fault.Invalid.
func ParseRID(text string) (RID, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(RID{}) {
		return RID{}, fault.New(fault.Invalid, "doorplate.rid")
	}
	return RID(raw), nil
}

// String returns 16 hexadecimal digits.
func (r RID) String() string { return hex.EncodeToString(r[:]) }

// KindVoid is the kind of the records of the void list. They are in the scope ref, so that every device knows every void
// plate, those of villages it does not hold included.
const KindVoid record.Kind = "plate_void"

// VoidTerm is the condition that finds a plate's record in the void list.
func VoidTerm(rid RID) record.Term { return record.Term{Field: "rid", Value: record.OfBytes(rid[:])} }

// VoidFields are the fields of a plate's record in the void list: since is the day it stopped counting, 2006-01-02. Why it
// did is not for everybody.
func VoidFields(rid RID, since string) map[record.Field]record.Value {
	return map[record.Field]record.Value{"rid": record.OfBytes(rid[:]), "since": record.OfText(since)}
}

// Lister lists records; record.Store does.
type Lister interface {
	List(ctx context.Context, q record.Query) ([]record.Row, error)
}

// Voided is nil for a plate that is not on the void list that a store holds, and fault.Gone "doorplate.void" for one
// that is. Any other error is of the store.
func Voided(ctx context.Context, store Lister, p Plate) error {
	rows, err := store.List(ctx, record.Query{Kind: KindVoid, Limit: 1, Where: []record.Term{VoidTerm(p.RID())}})
	if err != nil {
		return fmt.Errorf("look into the void list: %w", err)
	}
	if len(rows) > 0 {
		return fault.New(fault.Gone, "doorplate.void")
	}
	return nil
}
