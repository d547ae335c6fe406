// SPDX-License-Identifier: Apache-2.0

package exchange

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// How much one act holds at most: far below the limits of package record, and little enough to be cancelled soon.
const (
	maxLines  = 50
	maxWrites = 150
	maxSize   = 96 << 10
)

// Plan says how the good rows of a table are written.
type Plan struct {
	Options
	// GoodRows writes the good rows and leaves the others to be mended and imported again; otherwise nothing is written
	// unless every row is good.
	GoodRows bool
	// Update writes what the file says differently about those who are there; otherwise they are left alone.
	Update bool
	// Now and Random name the import.
	Now    time.Time
	Random io.Reader
	// Plates issues plates for the households of a village once they are written, and returns the short code of each;
	// nil issues none.
	Plates func(ctx context.Context, village ident.Scope) (map[ident.Record]string, error)
	// Map lets the code on somebody else's plate stand for the plate at a household's door; nil maps none.
	Map func(ctx context.Context, household ident.Record, foreign string) error
}

// Write judges every row anew and writes the good ones, some of them in one act, each act with a record of what it did. A
// store that refuses an act is asked again with halves of it, so that one row cannot hold up others.
//
// An import that was cancelled or interrupted is continued by Write of the same file: rows that are in the store are the
// same then, and new records get the ids they got the first time. The report tells of what was written even with an error.
// Without GoodRows a file with wrong rows is fault.Invalid "exchange.wrong" and nothing was written.
func (t *Table) Write(ctx context.Context, store record.Store, p Plan) (*Report, error) {
	p.Source = cmp.Or(p.Source, record.Cadre)
	if !p.GoodRows {
		dry := p.Options
		dry.Progress = nil
		if r, err := t.Check(ctx, store, dry); err != nil || !r.Clean() {
			return r, cmp.Or(err, error(fault.New(fault.Invalid, "exchange.wrong")))
		}
	}
	w := &writer{table: t, store: store, plan: p, waiting: map[ident.Scope][]*Line{}, bases: map[ident.Scope]record.Base{}, counts: map[ident.Scope]int{}}
	r := &Report{Table: t}
	var err error
	if w.runs, err = t.runs(ctx, store, p); err == nil {
		err = w.all(ctx)
	}
	for _, l := range w.lines {
		r.Lines = append(r.Lines, *l)
	}
	r.sort()
	if err != nil {
		return r, err
	}
	if err := p.plates(ctx, r); err != nil {
		return r, err
	}
	return r, p.foreign(ctx, r)
}

// runs finds what was begun of the same file, and names the rest.
func (t *Table) runs(ctx context.Context, store record.Store, p Plan) (map[ident.Scope]*run, error) {
	imports, err := imports(ctx, store, record.Query{Where: []record.Term{{Field: "file", Value: record.OfBytes(t.Book.Hash[:])}}})
	if err != nil {
		return nil, err
	}
	out := map[ident.Scope]*run{}
	for _, v := range p.Villages {
		id, err := ident.New[ident.Record](p.Now.UnixMilli(), p.Random)
		if err != nil {
			return nil, err
		}
		out[v.Scope] = &run{id: id, hash: t.Book.Hash}
	}
	for _, one := range imports {
		if r := out[one.Scope]; r != nil && one.State != Undone && one.Sheet == t.Layouts[0].Sheet && one.Kind == t.Kind.Name() {
			r.id, r.begun, r.again, r.ended, r.rows = one.ID, true, true, one.State == Finished, one.Rows
		}
	}
	return out, nil
}

// ids returns the n-th record of a line and its subject: the same for the same row of the same import.
func (r *run) ids(l *Line, n int) (id ident.Record, about ident.Subject, err error) {
	seed := sha256.New()
	_, _ = seed.Write(r.hash[:]) // a hash takes everything
	_, _ = seed.Write(r.id.Bytes())
	_, _ = io.WriteString(seed, l.Sheet)
	_, _ = seed.Write(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64([]byte{0}, uint64(l.Row)), uint64(n)))
	from := rand.NewChaCha8([32]byte(seed.Sum(nil)))
	if id, err = ident.New[ident.Record](r.id.Millis(), from); err == nil {
		about, err = ident.New[ident.Subject](r.id.Millis(), from)
	}
	return id, about, err
}

// writer gathers lines by village and writes them.
type writer struct {
	table   *Table
	store   record.Store
	plan    Plan
	runs    map[ident.Scope]*run
	lines   []*Line
	waiting map[ident.Scope][]*Line
	bases   map[ident.Scope]record.Base // what was seen before the waiting lines were judged
	counts  map[ident.Scope]int         // lines that were written
}

