// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"
	"time"

	"yuexin/shared/credit/lending"
	"yuexin/shared/ident"
)

type villagesPage struct {
	*frame
	Rows   []villageRow
	Total  villageRow
	Boards bool
}

// villageRow counts the demands of a village.
type villageRow struct {
	Scope                 ident.Scope
	Name, Around          string
	counts                // open ones
	Granted, Refused, All int

	Held, Of int        // of the five elements
	Green    *greenPart // nil where there are no boards
}

func (n *villageRow) add(e entry) {
	n.All++
	n.counts.add(e)
	switch e.status {
	case lending.Credited, lending.Disbursed:
		n.Granted++
	case lending.Declined, lending.Withdrawn:
		n.Refused++
	}
}

// onVillages shows counts per village: class C1, so an analyst sees them too.
func (c *Console) onVillages(w http.ResponseWriter, r *http.Request, v *visit) error {
	places, err := c.places(r.Context(), v)
	if err != nil {
		return err
	}
	page := villagesPage{frame: c.frame(v, r, string(PageVillages)), Boards: c.boarded()}
	entries, err := c.entries(r.Context(), v, places, page.Now.UnixMilli())
	if err != nil {
		return err
	}
	byScope := map[ident.Scope][]entry{}
	for _, e := range entries {
		byScope[e.scope] = append(byScope[e.scope], e)
		page.Total.add(e)
	}
	for _, p := range places.sorted {
		row := villageRow{Scope: p.Scope, Name: p.Name, Around: p.Around}
		for _, e := range byScope[p.Scope] {
			row.add(e)
		}
		if page.Boards {
			b, err := c.boards.of(r.Context(), p.Scope, page.Now.Format(time.DateOnly))
			if err != nil {
				return err
			}
			row.Held, row.Of = b.Held()
			row.Green = c.green(v, b.Green)
		}
		page.Rows = append(page.Rows, row)
	}
	return c.show(w, http.StatusOK, "villages", page)
}
