// SPDX-License-Identifier: Apache-2.0

package verbs

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/station"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/rules"
	"yuexin/shared/sync/record/typed"
	"yuexin/shared/terminal"
)

// entry is one record to put: new, or an edit of the record with the id.
type entry struct {
	ID      string            `json:"id,omitempty"`
	Village string            `json:"village,omitempty"` // of a new record; statistical code or name
	Subject string            `json:"subject,omitempty"` // of a new record about somebody known
	Fields  map[string]string `json:"fields"`            // as people write them; "" clears

	Disputed []string `json:"disputed,omitempty"` // what export says of it; put ignores it
}

// verdict is what became of one entry.
type verdict struct {
	Row       int    `json:"row"` // from 1
	ID        string `json:"id,omitempty"`
	Unchanged bool   `json:"unchanged,omitempty"` // the record says all that already
	Number    uint64 `json:"number,omitempty"`    // in this device's lane
	Receipt   string `json:"receipt,omitempty"`   // of a new demand
	Field     string `json:"field,omitempty"`
	Error     string `json:"error,omitempty"`
	Hint      string `json:"hint,omitempty"`
}

func (c *commands) put() *cobra.Command {
	var dry, good bool
	cmd := &cobra.Command{
		Use: "put KIND FILE", Short: "Add or change records from a JSON or CSV file (- for standard input)", Args: terminal.Exactly(2),
		Long: "put adds records, or changes those whose id the file gives; each row is one act.\n" +
			"CSV: the head names the fields, besides id and village; disputed, as export writes it, is ignored. JSON: one object or a list of\n" +
			`{"id": …, "village": …, "fields": {"head_name": "陈秀英", …}}.` + "\n\n" +
			"A new demand needs, besides its form's fields, plate_code or village, and agreed: the edition of the\n" +
			"consent that the applicant signed on paper. It gets its receipt number here.\n\n" +
			"A field for an attachment takes the path of a file; the file is sealed and kept here.\n\n" +
			"If a row is wrong nothing is written and every wrong row is named; --good-rows writes the others.",
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "check only")
	cmd.Flags().BoolVar(&good, "good-rows", false, "write the rows that are right although others are wrong")
	cmd.RunE = func(cmd *cobra.Command, a []string) error {
		return c.working(func(ctx context.Context, s *station.Station) error {
			return c.putFile(ctx, s, record.Kind(a[0]), a[1], dry, good)
		})(cmd, a)
	}
	return cmd
}

func (c *commands) putFile(ctx context.Context, s *station.Station, kind record.Kind, file string, dry, good bool) error {
	if _, ok := s.Book().Catalogue.Kind(kind); !ok {
		return fault.New(fault.Invalid, "verbs.kind").With("kind", string(kind))
	}
	entries, err := readEntries(file)
	if err != nil {
		return err
	}
	p := putter{s: s, kind: kind, store: s.Store()}
	verdicts, acts, wrong := c.check(ctx, &p, entries)
	if !dry && (wrong == 0 || good) {
		if err := p.apply(ctx, acts, verdicts); err != nil {
			return err
		}
	}
	t := c.terminal()
	err = t.Show(verdicts, func(w io.Writer) {
		for _, v := range verdicts {
			if v.Error != "" {
				fmt.Fprintln(w, t.T("verbs.put.wrong", "row", fmt.Sprint(v.Row), "field", fieldLabel(t.Printer, string(kind), v.Field), "error", v.Error, "hint", v.Hint))
			}
		}
		fmt.Fprintln(w, t.T("verbs.put.done", "n", fmt.Sprint(len(entries)-wrong), "wrong", fmt.Sprint(wrong)))
	})
	if err == nil && wrong > 0 && !good {
		err = fault.New(fault.Invalid, "verbs.put.refused").With("n", fmt.Sprint(wrong))
	}
	return err
}

// check turns entries into acts and says of each what is wrong.
func (c *commands) check(ctx context.Context, p *putter, entries []entry) (verdicts []verdict, acts []*record.Act, wrong int) {
	t := c.terminal()
	verdicts, acts = make([]verdict, len(entries)), make([]*record.Act, len(entries))
	for i, e := range entries {
		verdicts[i].Row = i + 1
		act, err := p.act(ctx, e)
		if err == nil && act != nil {
			err = p.allowed(ctx, *act)
		}
		if err != nil {
			wrong++
			verdicts[i].Field = fault.From(err).Field
			verdicts[i].Error, verdicts[i].Hint = t.Explain(err)
			continue
		}
		if acts[i] = act; act == nil {
			verdicts[i].ID, verdicts[i].Unchanged = e.ID, true
			continue
		}
		verdicts[i].ID = about(act, p.kind).String()
	}
	return verdicts, acts, wrong
}

// putter makes acts from entries.
type putter struct {
	s       *station.Station
	kind    record.Kind
	store   record.Store
	numbers *station.Numbers // nil before the first new demand
}

// act returns the act of one entry, nil if it changes nothing.
func (p *putter) act(ctx context.Context, e entry) (*record.Act, error) {
	if p.kind == lending.KindDemand && e.ID == "" {
		return p.demand(ctx, e)
	}
	w := record.Write{Op: record.Create}
	var row record.Row
	var err error
	if e.ID != "" {
		if row, err = p.existing(ctx, e.ID); err != nil {
			return nil, fault.From(err).WithField("id")
		}
		w.Header, w.Op = row.Header, record.Edit
	} else if w.Header, err = p.fresh(ctx, e); err != nil {
		return nil, err
	}
	if w.Fields, err = p.values(e.Fields, w.Op, row); err != nil {
		return nil, err
	}
	if w.Op == record.Edit { // a file made by export says everything; what it does not change is not written
		maps.DeleteFunc(w.Fields, func(f record.Field, v record.Value) bool { return v.Equal(row.Value(f)) })
		if len(w.Fields) == 0 {
			return nil, nil
		}
	}
	base, err := p.store.Base(ctx, w.Header.Scope)
	if err != nil {
		return nil, err
	}
	return &record.Act{
		Name: string(p.kind) + ".put", Scope: w.Header.Scope, Base: base,
		Source: p.s.Book().Access.Source(p.s.Session().Role), Writes: []record.Write{w},
	}, nil
}

