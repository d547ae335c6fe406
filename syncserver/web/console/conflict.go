// SPDX-License-Identifier: Apache-2.0

package console

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// conflictKinds are the kinds whose disputes people settle, in the order in
// which they are looked through.
var conflictKinds = []record.Kind{"household", "member", "merchant", "demand"}

// scanned is how many records one page of disputes looks through at most; the
// rest is behind a link. Records know of their disputes, queries do not.
const scanned = 4000

type conflictsPage struct {
	*frame
	Items []conflict
	Next  string // address of the rest, "" at the end
}

// conflict is one record with what nobody has settled.
type conflict struct {
	Kind   record.Kind
	Name   string
	Place  string
	Fields []disputedField
}

type disputedField struct {
	Label  string
	Values []candidate
}

// candidate is one value that stands in dispute.
type candidate struct {
	Value  string
	Now    bool // what the records show until somebody decides
	Person string
	Source string
	At     time.Time
}

func (c *Console) onConflicts(w http.ResponseWriter, r *http.Request, v *visit) error {
	ctx := r.Context()
	places, err := c.places(ctx, v)
	if err != nil {
		return err
	}
	rows, next, err := c.disputed(ctx, v, r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	page := conflictsPage{frame: c.frame(v, r, string(PageConflicts))}
	if next != "" {
		page.Next = c.Base + "/conflicts?after=" + url.QueryEscape(next)
	}
	names := c.people()
	for _, row := range rows {
		one, err := c.conflict(ctx, v, row, places, names)
		if err != nil {
			return err
		}
		page.Items = append(page.Items, one)
	}
	return c.show(w, http.StatusOK, "conflicts", page)
}

// disputed looks through the records the visitor sees from a cursor on, at
// most scanned of them. The cursor is a kind and the last id looked at.
func (c *Console) disputed(ctx context.Context, v *visit, cursor string) (found []record.Row, next string, err error) {
	kind, after := readCursor(cursor)
	from := c.Store.As(v.user.Login)
	looked := 0
	for _, k := range conflictKinds[kind:] {
		q := record.Query{Kind: k, After: after, Limit: pageRows}
		for {
			rows, err := from.List(ctx, q)
			if err != nil {
				return nil, "", err
			}
			for _, row := range rows {
				if len(row.Disputed()) > 0 {
					found = append(found, row)
				}
			}
			if len(rows) < pageRows {
				break
			}
			q.After = rows[len(rows)-1].Header.ID
			if looked += len(rows); looked >= scanned {
				return found, string(k) + " " + q.After.String(), nil
			}
		}
		after = ident.Record{}
	}
	return found, "", nil
}

// readCursor returns where to go on; a cursor that cannot be read starts anew.
func readCursor(cursor string) (kind int, after ident.Record) {
	name, id, found := strings.Cut(cursor, " ")
	kind = slices.Index(conflictKinds, record.Kind(name))
	if !found || kind < 0 || after.UnmarshalText([]byte(id)) != nil {
		return 0, ident.Record{}
	}
	return kind, after
}

func (c *Console) conflict(ctx context.Context, v *visit, row record.Row, places *places, names people) (conflict, error) {
	one := conflict{
		Kind: row.Header.Kind, Place: places.name(row.Header.Scope),
		Name: cmp.Or(row.Text("head_name"), row.Text("applicant_name"), row.Text("name"), row.Text("operator_name")),
	}
	show := valueShow{print: v.print, open: c.Access.Allows(v.user.Login.Role, row.Header.Kind, record.C2, record.CanResolve)}
	for _, name := range row.Disputed() {
		def, known := c.Catalogue.Field(row.Header.Kind, name)
		field := disputedField{Label: fieldLabel(v.print, row.Header.Kind, name, known)}
		state := row.Fields[name]
		for _, head := range append([]record.Head{state.Winner}, state.Aside...) {
			person, err := names.of(ctx, head.Actor)
			if err != nil {
				return one, err
			}
			field.Values = append(field.Values, candidate{
				Value: show.text(def, head.Value), Now: head.Version == state.Winner.Version && head.Number == state.Winner.Number,
				Person: person, Source: sourceText(v.print, head.Source), At: head.Stamp.Time(),
			})
		}
		one.Fields = append(one.Fields, field)
	}
	return one, nil
}
