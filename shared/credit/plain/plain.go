// SPDX-License-Identifier: Apache-2.0

// Package plain says recorded values in the words of whoever reads them: amounts with their unit, choices by name, identity
// numbers masked. It is the one place for screens of laptops and kiosks.
package plain

import (
	"strconv"
	"strings"
	"time"

	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// Words says values in the language of Print, moments in Zone. All fields are needed.
type Words struct {
	Print     *i18n.Printer
	Catalogue *record.Catalogue
	Regions   *region.Tree
	Zone      *time.Location
}

// Field returns the label of a field, its name where it has none.
func (w Words) Field(kind record.Kind, field record.Field) string {
	if key := "field." + string(kind) + "." + string(field); w.Print.Has(key) {
		return w.Print.T(key)
	}
	return string(field)
}

// Value says a value. None is "", and so is what is nothing to read: a reference, bytes.
func (w Words) Value(kind record.Kind, field record.Field, v record.Value) string {
	def, _ := w.Catalogue.Field(kind, field)
	switch v.Type() {
	case record.Bool:
		if v.Bool() {
			return w.Print.T("answer.yes")
		}
		return w.Print.T("answer.no")
	case record.Int:
		return w.number(def.Format, v.Int())
	case record.Set:
		items := v.Set()
		for i, item := range items {
			items[i] = w.choice(field, item)
		}
		return strings.Join(items, w.Print.T("agent.comma"))
	case record.Text:
		return w.text(def.Format, field, v.Text())
	case record.Bytes:
		if def.Format == record.FormatBlob {
			return w.Print.T("blob.value")
		}
	}
	return ""
}

func (w Words) number(format record.Format, v int64) string {
	switch format {
	case record.FormatMoney:
		return w.Print.Money(money.Fen(v))
	case record.FormatArea:
		return w.Print.Area(money.Area(v))
	case record.FormatDecimal:
		return money.Decimal(v).String()
	case record.FormatTime:
		return w.Print.DateTime(time.UnixMilli(v).In(w.Zone))
	}
	return strconv.FormatInt(v, 10)
}

func (w Words) text(format record.Format, field record.Field, text string) string {
	switch format {
	case record.FormatChoice:
		return w.choice(field, text)
	case record.FormatResidentID:
		if id, err := ident.ParseResidentID(text); err == nil {
			return id.Masked()
		}
	case record.FormatDate:
		if day, err := time.Parse(time.DateOnly, text); err == nil {
			return w.Print.Date(day)
		}
	case record.FormatRegion:
		if name := w.Regions.PathName(region.Code(text)); name != "" {
			return name
		}
	}
	return text
}

func (w Words) choice(field record.Field, code string) string {
	if key := "choice." + string(field) + "." + code; w.Print.Has(key) {
		return w.Print.T(key)
	}
	return code
}
