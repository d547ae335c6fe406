// SPDX-License-Identifier: Apache-2.0

package exchange

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// The kinds of records by which an import is known afterwards: itself, what each of its acts did, and how it ended.
const (
	KindImport     record.Kind = "import"
	KindImportPart record.Kind = "import_part"
	KindImportMark record.Kind = "import_mark"
)

// trace is what became of one row: enough to take it back.
type trace struct {
	Sheet   string   `json:"s,omitempty"`
	Row     int      `json:"r"`
	Records []traced `json:"w"`

	about ident.Subject // whose earlier values it holds; zero if it holds none
}

// traced is what was written of one record.
type traced struct {
	ID     ident.Record                   `json:"id"`
	Kind   record.Kind                    `json:"k"`
	New    bool                           `json:"new,omitempty"`
	Sum    []byte                         `json:"sum,omitempty"` // of all that a new record was made of
	Before map[record.Field]kept          `json:"was,omitempty"`
	After  map[record.Field]digestOfValue `json:"now,omitempty"`
}

// digestOfValue is the beginning of the SHA-256 of a value: to tell whether it still stands.
type digestOfValue []byte

func digestOf(v record.Value) digestOfValue {
	sum := sha256.Sum256(v.AppendCanonical(nil))
	return sum[:8]
}

// sumOf is one digest of all fields of a new record.
func sumOf(fields map[record.Field]record.Value) []byte {
	var b []byte
	for _, f := range slices.Sorted(maps.Keys(fields)) {
		if v := fields[f]; !v.IsNone() {
			b = v.AppendCanonical(record.AppendText(b, string(f)))
		}
	}
	sum := sha256.Sum256(b)
	return sum[:8]
}

// kept is a value as a trace keeps it.
type kept struct {
	Bool  *bool    `json:"b,omitempty"`
	Int   *int64   `json:"i,omitempty"`
	Text  *string  `json:"t,omitempty"`
	Bytes []byte   `json:"x,omitempty"`
	Set   []string `json:"s,omitempty"`
}

func keptOf(v record.Value) kept {
	switch v.Type() {
	case record.Bool:
		b := v.Bool()
		return kept{Bool: &b}
	case record.Int:
		n := v.Int()
		return kept{Int: &n}
	case record.Text:
		s := v.Text()
		return kept{Text: &s}
	case record.Bytes:
		return kept{Bytes: v.Bytes()}
	case record.Set:
		return kept{Set: v.Set()}
	}
	return kept{}
}

func (k kept) value() record.Value {
	switch {
	case k.Bool != nil:
		return record.OfBool(*k.Bool)
	case k.Int != nil:
		return record.OfInt(*k.Int)
	case k.Text != nil:
		return record.OfText(*k.Text)
	case k.Bytes != nil:
		return record.OfBytes(k.Bytes)
	case k.Set != nil:
		return record.OfSet(k.Set...)
	}
	return record.Value{}
}

// trace notes what a line writes, and what stood there.
func (w *writer) trace(ctx context.Context, l *Line) (trace, error) {
	t := trace{Sheet: l.Sheet, Row: l.Row}
	for _, one := range l.writes {
		x := traced{ID: one.Header.ID, Kind: one.Header.Kind, New: one.Op == record.Create}
		if x.New {
			x.Sum = sumOf(one.Fields)
			t.Records = append(t.Records, x)
			continue
		}
		row, err := w.store.Get(ctx, one.Header.ID)
		if err != nil {
			return t, err
		}
		t.about = row.Header.Subject
		x.Before, x.After = map[record.Field]kept{}, map[record.Field]digestOfValue{}
		for f, v := range one.Fields {
			x.Before[f], x.After[f] = keptOf(row.Value(f)), digestOf(v)
		}
		t.Records = append(t.Records, x)
	}
	return t, nil
}

// begin makes the record of the import: which file, which sheet, by which form.
func (w *writer) begin(scope ident.Scope) record.Write {
	t, run := w.table, w.runs[scope]
	fields := map[record.Field]record.Value{
		"file": record.OfBytes(t.Book.Hash[:]), "file_name": record.OfText(t.Book.Name), "sheet": record.OfText(t.Layouts[0].Sheet),
		"of": record.OfText(string(t.Kind.Name())), "source": record.OfInt(int64(w.plan.Source)),
		"at": record.OfInt(w.plan.Now.UnixMilli()), "form": record.OfText(t.Kind.Form.Edition()),
	}
	if w.plan.Sample {
		fields["sample"] = record.OfBool(true)
	}
	return record.Write{Op: record.Create, Header: record.Header{ID: run.id, Kind: KindImport, Scope: scope, Subject: subjectOf(run.id)}, Fields: fields}
}

// subjectOf is the subject of what is about an import and about nobody.
func subjectOf(run ident.Record) ident.Subject { return ident.Subject(run) }

// partWrites makes the records of what an act did: one of all new records, and one for each whose earlier values are kept.
// Those are theirs: they go when what is known of them is erased.
func (w *writer) partWrites(scope ident.Scope, traces []trace) ([]record.Write, error) {
	var fresh []trace
	var out []record.Write
	add := func(about ident.Subject, some []trace) error {
		part, err := w.partWrite(scope, about, some)
		out = append(out, part)
		return err
	}
	for _, t := range traces {
		if t.about.IsZero() {
			fresh = append(fresh, t)
		} else if err := add(t.about, []trace{t}); err != nil {
			return nil, err
		}
	}
	if len(fresh) > 0 {
		if err := add(subjectOf(w.runs[scope].id), fresh); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (w *writer) partWrite(scope ident.Scope, about ident.Subject, traces []trace) (record.Write, error) {
	id, err := w.newID()
	if err != nil {
		return record.Write{}, err
	}
	content, err := json.Marshal(traces)
	if err != nil {
		return record.Write{}, fmt.Errorf("encode the trace of an import: %w", err)
	}
	if len(content) > record.MaxValueSize {
		return record.Write{}, fault.New(fault.TooLarge, "exchange.part.large")
	}
	return record.Write{
		Op: record.Create, Header: record.Header{ID: id, Kind: KindImportPart, Scope: scope, Subject: about},
		Fields: map[record.Field]record.Value{
			"import": record.OfBytes(w.runs[scope].id.Bytes()), "rows": record.OfInt(int64(len(traces))), "content": record.OfBytes(content),
		},
	}, nil
}

// end notes that an import came to its end.
func (w *writer) end(ctx context.Context, scope ident.Scope) error {
	run := w.runs[scope]
	if !run.begun || run.ended && w.counts[scope] == 0 {
		return nil // nothing was to be written
	}
	id, err := w.newID()
	if err != nil {
		return err
	}
	_, err = w.store.Apply(ctx, record.Act{
		Name: string(w.table.Kind.Name()) + ".import", Scope: scope, Base: w.bases[scope], Source: w.plan.Source,
		Writes: []record.Write{mark(id, run.id, scope, Finished, w.plan.Now, run.rows+w.counts[scope], 0)},
	})
	return err
}

// mark makes the record of how an import ended.
func mark(id, of ident.Record, scope ident.Scope, how ImportState, now time.Time, rows, kept int) record.Write {
	return record.Write{
		Op: record.Create, Header: record.Header{ID: id, Kind: KindImportMark, Scope: scope, Subject: subjectOf(of)},
		Fields: map[record.Field]record.Value{
			"import": record.OfBytes(of.Bytes()), "mark": record.OfText(string(how)), "at": record.OfInt(now.UnixMilli()),
			"rows": record.OfInt(int64(rows)), "kept": record.OfInt(int64(kept)),
		},
	}
}
