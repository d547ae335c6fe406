// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"yuexin/shared/credit/plain"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
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
	StoreFor   func(ident.Org) record.Store // with nothing but what people consented to give an organisation
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

	names  sync.Map // ident.Actor and ident.Scope → string
	joints sync.Map // ident.Scope → joint
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
	if field == record.Deleted {
		return d.T("agent.review.deletion")
	}
	return d.words().Field(kind, field)
}

// words says values as everybody here reads them.
func (d *Desk) words() plain.Words {
	return plain.Words{Print: d.Print, Catalogue: d.Book.Catalogue, Regions: d.Regions, Zone: d.Now().Location()}
}

// Value prints a value for people: amounts with their unit, choices by name, identity numbers masked. None is "".
func (d *Desk) Value(kind record.Kind, field record.Field, v record.Value) string {
	return d.words().Value(kind, field, v)
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
