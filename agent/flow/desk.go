// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"yuexin/shared/credit/receipt"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// Kinds that the flows read beside those of package subject and lending.
const (
	kindUnit     record.Kind = "unit"
	kindStaff    record.Kind = "staff"
	kindOrg      record.Kind = "org"
	kindPlate    record.Kind = "plate"
	kindPlateKey record.Kind = "plate_key"
)

// everything is a limit for lists that are read whole: more than a device holds.
const everything = 1 << 20

// Desk is what an officer works with once the laptop is unlocked. All fields are needed.
type Desk struct {
	Store      record.Store
	Files      Files
	Shelf      Shelf
	Unfinished Unfinished
	Book       *rulebook.Book
	Regions    *region.Tree
	Print      *i18n.Printer

	Actor ident.Actor // who works here
	Role  record.Role
	Name  string // as others read it
	Host  string // of the server, as sheets of paper name it

	Now     func() time.Time
	Random  io.Reader
	Numbers func() (receipt.Number, error)                   // the next receipt number of this laptop
	Users   func(ctx context.Context) ([]ident.Actor, error) // who can unlock this laptop

	names sync.Map // ident.Actor and ident.Scope → string
}

// T is the printer's T.
func (d *Desk) T(key string, pairs ...string) string { return d.Print.T(key, pairs...) }

// n prints a count for a text.
func n(count int) string { return strconv.Itoa(count) }

// Who returns the name under which an actor is known to readers: "您" for whoever works here, the name in the list of
// staff, else a word for where the value came from.
func (d *Desk) Who(ctx context.Context, actor ident.Actor, source record.Source) string {
	if actor == d.Actor && !actor.IsZero() {
		return d.T("agent.who.you")
	}
	if name, known := d.names.Load(actor); known {
		return name.(string)
	}
	if name := d.staffName(ctx, actor); name != "" {
		d.names.Store(actor, name)
		return name
	}
	return d.T("agent.source." + n(int(source)))
}

func (d *Desk) staffName(ctx context.Context, actor ident.Actor) string {
	if actor.IsZero() {
		return ""
	}
	rows, err := d.Store.List(ctx, record.Query{
		Kind: kindStaff, Limit: 1, Where: []record.Term{{Field: "actor", Value: record.OfBytes(actor.Bytes())}},
	})
	if err != nil || len(rows) == 0 {
		return ""
	}
	return rows[0].Text("name")
}

// OrgName returns the name of an organisation, "" if it is not known.
func (d *Desk) OrgName(ctx context.Context, org ident.Org) string {
	row, err := d.Store.Get(ctx, ident.Record(org))
	if err != nil || row.Header.Kind != kindOrg {
		return ""
	}
	return row.Text("name")
}

// FieldName returns the label of a field.
func (d *Desk) FieldName(kind record.Kind, field record.Field) string {
	key := "field." + string(kind) + "." + string(field)
	if field == record.Deleted {
		key = "agent.review.deletion"
	}
	if d.Print.Has(key) {
		return d.T(key)
	}
	return string(field)
}

// Value prints a value for people: amounts with their unit, choices by name, identity numbers masked. None is "".
func (d *Desk) Value(kind record.Kind, field record.Field, v record.Value) string {
	def, _ := d.Book.Catalogue.Field(kind, field)
	switch v.Type() {
	case record.Bool:
		if v.Bool() {
			return d.T("answer.yes")
		}
		return d.T("answer.no")
	case record.Int:
		return d.number(def.Format, v.Int())
	case record.Set:
		items := v.Set()
		for i, item := range items {
			items[i] = d.choice(field, item)
		}
		return strings.Join(items, d.T("agent.comma"))
	case record.Text:
		return d.text(def.Format, field, v.Text())
	case record.Bytes:
		if def.Format == record.FormatBlob {
			return d.T("blob.value")
		}
	}
	return ""
}

// money prints an amount.
func (d *Desk) money(f money.Fen) string {
	if d.Print.Lang() == i18n.En {
		return f.English()
	}
	return f.Text()
}

func (d *Desk) number(format record.Format, v int64) string {
	switch format {
	case record.FormatMoney:
		return d.money(money.Fen(v))
	case record.FormatArea:
		if d.Print.Lang() == i18n.En {
			return money.Area(v).English()
		}
		return money.Area(v).Text()
	case record.FormatDecimal:
		return money.Decimal(v).String()
	case record.FormatTime:
		return d.Print.DateTime(time.UnixMilli(v).In(d.Now().Location()))
	}
	return strconv.FormatInt(v, 10)
}

func (d *Desk) text(format record.Format, field record.Field, text string) string {
	switch format {
	case record.FormatChoice:
		return d.choice(field, text)
	case record.FormatResidentID:
		if id, err := ident.ParseResidentID(text); err == nil {
			return id.Masked()
		}
	case record.FormatDate:
		if day, err := time.Parse(time.DateOnly, text); err == nil {
			return d.Print.Date(day)
		}
	case record.FormatRegion:
		if name := d.Regions.PathName(region.Code(text)); name != "" {
			return name
		}
	}
	return text
}

func (d *Desk) choice(field record.Field, code string) string {
	key := "choice." + string(field) + "." + code
	if d.Print.Has(key) {
		return d.T(key)
	}
	return code
}

// when prints a moment in ms since 1970 UTC: how long ago, and the date after a month.
func (d *Desk) when(ms int64) string {
	now := d.Now()
	return d.Print.Ago(time.UnixMilli(ms).In(now.Location()), now)
}

// newID makes the id of a record.
func (d *Desk) newID() (ident.Record, error) {
	id, err := ident.New[ident.Record](d.Now().UnixMilli(), d.Random)
	if err != nil {
		return id, fmt.Errorf("make a record id: %w", err)
	}
	return id, nil
}

// Mark says that something about a line needs a look.
type Mark int

// The marks, in the order in which they are shown.
const (
	MarkPending  Mark = iota // waits to be sent
	MarkDeletion             // one person deleted it, another changed it
	MarkDisputed             // two people say different things
	MarkSample               // 示例
)

// Key returns the text key of a mark.
func (m Mark) Key() string {
	return [...]string{"agent.mark.pending", "agent.mark.deletion", "agent.mark.disputed", "agent.mark.sample"}[m]
}

// marksOf returns the marks of a row.
func marksOf(row record.Row) []Mark {
	var marks []Mark
	if row.Pending() {
		marks = append(marks, MarkPending)
	}
	n := len(row.Disputed())
	if row.DeletionDisputed() {
		marks, n = append(marks, MarkDeletion), n-1
	}
	if n > 0 {
		marks = append(marks, MarkDisputed)
	}
	return marks
}

// refBytes returns the id in a reference.
func refBytes(v record.Value) (id ident.Record) {
	copy(id[:], v.Bytes())
	return id
}
