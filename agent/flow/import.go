// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"strings"

	"yuexin/assets"
	"yuexin/shared/exchange"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/parcel"
	"yuexin/shared/region"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
)

// Shelf keeps what people corrected about the columns of tables, between one import and the next: titles of columns and
// nothing of the rows below them.
type Shelf interface {
	// Mappings returns what was kept, fault.NotFound if nothing was.
	Mappings() ([]byte, error)
	// KeepMappings keeps it instead of what was kept.
	KeepMappings([]byte) error
}

// Import is a table on its way into the records: read, its columns corrected, checked, written, and the results written back.
type Import struct {
	Village Village // where its rows belong; the zero Village where a column tells

	// Own takes the values at the officer's own rank, otherwise at that of a village's list.
	Own bool
	// Update also changes those who are registered already; Unsure takes those whom only the name finds; Hidden takes rows
	// that are hidden in the file.
	Update, Unsure, Hidden bool

	desk   *Desk
	kind   *exchange.Kind
	book   *exchange.Book
	lays   []exchange.Layout
	places []exchange.Village
	report *exchange.Report
	wrote  bool
	found  bool // the heading, by itself
	sample bool // 示例
}

// tables returns what can be imported and exported, by the rules in force.
func (d *Desk) tables(kind record.Kind) (*exchange.Words, *exchange.Kind, error) {
	words, err := exchange.LoadWords(assets.Folder("exchange"))
	if err != nil {
		return nil, nil, err
	}
	k, err := words.NewKind(kind, d.Book.Forms, d.Book.Catalogue, append([]*i18n.Printer{d.Print}, d.others()...)...)
	return words, k, err
}

// others are the other languages in which a table may call a field.
func (d *Desk) others() []*i18n.Printer {
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		return nil // the words of assets/exchange are left
	}
	return []*i18n.Printer{texts.Printer(i18n.ZhHans), texts.Printer(i18n.En)}
}

// MaxTable is the most bytes that a file to import may have.
const MaxTable = exchange.MaxBytes

// Locked is the error of NewImport for an encrypted file without a passphrase.
var Locked error = fault.New(fault.Invalid, "agent.import.locked").WithField("passphrase")

// NewImport reads a table of households or merchants for a village; scope "" for one whose rows name their village. An
// encrypted file needs its passphrase, or the identity of age that it was sealed for. The heading is found by itself, or taken to be the first row where it is not.
func (d *Desk) NewImport(ctx context.Context, kind record.Kind, scope ident.Scope, file string, data []byte, passphrase string) (*Import, error) {
	im := &Import{desk: d, Update: true}
	var err error
	if parcel.Is(data) {
		if passphrase == "" {
			return nil, Locked
		}
		if data, err = parcel.Open(data, passphrase); err != nil {
			return nil, err
		}
		file = strings.TrimSuffix(file, parcel.Suffix)
	}
	if _, im.kind, err = d.tables(kind); err != nil {
		return nil, err
	}
	if im.book, err = exchange.Open(filepath.Base(file), data); err != nil {
		return nil, err
	}
	if err := im.at(ctx, scope); err != nil {
		return nil, err
	}
	return im, im.lay("")
}

// at finds the villages that rows may belong to.
func (im *Import) at(ctx context.Context, scope ident.Scope) error {
	places, err := im.desk.Places(ctx)
	if err != nil {
		return err
	}
	im.sample = places[0].Sample
	for _, v := range places[1:] {
		if scope != "" && v.Scope != scope {
			continue
		}
		one := exchange.Village{Scope: v.Scope, Code: region.Code(v.Code), Names: []string{v.Name, strings.TrimSuffix(v.Name, "村")}}
		if unit, err := im.desk.Regions.Resolve(v.Code); err == nil {
			one.Names = append(one.Names, unit.Name, unit.Short, strings.TrimSuffix(unit.Short, "村"))
		}
		im.places = append(im.places, one)
		if scope != "" || len(places) == 2 {
			im.Village = v
		}
	}
	return nil
}

// lay finds out what the columns of a sheet are, with what the county's tables taught.
func (im *Import) lay(sheet string) error {
	im.report = nil
	lays, err := im.kind.Layouts(im.book, sheet)
	if im.found = err == nil; im.found {
		im.lays = lays
	} else if !fault.Is(err, fault.Invalid) {
		return err
	}
	if !im.found || sheet != "" && len(lays[0].Columns) == 0 {
		first := cmp.Or(sheet, im.Sheets()[0])
		l, err := im.kind.At(im.book, first, 1, 1)
		if err != nil {
			return err
		}
		im.lays = []exchange.Layout{l}
	}
	return im.learned()
}

