// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"slices"
	"strings"
	"time"

	"yuexin/shared/credit/myfile"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// FileCard is what an officer does about the file card of one household or merchant: give one to whoever was seen to be its
// holder, or stop the one there is.
type FileCard struct {
	Name    string // whose file it is
	Village string
	Cards   []Fact      // what was asked for before, newest first: when, and why
	Said    []Objection // what its holder objects to, newest first
	Why     string      // a code of Whys
	Seen    string      // a code of Seens: which document was looked at

	desk   *Desk
	header record.Header
	known  []string // texts that others know of the holder: no PIN stands in them
	sample bool
}

// Objection is what a resident said of a recorded value at a kiosk.
type Objection struct {
	Title string // the field, and what they say of it
	Text  string // what stood, and what they say is right
	When  string
	Due   string // by when it is answered, or what the answer is
	Late  bool
	Open  bool // nobody has answered it

	id ident.Record
}

// FileCard opens what there is about the card of a household or merchant. fault.NotFound if there is none.
func (d *Desk) FileCard(ctx context.Context, id ident.Record) (*FileCard, error) {
	return noted(ctx, "agent.card", func(ctx context.Context) (*FileCard, error) { return d.fileCard(ctx, id) })
}

func (d *Desk) fileCard(ctx context.Context, id ident.Record) (*FileCard, error) {
	row, err := d.Store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	c := &FileCard{
		desk: d, header: row.Header, Name: d.line(row).Title, Village: d.Village(ctx, row.Header.Scope).Name, sample: row.Bool("sample"),
	}
	for _, f := range []record.Field{"phone", "phone_other", "resident_id", "operator_id", "uscc", "house_no", "plate_code"} {
		if text := row.Text(f); text != "" {
			c.known = append(c.known, text)
		}
	}
	asked, err := d.Store.List(ctx, record.Query{
		Kind: myfile.KindRequest, Scope: row.Header.Scope, Subject: row.Header.Subject, Newest: true, Limit: everything,
	})
	if err != nil {
		return nil, err
	}
	for _, r := range asked {
		req := myfile.RequestOf(r)
		who := d.Who(ctx, r.Fields["at"].Winner.Actor, r.Fields["at"].Winner.Source)
		f := Fact{Label: d.when(req.AtMS), Value: joined(d.choice("card_why", req.Why), d.choice("identity_seen", req.Seen), who)}
		if r.Pending() {
			f.Mark = d.T(MarkPending.Key())
		}
		c.Cards = append(c.Cards, f)
	}
	c.Said, err = d.objections(ctx, row.Header)
	return c, err
}

func (d *Desk) choice(field record.Field, code string) string {
	return d.words().Value("", field, record.OfSet(code))
}

// objections returns what the holder of a file objects to, newest first.
func (d *Desk) objections(ctx context.Context, of record.Header) ([]Objection, error) {
	rows, err := d.Store.List(ctx, record.Query{Kind: myfile.KindObjection, Scope: of.Scope, Subject: of.Subject, Newest: true, Limit: everything})
	if err != nil {
		return nil, err
	}
	answered, err := d.Store.List(ctx, record.Query{Kind: myfile.KindAnswer, Scope: of.Scope, Subject: of.Subject, Limit: everything})
	if err != nil {
		return nil, err
	}
	answers := map[ident.Record]myfile.Answer{}
	for _, row := range answered {
		a := myfile.AnswerOf(row)
		answers[a.Objection] = a
	}
	var out []Objection
	for _, row := range rows {
		o := myfile.ObjectionOf(row)
		due := time.UnixMilli(o.AtMS).In(d.Now().Location()).AddDate(0, 0, d.Book.MyFile.AnswerDays)
		text := d.T("agent.card.said", "stood", o.Stood)
		if o.Wanted != "" {
			text = d.T("agent.card.said.wanted", "stood", o.Stood, "wanted", o.Wanted)
		}
		one := Objection{
			Title: d.FieldName(o.OfKind, o.Field) + d.T("agent.colon") + d.choice("objection_kind", o.Kind), Text: text,
			When: d.when(o.AtMS), Due: d.T("agent.card.due", "date", d.Print.Date(due)), Late: d.Now().After(due), Open: true, id: row.Header.ID,
		}
		if a, done := answers[row.Header.ID]; done {
			one.Open, one.Late = false, false
			one.Due = d.T("agent.card.answered", "when", d.when(a.AtMS), "answer", joined(d.choice("answer_kind", a.Kind), a.Text))
		}
		out = append(out, one)
	}
	return out, nil
}

