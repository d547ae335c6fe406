// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
)

// The keys of a change set's canonical map. Numbers are never reused.
const (
	setIncarnation = 1
	setScope       = 2
	setNumber      = 3
	setActor       = 4
	setLogin       = 5
	setCatalogue   = 6
	setReading     = 7
	setFloor       = 8
	setOrigin      = 9 // only if there is one
	setAct         = 10
	setBase        = 11
	setSource      = 12
	setWrites      = 13
	setBlobs       = 14 // only if there are any
	setReplaces    = 15 // only if not 0
	setSignature   = 16 // only if there is one
	setKeys        = 16
)

// The keys of a write's canonical map.
const (
	writeOp      = 1
	writeID      = 2
	writeKind    = 3
	writeSubject = 4
	writeFields  = 5
	writeSeen    = 6 // only if there is any
	writeDispute = 7 // only if there is any
	writeKeys    = 7
)

const (
	maxSignature = 256 // bytes of any profile's signature
	maxMediaType = 128
	maxScope     = 64 // as ident.ParseScope
)

// AppendChangeSet appends the canonical bytes of cs: deterministic CBOR. The
// commitment is taken over them. The scope of the lane stands for those of
// the act and of the headers; NewBatch checks that they agree.
func AppendChangeSet(b []byte, cs *record.ChangeSet) []byte {
	return appendSet(b, cs, new(fieldOrder), everyKey)
}

func everyKey(int) bool { return true }

// fieldOrder remembers the fields of the write before: neighbours mostly
// have the same ones, and looking them up beats sorting them.
type fieldOrder struct{ last []record.Field }

// of returns the names of fields in canonical order. The caller does not
// change them.
func (o *fieldOrder) of(fields map[record.Field]record.Value) []record.Field {
	if !hasExactly(fields, o.last) {
		o.last = canonicalFields(maps.Keys(fields))
	}
	return o.last
}

func hasExactly(fields map[record.Field]record.Value, names []record.Field) bool {
	if len(fields) != len(names) {
		return false
	}
	for _, name := range names {
		if _, ok := fields[name]; !ok {
			return false
		}
	}
	return true
}

// PersonBytes is what an actor's own key signs (ChangeSet.PersonSignature),
// under the context "yuexin person": the canonical map without the place in a
// lane, the base and the floor, so that the signature survives when the
// change set is issued again elsewhere.
func PersonBytes(cs *record.ChangeSet) []byte {
	signed := []int{setScope, setActor, setCatalogue, setReading, setAct, setSource, setWrites, setBlobs}
	return appendSet(nil, cs, new(fieldOrder), func(key int) bool { return slices.Contains(signed, key) })
}

func appendSet(b []byte, cs *record.ChangeSet, order *fieldOrder, wanted func(key int) bool) []byte {
	n := 0
	for key := 1; key <= setKeys; key++ {
		if hasSetKey(cs, key) && wanted(key) {
			n++
		}
	}
	b = record.AppendMap(b, n)
	for key := 1; key <= setKeys; key++ {
		if hasSetKey(cs, key) && wanted(key) {
			b = appendSetKey(record.AppendUint(b, uint64(key)), cs, order, key)
		}
	}
	return b
}

func hasSetKey(cs *record.ChangeSet, key int) bool {
	switch key {
	case setOrigin:
		return cs.Origin != nil
	case setBlobs:
		return len(cs.Blobs) > 0
	case setReplaces:
		return cs.Replaces != 0
	case setSignature:
		return len(cs.PersonSignature) > 0
	}
	return true
}

func appendSetKey(b []byte, cs *record.ChangeSet, order *fieldOrder, key int) []byte {
	switch key {
	case setIncarnation:
		return record.AppendBytes(b, cs.Link.Lane.Incarnation[:])
	case setScope:
		return record.AppendText(b, string(cs.Link.Lane.Scope))
	case setNumber:
		return record.AppendUint(b, cs.Link.Number)
	case setActor:
		return record.AppendBytes(b, cs.Actor[:])
	case setLogin:
		return record.AppendBytes(b, cs.Login[:])
	case setCatalogue:
		return record.AppendUint(b, uint64(cs.Catalogue))
	case setReading:
		return appendReading(b, cs.Reading)
	case setFloor:
		return record.AppendUint(b, uint64(cs.Floor))
	case setOrigin:
		return appendLink(b, *cs.Origin)
	case setAct:
		return record.AppendText(b, cs.Name)
	case setBase:
		b = record.AppendUint(record.AppendArray(b, 2), uint64(cs.Base.Version))
		return record.AppendUint(b, cs.Base.Number)
	case setSource:
		return record.AppendUint(b, uint64(cs.Source))
	case setWrites:
		b = record.AppendArray(b, len(cs.Writes))
		for i := range cs.Writes {
			b = appendWrite(b, &cs.Writes[i], order)
		}
		return b
	case setBlobs:
		return appendBlobs(b, cs.Blobs)
	case setReplaces:
		return record.AppendUint(b, cs.Replaces)
	default:
		return record.AppendBytes(b, cs.PersonSignature)
	}
}