// values reads the fields of an entry; row is the record as it is. A new record has
// none that is empty.
func (p *putter) values(texts map[string]string, op record.Op, row record.Row) (map[record.Field]record.Value, error) {
	values := make(map[record.Field]record.Value, len(texts))
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		def, known := p.s.Book().Catalogue.Field(p.kind, record.Field(name))
		if !known {
			return nil, fault.New(fault.Invalid, "verbs.field").WithField(name).With("field", name)
		}
		v, err := p.value(def, strings.TrimPrefix(texts[name], "'"), row.Value(def.Name))
		if err != nil {
			return nil, err
		}
		if v.IsNone() && op == record.Create {
			continue
		}
		values[def.Name] = v
	}
	return values, nil
}

func (p *putter) value(def record.FieldDef, text string, now record.Value) (record.Value, error) {
	if def.Format == record.FormatBlob {
		return p.attachment(def, text, now)
	}
	return typed.Parse(def, text)
}

func (p *putter) existing(ctx context.Context, id string) (record.Row, error) {
	rid, err := ident.Parse[ident.Record](id)
	if err != nil {
		return record.Row{}, err
	}
	row, err := p.store.Get(ctx, rid)
	if err == nil && row.Header.Kind != p.kind {
		err = fault.New(fault.Invalid, "verbs.kind.other").With("kind", string(row.Header.Kind))
	}
	return row, err
}

func (p *putter) fresh(ctx context.Context, e entry) (h record.Header, err error) {
	h.Kind = p.kind
	village := e.Village
	if village == "" {
		village = e.Fields["region_code"]
	}
	if village == "" {
		return h, fault.New(fault.Invalid, "verbs.put.village").WithField("village")
	}
	if h.Scope, err = VillageScope(ctx, p.s, village); err != nil {
		return h, fault.From(err).WithField("village")
	}
	now := time.Now().UnixMilli()
	if h.ID, err = ident.New[ident.Record](now, rand.Reader); err != nil {
		return h, err
	}
	if e.Subject != "" {
		h.Subject, err = ident.Parse[ident.Subject](e.Subject)
	} else {
		h.Subject, err = ident.New[ident.Subject](now, rand.Reader)
	}
	return h, err
}

// allowed judges an act as applying it will, so that one wrong row is known
// before the first is written.
func (p *putter) allowed(ctx context.Context, act record.Act) error {
	judge := rules.Judge{
		Catalogue: p.s.Book().Catalogue, Access: p.s.Book().Access, Role: p.s.Session().Role,
		Look: func(id ident.Record) (record.Row, bool) {
			row, err := p.store.Get(ctx, id)
			return row, err == nil
		},
	}
	return judge.Check(act)
}

// apply applies the acts in order; each is durable when it returns.
func (p *putter) apply(ctx context.Context, acts []*record.Act, verdicts []verdict) error {
	for i, act := range acts {
		if act == nil {
			continue
		}
		// Edits chain on what this very file did before.
		base, err := p.store.Base(ctx, act.Scope)
		if err != nil {
			return err
		}
		act.Base = base
		if verdicts[i].Receipt, err = p.number(act); err != nil {
			return err
		}
		receipt, err := p.store.Apply(ctx, *act)
		if err != nil {
			return fmt.Errorf("row %d: %w", i+1, err)
		}
		verdicts[i].Number = receipt.Link.Number
	}
	return nil
}

func readEntries(file string) ([]entry, error) {
	data, err := readAll(file)
	if err != nil {
		return nil, terminal.Unread(file, err)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	trimmed := bytes.TrimSpace(data)
	switch {
	case len(trimmed) == 0:
		return nil, fault.New(fault.Invalid, "verbs.put.empty")
	case trimmed[0] == '{':
		trimmed = append(append([]byte{'['}, trimmed...), ']')
		fallthrough
	case trimmed[0] == '[':
		return readJSON(trimmed)
	}
	return readCSV(data)
}

func readAll(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(file)
}

func readJSON(data []byte) ([]entry, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var entries []entry
	if err := dec.Decode(&entries); err != nil {
		at := dec.InputOffset()
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			at = syntax.Offset
		}
		line := 1 + bytes.Count(data[:min(int(at), len(data))], []byte("\n"))
		return nil, fault.New(fault.Invalid, "verbs.put.json").With("line", fmt.Sprint(line)).WithCause(err)
	}
	return entries, nil
}

func readCSV(data []byte) ([]entry, error) {
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		line := 1
		if at, ok := errors.AsType[*csv.ParseError](err); ok {
			line = at.Line
		}
		return nil, fault.New(fault.Invalid, "verbs.put.csv").With("line", fmt.Sprint(line)).WithCause(err)
	}
	entries := make([]entry, 0, len(rows))
	for _, row := range rows[1:] {
		e := entry{Fields: map[string]string{}}
		for i, name := range rows[0] {
			switch name = strings.TrimSpace(name); name {
			case "id":
				e.ID = strings.TrimSpace(row[i])
			case "village":
				e.Village = strings.TrimSpace(row[i])
			case disputedColumn: // written by export, to be read by people
			default:
				e.Fields[name] = row[i]
			}
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
