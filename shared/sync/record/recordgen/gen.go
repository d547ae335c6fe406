// SPDX-License-Identifier: Apache-2.0

package recordgen

import (
	"maps"
	"math"
	"slices"

	"pgregory.net/rapid"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// Value returns a generator of values of every form.
func Value() *rapid.Generator[record.Value] {
	return rapid.OneOf(
		rapid.Just(record.Value{}),
		rapid.Map(rapid.Bool(), record.OfBool),
		rapid.Map(rapid.OneOf(rapid.Int64(), rapid.Int64Range(-30, 300)), record.OfInt),
		rapid.Map(Text(), record.OfText),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), record.OfBytes),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), ident.Size, ident.Size), record.OfBytes),
		rapid.Map(rapid.SliceOfN(Text(), 0, 5), func(s []string) record.Value { return record.OfSet(s...) }),
	)
}

// Text returns a generator of texts: a few that repeat, and any.
func Text() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom([]string{"", "水稻", "示例村", "a"}), rapid.StringN(-1, 20, 60))
}

// Name returns a generator of kind, field and act names.
func Name() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"phone", "name", "area", "income", "head_of_household_full_name", string(record.Deleted)}),
		rapid.StringMatching(`[a-z_]{1,12}`))
}

// ID returns a generator of ids of the type T, a few of which repeat.
func ID[T ~[ident.Size]byte]() *rapid.Generator[T] {
	return rapid.Custom(func(t *rapid.T) (id T) {
		if rapid.Bool().Draw(t, "known") {
			id[15] = byte(rapid.IntRange(1, 4).Draw(t, "which"))
			return id
		}
		copy(id[:], rapid.SliceOfN(rapid.Byte(), ident.Size, ident.Size).Draw(t, "id"))
		id[0] |= 1 // never zero
		return id
	})
}

// Scope returns a generator of scopes.
func Scope() *rapid.Generator[ident.Scope] {
	return rapid.SampledFrom([]ident.Scope{"ref", "unit:06cpmkg80w9q3v5t7x1z2b4d6f", "org:bank"})
}

// Lane returns a generator of lanes.
func Lane() *rapid.Generator[record.Lane] {
	return rapid.Custom(func(t *rapid.T) record.Lane {
		return record.Lane{Incarnation: ID[ident.Incarnation]().Draw(t, "incarnation"), Scope: Scope().Draw(t, "scope")}
	})
}

// Version returns a generator of versions.
func Version() *rapid.Generator[record.Version] {
	return rapid.Custom(func(t *rapid.T) record.Version {
		return record.At(rapid.Uint32Range(0, 3).Draw(t, "epoch"), rapid.Uint64Range(0, 1000).Draw(t, "sequence"))
	})
}

// Stamp returns a generator of stamps.
func Stamp() *rapid.Generator[hlc.Stamp] {
	return rapid.Map(rapid.Uint64Range(0, uint64(hlc.Max)), func(n uint64) hlc.Stamp { return hlc.Stamp(n) })
}

// Reading returns a generator of clock readings, however wrong.
func Reading() *rapid.Generator[hlc.Reading] {
	return rapid.Custom(func(t *rapid.T) hlc.Reading {
		return hlc.Reading{
			WallMS: rapid.OneOf(rapid.Int64(), rapid.Int64Range(1.7e12, 1.8e12)).Draw(t, "wall"),
			BootID: ID[ident.ID]().Draw(t, "boot"),
			MonoMS: rapid.Int64().Draw(t, "mono"),
		}
	})
}

// Source returns a generator of sources.
func Source() *rapid.Generator[record.Source] {
	return rapid.SampledFrom([]record.Source{
		record.SelfDeclared, record.Cadre, record.Officer, record.BankVerified, record.Authoritative,
	})
}

// Write returns a generator of writes in a scope, as Act.Check accepts them.
func Write(scope ident.Scope) *rapid.Generator[record.Write] {
	return rapid.Custom(func(t *rapid.T) record.Write {
		w := record.Write{
			Op: record.Op(rapid.IntRange(int(record.Create), int(record.Discard)).Draw(t, "op")),
			Header: record.Header{
				ID:      ID[ident.Record]().Draw(t, "record"),
				Kind:    record.Kind(rapid.SampledFrom([]string{"household", "demand", "later_kind"}).Draw(t, "kind")),
				Scope:   scope,
				Subject: ID[ident.Subject]().Draw(t, "subject"),
			},
			Fields: rapid.MapOfN(rapid.Map(Name(), field), Value(), 0, 6).Draw(t, "fields"),
		}
		names := slices.Sorted(maps.Keys(w.Fields))
		switch {
		case len(names) == 0:
		case w.Op == record.Resolve:
			heads := rapid.SliceOfNDistinct(Version(), 0, 3, rapid.ID[record.Version]).Draw(t, "seen")
			slices.Sort(heads)
			w.Seen = map[record.Field][]record.Version{names[0]: heads}
		case rapid.IntRange(0, 4).Draw(t, "dispute") == 0:
			w.InDispute = names[:1]
		}
		return w
	})
}

func field(s string) record.Field { return record.Field(s) }

