// SPDX-License-Identifier: Apache-2.0

package resident

import (
	_ "embed"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/myfile"
	"yuexin/shared/credit/plain"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
)

// fileStyle is the style that only the pages of files, objections, consents and steps have: all others are smaller without it.
//
//go:embed file.css
var fileStyle string

// ownFile is what is recorded about a household or merchant of whoever has proved who they are.
type ownFile struct {
	header record.Header
	*myfile.File
}

// words says recorded values in the language of the page.
func (q *request) words() plain.Words {
	return plain.Words{Print: q.Printer, Catalogue: q.Catalogue(), Regions: q.Regions, Zone: china}
}

// roots returns the households and merchants at this plate that whoever has proved who they are heads.
func (q *request) roots() ([]record.Row, error) {
	out, err := q.headed()
	if err != nil {
		return nil, err
	}
	shops, err := q.Desk.List(q.ctx, record.Query{
		Kind: subject.KindMerchant, Scope: q.visit.scope, Limit: maxLiving,
		Where: []record.Term{{Field: "plate_code", Value: record.OfText(string(doorplate.CodeOf(q.visit.handle)))}},
	})
	if err != nil {
		return nil, fmt.Errorf("find the merchants of a plate: %w", err)
	}
	return append(out, slices.DeleteFunc(shops, func(row record.Row) bool { return !q.is(row) })...), nil
}

