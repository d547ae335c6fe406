// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// KindRead is the kind of the records that say that a notice was read: an entry, in a village.
const KindRead record.Kind = "notice_read"

// Where a notice was read, codes of field read_on.
const (
	OnPhone = "phone"
	OnKiosk = "kiosk"
)

// Read says that a household read a notice, or somebody at a machine of the village. Who it was stands in it only where they
// have proved it.
type Read struct {
	Header    record.Header // Subject is the household's where it is known, else the village's
	Notice    ident.Record
	On        string
	Household ident.Record // zero where nobody has proved who they are, or the reader may not see it
	At        int64        // ms since 1970 UTC
	Again     bool         // the same door was counted before, when nobody had proved who they are
	Sample    bool
}

// ReadOf reads one.
func ReadOf(row record.Row) Read {
	r := Read{Header: row.Header, On: row.Text("read_on"), At: row.Int("at"), Again: row.Bool("again"), Sample: row.Bool("sample")}
	copy(r.Notice[:], row.Value("notice").Bytes())
	copy(r.Household[:], row.Value("household").Bytes())
	return r
}

// Create returns the write that makes it under r.Header.
func (r Read) Create() record.Write {
	r.Header.Kind = KindRead
	fields := map[record.Field]record.Value{
		"notice": record.OfBytes(r.Notice.Bytes()), "read_on": record.OfText(r.On), "at": record.OfInt(r.At),
	}
	if !r.Household.IsZero() {
		fields["household"] = record.OfBytes(r.Household.Bytes())
	}
	if r.Again {
		fields["again"] = record.OfBool(true)
	}
	if r.Sample {
		fields["sample"] = record.OfBool(true)
	}
	return record.Write{Op: record.Create, Header: r.Header, Fields: fields}
}

// Times is how often a notice was read.
type Times struct {
	Read  int            // doors, and readings at machines
	Named []ident.Record // of them the households that have proved who they are, where the reader may see that
}

// Count adds up readings by notice. What it returns does not depend on their order.
func Count(reads []record.Row) map[ident.Record]Times {
	out := map[ident.Record]Times{}
	for _, row := range reads {
		r := ReadOf(row)
		t := out[r.Notice]
		if !r.Again {
			t.Read++
		}
		if !r.Household.IsZero() && !slices.Contains(t.Named, r.Household) {
			t.Named = append(t.Named, r.Household)
		}
		out[r.Notice] = t
	}
	for _, t := range out {
		slices.SortFunc(t.Named, ident.Record.Compare)
	}
	return out
}
