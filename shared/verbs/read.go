// SPDX-License-Identifier: Apache-2.0

package verbs

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/station"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/typed"
	"yuexin/shared/terminal"
)

// shown is a record as get and list print it.
type shown struct {
	ID       string              `json:"id"`
	Kind     string              `json:"kind"`
	Scope    string              `json:"scope"`
	Fields   map[string]string   `json:"fields"`
	Others   map[string][]string `json:"others,omitempty"`   // what stands beside: the other side of a dispute, a proposal
	Pending  []string            `json:"pending,omitempty"`  // fields whose value waits for the server
	Disputed []string            `json:"disputed,omitempty"` // fields that nobody has settled
	Deleted  bool                `json:"deleted,omitempty"`
	History  []past              `json:"history,omitempty"` // newest first; with --history
}

// past is a value that once stood in a field, or lost against one that did.
type past struct {
	Field  string `json:"field"`
	Value  string `json:"value"`
	At     string `json:"at,omitempty"`      // when it was written, as far as the clocks agree
	Lost   bool   `json:"lost,omitempty"`    // it never stood: another value won when it arrived
	Waits  bool   `json:"pending,omitempty"` // a waiting change of this device wrote it
	Writer string `json:"writer,omitempty"`
}

func shownOf(s *station.Station, row record.Row) shown {
	out := shown{
		ID: row.Header.ID.String(), Kind: string(row.Header.Kind), Scope: string(row.Header.Scope),
		Fields: map[string]string{}, Deleted: row.Deleted(),
	}
	for _, name := range row.FieldNames() {
		if name.Reserved() {
			continue // of these a person only reads that the deletion is disputed
		}
		state := row.Fields[name]
		def, _ := s.Book().Catalogue.Field(row.Header.Kind, name)
		if text := typed.Format(def, state.Value); text != "" {
			out.Fields[string(name)] = text
		}
		for _, h := range state.Aside {
			if out.Others == nil {
				out.Others = map[string][]string{}
			}
			out.Others[string(name)] = append(out.Others[string(name)], typed.Format(def, h.Value))
		}
		if state.Pending {
			out.Pending = append(out.Pending, string(name))
		}
		if state.Disputed {
			out.Disputed = append(out.Disputed, string(name))
		}
	}
	if row.DeletionDisputed() {
		out.Disputed = append(out.Disputed, deletionName)
	}
	return out
}

// deletionName names among disputes the question whether a record is deleted. No field of the catalogue has this name.
const deletionName = "deleted"

// historyOf returns what is no longer in a record's fields.
func historyOf(ctx context.Context, s *station.Station, p *i18n.Printer, h record.Header) ([]past, error) {
	list, err := s.Store().History(ctx, h.ID)
	if err != nil {
		return nil, err
	}
	out := []past{}
	for _, e := range list {
		if e.Field.Reserved() {
			continue
		}
		def, _ := s.Book().Catalogue.Field(h.Kind, e.Field)
		one := past{
			Field: string(e.Field), Value: typed.Format(def, e.Value),
			Lost: e.ReplacedBy == 0 && e.Version != 0, Waits: e.Version == 0, Writer: e.Actor.String(),
		}
		if ms := e.Stamp.WallMS(); ms > 0 {
			one.At = p.DateTime(time.UnixMilli(ms))
		}
		out = append(out, one)
	}
	return out, nil
}

func (c *commands) get() *cobra.Command {
	var history bool
	cmd := &cobra.Command{Use: "get ID", Short: "Show one record with the state of each field", Args: terminal.Exactly(1)}
	cmd.Flags().BoolVar(&history, "history", false, "also what stood in its fields before, and what lost")
	cmd.RunE = func(cmd *cobra.Command, ids []string) error {
		return c.reading(func(ctx context.Context, s *station.Station) error {
			ctx = audit.Doing(ctx, "", s.Program+" get")
			id, err := ident.Parse[ident.Record](ids[0])
			if err != nil {
				return err
			}
			row, err := s.Store().Get(ctx, id)
			if err != nil {
				return err
			}
			t := c.terminal()
			one := shownOf(s, row)
			if history {
				if one.History, err = historyOf(ctx, s, t.Printer, row.Header); err != nil {
					return err
				}
			}
			return t.Show(one, func(w io.Writer) { printRow(w, t.Printer, one) })
		})(cmd, ids)
	}
	return cmd
}

// printRow prints the fields that have a value, and those in dispute that have none.
func printRow(w io.Writer, p *i18n.Printer, r shown) {
	fmt.Fprintln(w, r.Kind, r.ID)
	rows := [][]string{}
	names := append(sortedKeys(r.Fields), r.Disputed...)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		rows = append(rows, []string{fieldLabel(p, r.Kind, name), r.Fields[name], mark(p, r, name)})
	}
	terminal.Table(w, rows)
	if len(r.History) == 0 {
		return
	}
	fmt.Fprintln(w, p.T("verbs.history"))
	rows = rows[:0]
	for _, e := range r.History {
		rows = append(rows, []string{fieldLabel(p, r.Kind, e.Field), e.Value, e.At})
	}
	terminal.Table(w, rows)
}

// mark says in a word what is special about a field.
func mark(p *i18n.Printer, r shown, name string) string {
	said := slices.Clone(r.Others[name])
	for i, text := range said {
		if text == "" {
			said[i] = p.T("verbs.mark.nothing")
		}
	}
	others := strings.Join(said, "、")
	switch {
	case name == deletionName:
		return p.T("verbs.mark.deletion")
	case slices.Contains(r.Disputed, name):
		return p.T("verbs.mark.disputed", "others", others)
	case slices.Contains(r.Pending, name):
		return p.T("verbs.mark.pending")
	case others != "":
		return p.T("verbs.mark.beside", "others", others)
	}
	return ""
}

