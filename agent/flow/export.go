// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/myfile"
	"yuexin/shared/exchange"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/parcel"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
)

// Export is a table of households or merchants on its way out of the laptop.
type Export struct {
	Village Village // the zero Village for all that the laptop holds
	Search  string  // as the list that was shown
	Columns []ExportColumn
	Format  exchange.Format

	// For is the organisation that the table goes to: what people did not consent to give it is not in it.
	For  ident.Org
	Orgs []ExportOrg // that may be chosen

	// Reason is why the table is made; it stands in its first row and in the audit log.
	Reason string
	// Whole writes identity numbers whole; otherwise their middle is masked.
	Whole bool
	// To is for whom the file is sealed. Clear writes it readable for whoever finds it.
	To    parcel.To
	Clear bool

	desk *Desk
	kind *exchange.Kind
	list *List
}

// ExportColumn is something that a table can hold.
type ExportColumn struct {
	Path   string
	Label  string
	Chosen bool
}

// ExportOrg is an organisation that a table may go to.
type ExportOrg struct {
	ID   ident.Org
	Name string
}

// exportOrgs finds to whom tables may go, and the bank that is responsible for a village.
func (e *Export) exportOrgs(ctx context.Context) error {
	d := e.desk
	rows, err := d.Store.List(ctx, record.Query{Kind: kindOrg, Limit: everything})
	if err != nil {
		return err
	}
	for _, row := range rows {
		if kind := row.Text("org_kind"); kind == "bank" || kind == "government" {
			e.Orgs = append(e.Orgs, ExportOrg{ident.Org(row.Header.ID), row.Text("name")})
		}
	}
	if e.Village.Scope == "" {
		return nil
	}
	p, _, err := d.posting(ctx, e.Village.Scope)
	e.For = p.Bank
	return err
}

// usual are the columns that are chosen at first.
var usual = []string{"head_name", "resident_id", "phone", "group_no", "house_no", "population", "main_trade", "name", "uscc", "industry", "market", "stall", "operator_name"}

// NewExport begins to export what a list shows, all of it.
func (d *Desk) NewExport(ctx context.Context, l *List) (*Export, error) {
	e := &Export{desk: d, Search: l.Search, Format: exchange.XLSX}
	e.list = &List{desk: d, kind: l.kind, Scope: l.Scope, Search: l.Search}
	if l.Scope != "" {
		e.Village = d.Village(ctx, l.Scope)
	}
	var err error
	if _, e.kind, err = d.tables(l.kind); err != nil {
		return nil, err
	}
	if err = e.exportOrgs(ctx); err != nil {
		return nil, err
	}
	for _, path := range []string{exchange.ColumnVillage, exchange.ColumnPlate} {
		e.Columns = append(e.Columns, ExportColumn{Path: path, Label: d.T("exchange.column." + path), Chosen: path == exchange.ColumnVillage && l.Scope == ""})
	}
	for _, s := range e.kind.Form.Sections {
		for _, f := range s.Fields {
			if f.Record == "" || slices.Contains([]forms.Type{forms.Rows, forms.Photo, forms.Sign, forms.GPS}, f.Type) || f.Format == forms.Region {
				continue
			}
			e.Columns = append(e.Columns, ExportColumn{Path: f.Name, Label: e.title(f), Chosen: slices.Contains(usual, f.Name)})
		}
	}
	return e, nil
}

// title is what a column is called: with its unit, so that the table can be read again.
func (e *Export) title(f *forms.Field) string {
	label, unit := f.Label.In(e.desk.Print), ""
	switch f.Type {
	case forms.Money:
		unit = e.desk.T("agent.export.yuan")
	case forms.Area:
		unit = e.desk.T("agent.export.mu")
	}
	return strings.TrimSuffix(label, unit) + unit
}

// Choose takes a column in or out.
func (e *Export) Choose(path string, chosen bool) {
	for i := range e.Columns {
		if e.Columns[i].Path == path {
			e.Columns[i].Chosen = chosen
		}
	}
}

func (e *Export) chosen() []ExportColumn {
	return slices.DeleteFunc(slices.Clone(e.Columns), func(c ExportColumn) bool { return !c.Chosen })
}

// Check returns what has to be said or chosen first, as fault.Invalid with the field.
func (e *Export) Check() error {
	switch {
	case len(e.chosen()) == 0:
		return fault.New(fault.Invalid, "agent.export.columns").WithField("columns")
	case e.For.IsZero():
		return fault.New(fault.Invalid, "agent.export.for").WithField("for")
	case strings.TrimSpace(e.Reason) == "":
		return fault.New(fault.Invalid, "agent.export.reason").WithField("reason")
	case !e.Clear:
		return e.To.Check()
	}
	return nil
}

// Name is what the file is called at first.
func (e *Export) Name() string {
	where := e.Village.Name
	if where == "" {
		where = e.desk.T("agent.village.all")
	}
	name := fmt.Sprintf("%s-%s-%s.%s", where, e.desk.T("kind."+string(e.kind.Name())), e.desk.Now().Format("20060102-1504"), e.Format)
	if !e.Clear {
		name += parcel.Suffix
	}
	return name
}