// Act returns a generator of acts in a scope that Act.Check accepts.
func Act(scope ident.Scope) *rapid.Generator[record.Act] {
	return rapid.Custom(func(t *rapid.T) record.Act {
		a := record.Act{
			Name:   Name().Draw(t, "act"),
			Scope:  scope,
			Base:   record.Base{Version: Version().Draw(t, "base version"), Number: rapid.Uint64Range(0, 50).Draw(t, "base number")},
			Source: Source().Draw(t, "source"),
			Writes: rapid.SliceOfN(Write(scope), 1, 4).Draw(t, "writes"),
		}
		if rapid.IntRange(0, 4).Draw(t, "rare") == 0 {
			a.Blobs = []record.Blob{{Digest: [32]byte{1}, Size: rapid.Uint64().Draw(t, "size"), MediaType: "image/jpeg"}}
			a.Replaces = rapid.Uint64Range(0, 9).Draw(t, "replaces")
		}
		return a
	})
}

// ChangeSet returns a generator of change sets at a place.
func ChangeSet(link record.Link) *rapid.Generator[record.ChangeSet] {
	return rapid.Custom(func(t *rapid.T) record.ChangeSet {
		cs := record.ChangeSet{
			Link:      link,
			Actor:     ID[ident.Actor]().Draw(t, "actor"),
			Login:     ID[ident.Login]().Draw(t, "login"),
			Catalogue: rapid.Uint32().Draw(t, "catalogue"),
			Reading:   Reading().Draw(t, "reading"),
			Floor:     Stamp().Draw(t, "floor"),
			Act:       Act(link.Lane.Scope).Draw(t, "act"),
		}
		if rapid.IntRange(0, 4).Draw(t, "again") == 0 {
			cs.Origin = &record.Link{Lane: Lane().Draw(t, "origin"), Number: rapid.Uint64Range(1, 99).Draw(t, "origin number")}
			cs.PersonSignature = rapid.SliceOfN(rapid.Byte(), 1, 80).Draw(t, "signature")
		}
		return cs
	})
}

// Batch returns a generator of batches, signature included.
func Batch() *rapid.Generator[*wire.Batch] {
	return rapid.Custom(func(t *rapid.T) *wire.Batch {
		lane := Lane().Draw(t, "lane")
		first := rapid.Uint64Range(1, math.MaxInt32).Draw(t, "first")
		sets := make([]record.ChangeSet, rapid.IntRange(1, 6).Draw(t, "sets"))
		for i := range sets {
			sets[i] = ChangeSet(record.Link{Lane: lane, Number: first + uint64(i)}).Draw(t, "set")
		}
		seed := ID[ident.ID]().Draw(t, "seed")
		b, err := wire.NewBatch(lane, first, wire.Digest{7}, seed, sets)
		if err != nil {
			t.Fatalf("generated batch: %v", err)
		}
		b.Signature = []byte("signature")
		return b
	})
}

// Head returns a generator of heads as rows carry them: without lane and number.
func Head() *rapid.Generator[record.Head] {
	return rapid.Custom(func(t *rapid.T) record.Head {
		h := record.Head{
			Value:   Value().Draw(t, "value"),
			Version: Version().Draw(t, "version"),
			Stamp:   Stamp().Draw(t, "stamp"),
			Source:  Source().Draw(t, "source"),
			Actor:   ID[ident.Actor]().Draw(t, "actor"),
			Blind:   rapid.Bool().Draw(t, "blind"),
			Merge:   rapid.SampledFrom([]record.Merge{record.Latest, record.Authority, record.Union, record.Review}).Draw(t, "merge"),
		}
		if rapid.Bool().Draw(t, "seen") {
			h.Saw = Version().Draw(t, "saw")
		}
		if h.Version > 10 && rapid.IntRange(0, 3).Draw(t, "settling") == 0 {
			h.Settles = rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) record.Version {
				return record.Version(rapid.Uint64Range(1, uint64(h.Version)-1).Draw(t, "named"))
			}), 1, 3, rapid.ID[record.Version]).Draw(t, "settles")
			slices.Sort(h.Settles)
		}
		return h
	})
}

// RowDelta returns a generator of rows in which most fields share their
// provenance.
func RowDelta() *rapid.Generator[wire.RowDelta] {
	return rapid.Custom(func(t *rapid.T) wire.RowDelta {
		r := wire.RowDelta{Header: record.Header{
			ID:      ID[ident.Record]().Draw(t, "record"),
			Kind:    "household",
			Scope:   Scope().Draw(t, "scope"),
			Subject: ID[ident.Subject]().Draw(t, "subject"),
		}}
		shared := Head().Draw(t, "shared")
		for _, name := range rapid.SliceOfNDistinct(Name(), 0, 6, rapid.ID[string]).Draw(t, "fields") {
			state := record.FieldState{Value: Value().Draw(t, "value"), Winner: shared}
			if rapid.IntRange(0, 3).Draw(t, "other") == 0 {
				state.Winner = Head().Draw(t, "winner")
				state.Disputed = rapid.Bool().Draw(t, "disputed")
				state.Aside = rapid.SliceOfN(Head(), 0, 2).Draw(t, "aside")
			}
			state.Winner.Value = state.Value
			if !state.Disputed && len(state.Aside) == 0 {
				state.Winner.Saw, state.Winner.Settles = 0, nil
			}
			state.Version = state.Winner.Version + record.Version(rapid.IntRange(0, 2).Draw(t, "later"))
			r.Fields = append(r.Fields, wire.FieldDelta{Field: field(name), State: state})
		}
		return r
	})
}
