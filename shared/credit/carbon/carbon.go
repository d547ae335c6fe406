// SPDX-License-Identifier: Apache-2.0

// Package carbon keeps the carbon account (碳账户) of a household or of a village: entries of what was saved, of which the balance
// is the sum.
//
// An entry is never changed, so the balance is the same on every machine that has the entries, in whatever order they came. One
// that was wrong is taken back by another that names it and has its grams with the opposite sign. What saves how much is
// versioned data; an entry keeps the grams of its own day.
package carbon

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Kind is the kind of an entry's record.
const Kind record.Kind = "carbon"

// Item is something that saves carbon dioxide, or what warms as much.
type Item struct {
	ID     string               `json:"id"`
	Name   map[i18n.Lang]string `json:"name"`
	Unit   map[i18n.Lang]string `json:"unit"`
	Grams  int64                `json:"grams"` // of CO2 equivalent, saved by Per units
	Per    int64                `json:"per"`
	Most   int64                `json:"most"`   // units in one entry
	Source string               `json:"source"` // where the factor is from; what is ours says so
}

// In returns the item's name in a language, in Chinese if the language is not there.
func (it Item) In(lang i18n.Lang) string { return said(it.Name, lang) }

// UnitIn returns the item's unit.
func (it Item) UnitIn(lang i18n.Lang) string { return said(it.Unit, lang) }

func said(texts map[i18n.Lang]string, lang i18n.Lang) string {
	if text, ok := texts[lang]; ok {
		return text
	}
	return texts[i18n.ZhHans]
}

// Saved returns what a quantity saves, in grams, rounded down.
func (it Item) Saved(quantity int64) int64 { return quantity * it.Grams / it.Per }

// Policy is one published edition of what saves how much. It is immutable.
type Policy struct {
	version uint32
	back    int
	items   []Item
}

// Parse reads a policy from its JSON form and checks it whole. The error names the item at fault.
func Parse(r io.Reader) (*Policy, error) {
	var file struct {
		Version  uint32 `json:"version"`
		About    string `json:"about"`     // for whoever edits the file
		BackDays int    `json:"back_days"` // how long ago what was saved may have been
		Items    []Item `json:"items"`
	}
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("read carbon policy: %w", err)
	}
	if file.Version == 0 || file.BackDays < 1 || len(file.Items) == 0 {
		return nil, fmt.Errorf("carbon policy: version, back_days or items are missing")
	}
	p := &Policy{version: file.Version, back: file.BackDays}
	for _, it := range file.Items {
		whole := !slices.ContainsFunc(i18n.Langs(), func(l i18n.Lang) bool { return it.Name[l] == "" || it.Unit[l] == "" })
		bounded := it.Grams >= 1 && it.Grams <= 1e9 && it.Per >= 1 && it.Per <= 1e6 && it.Most >= 1 && it.Most <= 1e8
		if it.ID == "" || !whole || it.Source == "" || !bounded {
			return nil, fmt.Errorf("carbon policy: %q is not whole", it.ID)
		}
		if _, twice := p.Item(it.ID); twice {
			return nil, fmt.Errorf("carbon policy: %q is defined twice", it.ID)
		}
		p.items = append(p.items, it)
	}
	return p, nil
}

// Version returns the number of this edition of the policy.
func (p *Policy) Version() uint32 { return p.version }

// Items returns what saves carbon, in the order of the file.
func (p *Policy) Items() []Item { return slices.Clone(p.items) }

// Item returns one of them.
func (p *Policy) Item(id string) (Item, bool) {
	i := slices.IndexFunc(p.items, func(it Item) bool { return it.ID == id })
	if i < 0 {
		return Item{}, false
	}
	return p.items[i], true
}

// Entry is what was saved, or what was entered by mistake and is taken back.
type Entry struct {
	Header   record.Header // Subject is whose account it is
	Item     string
	Quantity int64 // in the item's unit
	Grams    int64 // of CO2 equivalent
	Day      string
	Edition  uint32             // of the policy
	Proof    *record.Attachment // a photo, or the certificate
	Remark   string
	Reverses ident.Record // the entry that is taken back; zero for what was saved
	Sample   bool
}

// Of reads an entry.
func Of(row record.Row) Entry {
	e := Entry{
		Header: row.Header, Item: row.Text("carbon_item"), Quantity: row.Int("quantity"), Grams: row.Int("grams"), Day: row.Text("day"),
		Edition: uint32(row.Int("policy")), Remark: row.Text("remark"), Sample: row.Bool("sample"),
	}
	copy(e.Reverses[:], row.Value("reverses").Bytes())
	if a, err := record.ParseAttachment(row.Value("proof")); err == nil {
		e.Proof = &a
	}
	return e
}

