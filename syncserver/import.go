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
	"strings"

	"github.com/spf13/cobra"

	"yuexin/assets"
	"yuexin/shared/credit/subject"
	"yuexin/shared/exchange"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/parcel"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
	"yuexin/shared/terminal"
	"yuexin/syncserver/plates"
)

type (
	// ImportAsk hands over a ledger of existing households.
	ImportAsk struct {
		Kind     record.Kind // "" stands for households
		Name     string      // of the file
		Data     []byte
		Sheet    string
		Villages []string // that rows may belong to; none: every village of the server
		Year     int
		Write    bool // otherwise a dry run
		GoodRows bool
		Update   bool
		Plates   bool
		Lang     i18n.Lang
	}
	// ImportAnswer is the report, and a copy of the file with the result of
	// every row.
	ImportAnswer struct {
		Good  int            `json:"good"`
		Wrong int            `json:"wrong"`
		Same  int            `json:"same"`
		Rows  []ImportedLine `json:"rows"`
		Copy  []byte         `json:"copy,omitempty"`
	}
	// ImportedLine is what became of a row that is not simply good.
	ImportedLine struct {
		Row    int    `json:"row"`
		Result string `json:"result"`
	}
)

// importLedger checks a ledger and, unless it is a dry run, writes it.
func (o operator) importLedger(ctx context.Context, a ImportAsk) (out ImportAnswer, err error) {
	table, err := o.table(a)
	if err != nil {
		return out, err
	}
	plan, err := o.plan(ctx, a)
	if err != nil {
		return out, err
	}
	var report *exchange.Report
	if a.Write {
		report, err = table.Write(ctx, o.desk(), plan)
	} else {
		report, err = table.Check(ctx, o.desk(), plan.Options)
	}
	return importAnswer(report, o.Texts.Printer(a.Lang), err)
}

// table reads a ledger and finds out what its columns are.
func (o operator) table(a ImportAsk) (*exchange.Table, error) {
	a.Kind = cmp.Or(a.Kind, subject.KindHousehold)
	words, err := exchange.LoadWords(assets.Folder("exchange"))
	if err != nil {
		return nil, err
	}
	book := o.Book()
	kind, err := words.NewKind(a.Kind, book.Forms, book.Catalogue, o.Texts.Printer(a.Lang), o.Texts.Printer(i18n.ZhHans), o.Texts.Printer(i18n.En))
	if err != nil {
		return nil, fault.New(fault.Invalid, "server.import.kind").With("kind", string(a.Kind)).WithCause(err)
	}
	file, err := exchange.Open(a.Name, a.Data)
	if err != nil {
		return nil, err
	}
	layouts, err := kind.Layouts(file, a.Sheet)
	if err != nil {
		return nil, err
	}
	return &exchange.Table{Kind: kind, Book: file, Layouts: layouts}, nil
}

func (o operator) plan(ctx context.Context, a ImportAsk) (p exchange.Plan, err error) {
	villages, err := o.ledgerVillages(ctx, a.Villages)
	if err != nil {
		return p, err
	}
	keeper, err := o.keeper()
	p = exchange.Plan{
		Options: exchange.Options{
			Villages: villages, Year: a.Year, Today: o.Now(), Sample: o.Sample, Source: record.Authoritative, Elsewhere: true,
		},
		GoodRows: a.GoodRows, Update: a.Update, Now: o.Now(), Random: o.Random,
	}
	if a.Kind != "" && a.Kind != subject.KindHousehold {
		return p, err
	}
	if a.Plates {
		p.Plates = func(ctx context.Context, village ident.Scope) (map[ident.Record]string, error) {
			issued, err := plates.Issuer{Store: o.desk(), Now: o.Now(), Random: o.Random, Sample: o.Sample}.Issue(ctx, village)
			return issued.Codes, err
		}
	}
	p.Map = func(ctx context.Context, household ident.Record, foreign string) error {
		return o.mapHousehold(ctx, keeper, household, foreign)
	}
	return p, err
}

// mapHousehold lets a foreign code stand for the plate at a household's door.
func (o operator) mapHousehold(ctx context.Context, k plates.Keeper, household ident.Record, foreign string) error {
	row, err := k.Store.Get(ctx, household)
	if err != nil {
		return err
	}
	p, err := k.AtDoor(ctx, subject.HouseholdOf(row))
	if err != nil {
		return err
	}
	return k.Map(ctx, p, foreign)
}

// importAnswer tells of every row; wrong rows are part of the answer, not an
// error of the command.
func importAnswer(report *exchange.Report, p *i18n.Printer, failed error) (out ImportAnswer, err error) {
	if failed != nil && (!fault.Is(failed, fault.Invalid) || report == nil || report.Clean()) {
		return out, failed
	}
	for _, l := range report.Lines {
		switch {
		case l.State.Bad():
			out.Wrong++
		case l.State == exchange.Known:
			out.Same++
		case l.State.Good():
			out.Good++
		}
		if l.State.Bad() || len(l.Notes) > 0 {
			out.Rows = append(out.Rows, ImportedLine{l.Row, l.Say(p)})
		}
	}
	out.Copy, err = report.WriteBack(p)
	return out, err
}