// Answer tells the author of an objection what became of it: they read it in their file. Faults: those of myfile.Answer.Create.
func (c *FileCard) Answer(ctx context.Context, o Objection, kind, text string) error {
	d := c.desk
	id, err := d.newID()
	if err != nil {
		return err
	}
	return c.apply(ctx, "objection.answer", myfile.Answer{
		Header:    record.Header{ID: id, Scope: c.header.Scope, Subject: c.header.Subject},
		Objection: o.id, Kind: kind, Text: strings.TrimSpace(text), AtMS: d.Now().UnixMilli(), Sample: c.sample,
	}.Create)
}

// apply applies the one write that create makes.
func (c *FileCard) apply(ctx context.Context, name string, create func() (record.Write, error)) error {
	write, err := create()
	if err != nil {
		return err
	}
	d := c.desk
	base, err := d.Store.Base(ctx, c.header.Scope)
	if err != nil {
		return err
	}
	_, err = d.Store.Apply(ctx, record.Act{
		Name: name, Scope: c.header.Scope, Base: base, Source: d.Book.Access.Source(d.Role), Writes: []record.Write{write},
	})
	return err
}

// CountObjections returns how much the holder of a file objects to and nobody has answered; 0 if it cannot be read, which its page says.
func (d *Desk) CountObjections(ctx context.Context, id ident.Record) int {
	row, err := d.Store.Get(ctx, id)
	if err != nil {
		return 0
	}
	list, err := d.objections(ctx, row.Header)
	if err != nil {
		return 0
	}
	return len(slices.DeleteFunc(list, func(o Objection) bool { return !o.Open }))
}

// Choices returns the codes and words of a field: card_why, identity_seen, answer_kind.
func (c *FileCard) Choices(kind record.Kind, field record.Field) (codes, words []string) {
	def, _ := c.desk.Book.Catalogue.Field(kind, field)
	for _, code := range def.Choices {
		codes, words = append(codes, code), append(words, c.desk.choice(field, code))
	}
	return codes, words
}

// PINSize returns how many digits a PIN may have.
func (c *FileCard) PINSize() (least, most int) {
	return c.desk.Book.MyFile.PIN.Min, c.desk.Book.MyFile.PIN.Max
}

// Stops says that the card is stopped and none is made: no PIN is asked for.
func (c *FileCard) Stops() bool { return c.Why == myfile.Stop }

// Issued is a card that was made. Its secret is in memory until it is printed, and nowhere else on the laptop.
type Issued struct {
	Card    myfile.Card // zero if the old one was stopped
	Village string
	Day     time.Time
	Sample  bool
}

// Issue makes the card, or stops the one there is, and records who was seen by which document. It takes about a second: call it
// beside the window. Faults, each on its field: those of myfile.Request.Create, on "pin" those of CheckPIN, on "again" Invalid
// "agent.card.again" when the two are not the same.
func (c *FileCard) Issue(ctx context.Context, pin, again string) (*Issued, error) {
	d, policy := c.desk, c.desk.Book.MyFile
	if c.Seen == "" || c.Why == "" {
		_, err := myfile.Request{Seen: c.Seen, Why: c.Why}.Create()
		return nil, err
	}
	now := d.Now()
	r := myfile.Request{Of: c.header.ID, Why: c.Why, Seen: c.Seen, AtMS: now.UnixMilli(), Sample: c.sample}
	out := &Issued{Village: c.Village, Day: now, Sample: c.sample}
	var err error
	if !c.Stops() {
		if err := policy.CheckPIN(pin, c.known...); err != nil {
			return nil, err
		}
		if pin != again {
			return nil, fault.New(fault.Invalid, "agent.card.again").WithField("again")
		}
		if out.Card, r.Lock, err = policy.Issue(d.Random, pin); err != nil {
			return nil, err
		}
		r.Card = out.Card.ID()
	}
	id, err := d.newID()
	if err != nil {
		return nil, err
	}
	r.Header = record.Header{ID: id, Scope: c.header.Scope, Subject: c.header.Subject}
	if err := c.apply(ctx, "filecard.request", r.Create); err != nil {
		return nil, err
	}
	return out, nil
}
