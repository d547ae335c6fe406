// SPDX-License-Identifier: Apache-2.0

package console

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// valueShow writes values as people read them.
type valueShow struct {
	print   *i18n.Printer
	regions *region.Tree
	open    bool // identity numbers and phones in full, for whom must compare them
}

// text returns a value after the format of its field. A reference reads as
// "filled in": an id says nothing to anybody.
func (s valueShow) text(def record.FieldDef, v record.Value) string {
	if v.IsNone() {
		return s.print.T("console.value.none")
	}
	if def.Name == record.Deleted {
		return s.print.T(pick(v.Bool(), "console.value.deleted", "console.value.kept"))
	}
	switch def.Format {
	case record.FormatChoice:
		return s.choice(def.Name, v.Text())
	case record.FormatSet:
		return s.set(def.Name, v.Set())
	case record.FormatBool:
		return s.print.T(pick(v.Bool(), "answer.yes", "answer.no"))
	case record.FormatMoney:
		return money.Fen(v.Int()).Text()
	case record.FormatArea:
		return money.Area(v.Int()).Text()
	case record.FormatDecimal:
		return money.Decimal(v.Int()).String()
	case record.FormatRate:
		return money.Rate(v.Int()).String()
	case record.FormatInt:
		if n := v.Int(); 0 <= n && n < 10_000 { // most are years and counts of people
			return strconv.FormatInt(n, 10)
		}
		return s.print.Number(v.Int())
	case record.FormatTime:
		return s.print.DateTime(time.UnixMilli(v.Int()).In(zone))
	case record.FormatResidentID:
		return s.residentID(v.Text())
	case record.FormatMobile:
		return s.mobile(v.Text())
	case record.FormatRegion:
		return cmp.Or(s.regions.PathName(region.Code(v.Text())), v.Text())
	case record.FormatText, record.FormatDate, record.FormatUSCC, record.FormatPosition:
		return v.Text()
	}
	return s.print.T("console.value.filled")
}

func (s valueShow) residentID(text string) string {
	id, err := ident.ParseResidentID(text)
	if s.open || err != nil && text == "" {
		return text
	}
	if err != nil {
		return strings.Repeat("*", 8)
	}
	return id.Masked()
}

func (s valueShow) mobile(text string) string {
	m, err := ident.ParseMobile(text)
	switch {
	case s.open:
		return text
	case err != nil:
		return strings.Repeat("*", 8)
	}
	return m.Masked()
}

// choice returns the word of a code; a code without one reads as it is.
func (s valueShow) choice(field record.Field, code string) string {
	if key := "choice." + string(field) + "." + code; s.print.Has(key) {
		return s.print.T(key)
	}
	return code
}

func (s valueShow) set(field record.Field, codes []string) string {
	words := make([]string, len(codes))
	for i, code := range codes {
		words[i] = s.choice(field, code)
	}
	return strings.Join(words, s.print.T("console.list.comma"))
}

func pick(first bool, yes, no string) string {
	if first {
		return yes
	}
	return no
}

// fieldLabel names a field; one that the catalogue does not know yet has a
// general name.
func fieldLabel(p *i18n.Printer, kind record.Kind, field record.Field, known bool) string {
	if field == record.Deleted {
		return p.T("console.field.deleted")
	}
	if key := "field." + string(kind) + "." + string(field); known && p.Has(key) {
		return p.T(key)
	}
	return p.T("console.field.unknown")
}

// sourceText names where a value comes from; a rank between two known ones
// reads as the lower.
func sourceText(p *i18n.Printer, s record.Source) string {
	switch {
	case s >= record.Authoritative:
		return p.T("console.source.office")
	case s >= record.BankVerified:
		return p.T("console.source.bank")
	case s >= record.Officer:
		return p.T("console.source.officer")
	case s >= record.Cadre:
		return p.T("console.source.cadre")
	}
	return p.T("console.source.self")
}

// people looks up names of actors, each once.
type people struct {
	store Store
	staff record.Store // the directory: who is responsible may have no login yet
	known map[ident.Actor]string
}

func (c *Console) people() people {
	reader := c.Reader
	reader.Role = cmp.Or(reader.Role, Analyst)
	return people{store: c.Store, staff: c.Store.As(reader), known: map[ident.Actor]string{}}
}

// of returns the name by which others read an actor, "" for none.
func (p people) of(ctx context.Context, actor ident.Actor) (string, error) {
	if actor.IsZero() {
		return "", nil
	}
	if name, known := p.known[actor]; known {
		return name, nil
	}
	name, err := p.store.ActorName(ctx, actor)
	if err != nil {
		return "", err
	}
	if name == "" {
		row, err := p.staff.Get(ctx, ident.Record(actor))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return "", err
		}
		name = row.Text("name")
	}
	p.known[actor] = name
	return name, nil
}
