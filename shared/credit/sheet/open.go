// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/forms"
	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

// everything is a limit for lists that are read whole: more rows than a form has.
const everything = 1 << 16

// Reader reads records: what Open needs of a record.Store.
type Reader interface {
	List(ctx context.Context, q record.Query) ([]record.Row, error)
}

// Open fills a form from a record, from the records of its rows, and from the consents of the person that hold now.
func Open(ctx context.Context, from Reader, form *forms.Form, row record.Row, now time.Time) (*forms.Session, error) {
	s := forms.New(form, now)
	var parts []record.Row
	for _, section := range form.Sections {
		for _, f := range section.Fields {
			if f.Type != forms.Rows {
				continue
			}
			rows, err := from.List(ctx, record.Query{
				Kind: f.Kind, Scope: row.Header.Scope, Limit: everything,
				Where: []record.Term{{Field: f.Link, Value: record.OfBytes(row.Header.ID.Bytes())}},
			})
			if err != nil {
				return nil, fmt.Errorf("read the %s of a sheet: %w", f.Kind, err)
			}
			parts = append(parts, rows...)
		}
	}
	s.Load(row, parts...)
	return s, agreed(ctx, from, s, row.Header, now)
}

// agreed answers the questions of consent with what holds.
func agreed(ctx context.Context, from Reader, s *forms.Session, h record.Header, now time.Time) error {
	if len(s.Form().Consents) == 0 {
		return nil
	}
	given, err := consent.Read(ctx, from, h.Scope, h.Subject)
	if err != nil {
		return fmt.Errorf("fill a sheet: %w", err)
	}
	for _, c := range s.Form().Consents {
		if given.Agreed(c.Purpose, now) {
			if err := s.Set(c.Field, "yes"); err != nil {
				return err
			}
		}
	}
	return nil
}

// Pages is how many pages of a sheet a record keeps, each in its own place.
const Pages = 4

// Place returns the field of a record that keeps a page of its signed sheet. The fault is fault.Invalid "sheet.pages" for
// a page beyond those.
func Place(page int) (record.Field, error) {
	if page < 1 || page > Pages {
		return "", fault.New(fault.Invalid, "sheet.pages").With("page", strconv.Itoa(page)).With("most", strconv.Itoa(Pages))
	}
	return record.Field(placePrefix + strconv.Itoa(page)), nil
}

const placePrefix = "sheet_"

// IsPlace reports whether a field keeps a page of a signed sheet.
func IsPlace(field record.Field) bool {
	page, err := strconv.Atoi(strings.TrimPrefix(string(field), placePrefix))
	return err == nil && 1 <= page && page <= Pages && strings.HasPrefix(string(field), placePrefix)
}

// Free returns the page whose place on a record is empty, the first where all are taken: for a page that nobody can read
// the code of.
func Free(row record.Row) int {
	for page := 1; page <= Pages; page++ {
		if row.Value(record.Field(placePrefix + strconv.Itoa(page))).IsNone() {
			return page
		}
	}
	return 1
}
