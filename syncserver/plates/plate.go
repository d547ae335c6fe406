// SPDX-License-Identifier: Apache-2.0

package plates

import (
	"context"
	"fmt"
	"time"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// Kind is the kind of the records of plates.
const Kind record.Kind = "plate"

// States of a plate.
const (
	Issued   = "issued"   // made, not seen at a door yet
	Bound    = "bound"    // hangs at its door
	Replaced = "replaced" // another one hangs instead
	Void     = "void"
)

// Plate is one plate as its record tells.
type Plate struct {
	Header record.Header

	Handle     doorplate.Handle
	Code       doorplate.Code
	Foreign    doorplate.ForeignKey // of somebody else's plate at the same door
	Region     region.Code
	Group      string
	HouseNo    string
	State      string
	Issue      int64        // 1 for the first plate of a house number, 2 for the one that replaced it
	IssueDay   string       // 2006-01-02
	ReplacedBy ident.Record // the first of those that hang instead
	Replaces   ident.Record // the plate that hung before; several may name the same
	HungAt     int64        // ms; 0 before it was put up
	Position   string       // where it was put up, as forms.Fix.String writes it
	Household  ident.Record // zero if nobody is known to live there
	Sample     bool
}

// Of reads a plate. What fails its check reads as none.
func Of(row record.Row) Plate {
	p := Plate{
		Header: row.Header, Foreign: doorplate.ForeignKey(row.Text("foreign")), Region: region.Code(row.Text("region_code")),
		Group: row.Text("group_no"), HouseNo: row.Text("house_no"), State: row.Text("plate_state"), Issue: row.Int("issue"),
		IssueDay: row.Text("issue_day"), HungAt: row.Int("hung_at"), Position: row.Text("position"), Sample: row.Bool("sample"),
	}
	copy(p.Handle[:], row.Value("handle").Bytes())
	copy(p.ReplacedBy[:], row.Value("replaced_by").Bytes())
	copy(p.Replaces[:], row.Value("replaces").Bytes())
	copy(p.Household[:], row.Value("household").Bytes())
	if code, err := doorplate.ParseCode(row.Text("plate_code")); err == nil {
		p.Code = code
	}
	return p
}

// Create returns the write that makes the plate's record under p.Header.
func (p Plate) Create() record.Write {
	p.Header.Kind = Kind
	fields := map[record.Field]record.Value{
		"handle": record.OfBytes(p.Handle[:]), "plate_code": record.OfText(string(p.Code)),
		"region_code": record.OfText(string(p.Region)), "house_no": record.OfText(p.HouseNo),
		"plate_state": record.OfText(p.State), "issue": record.OfInt(p.Issue), "issue_day": record.OfText(p.IssueDay),
	}
	if p.Group != "" {
		fields["group_no"] = record.OfText(p.Group)
	}
	if !p.Household.IsZero() {
		fields["household"] = record.OfBytes(p.Household.Bytes())
	}
	if !p.Replaces.IsZero() {
		fields["replaces"] = record.OfBytes(p.Replaces.Bytes())
	}
	if p.Foreign != "" {
		fields["foreign"] = record.OfText(string(p.Foreign))
	}
	if p.Sample {
		fields["sample"] = record.OfBool(true)
	}
	return record.Write{Op: record.Create, Header: p.Header, Fields: fields}
}

// Counts reports whether the plate may still be used.
func (p Plate) Counts() bool { return p.State != Void && p.State != Replaced }

// Day returns the day of issue as tokens carry it. A record without one is an error.
func (p Plate) Day() (doorplate.Day, error) {
	t, err := time.Parse(time.DateOnly, p.IssueDay)
	if err != nil {
		return 0, fmt.Errorf("day of issue: %w", err)
	}
	return doorplate.DayOf(t)
}

// Number returns the house number as the plate shows it: 三组12号.
func (p Plate) Number() string { return p.Group + p.HouseNo }

// door is what one plate stands for: a house number of a group.
type door struct{ group, house string }

// each calls take for every record of a kind in a scope, oldest first.
func each(ctx context.Context, store record.Store, kind record.Kind, scope ident.Scope, take func(record.Row)) error {
	for row, err := range record.Each(ctx, store, record.Query{Kind: kind, Scope: scope}) {
		if err != nil {
			return err
		}
		take(row)
	}
	return nil
}

// List returns the plates of a village that may still be used, in the order of their records.
func List(ctx context.Context, store record.Store, village ident.Scope) ([]Plate, error) {
	var all []Plate
	err := each(ctx, store, Kind, village, func(r record.Row) {
		if p := Of(r); p.Counts() {
			all = append(all, p)
		}
	})
	return all, err
}