// learned puts what was kept for the county over what was found. What cannot be read is left alone.
func (im *Import) learned() error {
	all, err := im.desk.mappings()
	if err != nil {
		return err
	}
	if s, ok := all.For(im.kind.Name(), im.code()); ok {
		s.Use(im.kind, &im.lays[0])
	}
	return nil
}

// code is the code of the place whose tables these are.
func (im *Import) code() string {
	if len(im.places) == 0 {
		return ""
	}
	return string(im.places[0].Code)
}

func (d *Desk) mappings() (exchange.Mappings, error) {
	if d.Shelf == nil {
		return nil, nil
	}
	data, err := d.Shelf.Mappings()
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all, err := exchange.ParseMappings(data)
	if err != nil {
		return nil, nil // what is damaged is made anew with the next correction
	}
	return all, nil
}

// File returns the name of the file.
func (im *Import) File() string { return im.book.Name }

// Found says whether the heading was found by itself.
func (im *Import) Found() bool { return im.found }

// Sheets returns the names of the sheets that are not hidden; one that is "" for a CSV file.
func (im *Import) Sheets() []string {
	var out []string
	for _, s := range im.book.Sheets() {
		if !s.Hidden {
			out = append(out, s.Name)
		}
	}
	if len(out) == 0 {
		out = append(out, im.book.Sheets()[0].Name)
	}
	return out
}

// Sheet returns the sheet that is read; Further the sheets of members, plots and the like beside it.
func (im *Import) Sheet() string { return im.lays[0].Sheet }

// Further returns the further sheets that are read with it.
func (im *Import) Further() (out []string) {
	for _, l := range im.lays[1:] {
		out = append(out, l.Sheet)
	}
	return out
}

// SetSheet reads another sheet.
func (im *Import) SetSheet(sheet string) error { return im.lay(sheet) }

// Heading returns the number of the last row of the heading.
func (im *Import) Heading() int { return im.lays[0].Heading }

// SetHeading says in which row the heading ends. Titles of two rows above one another are tried first.
func (im *Import) SetHeading(row int) error {
	height := min(2, max(row, 1))
	l, err := im.kind.At(im.book, im.Sheet(), row, height)
	if err != nil {
		return err
	}
	if one, err := im.kind.At(im.book, im.Sheet(), row, 1); err == nil && known(one) >= known(l) {
		l = one
	}
	im.lays[0], im.report = l, nil
	return im.learned()
}

func known(l exchange.Layout) (n int) {
	for _, c := range l.Columns {
		if c.Path != "" {
			n++
		}
	}
	return n
}

// ImportColumn is a column of the file and what it is taken for.
type ImportColumn struct {
	Title  string
	Sample string // what stands below it
	Path   string // "" is left alone
	Label  string // of Path
	Unit   string
}

// Columns returns the columns of the list.
func (im *Import) Columns() ([]ImportColumn, error) {
	samples, err := im.book.Samples(im.lays[0], 3)
	if err != nil {
		return nil, err
	}
	out := make([]ImportColumn, len(im.lays[0].Columns))
	for i, c := range im.lays[0].Columns {
		out[i] = ImportColumn{Title: c.Title, Path: c.Path, Unit: c.Unit, Sample: strings.Join(samples[c.Index], im.desk.T("agent.comma"))}
		if c.Path != "" {
			out[i].Label = im.kind.Label(c.Path)
		}
	}
	return out, nil
}

// Paths returns all that a column can be.
func (im *Import) Paths() []exchange.Path { return im.kind.Paths() }

// SetColumn says what the i-th of Columns is; "" leaves it alone.
func (im *Import) SetColumn(i int, path string) {
	im.lays[0].Set(im.lays[0].Columns[i].Index, path)
	im.report = nil
}

// County returns the code and name of the county whose tables a mapping is kept for.
func (im *Import) County() (code, name string) {
	code = im.code()
	if len(code) >= 6 {
		code = code[:6]
	}
	if unit, err := im.desk.Regions.Resolve(code); err == nil {
		name = unit.Name
	}
	return code, name
}

// Keep keeps what the columns are for all tables of the county.
func (im *Import) Keep() error {
	all, err := im.desk.mappings()
	if err != nil || im.desk.Shelf == nil {
		return err
	}
	code, _ := im.County()
	data, err := all.Learn(im.kind.Name(), code, im.lays[0]).Encode()
	if err != nil {
		return err
	}
	return im.desk.Shelf.KeepMappings(data)
}

// ShareMappings returns all that is kept, as a file for colleagues.
func (d *Desk) ShareMappings() ([]byte, error) {
	all, err := d.mappings()
	if err != nil {
		return nil, err
	}
	return all.Encode()
}