func appendReading(b []byte, r hlc.Reading) []byte {
	b = record.AppendInt(record.AppendArray(b, 3), r.WallMS)
	b = record.AppendBytes(b, r.BootID[:])
	return record.AppendInt(b, r.MonoMS)
}

func appendLink(b []byte, l record.Link) []byte {
	b = record.AppendBytes(record.AppendArray(b, 3), l.Lane.Incarnation[:])
	b = record.AppendText(b, string(l.Lane.Scope))
	return record.AppendUint(b, l.Number)
}

func appendBlobs(b []byte, blobs []record.Blob) []byte {
	b = record.AppendArray(b, len(blobs))
	for _, blob := range blobs {
		b = record.AppendBytes(record.AppendArray(b, 3), blob.Digest[:])
		b = record.AppendUint(b, blob.Size)
		b = record.AppendText(b, blob.MediaType)
	}
	return b
}

func appendWrite(b []byte, w *record.Write, order *fieldOrder) []byte {
	b = record.AppendMap(b, writeFields+rareKeys(w))
	b = record.AppendUint(record.AppendUint(b, writeOp), uint64(w.Op))
	b = record.AppendBytes(record.AppendUint(b, writeID), w.Header.ID[:])
	b = record.AppendText(record.AppendUint(b, writeKind), string(w.Header.Kind))
	b = record.AppendBytes(record.AppendUint(b, writeSubject), w.Header.Subject[:])
	b = record.AppendMap(record.AppendUint(b, writeFields), len(w.Fields))
	for _, f := range order.of(w.Fields) {
		b = w.Fields[f].AppendCanonical(record.AppendText(b, string(f)))
	}
	return appendWriteRare(b, w)
}

// appendWriteRare appends the keys of a write that most writes do not have.
func appendWriteRare(b []byte, w *record.Write) []byte {
	if len(w.Seen) > 0 {
		b = record.AppendMap(record.AppendUint(b, writeSeen), len(w.Seen))
		for _, f := range canonicalFields(maps.Keys(w.Seen)) {
			heads := slices.Compact(slices.Sorted(slices.Values(w.Seen[f])))
			b = record.AppendArray(record.AppendText(b, string(f)), len(heads))
			for _, v := range heads {
				b = record.AppendUint(b, uint64(v))
			}
		}
	}
	if len(w.InDispute) > 0 {
		fields := slices.Compact(canonicalFields(slices.Values(w.InDispute)))
		b = record.AppendArray(record.AppendUint(b, writeDispute), len(fields))
		for _, f := range fields {
			b = record.AppendText(b, string(f))
		}
	}
	return b
}

// canonicalFields sorts names as CBOR sorts keys: shorter ones first, then
// by bytes.
func canonicalFields(names func(yield func(record.Field) bool)) []record.Field {
	return slices.SortedFunc(names, compareFields)
}

func compareFields(a, b record.Field) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(string(a), string(b)))
}

