// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"slices"
	"strings"

	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/sheet"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/scanner/document"
	"yuexin/shared/sheetpdf"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
)

// SheetForm is a form as whose sheet a record can be printed.
type SheetForm struct {
	Name  string
	Title string
}

// SheetForms returns the forms that a kind of record is filled in by, the one that all registrations begin with first.
func (d *Desk) SheetForms(kind record.Kind) []SheetForm {
	var out []SheetForm
	for name, form := range d.Book.Forms {
		if form.Kind == kind {
			out = append(out, SheetForm{name, d.sheetTitle(form)})
		}
	}
	first := func(f SheetForm) int { // 0 comes before 1
		if f.Name == string(kind) {
			return 0
		}
		return 1
	}
	slices.SortFunc(out, func(a, b SheetForm) int { return cmp.Or(first(a)-first(b), strings.Compare(a.Name, b.Name)) })
	return out
}

// sheetTitle is the heading of a form's sheet.
func (d *Desk) sheetTitle(form *forms.Form) string {
	if heading := d.Book.Paper.Heading(form.Name, d.Print.Lang()); heading != "" {
		return heading
	}
	return form.Title.In(d.Print)
}

// Sheet is a record as a sheet of paper. It holds personal data in clear.
type Sheet struct {
	PDF      []byte
	FileName string // names nobody
	Pages    int
	Lacking  string // characters that the face does not have
}

// Sheet draws the sheet of a record, once the audit log has it. fault.NotFound if there is no such record, and
// fault.Unsupported for a form of another kind.
func (d *Desk) Sheet(ctx context.Context, id ident.Record, form string) (Sheet, error) {
	ctx, seen := audit.Open(audit.Doing(ctx, audit.Print, "agent.paper"))
	o, err := sheetpdf.Printer{
		Store: d.Store, Book: d.Book, Regions: d.Regions, Print: d.Print, Host: d.Host, Now: d.Now(),
	}.Record(ctx, id, form)
	if err != nil {
		return Sheet{}, err
	}
	if err := seen.Note(ctx); err != nil {
		return Sheet{}, err
	}
	var out bytes.Buffer
	result, err := sheetpdf.Write(&out, o)
	return Sheet{
		PDF: out.Bytes(), Pages: result.Pages, Lacking: string(result.Lacking),
		FileName: form + "-" + d.Now().Format("20060102-1504") + ".pdf",
	}, err
}

// Signed is a page of a sheet that came back, and what its code names.
type Signed struct {
	Of    ident.Record // zero: the code could not be read, or names nobody
	Name  string       // of that record
	Place string       // where it lies
	Form  string       // heading of the sheet
	Page  int          // 0 where the code does not tell
	Why   error        // why the code tells nothing; nil for a sheet that was blank

	plain []byte
}

// ReadSheet reads a picture or a PDF of a signed page and looks for its record. Whatever is wrong with the code is told in
// Why: somebody may still say whose page it is. The faults are fault.NotFound "agent.sheet.unknown" for a record that this
// laptop does not hold, fault.Unsupported "agent.sheet.version" for a form that it does not know yet, fault.Conflict
// "agent.sheet.form" for a code whose form is not that of its record, and those of a file that cannot be attached.
func (d *Desk) ReadSheet(ctx context.Context, from io.Reader) (Signed, error) {
	return noted(ctx, "agent.sheet", func(ctx context.Context) (Signed, error) { return d.readSheet(ctx, from) })
}

func (d *Desk) readSheet(ctx context.Context, from io.Reader) (Signed, error) {
	plain, err := io.ReadAll(io.LimitReader(from, d.Book.Attachments.MaxBytes+1))
	if err != nil {
		return Signed{}, fault.New(fault.Invalid, "blob.type").WithCause(err)
	}
	if _, err := d.Book.Attachments.Take(plain); err != nil {
		return Signed{}, err
	}
	s := Signed{plain: plain}
	text, err := document.Code(plain)
	if err != nil {
		s.Why = err
		return s, nil
	}
	token, err := sheet.ParseToken(text)
	if err != nil {
		s.Why = err
		return s, nil
	}
	return d.named(ctx, s, token)
}

// named fills in what a code names.
func (d *Desk) named(ctx context.Context, s Signed, token sheet.Token) (Signed, error) {
	s.Page = token.Page
	form := d.Book.Form(token.Form, token.Version)
	if form == nil || form.Version != token.Version {
		return Signed{}, fault.New(fault.Unsupported, "agent.sheet.version").With("form", token.Form).With("version", n(int(token.Version)))
	}
	s.Form = d.sheetTitle(form)
	if token.Record.IsZero() {
		return s, nil
	}
	row, err := d.Store.Get(ctx, token.Record)
	switch {
	case fault.Is(err, fault.NotFound), err == nil && row.Deleted():
		return Signed{}, fault.New(fault.NotFound, "agent.sheet.unknown")
	case err != nil:
		return Signed{}, err
	case row.Header.Kind != form.Kind:
		return Signed{}, fault.New(fault.Conflict, "agent.sheet.form")
	}
	s.Of, s.Name, s.Place = token.Record, d.titleOf(row), d.Village(ctx, row.Header.Scope).Name
	return s, nil
}

// AttachSheet puts a page into its place on a record, as one act, and returns which page it is there; one whose code tells
// no page goes to the first place that is free. What stood there stays in the history. The fault is fault.Conflict
// "agent.sheet.other" for a page whose code names another record.
func (d *Desk) AttachSheet(ctx context.Context, s Signed, to ident.Record) (page int, err error) {
	if !s.Of.IsZero() && s.Of != to {
		return 0, fault.New(fault.Conflict, "agent.sheet.other")
	}
	row, err := d.Store.Get(ctx, to)
	if err != nil {
		return 0, err
	}
	if page = s.Page; page == 0 {
		page = sheet.Free(row)
	}
	field, err := sheet.Place(page)
	if err != nil {
		return 0, err
	}
	base, err := d.Store.Base(ctx, row.Header.Scope)
	if err != nil {
		return 0, err
	}
	return page, d.Attach(ctx, FileList{header: row.Header, base: base}, field, bytes.NewReader(s.plain))
}