// TakeMappings takes over what a colleague's file says; theirs prevails.
func (d *Desk) TakeMappings(data []byte) error {
	theirs, err := exchange.ParseMappings(data)
	if err != nil {
		return err
	}
	all, err := d.mappings()
	if err != nil || d.Shelf == nil {
		return err
	}
	if data, err = all.Merge(theirs).Encode(); err != nil {
		return err
	}
	return d.Shelf.KeepMappings(data)
}

func (im *Import) table() *exchange.Table {
	return &exchange.Table{Kind: im.kind, Book: im.book, Layouts: im.lays, Hidden: im.Hidden}
}

// source is the rank of the values: never above that of whoever works here.
func (im *Import) source() record.Source {
	most := im.desk.Book.Access.Source(im.desk.Role)
	if im.Own {
		return most
	}
	return min(most, record.Cadre)
}

func (im *Import) options(progress func(done, of int)) exchange.Options {
	return exchange.Options{
		Villages: im.places, Today: im.desk.Now(), Sample: im.sample, Source: im.source(), Unsure: im.Unsure, Progress: progress,
	}
}

// Check judges every row and changes nothing. progress is told how many rows are done; it may be nil.
func (im *Import) Check(ctx context.Context, progress func(done, of int)) error {
	var r *exchange.Report
	err := counted(ctx, audit.Read, "agent.import", func(ctx context.Context) (err error) {
		r, err = im.table().Check(ctx, im.desk.Store, im.options(progress))
		return err
	})
	if err == nil {
		im.report, im.wrote = r, false
	}
	return err
}

// Write writes the good rows; the others stay to be mended. What was written before it was cancelled stays written, and the
// same file goes on with the rest.
func (im *Import) Write(ctx context.Context, progress func(done, of int)) error {
	plan := exchange.Plan{
		Options: im.options(progress), GoodRows: true, Update: im.Update, Now: im.desk.Now(), Random: im.desk.Random,
	}
	var r *exchange.Report
	err := counted(ctx, audit.Read, "agent.import", func(ctx context.Context) (err error) {
		r, err = im.table().Write(ctx, im.desk.Store, plan)
		return err
	})
	if r != nil {
		im.report, im.wrote = r, true
	}
	return err
}

// counted reads under one entry of the audit log, which is made also of what ends early.
func counted(ctx context.Context, deed audit.Deed, what string, read func(context.Context) error) error {
	ctx, seen := audit.Open(audit.Doing(ctx, deed, what))
	err := read(ctx)
	return errors.Join(err, seen.Note(context.WithoutCancel(ctx)))
}

// Wrote says whether the results are those of Write.
func (im *Import) Wrote() bool { return im.wrote }

// Pile is how many rows are of one sort.
type Pile struct {
	Key   string // of ImportLines; "" for those that need nothing
	Label string
	N     int
	Tone  Tone
}

// The piles of rows.
const (
	PileNew     = "new"
	PileChanged = "changed"
	PileSame    = "same"
	PileWrong   = "wrong"
	PileLeft    = "left" // no households: sums, empty rows, hidden ones
)

func pileOf(s exchange.State) string {
	switch s {
	case exchange.Ready, exchange.Added:
		return PileNew
	case exchange.Changed, exchange.Updated:
		return PileChanged
	case exchange.Known:
		return PileSame
	case exchange.Part:
		return ""
	case exchange.Skipped, exchange.Hidden:
		return PileLeft
	}
	return PileWrong
}

// Piles returns how many rows are of which sort, nil before Check.
func (im *Import) Piles() []Pile {
	if im.report == nil {
		return nil
	}
	counts := map[string]int{}
	for _, l := range im.report.Lines {
		counts[pileOf(l.State)]++
	}
	out := []Pile{
		{Key: PileNew, Tone: Calm}, {Key: PileChanged, Tone: Notice}, {Key: PileSame, Tone: Quiet}, {Key: PileWrong, Tone: Wrong}, {Key: PileLeft, Tone: Quiet},
	}
	for i := range out {
		key := "agent.import.pile." + out[i].Key
		if im.wrote && (out[i].Key == PileNew || out[i].Key == PileChanged) {
			key += ".done"
		}
		out[i].Label, out[i].N = im.desk.T(key), counts[out[i].Key]
	}
	return out
}

// ImportDiff is a value that the file says differently.
type ImportDiff struct {
	Label, Old, New string
	Proposed        bool // it will be noted beside the one that stays
}

// ImportLine is the result of one row.
type ImportLine struct {
	Place string // which row
	Name  string
	Text  string // what is wrong, or worth knowing
	Diffs []ImportDiff
	Tone  Tone
}

