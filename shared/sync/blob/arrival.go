// SPDX-License-Identifier: Apache-2.0

package blob

import (
	"context"
	"crypto/sha256"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// KindArrival is a decision of the server: in this scope change sets name a file,
// and all of its bytes are here, checked. It is a record like any other, so that a
// device without a network knows what has arrived, and a device that holds it up to
// the backup's watermark knows that the backup has the file too.
const KindArrival record.Kind = "arrival"

// The fields of an arrival, all of class C1: digest and size say nothing about
// anybody. Its subject is the village, not the person.
const (
	fieldDigest record.Field = "digest"
	fieldSize   record.Field = "size"
	fieldAt     record.Field = "at"
)

// ArrivalID returns the id under which a file's arrival in a scope is noted: a UUID
// of version 8 from both, so that it is noted once, whoever does it and how often.
func ArrivalID(scope ident.Scope, digest Digest) ident.Record {
	sum := sha256.Sum256(append(append([]byte("yuexin arrival\x00"), scope...), digest[:]...))
	id := ident.Record(sum[:ident.Size])
	id[6] = id[6]&0x0F | 0x80 // version 8: made from other data
	id[8] = id[8]&0x3F | 0x80
	return id
}

// Arrival returns the act that notes an arrival. at is the server's time in ms.
func Arrival(scope ident.Scope, digest Digest, size uint64, at int64) record.Act {
	h := record.Header{ID: ArrivalID(scope, digest), Kind: KindArrival, Scope: scope}
	if unit, ok := scope.Unit(); ok {
		h.Subject = ident.Subject(unit)
	}
	return record.Act{
		Name: "arrival.note", Scope: scope, Source: record.Authoritative,
		Writes: []record.Write{{Op: record.Create, Header: h, Fields: map[record.Field]record.Value{
			fieldDigest: record.OfBytes(digest[:]), fieldSize: record.OfInt(int64(size)), fieldAt: record.OfInt(at),
		}}},
	}
}

// Item is an attachment of a record and whether its file has arrived.
type Item struct {
	record.NamedBlob
	Arrived bool
}

// Items returns the attachments that a record shows, in the order of the catalogue.
// What the reader's view leaves out is not there.
func Items(ctx context.Context, from record.Store, cat *record.Catalogue, row record.Row) ([]Item, error) {
	named := cat.BlobsOf(row)
	out := make([]Item, len(named))
	for i, n := range named {
		arrived, err := Arrived(ctx, from, n)
		if err != nil {
			return nil, err
		}
		out[i] = Item{NamedBlob: n, Arrived: arrived}
	}
	return out, nil
}

// Arrived reports whether the file of an attachment has arrived.
func Arrived(ctx context.Context, from record.Store, n record.NamedBlob) (bool, error) {
	_, err := from.Get(ctx, ArrivalID(n.Header.Scope, n.Digest))
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// Tally returns how many of the items have arrived.
func Tally(items []Item) (arrived int) {
	for _, it := range items {
		if it.Arrived {
			arrived++
		}
	}
	return arrived
}
