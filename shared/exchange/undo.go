// SPDX-License-Identifier: Apache-2.0

package exchange

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"time"

	"yuexin/shared/credit/forms"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// ImportState says how far an import came.
type ImportState string

// The states.
const (
	Unfinished ImportState = "unfinished" // cancelled, or interrupted: the same file goes on with it
	Finished   ImportState = "finished"
	Undone     ImportState = "undone"
)

// Import is an import into one place, as the store knows it.
type Import struct {
	ID    ident.Record
	Scope ident.Scope
	Kind  record.Kind // what was imported
	File  string      // its name
	Sheet string
	At    time.Time // in UTC
	Actor ident.Actor
	State ImportState
	Rows  int // that were written; while it is unfinished, so far
	Kept  int // values that undoing left, because somebody had changed them

	Source record.Source // the rank of its values, and so of who can take it back
}

// Imports returns the imports that the store knows of, newest first.
func Imports(ctx context.Context, store record.Store) ([]Import, error) {
	return imports(ctx, store, record.Query{Newest: true})
}

func imports(ctx context.Context, store record.Store, q record.Query) ([]Import, error) {
	q.Kind, q.Limit = KindImport, pageOf
	rows, err := store.List(ctx, q)
	if err != nil {
		return nil, err
	}
	out := make([]Import, len(rows))
	for i, row := range rows {
		one := Import{
			ID: row.Header.ID, Scope: row.Header.Scope, Kind: record.Kind(row.Text("of")), File: row.Text("file_name"), Sheet: row.Text("sheet"),
			At: time.UnixMilli(row.Int("at")).UTC(), Actor: row.Fields["file"].Winner.Actor, State: Unfinished, Source: record.Source(row.Int("source")),
		}
		marks, err := of(ctx, store, KindImportMark, one)
		if err != nil {
			return nil, err
		}
		ended := false
		for _, m := range marks {
			how := ImportState(m.Text("mark"))
			if how == Finished {
				one.Rows, ended = max(one.Rows, int(m.Int("rows"))), true
			}
			if one.State != Undone { // nothing follows that
				one.State, one.Kept = how, int(m.Int("kept"))
			}
		}
		if !ended {
			parts, err := of(ctx, store, KindImportPart, one)
			if err != nil {
				return nil, err
			}
			for _, p := range parts {
				one.Rows += int(p.Int("rows"))
			}
		}
		out[i] = one
	}
	return out, nil
}

// of returns the records of a kind that belong to an import, oldest first.
func of(ctx context.Context, store record.Store, kind record.Kind, one Import) ([]record.Row, error) {
	return record.All(ctx, store, record.Query{
		Kind: kind, Scope: one.Scope, Where: []record.Term{{Field: "import", Value: record.OfBytes(one.ID.Bytes())}},
	})
}

// Left is something that undoing leaves as it is.
type Left struct {
	Row    int // of the file
	Kind   record.Kind
	Record ident.Record
	Field  record.Field // "" for the whole record
	Why    string       // key of a text: "exchange.left.changed"
}

// Undoing is how an import is taken back.
type Undoing struct {
	Book   map[string]*forms.Form // in force, for the parts of records
	Now    time.Time
	Random io.Reader
	// Dry changes nothing.
	Dry bool
	// Progress is told how many rows are done, of how many; it may be nil.
	Progress func(done, of int)
}