// fieldLabel is the name of a field for people, or its code where it has none.
func fieldLabel(p *i18n.Printer, kind, name string) string {
	if name == deletionName {
		return p.T("verbs.field.deleted")
	}
	if key := "field." + kind + "." + name; p.Has(key) {
		return p.T(key)
	}
	return name
}

// filter is what list and export select by.
type filter struct {
	village string
	search  string
	where   []string
	limit   int
}

func (f *filter) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.village, "village", "", "village by statistical code or name (default: all)")
	cmd.Flags().StringVar(&f.search, "search", "", "name, pinyin or initials")
	cmd.Flags().StringArrayVar(&f.where, "where", nil, "FIELD=VALUE; may be repeated; the field must be indexed")
	cmd.Flags().IntVar(&f.limit, "limit", 1000, "at most this many records")
}

// rows returns the records that the filter selects.
func (f *filter) rows(ctx context.Context, s *station.Station, kind record.Kind) ([]record.Row, error) {
	if _, ok := s.Book().Catalogue.Kind(kind); !ok {
		return nil, fault.New(fault.Invalid, "verbs.kind").With("kind", string(kind))
	}
	if f.limit < 1 {
		return nil, fault.New(fault.Invalid, "verbs.limit").WithField("limit")
	}
	q := record.Query{Kind: kind, Search: f.search, Limit: f.limit}
	if f.village != "" {
		scope, err := VillageScope(ctx, s, f.village)
		if err != nil {
			return nil, err
		}
		q.Scope = scope
	}
	for _, term := range f.where {
		name, text, found := strings.Cut(term, "=")
		def, known := s.Book().Catalogue.Field(kind, record.Field(name))
		if !found || !known || !def.Indexed {
			return nil, fault.New(fault.Invalid, "verbs.where").With("term", term).With("fields", indexed(s, kind))
		}
		v, err := typed.Parse(def, text)
		if err != nil {
			return nil, err
		}
		q.Where = append(q.Where, record.Term{Field: def.Name, Value: v})
	}
	return s.Store().List(ctx, q)
}

// indexed names the fields by which records of a kind are found.
func indexed(s *station.Station, kind record.Kind) string {
	var names []string
	def, _ := s.Book().Catalogue.Kind(kind)
	for _, f := range def.Fields {
		if f.Indexed {
			names = append(names, string(f.Name))
		}
	}
	return strings.Join(names, "、")
}

// VillageScope returns the scope of a village that this device holds.
func VillageScope(ctx context.Context, s *station.Station, text string) (ident.Scope, error) {
	rows, err := s.Store().List(ctx, record.Query{Kind: "unit", Limit: 30_000})
	if err != nil {
		return "", err
	}
	scopes := make(map[region.Code]ident.Scope, len(rows))
	for _, r := range rows {
		scopes[region.Code(r.Text("region_code"))] = r.Header.Scope
	}
	unit, err := s.Regions.Find(text, func(c region.Code) bool { return scopes[c] != "" })
	if fault.Is(err, fault.NotFound) { // on this device; it may be a place all the same
		if other, e := s.Regions.Find(text, nil); e == nil {
			unit, err = other, nil
		}
	}
	if err == nil && scopes[unit.Code] == "" {
		err = fault.New(fault.NotFound, "verbs.village").With("village", s.Regions.PathName(unit.Code))
	}
	return scopes[unit.Code], err
}

func (c *commands) list() *cobra.Command {
	var f filter
	cmd := &cobra.Command{
		Use: "list KIND", Short: "List records: household, member, merchant, demand, plate, unit …", Args: terminal.Exactly(1),
		Example: "  agent list household --search csy --village 富溪村",
	}
	f.flags(cmd)
	cmd.RunE = func(cmd *cobra.Command, kinds []string) error {
		return c.reading(func(ctx context.Context, s *station.Station) error {
			rows, err := f.rows(audit.Doing(ctx, "", s.Program+" list"), s, record.Kind(kinds[0]))
			if err != nil {
				return err
			}
			list := make([]shown, len(rows))
			for i, row := range rows {
				list[i] = shownOf(s, row)
			}
			t := c.terminal()
			return t.Show(list, func(w io.Writer) { printList(w, t.Printer, s, record.Kind(kinds[0]), list) })
		})(cmd, kinds)
	}
	return cmd
}

// printList prints the first fields of each record, as many as fit a line, and which
// of all its fields are in dispute.
func printList(w io.Writer, p *i18n.Printer, s *station.Station, kind record.Kind, list []shown) {
	def, _ := s.Book().Catalogue.Kind(kind)
	rows := [][]string{{"ID"}}
	for _, f := range def.Fields[:min(4, len(def.Fields))] {
		rows[0] = append(rows[0], string(f.Name))
	}
	rows[0] = append(rows[0], disputedColumn)
	for _, r := range list {
		row := []string{r.ID}
		for _, f := range def.Fields[:min(4, len(def.Fields))] {
			row = append(row, r.Fields[string(f.Name)])
		}
		var disputed []string
		for _, name := range r.Disputed {
			disputed = append(disputed, fieldLabel(p, string(kind), name))
		}
		if len(disputed) > 0 {
			row = append(row, p.T("verbs.list.disputed", "fields", strings.Join(disputed, "、")))
		}
		rows = append(rows, row)
	}
	terminal.Table(w, rows)
}
