// SPDX-License-Identifier: Apache-2.0

// Package lookup turns what a person says or shows at a counter, an identity number, a
// receipt number or the code on a doorplate, into queries that find the record.
package lookup

import (
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/credit/subject"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Ways returns the queries by which a number may find a record, the likeliest first,
// each for one row; none for a text that is no such number.
func Ways(text string) (all []record.Query) {
	by := func(kind record.Kind, field record.Field, value string) {
		all = append(all, record.Query{Kind: kind, Limit: 1, Where: []record.Term{{Field: field, Value: record.OfText(value)}}})
	}
	if id, err := ident.ParseResidentID(text); err == nil {
		by(subject.KindHousehold, "resident_id", id.String())
		by(subject.KindMember, "resident_id", id.String())
		by(subject.KindMerchant, "operator_id", id.String())
	}
	if number, err := receipt.Parse(text); err == nil {
		by(lending.KindDemand, "receipt_no", string(number))
	}
	if code, err := doorplate.ParseCode(text); err == nil {
		by(subject.KindHousehold, "plate_code", string(code))
		by(subject.KindMerchant, "plate_code", string(code))
	}
	return all
}