// files makes the files of whoever has proved who they are, without ratings: a rating is told where somebody can explain it. Of
// a household that somebody else heads it is what is recorded about them as a member.
func (q *request) files() (out []ownFile, err error) {
	roots, err := q.roots()
	if err != nil {
		return nil, err
	}
	for _, root := range roots {
		f, err := q.fileOf(root)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	households, err := q.households()
	if err != nil {
		return nil, err
	}
	for _, h := range households {
		if q.is(h) {
			continue
		}
		selves, err := q.selves(h)
		if err != nil {
			return nil, err
		}
		for _, self := range selves {
			f, err := q.fileOf(h)
			if err != nil {
				return nil, err
			}
			out = append(out, f.of(self))
		}
	}
	return out, nil
}

// fileOf makes the file of a household or merchant.
func (q *request) fileOf(root record.Row) (f ownFile, err error) {
	rules := q.Files()
	rules.Card = nil
	var rows []record.Row
	for _, kind := range rules.Kinds() {
		of := record.Query{Kind: kind, Scope: root.Header.Scope, Subject: root.Header.Subject}
		for row, err := range record.Each(q.ctx, q.Desk, of) {
			if err != nil {
				return f, fmt.Errorf("read somebody's file: %w", err)
			}
			if !row.Deleted() {
				rows = append(rows, row)
			}
		}
	}
	return ownFile{root.Header, rules.Make(root, rows, nil, q.now.In(china))}, nil
}

// of returns what of a household's file is about one member.
func (f ownFile) of(member record.Row) ownFile {
	id, whole := member.Header.ID, f.File
	part := &myfile.File{Version: whole.Version, Record: id, Kind: member.Header.Kind, Name: member.Text("name"), MadeMS: whole.MadeMS, Sample: whole.Sample}
	for _, p := range whole.Parts {
		if p.Record == id {
			part.Parts = append(part.Parts, p)
		}
	}
	for _, s := range whole.Said {
		if s.Record == id {
			part.Said = append(part.Said, s)
		}
	}
	return ownFile{f.header, part}
}

// filePage is one part of what is recorded, or its contents.
type filePage struct {
	*frame
	Files        []fileContents
	Said         []plain.Said
	Owner, Title string // of the part
	Lines        []ownLine
	N, All       int    // of the parts, from 1; N is 0 for the contents
	Prev, Next   int    // 0 for none
	Days         string // within which an objection is answered
}

// fileContents are the parts of one file.
type fileContents struct {
	Name  string
	Parts []filePart
}

type filePart struct {
	N     int
	Title string
	Noted bool // something in it is objected to or in dispute
}

// ownLine is one recorded value, and what is said of it.
type ownLine struct {
	plain.Line
	At   string // names it in a form
	Note string // what its holder objects to
}

// valueAt names a value in a form: the record that it is in, and its field.
func valueAt(of ident.Record, field record.Field) string { return of.String() + "/" + string(field) }

// onFile shows what is recorded: the contents, or with ?n= one part, so that a page stays small however large a family is.
func (q *request) onFile() error {
	files, err := q.files()
	if err != nil {
		return err
	}
	page := filePage{frame: q.frame, Days: strconv.Itoa(q.Files().Policy.AnswerDays)}
	page.N, _ = strconv.Atoi(q.r.URL.Query().Get("n")) // what is no number is the contents
	for _, f := range files {
		contents := fileContents{Name: f.Name}
		notes := myfile.Notes(f.Said)
		for _, part := range f.Parts {
			page.All++
			one := filePart{N: page.All, Title: q.words().Part(q.Files().Forms, part)}
			one.Noted = slices.ContainsFunc(part.Items, func(it myfile.Item) bool {
				_, noted := notes[myfile.Place{Record: part.Record, Field: it.Field}]
				return noted || it.Disputed
			})
			contents.Parts = append(contents.Parts, one)
			if one.N == page.N {
				page.Owner, page.Title = f.Name, one.Title
				if page.Lines, err = q.lines(f, part); err != nil {
					return err
				}
			}
		}
		page.Files = append(page.Files, contents)
		for _, o := range f.Said {
			page.Said = append(page.Said, q.words().Said(q.Files().Policy, o, q.now.In(china)))
		}
	}
	if page.Lines == nil {
		page.N = 0
	}
	if page.Prev = max(page.N-1, 0); page.N > 0 && page.N < page.All {
		page.Next = page.N + 1
	}
	q.titled("resident.file.title", "FILE")
	q.dress(fileStyle)
	return q.show(http.StatusOK, "file", page)
}

// PartAt is the address of a part.
func (p filePage) PartAt(n int) string {
	sep := "&"
	if p.Query == "" {
		sep = "?"
	}
	return string(p.Path) + "/FILE" + string(p.Query) + sep + "n=" + strconv.Itoa(n)
}

// lines says the values of a part, and notes that they were read.
func (q *request) lines(f ownFile, part myfile.Part) (out []ownLine, err error) {
	notes := myfile.Notes(f.Said)
	var fields []record.Field
	for _, it := range part.Items {
		line := ownLine{Line: q.words().Line(part.Kind, it), At: valueAt(part.Record, it.Field)}
		if said, noted := notes[myfile.Place{Record: part.Record, Field: it.Field}]; noted {
			line.Note = q.Files().Policy.Note(q.Printer, said, q.now.In(china))
		}
		out, fields = append(out, line), append(fields, it.Field)
	}
	h := record.Header{ID: part.Record, Kind: part.Kind, Scope: f.header.Scope, Subject: f.header.Subject}
	return out, q.noteRead("file", q.touch(h, fields))
}

// objectPage asks what is wrong with a value.
type objectPage struct {
	*frame
	problems
	ownLine
	Slip, What, Wanted string
	Kinds              []option
}

// Problems are what is wrong with the form.
func (p objectPage) Problems() []problem { return p.problems }

type option struct{ Code, Label string }

// valueOf finds a value in one's own files. fault.NotFound "resident.file.gone" if it is not, or not any more, in them.
func (q *request) valueOf(text string) (f ownFile, part myfile.Part, it myfile.Item, err error) {
	files, err := q.files()
	if err != nil {
		return f, part, it, err
	}
	for _, f := range files {
		for _, part := range f.Parts {
			for _, it := range part.Items {
				if valueAt(part.Record, it.Field) == text {
					return f, part, it, nil
				}
			}
		}
	}
	return f, part, it, fault.New(fault.NotFound, "resident.file.gone")
}

// onObject asks what is wrong with a value, and takes what is said of it: the same slip gives the same receipt.
func (q *request) onObject() error {
	page := objectPage{Slip: q.r.PostForm.Get("slip"), What: q.typed("what"), Wanted: q.typed("wanted")}
	if page.Slip == "" {
		return q.askObject(http.StatusOK, q.typed("v"), page)
	}
	one, err := q.slips.read(objectContext, q.visit.handle, page.Slip)
	if err != nil {
		return q.objectAgain(page, "", err)
	}
	defer q.saving.lock(one)()
	done, found, err := q.objectionOf(one)
	switch {
	case err != nil:
		return err
	case found:
		return q.objected(done)
	case one.old(q.now):
		return q.objectAgain(page, "", fault.New(fault.Invalid, "resident.form.old"))
	}
	return q.saveObjection(one, page)
}

// objectAgain shows the form once more, with all that was typed, a new slip, and what is wrong.
func (q *request) objectAgain(page objectPage, field string, err error) error {
	page.Slip = ""
	page.problems.add(q.Printer, field, err)
	return q.askObject(fault.KindOf(err).HTTP(), q.typed("v"), page)
}

// askObject shows the form about a value.
func (q *request) askObject(status int, value string, page objectPage) error {
	f, part, it, err := q.valueOf(value)
	if err != nil {
		return err
	}
	lines, err := q.lines(f, myfile.Part{Record: part.Record, Kind: part.Kind, Items: []myfile.Item{it}})
	if err != nil {
		return err
	}
	if page.Slip == "" {
		if page.Slip, err = q.slip(objectContext); err != nil {
			return err
		}
	}
	for _, kind := range myfile.Objections {
		page.Kinds = append(page.Kinds, option{kind, q.T("choice.objection_kind." + kind)})
	}
	q.titled("resident.object.title", "FILE")
	q.Switch = "" // a link would lose what is typed
	q.dress(fileStyle)
	page.frame, page.ownLine = q.frame, lines[0]
	return q.show(status, "object", page)
}

// objectionOf returns the objection that a slip has become, if it has, of one's own.
func (q *request) objectionOf(one slip) (o myfile.Objection, found bool, err error) {
	row, err := q.Desk.Get(q.ctx, ident.Record(one))
	if fault.Is(err, fault.NotFound) {
		return o, false, nil
	}
	if err != nil {
		return o, false, fmt.Errorf("look for the form's objection: %w", err)
	}
	files, err := q.files()
	if err != nil {
		return o, false, err
	}
	o = myfile.ObjectionOf(row)
	own := func(f ownFile) bool {
		return f.header.Subject == row.Header.Subject && slices.ContainsFunc(f.Parts, func(p myfile.Part) bool { return p.Record == o.Of })
	}
	if row.Header.Kind != myfile.KindObjection || !slices.ContainsFunc(files, own) {
		return myfile.Objection{}, false, fault.New(fault.NotAllowed, "resident.form.foreign")
	}
	return o, true, nil
}

// saveObjection applies an objection with its receipt, in one act.
func (q *request) saveObjection(one slip, page objectPage) error {
	f, part, it, err := q.valueOf(q.typed("v"))
	if err != nil {
		return err
	}
	o := myfile.Objection{
		Header: record.Header{ID: ident.Record(one), Scope: f.header.Scope, Subject: f.header.Subject}, Of: part.Record, OfKind: part.Kind, Field: it.Field,
		Kind: page.What, Stood: q.words().Value(part.Kind, it.Field, it.Value.Value), AtMS: q.now.UnixMilli(), Sample: q.Sample || f.Sample,
	}
	if o.Kind == myfile.Correct {
		o.Wanted = page.Wanted
	}
	if !slices.Contains(myfile.Objections, page.What) {
		return q.objectAgain(page, "what", fault.New(fault.Invalid, "resident.object.what"))
	}
	if _, err := o.Create(); err != nil {
		return q.objectAgain(page, fault.From(err).Field, err)
	}
	if wait := q.objections.take(q.visit.key, q.address, q.now); wait > 0 {
		page.problems.add(q.Printer, "", q.busy(wait))
		return q.askObject(http.StatusTooManyRequests, q.typed("v"), page)
	}
	if err := q.applyObjection(&o); err != nil {
		return err
	}
	return q.objected(o)
}

func (q *request) applyObjection(o *myfile.Objection) error {
	number, err := q.Numbers(q.ctx)
	if err != nil {
		return fmt.Errorf("take a receipt number: %w", err)
	}
	o.Receipt = string(number)
	write, err := o.Create()
	if err != nil {
		return err
	}
	base, err := q.Resident.Base(q.ctx, o.Header.Scope)
	if err != nil {
		return fmt.Errorf("read where the scope stands: %w", err)
	}
	id, err := ident.New[ident.Record](q.now.UnixMilli(), q.Random)
	if err != nil {
		return err
	}
	act := record.Act{Name: "objection.raise", Scope: o.Header.Scope, Base: base, Source: record.SelfDeclared, Writes: []record.Write{
		write, q.receiptOf(record.Header{ID: id, Scope: o.Header.Scope, Subject: o.Header.Subject}, number, o),
	}}
	if _, err := q.Resident.Apply(q.ctx, act); err != nil {
		return fmt.Errorf("raise an objection: %w", err)
	}
	return nil
}

// receiptOf makes the record by which a kiosk knows the receipt of an objection: one at a time, for each takes 64 MB.
func (q *request) receiptOf(h record.Header, number receipt.Number, o *myfile.Objection) record.Write {
	q.trying.Lock()
	defer q.trying.Unlock()
	return receipt.Create(h, number, codeOf(q.Key, o.Header.ID), nil, o.Sample)
}

// objectedPage is the receipt of an objection.
type objectedPage struct {
	*frame
	Number, Code, Aloud, Time, Field, Stood, What, Next string
}

// objected shows it: it counts from the moment at which it was taken, and says until when it is answered.
func (q *request) objected(o myfile.Objection) error {
	policy := q.Files().Policy
	what := q.T("choice.objection_kind." + o.Kind)
	if o.Wanted != "" {
		what = q.T("kiosk.file.said.wanted", "wanted", o.Wanted)
	}
	number := receipt.Number(o.Receipt)
	q.titled("resident.object.done", "FILE")
	q.Switch = ""
	return q.show(http.StatusOK, "objected", objectedPage{
		frame: q.frame, Number: number.String(), Code: codeOf(q.Key, o.Header.ID).String(), Aloud: q.aloud(number), Time: q.moment(o.AtMS),
		Field: q.words().Field(o.OfKind, o.Field), Stood: o.Stood, What: what,
		Next: q.T("kiosk.object.next", "date", q.Date(policy.Due(o.AtMS, china)), "source", policy.AnswerSource),
	})
}

// touch is what of a record was shown, of classes that are noted.
func (q *request) touch(h record.Header, fields []record.Field) audit.Touch {
	t := audit.Touch{Kind: h.Kind, Scope: h.Scope, Subject: h.Subject, Record: h.ID}
	for _, f := range slices.Sorted(slices.Values(fields)) {
		if def, _ := q.Catalogue().Field(h.Kind, f); def.Class != record.C1 && !strings.HasPrefix(string(f), "~") {
			t.Fields = append(t.Fields, f)
		}
	}
	return t
}

// noteRead notes that whoever has proved who they are read records, before they do.
func (q *request) noteRead(page string, touched ...audit.Touch) error {
	for part := range slices.Chunk(touched, audit.MaxTouched/2) {
		if err := q.noteDeed(audit.Read, page, calledOf(q.person), string(q.person.Way), part...); err != nil {
			return err
		}
	}
	return nil
}

// noteDeed notes what somebody does who is, or says to be, a resident; user as others may read it: 139****1234.
func (q *request) noteDeed(deed audit.Deed, what, user, way string, touched ...audit.Touch) error {
	about := ""
	if !q.visit.record.IsZero() {
		about = q.visit.record.String()
	}
	err := q.Note(q.ctx, audit.Entry{Deed: deed, What: "resident." + what, User: user, Reason: way, About: about, Touched: touched})
	if err != nil {
		return fmt.Errorf("note what a resident does: %w", err)
	}
	return nil
}