// Undo takes back what an import wrote and nobody has changed since: new records are deleted, values set to what stood
// there. The last act goes first. It returns how many rows it took back and what it left, in the order of the file. Once
// more it does nothing, so that one that was interrupted is simply done again.
func (w *Words) Undo(ctx context.Context, store record.Store, id ident.Record, u Undoing) (rows int, left []Left, err error) {
	row, err := store.Get(ctx, id)
	if err != nil {
		return 0, nil, err
	}
	list, err := imports(ctx, store, record.Query{Scope: row.Header.Scope, Where: []record.Term{{Field: "file", Value: row.Value("file")}}})
	if err != nil {
		return 0, nil, err
	}
	i := slices.IndexFunc(list, func(o Import) bool { return o.ID == id })
	if i < 0 {
		return 0, nil, fault.New(fault.NotFound, "record.missing")
	}
	x := &undoer{words: w, store: store, one: list[i], u: u}
	parts, err := of(ctx, store, KindImportPart, x.one)
	if err != nil {
		return 0, nil, err
	}
	for _, part := range slices.Backward(parts) {
		if err := x.part(ctx, part); err != nil {
			return x.rows, x.left, err
		}
	}
	slices.SortStableFunc(x.left, func(a, b Left) int { return a.Row - b.Row })
	if u.Dry {
		return x.rows, x.left, nil
	}
	return x.rows, x.left, x.mark(ctx)
}

type undoer struct {
	words *Words
	store record.Store
	one   Import
	u     Undoing

	rows, done int
	left       []Left
	writes     []record.Write
}

func (x *undoer) part(ctx context.Context, part record.Row) error {
	var traces []trace
	if err := json.Unmarshal(part.Value("content").Bytes(), &traces); err != nil {
		return fault.New(fault.Corrupt, "exchange.undo.damaged").WithCause(err)
	}
	base, err := x.store.Base(ctx, x.one.Scope)
	if err != nil {
		return err
	}
	for _, t := range slices.Backward(traces) {
		if err := ctx.Err(); err != nil {
			return err
		}
		before, writes := len(x.left), len(x.writes)
		if err := x.row(ctx, t); err != nil {
			return err
		}
		if len(x.writes) > writes || len(x.left) == before {
			x.rows++
		}
		if x.done++; x.u.Progress != nil {
			x.u.Progress(x.done, x.one.Rows)
		}
	}
	return x.flush(ctx, base)
}