func (w *writer) all(ctx context.Context) error {
	for scope := range w.runs {
		if err := w.see(ctx, scope); err != nil {
			return err
		}
	}
	err := w.table.judge(ctx, w.store, w.plan.Options, w.runs, func(l *Line) error {
		w.lines = append(w.lines, l)
		if l.State == Ready || l.State == Changed && w.plan.Update {
			return w.add(ctx, l)
		}
		l.writes = nil
		return nil
	})
	if err != nil {
		return err
	}
	for _, v := range w.plan.Villages {
		if err := w.flush(ctx, v.Scope); err != nil {
			return err
		}
		if err := w.end(ctx, v.Scope); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) see(ctx context.Context, scope ident.Scope) (err error) {
	w.bases[scope], err = w.store.Base(ctx, scope)
	return err
}

// add lets a line wait, and writes those that wait once they are enough.
func (w *writer) add(ctx context.Context, l *Line) error {
	writes, size := len(l.writes), sizeOf(l)
	for _, other := range w.waiting[l.Scope] {
		writes, size = writes+len(other.writes), size+sizeOf(other)
	}
	if len(w.waiting[l.Scope]) >= maxLines || writes > maxWrites || size > maxSize {
		if err := w.flush(ctx, l.Scope); err != nil {
			return err
		}
	}
	w.waiting[l.Scope] = append(w.waiting[l.Scope], l)
	return nil
}

func sizeOf(l *Line) (n int) {
	for _, one := range l.writes {
		for f, v := range one.Fields {
			n += len(f) + v.Size() + 12
		}
	}
	return n
}

func (w *writer) flush(ctx context.Context, scope ident.Scope) error {
	lines := w.waiting[scope]
	if len(lines) == 0 {
		return nil
	}
	w.waiting[scope] = nil
	if err := w.write(ctx, scope, lines); err != nil {
		return err
	}
	return w.see(ctx, scope)
}

// write writes lines of one village in one act, or in halves when that is refused.
func (w *writer) write(ctx context.Context, scope ident.Scope, lines []*Line) error {
	act, err := w.act(ctx, scope, lines)
	if err == nil {
		var receipt record.Receipt
		if receipt, err = w.store.Apply(ctx, act); err == nil {
			err = refusal(receipt)
		}
	}
	switch {
	case err == nil:
		w.runs[scope].begun = true
		w.counts[scope] += len(lines)
		for _, l := range lines {
			l.written()
		}
		return nil
	case !aboutContent(err):
		return err
	case len(lines) == 1:
		lines[0].State = Wrong
		lines[0].writes = nil
		lines[0].problem(lines[0].Sheet, lines[0].Row, nil, err)
		return nil
	}
	middle := len(lines) / 2
	return errors.Join(w.write(ctx, scope, lines[:middle]), w.write(ctx, scope, lines[middle:]))
}

// act is what some lines write, with the record of the import before the first and the trace of all.
func (w *writer) act(ctx context.Context, scope ident.Scope, lines []*Line) (record.Act, error) {
	run := w.runs[scope]
	act := record.Act{Name: string(w.table.Kind.Name()) + ".import", Scope: scope, Base: w.bases[scope], Source: w.plan.Source}
	if !run.begun {
		act.Writes = append(act.Writes, w.begin(scope))
	}
	var traces []trace
	for _, l := range lines {
		act.Writes = append(act.Writes, l.writes...)
		t, err := w.trace(ctx, l)
		if err != nil {
			return act, err
		}
		traces = append(traces, t)
	}
	parts, err := w.partWrites(scope, traces)
	act.Writes = append(act.Writes, parts...)
	return act, err
}

// newID names a record of the import itself.
func (w *writer) newID() (ident.Record, error) {
	return ident.New[ident.Record](w.plan.Now.UnixMilli(), w.plan.Random)
}

func (l *Line) written() {
	l.writes = nil
	if l.State == Changed {
		l.State = Updated
		return
	}
	l.State = Added
}

// refusal is the fault of a receipt that says the act was not applied.
func refusal(r record.Receipt) error {
	if r.Outcome != record.Rejected && r.Outcome != record.Quarantined {
		return nil
	}
	e := fault.New(fault.Conflict, r.Reason).WithField(string(r.Field))
	for name, value := range r.Args {
		e = e.With(name, value)
	}
	return e
}

// plates issues plates for every village that the report names and notes their codes.
func (p Plan) plates(ctx context.Context, r *Report) error {
	if p.Plates == nil {
		return nil
	}
	codes := make(map[ident.Scope]map[ident.Record]string)
	for i := range r.Lines {
		l := &r.Lines[i]
		if l.Record.IsZero() || l.State.Bad() {
			continue
		}
		if codes[l.Scope] == nil {
			issued, err := p.Plates(ctx, l.Scope)
			if err != nil {
				return err
			}
			codes[l.Scope] = issued
		}
		l.Plate = codes[l.Scope][l.Record]
	}
	return nil
}

// foreign maps what the report says of other plates. A code that cannot be mapped is noted with its line; the household
// stays.
func (p Plan) foreign(ctx context.Context, r *Report) error {
	if p.Map == nil {
		return nil
	}
	column, _ := r.Table.Layouts[0].Path(ColumnForeign)
	for i := range r.Lines {
		l := &r.Lines[i]
		if l.Foreign == "" || l.Record.IsZero() || l.State.Bad() {
			continue
		}
		err := p.Map(ctx, l.Record, l.Foreign)
		if err != nil && !aboutContent(err) {
			return err
		}
		l.note(&column, err)
	}
	return nil
}
