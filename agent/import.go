// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"yuexin/agent/flow"
	"yuexin/shared/credit/subject"
	"yuexin/shared/exchange"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/station"
	"yuexin/shared/sync/record"
	"yuexin/shared/terminal"
	"yuexin/shared/verbs"
)

// filePassphrase holds the passphrase of an encrypted table where there is nobody to type it.
const filePassphrase = "YUEXIN_FILE_PASSPHRASE"

// importing is the command that imports tables as the window does.
type importing struct{ verbs.Tools }

type (
	// importAsk is a table and how it is taken.
	importAsk struct {
		file, kind, village, sheet, identity, out string

		heading                  int
		columns                  []string // "title=path"
		keep, own, unsure, write bool
		onlyNew, hidden          bool
	}
	// importAnswer is what the columns were taken for, and what became of the rows.
	importAnswer struct {
		File    string         `json:"file"`
		Sheet   string         `json:"sheet,omitempty"`
		Heading int            `json:"heading"` // number of its last row
		Found   bool           `json:"found"`   // the heading, by itself
		Columns []importColumn `json:"columns"`
		Written bool           `json:"written"` // otherwise it was a dry run
		Piles   map[string]int `json:"piles"`   // rows that are new, changed, same, wrong, left
		Rows    []importRow    `json:"rows"`    // wrong ones, and those that say something else
		Copy    string         `json:"copy"`    // the file with the result beside each row
	}
	importColumn struct {
		Title string `json:"title"`
		Path  string `json:"path,omitempty"` // "" is left alone
		Unit  string `json:"unit,omitempty"`
	}
	importRow struct {
		Row    string   `json:"row"`
		Pile   string   `json:"pile"`
		Result string   `json:"result,omitempty"`
		Diffs  []string `json:"diffs,omitempty"`
	}
	// pastImport is an import that was made.
	pastImport struct {
		ID      string               `json:"id"`
		File    string               `json:"file"`
		Village string               `json:"village"`
		When    string               `json:"when"`
		Who     string               `json:"who"`
		Rows    int                  `json:"rows"`
		State   exchange.ImportState `json:"state"`
	}
	// undone is what taking an import back did, or would do.
	undone struct {
		Done bool     `json:"done"`
		Rows int      `json:"rows"`
		Left []string `json:"left"` // what stays, and why
	}
)

func (i importing) command() *cobra.Command {
	var q importAsk
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Import an Excel or CSV table of households or merchants; a dry run unless --write", Args: terminal.Exactly(1),
		Long: "Import an Excel or CSV table of households or merchants, as the window does. Without --write nothing changes: it\n" +
			"says what each column is taken for and what would become of each row. With --write the good rows are written; the\n" +
			"others stay to be mended, and the same file goes on with them. A copy with the result beside each row is made.\n" +
			"A column that was not recognised, or wrongly, is named with --column; --keep keeps that for the county's tables.\n" +
			"What was written is taken back with imports undo, as far as nobody has changed it since.",
		Example: "  agent import 富溪村台账.xlsx --village 富溪村\n  agent import 富溪村台账.xlsx --column 门牌=house_no --column 备注= --keep --write",
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		q.file = args[0]
		return i.desk(func(ctx context.Context, s *station.Station, d *flow.Desk) error { return i.table(ctx, s, d, q) })(cmd, args)
	}
	f := cmd.Flags()
	f.StringVar(&q.kind, "kind", string(subject.KindHousehold), "what the rows are: household or merchant")
	f.StringVar(&q.village, "village", "", "village of the rows (default: as each row says)")
	f.StringVar(&q.sheet, "sheet", "", "sheet of the workbook (default: the first that fits)")
	f.IntVar(&q.heading, "heading", 0, "number of the last row of the heading (default: found by itself)")
	f.StringArrayVar(&q.columns, "column", nil, "what a column is, TITLE=FIELD; TITLE= leaves it alone")
	f.BoolVar(&q.keep, "keep", false, "keep what the columns are for all tables of the county")
	f.BoolVar(&q.own, "own", false, "the officer has verified the values; otherwise they rank as a village's list")
	f.BoolVar(&q.onlyNew, "only-new", false, "change nobody who is registered already")
	f.BoolVar(&q.unsure, "unsure", false, "also take rows that only the name finds")
	f.BoolVar(&q.hidden, "hidden", false, "also take rows that are hidden in the file")
	f.BoolVar(&q.write, "write", false, "write the good rows; without it nothing changes")
	f.StringVar(&q.identity, "identity", "", "file with an age identity that opens an encrypted FILE (default: ask for its passphrase)")
	f.StringVar(&q.out, "out", "", "file for the copy with results (default: beside the original)")
	return cmd
}