// Create returns the write that makes the entry under e.Header.
func (e Entry) Create() record.Write {
	e.Header.Kind = Kind
	fields := map[record.Field]record.Value{
		"carbon_item": record.OfText(e.Item), "quantity": record.OfInt(e.Quantity), "grams": record.OfInt(e.Grams),
		"day": record.OfText(e.Day), "policy": record.OfInt(int64(e.Edition)),
	}
	if e.Proof != nil {
		fields["proof"] = e.Proof.Value()
	}
	if e.Remark != "" {
		fields["remark"] = record.OfText(e.Remark)
	}
	if !e.Reverses.IsZero() {
		fields["reverses"] = record.OfBytes(e.Reverses.Bytes())
	}
	if e.Sample {
		fields["sample"] = record.OfBool(true)
	}
	return record.Write{Op: record.Create, Header: e.Header, Fields: fields}
}

// Save returns the entry of a quantity that somebody, a household or a village, saved on a day, with what shows it. Faults:
// NotFound "carbon.item"; Invalid "carbon.quantity" for none or too much, "carbon.day" for a day that has not come or is too long
// ago, "carbon.proof" for nothing that shows it.
func (p *Policy) Save(of record.Row, item string, quantity int64, day, today time.Time, proof *record.Attachment) (Entry, error) {
	it, ok := p.Item(item)
	if !ok {
		return Entry{}, fault.New(fault.NotFound, "carbon.item").WithField("carbon_item")
	}
	if quantity < 1 || quantity > it.Most {
		return Entry{}, fault.New(fault.Invalid, "carbon.quantity").With("max", fmt.Sprint(it.Most)).WithField("quantity")
	}
	on := day.Format(time.DateOnly)
	if on > today.Format(time.DateOnly) || on < today.AddDate(0, 0, -p.back).Format(time.DateOnly) {
		return Entry{}, fault.New(fault.Invalid, "carbon.day").With("days", fmt.Sprint(p.back)).WithField("day")
	}
	if proof == nil {
		return Entry{}, fault.New(fault.Invalid, "carbon.proof").WithField("proof")
	}
	return Entry{
		Header: record.Header{Scope: of.Header.Scope, Subject: of.Header.Subject}, Item: item, Quantity: quantity,
		Grams: it.Saved(quantity), Day: on, Edition: p.version, Proof: proof, Sample: of.Bool("sample"),
	}, nil
}

// TakeBack returns the entry that takes another back. What takes back itself is not taken back: fault.Conflict "carbon.back", as
// for one that have says was taken back already.
func TakeBack(e Entry, have []Entry) (Entry, error) {
	if !e.Reverses.IsZero() || slices.ContainsFunc(have, func(o Entry) bool { return o.Reverses == e.Header.ID }) {
		return Entry{}, fault.New(fault.Conflict, "carbon.back")
	}
	back := e
	back.Quantity, back.Grams, back.Reverses, back.Header.ID, back.Proof = -e.Quantity, -e.Grams, e.Header.ID, ident.Record{}, nil
	return back, nil
}

// Line is what an item came to.
type Line struct {
	Item     string
	Quantity int64
	Grams    int64
}

// Account is the state of an account, or of several together.
type Account struct {
	Grams int64
	Lines []Line // by item
}

// Sum adds up entries. Those of which two took back the same, on two machines that did not know of each other, count once.
func Sum(entries []Entry) Account {
	back := map[ident.Record]ident.Record{} // what was taken back, and by which
	for _, e := range entries {
		if by, twice := back[e.Reverses]; !e.Reverses.IsZero() && (!twice || e.Header.ID.Compare(by) < 0) {
			back[e.Reverses] = e.Header.ID
		}
	}
	var a Account
	lines := map[string]*Line{}
	for _, e := range entries {
		if !e.Reverses.IsZero() && back[e.Reverses] != e.Header.ID {
			continue
		}
		a.Grams += e.Grams
		l := lines[e.Item]
		if l == nil {
			l = &Line{Item: e.Item}
			lines[e.Item] = l
		}
		l.Quantity, l.Grams = l.Quantity+e.Quantity, l.Grams+e.Grams
	}
	for _, l := range lines {
		a.Lines = append(a.Lines, *l)
	}
	slices.SortFunc(a.Lines, func(x, y Line) int { return strings.Compare(x.Item, y.Item) })
	return a
}