func (x *undoer) flush(ctx context.Context, base record.Base) error {
	writes := x.writes
	x.writes = nil
	if x.u.Dry {
		return nil
	}
	for some := range slices.Chunk(writes, record.MaxWrites) {
		receipt, err := x.store.Apply(ctx, record.Act{
			Name: string(x.one.Kind) + ".import.undo", Scope: x.one.Scope, Base: base, Source: x.one.Source, Writes: some,
		})
		if err == nil {
			err = refusal(receipt)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (x *undoer) mark(ctx context.Context) error {
	id, err := ident.New[ident.Record](x.u.Now.UnixMilli(), x.u.Random)
	if err != nil {
		return err
	}
	base, err := x.store.Base(ctx, x.one.Scope)
	if err != nil {
		return err
	}
	_, err = x.store.Apply(ctx, record.Act{
		Name: string(x.one.Kind) + ".import.undo", Scope: x.one.Scope, Base: base, Source: x.one.Source,
		Writes: []record.Write{mark(id, x.one.ID, x.one.Scope, Undone, x.u.Now, x.rows, len(x.left))},
	})
	return err
}

// row takes back what one row of the file wrote. A new record goes with all that the row made for it, or stays with it.
func (x *undoer) row(ctx context.Context, t trace) error {
	if len(t.Records) > 0 && t.Records[0].New && t.Records[0].Kind == x.one.Kind {
		return x.created(ctx, t)
	}
	for _, one := range t.Records {
		row, err := x.store.Get(ctx, one.ID)
		switch {
		case fault.Is(err, fault.NotFound):
			x.leave(t, one, "", "exchange.left.gone")
			continue
		case err != nil:
			return err
		case row.Deleted():
			continue
		case !one.New:
			x.edited(t, one, row)
		case x.fresh(one, row):
			x.writes = append(x.writes, record.Write{Op: record.Delete, Header: row.Header})
		default:
			x.leave(t, one, "", "exchange.left.changed")
		}
	}
	return nil
}

func (x *undoer) leave(t trace, one traced, f record.Field, why string) {
	x.left = append(x.left, Left{Row: t.Row, Kind: one.Kind, Record: one.ID, Field: f, Why: why})
}

// created deletes a new record and its parts, if all is as the import left it and nobody refers to it.
func (x *undoer) created(ctx context.Context, t trace) error {
	var writes []record.Write
	own, about := map[ident.Record]bool{}, ident.Subject{}
	for _, one := range t.Records {
		own[one.ID] = true
		row, err := x.store.Get(ctx, one.ID)
		if fault.Is(err, fault.NotFound) {
			x.leave(t, one, "", "exchange.left.gone")
			return nil
		}
		if err != nil {
			return err
		}
		about = row.Header.Subject
		if row.Deleted() {
			continue
		}
		if !x.fresh(one, row) {
			x.leave(t, one, "", "exchange.left.changed")
			return nil
		}
		writes = append(writes, record.Write{Op: record.Delete, Header: row.Header})
	}
	referred, err := x.referred(ctx, t.Records[0], about, own)
	if err != nil {
		return err
	}
	if referred {
		x.leave(t, t.Records[0], "", "exchange.left.referred")
		return nil
	}
	x.writes = append(x.writes, writes...)
	return nil
}

// referred reports whether records that the import did not make name this one or are about the same: a loan demand, a
// consent, a member added since.
func (x *undoer) referred(ctx context.Context, one traced, about ident.Subject, own map[ident.Record]bool) (bool, error) {
	for _, k := range x.words.Kinds {
		if k.Kind != one.Kind {
			continue
		}
		refs := k.Refs
		if form := x.u.Book[k.Form]; form != nil {
			for _, s := range form.Sections {
				for _, f := range s.Fields {
					if f.Type == forms.Rows {
						refs = append(refs[:len(refs):len(refs)], struct {
							Kind  record.Kind  `json:"kind"`
							Field record.Field `json:"field,omitempty"`
						}{f.Kind, f.Link})
					}
				}
			}
		}
		for _, ref := range refs {
			q := record.Query{Kind: ref.Kind, Scope: x.one.Scope, Limit: pageOf}
			if ref.Field == "" {
				q.Subject = about
			} else {
				q.Where = []record.Term{{Field: ref.Field, Value: record.OfBytes(one.ID.Bytes())}}
			}
			rows, err := x.store.List(ctx, q)
			if err != nil {
				return false, err
			}
			if slices.ContainsFunc(rows, func(r record.Row) bool { return !own[r.Header.ID] }) {
				return true, nil
			}
		}
	}
	return false, nil
}

// fresh reports whether a record is as the import made it, by nobody else's hand.
func (x *undoer) fresh(one traced, row record.Row) bool {
	fields := map[record.Field]record.Value{}
	for f, s := range row.Fields {
		if f == record.Deleted && !s.Value.Bool() && !s.Disputed {
			continue
		}
		if s.Disputed || len(s.Aside) > 0 || !s.Value.IsNone() && s.Winner.Actor != x.one.Actor {
			return false
		}
		fields[f] = s.Value
	}
	return bytes.Equal(sumOf(fields), one.Sum)
}

// edited sets the fields back that still hold what the import wrote.
func (x *undoer) edited(t trace, one traced, row record.Row) {
	w := record.Write{Op: record.Edit, Header: row.Header, Fields: map[record.Field]record.Value{}}
	for _, f := range slices.Sorted(maps.Keys(one.Before)) {
		state, was := row.Fields[f], one.Before[f].value()
		switch {
		case state.Value.Equal(was) && !state.Disputed && len(state.Aside) == 0:
		case f == fieldForm && !bytes.Equal(digestOf(state.Value), one.After[f]): // by which form it was written since
		case state.Disputed || len(state.Aside) > 0:
			x.leave(t, one, f, "exchange.left.disputed")
		case !bytes.Equal(digestOf(state.Value), one.After[f]) || state.Winner.Actor != x.one.Actor:
			x.leave(t, one, f, "exchange.left.changed")
		default:
			w.Fields[f] = was
		}
	}
	if len(w.Fields) > 0 {
		x.writes = append(x.writes, w)
	}
}