// Lines returns up to most rows of a pile, beginning with the skip-th, in the order of the file.
func (im *Import) Lines(pile string, skip, most int) []ImportLine {
	var out []ImportLine
	if im.report == nil {
		return nil
	}
	for i := range im.report.Lines {
		l := &im.report.Lines[i]
		if pileOf(l.State) != pile {
			continue
		}
		if skip--; skip >= 0 {
			continue
		}
		if out = append(out, im.line(l)); len(out) == most {
			break
		}
	}
	return out
}

func (im *Import) line(l *exchange.Line) ImportLine {
	out := ImportLine{Place: im.desk.T("agent.import.row", "n", n(l.Row)), Name: l.Name}
	if l.Sheet != im.Sheet() {
		out.Place = joined(l.Sheet, out.Place)
	}
	if l.State.Bad() || len(l.Notes) > 0 || pileOf(l.State) == PileLeft {
		out.Text = l.Say(im.desk.Print)
	}
	if l.ByName && !l.State.Bad() {
		out.Text = joined(im.desk.T("agent.import.by_name"), out.Text)
	}
	for _, d := range l.Diffs {
		out.Diffs = append(out.Diffs, ImportDiff{
			Label: im.desk.FieldName(d.Kind, d.Field), Old: cmp.Or(im.desk.Value(d.Kind, d.Field, d.Old), im.desk.T("agent.import.nothing")),
			New: cmp.Or(im.desk.Value(d.Kind, d.Field, d.New), im.desk.T("agent.import.nothing")), Proposed: d.Proposed,
		})
	}
	return out
}

// Ready says how many rows Write would write.
func (im *Import) Ready() int {
	ready := 0
	for _, p := range im.Piles() {
		if p.Key == PileNew || p.Key == PileChanged && im.Update {
			ready += p.N
		}
	}
	return ready
}

// Copy returns the file with the result beside each row, and a name for it.
func (im *Import) Copy() (name string, data []byte, err error) {
	if im.report == nil {
		return "", nil, fault.New(fault.Invalid, "agent.import.unchecked")
	}
	data, err = im.report.WriteBack(im.desk.Print)
	ext := filepath.Ext(im.File())
	return strings.TrimSuffix(im.File(), ext) + im.desk.T("agent.import.copy") + ext, data, err
}

// PastImport is an import that was made.
type PastImport struct {
	ID      ident.Record
	Title   string // the file
	Village string
	When    string
	Who     string
	Rows    int
	Kept    int
	State   exchange.ImportState
	Above   bool // of a rank that whoever works here cannot take back
}

// Imports returns the imports that this laptop knows of, newest first.
func (d *Desk) Imports(ctx context.Context) ([]PastImport, error) {
	return noted(ctx, "agent.imports", func(ctx context.Context) ([]PastImport, error) {
		all, err := exchange.Imports(ctx, d.Store)
		if err != nil {
			return nil, err
		}
		out := make([]PastImport, len(all))
		for i, one := range all {
			out[i] = PastImport{
				ID: one.ID, Title: joined(one.File, one.Sheet), Village: d.Village(ctx, one.Scope).Name, When: d.when(one.At.UnixMilli()),
				Who: d.Who(ctx, one.Actor, record.Officer), Rows: one.Rows, Kept: one.Kept, State: one.State,
				Above: one.Source > d.Book.Access.Source(d.Role),
			}
		}
		return out, nil
	})
}

// Undone is what taking an import back did, or would do.
type Undone struct {
	Rows int
	Left []string // what stays and why, in sentences
}

// UndoImport takes an import back: what nobody has changed since. A dry run changes nothing.
func (d *Desk) UndoImport(ctx context.Context, id ident.Record, dry bool, progress func(done, of int)) (Undone, error) {
	words, err := exchange.LoadWords(assets.Folder("exchange"))
	if err != nil {
		return Undone{}, err
	}
	var out Undone
	err = counted(ctx, audit.Read, "agent.import.undo", func(ctx context.Context) error {
		rows, left, err := words.Undo(ctx, d.Store, id, exchange.Undoing{
			Book: d.Book.Forms, Now: d.Now(), Random: d.Random, Dry: dry, Progress: progress,
		})
		out.Rows = rows
		for _, l := range left {
			what := d.T("kind." + string(l.Kind))
			if l.Field != "" {
				what = d.FieldName(l.Kind, l.Field)
			}
			out.Left = append(out.Left, d.T("agent.import.left", "row", n(l.Row), "what", what, "why", d.T(l.Why)))
		}
		return err
	})
	return out, err
}

// Forget takes the results back: the columns are to be looked at again.
func (im *Import) Forget() { im.report, im.wrote = nil, false }