// desk runs a command with what an officer works with, in the language of the terminal.
func (i importing) desk(run func(ctx context.Context, s *station.Station, d *flow.Desk) error) func(*cobra.Command, []string) error {
	return i.Working(func(ctx context.Context, s *station.Station) error {
		t := i.Terminal()
		d := (&app{station: s, print: t.Printer, ctx: ctx}).opened(ctx)
		d.Print = t.Printer
		return run(ctx, s, d)
	})
}

func (i importing) table(ctx context.Context, s *station.Station, d *flow.Desk, q importAsk) error {
	im, err := i.open(ctx, s, d, q)
	if err != nil {
		return err
	}
	if err := q.correct(im); err != nil {
		return err
	}
	im.Own, im.Update, im.Unsure, im.Hidden = q.own, !q.onlyNew, q.unsure, q.hidden
	if q.write {
		err = im.Write(ctx, nil)
	} else {
		err = im.Check(ctx, nil)
	}
	if err != nil {
		return err
	}
	name, data, err := im.Copy()
	if err != nil {
		return err
	}
	q.out = cmp.Or(q.out, filepath.Join(filepath.Dir(q.file), name))
	if err := os.WriteFile(q.out, data, 0o600); err != nil {
		return terminal.Unwritten(q.out, err)
	}
	return i.tell(im, q.out)
}

// open reads the table, and asks for the passphrase of one that is encrypted.
func (i importing) open(ctx context.Context, s *station.Station, d *flow.Desk, q importAsk) (im *flow.Import, err error) {
	if !slices.Contains([]record.Kind{subject.KindHousehold, subject.KindMerchant}, record.Kind(q.kind)) {
		return nil, fault.New(fault.Invalid, "agent.import.kind").With("kind", q.kind)
	}
	data, err := os.ReadFile(q.file)
	if err != nil {
		return nil, terminal.Unread(q.file, err)
	}
	var scope ident.Scope
	if q.village != "" {
		if scope, err = verbs.VillageScope(ctx, s, q.village); err != nil {
			return nil, err
		}
	}
	secret := ""
	if q.identity != "" {
		key, err := os.ReadFile(q.identity)
		if err != nil {
			return nil, terminal.Unread(q.identity, err)
		}
		secret = string(key)
	}
	im, err = d.NewImport(ctx, record.Kind(q.kind), scope, q.file, data, secret)
	if !errors.Is(err, flow.Locked) {
		return im, err
	}
	t := i.Terminal()
	if secret, err = t.AskSecret(t.T("agent.import.passphrase"), filePassphrase); err != nil {
		return nil, err
	}
	return d.NewImport(ctx, record.Kind(q.kind), scope, q.file, data, secret)
}

// correct reads the table as it was asked for.
func (q importAsk) correct(im *flow.Import) error {
	if q.sheet != "" {
		if !slices.Contains(im.Sheets(), q.sheet) {
			return fault.New(fault.NotFound, "agent.import.no_sheet").With("sheet", q.sheet).With("sheets", strings.Join(im.Sheets(), "、"))
		}
		if err := im.SetSheet(q.sheet); err != nil {
			return err
		}
	}
	if q.heading != 0 {
		if err := im.SetHeading(q.heading); err != nil {
			return err
		}
	}
	for _, text := range q.columns {
		if err := setColumn(im, text); err != nil {
			return err
		}
	}
	if q.keep {
		return im.Keep()
	}
	return nil
}

// setColumn says what the column of a title is: "title=path".
func setColumn(im *flow.Import, text string) error {
	columns, err := im.Columns()
	if err != nil {
		return err
	}
	at := strings.LastIndex(text, "=")
	if at < 0 {
		return fault.New(fault.Invalid, "agent.import.column_form").With("text", text)
	}
	title, path := strings.TrimSpace(text[:at]), strings.TrimSpace(text[at+1:])
	i := slices.IndexFunc(columns, func(c flow.ImportColumn) bool { return c.Title == title })
	if i < 0 {
		var titles []string
		for _, c := range columns {
			titles = append(titles, c.Title)
		}
		return fault.New(fault.NotFound, "agent.import.no_column").With("title", title).With("titles", strings.Join(titles, "、"))
	}
	if path != "" && !slices.ContainsFunc(im.Paths(), func(p exchange.Path) bool { return p.Path == path }) {
		var paths []string
		for _, p := range im.Paths() {
			paths = append(paths, p.Path)
		}
		return fault.New(fault.Invalid, "agent.import.no_field").With("field", path).With("fields", strings.Join(paths, "、"))
	}
	im.SetColumn(i, path)
	return nil
}