// Exported is a file that was written.
type Exported struct {
	File string // its name
	Rows int
	Left int // of whom nothing is in it, because they have not consented
}

// perCell is about how large a cell of the file is, in bytes, packed and sealed; with room to spare.
const perCell = 40

// Write writes the table into a folder or onto a drive, sealed unless Clear, and reads it back. What it holds is noted in the
// audit log before the file gets its name. After an error, or once ctx ended, no file is left.
func (e *Export) Write(ctx context.Context, folder string, progress func(done, of int)) (Exported, error) {
	if err := e.Check(); err != nil {
		return Exported{}, err
	}
	ctx, seen := audit.Open(audit.Because(audit.Doing(ctx, audit.Export, "agent.export"), e.Reason))
	out := Exported{File: e.Name()}
	of := 0
	err := e.each(ctx, func(record.Row) error { of++; return nil })
	if err != nil {
		return Exported{}, err
	}
	need := int64(of+2)*int64(len(e.chosen()))*perCell + 8<<10
	fill := func(w io.Writer) error {
		rows, err := e.rows(ctx, w, of, progress)
		if out.Rows, out.Left = rows, of-rows; err != nil {
			return err
		}
		return seen.Note(ctx)
	}
	err = parcel.Write(folder, out.File, need, func(w io.Writer) error {
		if e.Clear {
			return fill(w)
		}
		return parcel.Pack(w, e.To, fill)
	})
	if err != nil {
		return Exported{}, err
	}
	return out, nil
}

// each reads the records page by page.
func (e *Export) each(ctx context.Context, do func(record.Row) error) error {
	q := e.list.query()
	q.After = ident.Record{}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows, err := e.desk.StoreFor(e.For).List(ctx, q)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := do(row); err != nil {
				return err
			}
			q.After = row.Header.ID
		}
		if len(rows) < q.Limit {
			return nil
		}
	}
}

// rows writes the table: who made it and why, the titles, and a row for each.
func (e *Export) rows(ctx context.Context, w io.Writer, of int, progress func(done, of int)) (n int, err error) {
	columns := e.chosen()
	out, err := exchange.NewOut(w, e.Format, e.desk.T("kind."+string(e.kind.Name())))
	if err != nil {
		return 0, err
	}
	mark := e.desk.T("agent.export.mark", "who", e.desk.Name, "when", e.desk.Now().Format("2006-01-02 15:04"), "why", e.Reason)
	if err := out.Row(mark); err != nil {
		return 0, err
	}
	titles := make([]string, len(columns))
	for i, c := range columns {
		titles[i] = c.Label
	}
	titles = append(titles, e.desk.T("agent.export.notes"))
	if err := out.Row(titles...); err != nil {
		return 0, err
	}
	villages := map[ident.Scope]string{}
	err = e.each(ctx, func(row record.Row) error {
		if row.Text("head_name") == "" && row.Text("name") == "" { // who it is was not given: nothing of them goes out
			return nil
		}
		cells := make([]string, len(columns), len(columns)+1)
		for i, c := range columns {
			cells[i] = e.cell(ctx, row, c.Path, villages)
		}
		said, err := e.said(ctx, row, columns)
		if err != nil {
			return err
		}
		cells = append(cells, said)
		if n++; progress != nil && n%PageSize == 0 {
			progress(n, of)
		}
		return out.Row(cells...)
	})
	if err != nil {
		return n, err
	}
	return n, out.Close()
}

// cell prints a value as a table reads it again: amounts in yuan, areas in mu, choices by name.
func (e *Export) cell(ctx context.Context, row record.Row, path string, villages map[ident.Scope]string) string {
	d := e.desk
	switch path {
	case exchange.ColumnVillage:
		if _, known := villages[row.Header.Scope]; !known {
			villages[row.Header.Scope] = d.Village(ctx, row.Header.Scope).Name
		}
		return villages[row.Header.Scope]
	case exchange.ColumnPlate:
		if code := row.Text(exchange.ColumnPlate); code != "" {
			return doorplate.Code(code).String()
		}
		return ""
	}
	f, _ := e.kind.Form.Field(path)
	v := row.Value(f.Record)
	if v.IsNone() {
		return ""
	}
	switch {
	case f.Type == forms.Money:
		return money.Fen(v.Int()).In(money.Yuan)
	case f.Type == forms.Area:
		return money.Area(v.Int()).String()
	case f.Type == forms.Date:
		return v.Text()
	case f.Format == forms.ResidentID && e.Whole:
		return v.Text()
	}
	return d.Value(e.kind.Name(), f.Record, v)
}

// said says what the person objects to in what the table holds of them.
func (e *Export) said(ctx context.Context, row record.Row, columns []ExportColumn) (string, error) {
	notes, err := e.desk.objectedTo(ctx, row.Header)
	if err != nil || len(notes) == 0 {
		return "", err
	}
	var out []string
	for _, c := range columns {
		f, _ := e.kind.Form.Field(c.Path)
		if f == nil || row.Value(f.Record).IsNone() {
			continue
		}
		if note := notes[myfile.Place{Record: row.Header.ID, Field: f.Record}]; note != "" {
			out = append(out, c.Label+e.desk.T("agent.colon")+note)
		}
	}
	return strings.Join(out, "\n"), nil
}
