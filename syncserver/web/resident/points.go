// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"net/http"
	"strconv"

	"yuexin/shared/credit/points"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/audit"
)

// pointsPage shows the schemes of civic points, and what the household of whoever has proved who they are has.
type pointsPage struct {
	*frame
	Year    string
	Own     bool // they belong to a household here
	Schemes []shownScheme
}

type shownScheme struct {
	Name, About string
	Own         string // what the household has, "" where nobody may know
	Waiting     string // and what waits for a second person; "" for nothing
	Doubted     string // and what somebody objects to
	Items       []shownItem
}

type shownItem struct{ Name, Points, Most string }

// onPoints shows what earns points, which everybody may read. A balance is shown to the household only.
func (q *request) onPoints() error {
	policy := q.Points()
	place, err := q.placeOf(q.visit.scope)
	if err != nil {
		return err
	}
	today := q.now.In(china)
	page := pointsPage{frame: q.frame, Year: strconv.Itoa(today.Year())}
	own, err := q.households()
	if err != nil {
		return err
	}
	var ledger *points.Ledger
	if page.Own = len(own) > 0; page.Own {
		if ledger, err = points.Read(q.ctx, q.Desk, own[0].Header.Scope, own[0].Header.Subject); err != nil {
			return err
		}
		h := own[0].Header
		if err = q.noteRead("points", audit.Touch{Kind: points.Kind, Scope: h.Scope, Subject: h.Subject}); err != nil {
			return err
		}
	}
	n := func(n int64) string { return strconv.FormatInt(n, 10) }
	for _, s := range policy.Schemes() {
		one := shownScheme{Name: s.Name.In(q.Lang()), About: s.About.In(q.Lang())}
		if ledger != nil {
			b := ledger.Balance(own[0].Header.Subject, s.ID, today.Year(), today)
			one.Own = q.T("resident.points.own", "n", n(b.Points))
			if b.Waiting > 0 {
				one.Waiting = q.T("resident.points.waiting", "n", n(b.Waiting))
			}
			if b.Doubted > 0 {
				one.Doubted = q.T("resident.points.doubted", "n", n(b.Doubted))
			}
		}
		for _, it := range policy.Items(place, s.ID) {
			one.Items = append(one.Items, shownItem{
				it.Name.In(q.Lang()), q.T("resident.points.item", "n", n(it.Points)), q.T("resident.points.most."+string(it.Per), "n", n(int64(it.Most))),
			})
		}
		page.Schemes = append(page.Schemes, one)
	}
	q.titled("resident.points.title", "POINTS")
	return q.show(http.StatusOK, "points", page)
}

// placeOf is where a village is; "" where that is not recorded.
func (q *request) placeOf(scope ident.Scope) (region.Code, error) {
	unit, ok := scope.Unit()
	if !ok {
		return "", nil
	}
	row, err := q.Desk.Get(q.ctx, ident.Record(unit))
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return region.Code(row.Text("region_code")), err
}
