// SPDX-License-Identifier: Apache-2.0

package console

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// place is a village as people name it.
type place struct {
	Scope  ident.Scope
	Name   string // 富溪村
	Around string // 四会市 大沙镇
	code   region.Code
}

// places knows the names of all scopes.
type places struct {
	sorted []place // by region code
	byID   map[ident.Scope]place
}

// places reads the units that the visitor may know of. A unit's record has the
// id of the unit itself.
func (c *Console) places(ctx context.Context, v *visit) (*places, error) {
	p := &places{byID: map[ident.Scope]place{}}
	err := c.each(ctx, v, record.Query{Kind: "unit"}, func(row record.Row) {
		scope := row.Header.Scope
		if scope == ident.Ref {
			scope = ident.UnitScope(ident.Unit(row.Header.ID))
		}
		if scopes := v.user.Login.Scopes; scopes != nil && !slices.Contains(scopes, scope) {
			return
		}
		one := place{Scope: scope, Name: row.Text("name"), code: region.Code(row.Text("region_code"))}
		if path := c.Regions.Path(one.code); len(path) > 0 {
			one.Name = cmp.Or(path[len(path)-1].Short, one.Name)
			one.Around = around(path[:len(path)-1])
		}
		p.sorted = append(p.sorted, one)
		p.byID[scope] = one
	})
	slices.SortFunc(p.sorted, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(a.Name, b.Name))
	})
	return p, err
}

// each calls visit for every record that matches, reading a page at a time.
func (c *Console) each(ctx context.Context, v *visit, q record.Query, visit func(record.Row)) error {
	return eachRow(ctx, c.Store.As(v.user.Login), q, visit)
}

func eachRow(ctx context.Context, from record.Store, q record.Query, visit func(record.Row)) error {
	for row, err := range record.Each(ctx, from, q) {
		if err != nil {
			return err
		}
		visit(row)
	}
	return nil
}

// around returns county and town: what is the same for all of Guangdong and a
// whole city is left out.
func around(path []region.Unit) string {
	var names []string
	for _, u := range path[min(2, len(path)):] {
		names = append(names, u.Short)
	}
	return strings.Join(names, " ")
}

// name returns the village of a scope.
func (p *places) name(scope ident.Scope) string {
	if one, known := p.byID[scope]; known {
		return one.Name
	}
	return string(scope)
}

// shownPlaces is how many villages stand in a line before it says how many
// more there are.
const shownPlaces = 3

// listOf names the villages of a login: all for a nil slice.
func (p *places) listOf(print *i18n.Printer, scopes []ident.Scope) string {
	if scopes == nil {
		return print.T("console.place.all")
	}
	var names []string
	for _, s := range scopes {
		if s != ident.Ref {
			names = append(names, p.name(s))
		}
	}
	text := strings.Join(names[:min(len(names), shownPlaces)], print.T("console.list.comma"))
	if more := len(names) - shownPlaces; more > 0 {
		text += print.T("console.place.more", "n", print.Number(int64(more)))
	}
	return text
}

// org is a bank or another organisation.
type org struct {
	ID   ident.Org
	Name string
	Kind string // a choice of org_kind
}

// orgs reads the organisations by name. An organisation's record has the id of
// the organisation itself.
func (c *Console) orgs(ctx context.Context, v *visit) ([]org, error) {
	var all []org
	err := c.each(ctx, v, record.Query{Kind: "org"}, func(row record.Row) {
		name := cmp.Or(row.Text("short_name"), row.Text("name"))
		all = append(all, org{ID: ident.Org(row.Header.ID), Name: name, Kind: row.Text("org_kind")})
	})
	slices.SortFunc(all, func(a, b org) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name)) })
	return all, err
}

// orgName returns the name of an organisation, "" if it is not among them.
func orgName(orgs []org, id ident.Org) string {
	for _, o := range orgs {
		if o.ID == id {
			return o.Name
		}
	}
	return ""
}

// list returns the villages by region; nil of nil.
func (p *places) list() []place {
	if p == nil {
		return nil
	}
	return p.sorted
}