// tell prints what became of the rows. Rows that are wrong are part of the answer, and make the command fail after it.
func (i importing) tell(im *flow.Import, out string) error {
	t := i.Terminal()
	a := importAnswer{
		File: im.File(), Sheet: im.Sheet(), Heading: im.Heading(), Found: im.Found(), Written: im.Wrote(), Piles: map[string]int{}, Rows: []importRow{}, Copy: out,
	}
	columns, err := im.Columns()
	if err != nil {
		return err
	}
	for _, c := range columns {
		a.Columns = append(a.Columns, importColumn{c.Title, c.Path, c.Unit})
	}
	for _, p := range im.Piles() {
		a.Piles[p.Key] = p.N
		if p.Key == flow.PileWrong || p.Key == flow.PileChanged {
			a.Rows = append(a.Rows, importRows(t, im, p)...)
		}
	}
	err = t.Show(a, func(w io.Writer) {
		rows := [][]string{{"COLUMN", "FIELD"}}
		for n, c := range a.Columns {
			rows = append(rows, []string{c.Title, cmp.Or(columns[n].Label, "-")})
		}
		terminal.Table(w, rows)
		for _, r := range a.Rows {
			fmt.Fprintln(w, strings.Join(append([]string{r.Row, r.Result}, r.Diffs...), "\t"))
		}
		for _, p := range im.Piles() {
			fmt.Fprintf(w, "%s\t%d\n", p.Label, p.N)
		}
		fmt.Fprintln(w, t.T("agent.import.copied", "file", out))
		if !a.Written {
			fmt.Fprintln(w, t.T("agent.import.dry"))
		}
	})
	if wrong := a.Piles[flow.PileWrong]; err == nil && wrong > 0 {
		err = fault.New(fault.Invalid, "agent.import.wrong").With("n", fmt.Sprint(wrong))
	}
	return err
}

func importRows(t *terminal.Terminal, im *flow.Import, p flow.Pile) (out []importRow) {
	for _, l := range im.Lines(p.Key, 0, p.N) {
		r := importRow{Row: l.Place, Pile: p.Key, Result: l.Text}
		for _, d := range l.Diffs {
			text := t.T("agent.import.diff", "field", d.Label, "old", d.Old, "new", d.New)
			if d.Proposed {
				text += t.T("agent.import.proposed")
			}
			r.Diffs = append(r.Diffs, text)
		}
		out = append(out, r)
	}
	return out
}

// past is the command that lists imports, and below it the one that takes one back.
func (i importing) past() *cobra.Command {
	cmd := &cobra.Command{Use: "imports", Short: "List the imports that this laptop knows of, newest first", Args: terminal.Exactly(0)}
	cmd.RunE = i.desk(func(ctx context.Context, _ *station.Station, d *flow.Desk) error {
		all, err := d.Imports(ctx)
		if err != nil {
			return err
		}
		out := make([]pastImport, len(all))
		for n, one := range all {
			out[n] = pastImport{one.ID.String(), one.Title, one.Village, one.When, one.Who, one.Rows, one.State}
		}
		return i.Terminal().Show(out, func(w io.Writer) {
			rows := [][]string{{"ID", "FILE", "VILLAGE", "WHEN", "WHO", "ROWS", "STATE"}}
			for _, one := range out {
				rows = append(rows, []string{one.ID, one.File, one.Village, one.When, one.Who, fmt.Sprint(one.Rows), string(one.State)})
			}
			terminal.Table(w, rows)
		})
	})
	cmd.AddCommand(i.undo())
	return cmd
}

func (i importing) undo() *cobra.Command {
	var write bool
	cmd := &cobra.Command{
		Use: "undo ID", Short: "Take an import back, as far as nobody has changed it since; a dry run unless --write", Args: terminal.Exactly(1),
		Example: "  agent imports undo rec_…\n  agent imports undo rec_… --write",
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return i.desk(func(ctx context.Context, _ *station.Station, d *flow.Desk) error {
			id, err := ident.Parse[ident.Record](args[0])
			if err != nil {
				return err
			}
			u, err := d.UndoImport(ctx, id, !write, nil)
			if err != nil {
				return err
			}
			t, out := i.Terminal(), undone{Done: write, Rows: u.Rows, Left: append([]string{}, u.Left...)}
			return t.Show(out, func(w io.Writer) {
				for _, line := range out.Left {
					fmt.Fprintln(w, line)
				}
				key := "agent.import.undoes"
				if out.Done {
					key = "agent.tables.undone"
				}
				fmt.Fprintln(w, t.T(key, "n", fmt.Sprint(out.Rows), "kept", fmt.Sprint(len(out.Left))))
			})
		})(cmd, args)
	}
	cmd.Flags().BoolVar(&write, "write", false, "take it back; without it nothing changes")
	return cmd
}