// ParseChangeSet is the strict inverse of AppendChangeSet: bytes that it
// would not have written are refused.
func ParseChangeSet(b []byte) (*record.ChangeSet, error) {
	r := &reader{b: b}
	cs := new(record.ChangeSet)
	for range r.mapping(setKeys) {
		r.setKey(cs, r.uintTo(setKeys))
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	spreadScope(cs)
	if !bytes.Equal(AppendChangeSet(make([]byte, 0, len(b)), cs), b) {
		r.fail("not canonical")
		return nil, r.err
	}
	return cs, nil
}

// spreadScope puts the scope of the lane where the act and its headers repeat it.
func spreadScope(cs *record.ChangeSet) {
	cs.Scope = cs.Link.Lane.Scope
	for i := range cs.Writes {
		cs.Writes[i].Header.Scope = cs.Scope
	}
}

func (r *reader) setKey(cs *record.ChangeSet, key uint64) {
	switch key {
	case setIncarnation:
		r.fixed(cs.Link.Lane.Incarnation[:])
	case setScope:
		cs.Link.Lane.Scope = ident.Scope(r.text(maxScope))
	case setNumber:
		cs.Link.Number = r.uint()
	case setActor:
		r.fixed(cs.Actor[:])
	case setLogin:
		r.fixed(cs.Login[:])
	case setCatalogue:
		cs.Catalogue = uint32(r.uintTo(1<<32 - 1))
	case setReading:
		cs.Reading = r.reading()
	case setFloor:
		cs.Floor = r.stamp()
	case setOrigin:
		link := r.link()
		cs.Origin = &link
	case setAct:
		cs.Name = r.text(record.MaxName)
	case setBase:
		r.tuple(2)
		cs.Base = record.Base{Version: record.Version(r.uint()), Number: r.uint()}
	case setSource:
		cs.Source = record.Source(r.uintTo(255))
	case setWrites:
		cs.Writes = make([]record.Write, r.array(record.MaxWrites))
		for i := range cs.Writes {
			r.write(&cs.Writes[i])
		}
	case setBlobs:
		cs.Blobs = r.blobs()
	case setReplaces:
		cs.Replaces = r.uint()
	case setSignature:
		cs.PersonSignature = bytes.Clone(r.bytes(maxSignature))
	default:
		r.fail("unknown key")
	}
}

func (r *reader) stamp() hlc.Stamp { return hlc.Stamp(r.uintTo(uint64(hlc.Max))) }

func (r *reader) reading() (v hlc.Reading) {
	r.tuple(3)
	v.WallMS = r.int()
	r.fixed(v.BootID[:])
	v.MonoMS = r.int()
	return v
}

func (r *reader) link() (l record.Link) {
	r.tuple(3)
	r.fixed(l.Lane.Incarnation[:])
	l.Lane.Scope = ident.Scope(r.text(maxScope))
	l.Number = r.uint()
	return l
}

func (r *reader) blobs() []record.Blob {
	blobs := make([]record.Blob, r.array(record.MaxBlobs))
	for i := range blobs {
		r.tuple(3)
		r.fixed(blobs[i].Digest[:])
		blobs[i].Size = r.uint()
		blobs[i].MediaType = r.text(maxMediaType)
	}
	return blobs
}

func (r *reader) write(w *record.Write) {
	for range r.mapping(writeKeys) {
		r.writeKey(w, r.uintTo(writeKeys))
	}
}

func (r *reader) writeKey(w *record.Write, key uint64) {
	switch key {
	case writeOp:
		w.Op = record.Op(r.uintTo(255))
	case writeID:
		r.fixed(w.Header.ID[:])
	case writeKind:
		w.Header.Kind = record.Kind(r.text(record.MaxName))
	case writeSubject:
		r.fixed(w.Header.Subject[:])
	case writeFields:
		n := r.mapping(record.MaxFields)
		w.Fields = make(map[record.Field]record.Value, n)
		for range n {
			name := record.Field(r.text(record.MaxName))
			w.Fields[name] = r.value()
		}
	case writeSeen:
		n := r.mapping(record.MaxFields)
		w.Seen = make(map[record.Field][]record.Version, n)
		for range n {
			name := record.Field(r.text(record.MaxName))
			heads := make([]record.Version, r.array(record.MaxHeads))
			for i := range heads {
				heads[i] = record.Version(r.uint())
			}
			w.Seen[name] = heads
		}
	case writeDispute:
		w.InDispute = make([]record.Field, r.array(record.MaxFields))
		for i := range w.InDispute {
			w.InDispute[i] = record.Field(r.text(record.MaxName))
		}
	default:
		r.fail("unknown key")
	}
}

// stampOf checks a stamp that stood in a column of integers.
func (r *reader) stampOf(x int64) hlc.Stamp {
	if x < 0 || hlc.Stamp(x) > hlc.Max {
		r.fail("stamp out of range")
		return 0
	}
	return hlc.Stamp(x)
}