// ledgerVillages returns the units that rows may belong to, with the names a
// ledger may call them by.
func (a *App) ledgerVillages(ctx context.Context, names []string) ([]exchange.Village, error) {
	q := record.Query{Kind: "unit", Limit: 30_000}
	rows, err := a.desk().List(ctx, q)
	if err != nil {
		return nil, err
	}
	wanted := map[region.Code]bool{}
	for _, name := range names {
		_, unit, err := a.place(ctx, name)
		if err != nil {
			return nil, err
		}
		wanted[unit.Code] = true
	}
	var out []exchange.Village
	for _, row := range rows {
		unit, ok := a.Regions.Unit(region.Code(row.Text("region_code")))
		if !ok || len(wanted) > 0 && !wanted[unit.Code] {
			continue
		}
		out = append(out, exchange.Village{
			Scope: row.Header.Scope, Code: unit.Code,
			Names: []string{unit.Name, unit.Short, strings.TrimSuffix(unit.Short, "村")},
		})
	}
	if len(out) == 0 {
		return nil, fault.New(fault.NotFound, "server.village").With("village", strings.Join(names, "、"))
	}
	return out, nil
}

func (c *commands) ledger() *cobra.Command {
	var q ImportAsk
	var out, identity string
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Import an Excel or CSV ledger of existing households; a dry run unless --write", Args: terminal.Exactly(1),
		Example: "  syncserver import 富溪村台账.xlsx --village 富溪村\n  syncserver import 富溪村台账.xlsx --village 富溪村 --write --plates",
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := os.ReadFile(args[0])
			if err != nil {
				return terminal.Unread(args[0], err)
			}
			t := c.terminal()
			file := args[0]
			if parcel.Is(data) {
				if data, err = unsealed(t, data, identity); err != nil {
					return err
				}
				file = strings.TrimSuffix(file, parcel.Suffix)
			}
			q.Name, q.Data, q.Lang = filepath.Base(file), data, t.Lang()
			answer, err := asOperator(cmd.Context(), c, "import", q, operator.importLedger)
			if err != nil {
				return err
			}
			if out == "" {
				ext := filepath.Ext(file)
				out = strings.TrimSuffix(file, ext) + "-导入结果" + ext
			}
			if err := os.WriteFile(out, answer.Copy, 0o600); err != nil {
				return terminal.Unwritten(out, err)
			}
			answer.Copy = nil
			return c.printImport(answer, out)
		},
	}
	f := cmd.Flags()
	f.StringVar((*string)(&q.Kind), "kind", string(subject.KindHousehold), "what the rows are: household or merchant")
	f.StringVar(&q.Sheet, "sheet", "", "sheet of the workbook (default: the first that fits)")
	f.StringSliceVar(&q.Villages, "village", nil, "villages that rows may belong to (default: all of the server)")
	f.IntVar(&q.Year, "year", 0, "year of the figures")
	f.BoolVar(&q.Write, "write", false, "write what is right; without it nothing changes")
	f.BoolVar(&q.GoodRows, "good-rows", false, "write the good rows although others are wrong")
	f.BoolVar(&q.Update, "update", false, "also change households that are there")
	f.BoolVar(&q.Plates, "plates", false, "issue plates for the imported households")
	f.StringVar(&identity, "identity", "", "file with an age identity that opens an encrypted FILE (default: ask for its passphrase)")
	f.StringVar(&out, "out", "", "file for the copy with results (default: beside the original)")
	return cmd
}

// secretVariable holds the passphrase of an encrypted file where there is nobody to type it.
const secretVariable = "YUEXIN_FILE_PASSPHRASE"

// unsealed opens an encrypted file, as a laptop or age made it, in memory.
func unsealed(t *terminal.Terminal, data []byte, identity string) ([]byte, error) {
	if identity != "" {
		key, err := os.ReadFile(identity)
		if err != nil {
			return nil, terminal.Unread(identity, err)
		}
		return parcel.Open(data, string(key))
	}
	passphrase, err := t.AskSecret(t.T("server.import.passphrase"), secretVariable)
	if err != nil {
		return nil, err
	}
	return parcel.Open(data, passphrase)
}

func (c *commands) printImport(answer ImportAnswer, out string) error {
	t := c.terminal()
	err := t.Show(answer, func(w io.Writer) {
		for _, r := range answer.Rows {
			fmt.Fprintf(w, "%d\t%s\n", r.Row, r.Result)
		}
		fmt.Fprintln(w, t.T("server.import.report", "good", fmt.Sprint(answer.Good), "wrong", fmt.Sprint(answer.Wrong), "same", fmt.Sprint(answer.Same)))
		fmt.Fprintln(w, t.T("server.import.copy", "file", out))
	})
	if err == nil && answer.Wrong > 0 {
		err = fault.New(fault.Invalid, "server.import.wrong").With("n", fmt.Sprint(answer.Wrong)).WithCause(errors.New("rows are wrong"))
	}
	return err
}
