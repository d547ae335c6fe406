// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"yuexin/shared/ident"
	"yuexin/syncserver/store"
)

// Edition is a published edition of the rules, with the stage that counts now.
type Edition struct {
	What      string // a code of the catalogue: form, lending, …
	Name      string // of a form; "" for what there is one of
	Title     string // as devices report it and commands take it: "form household 2"
	Version   uint32
	By        string // the administrator's key
	At        time.Time
	Percent   int64         // of the devices that take it; 0: stopped
	Scopes    []ident.Scope // only devices that hold one of these; nil: all
	NotBefore time.Time
	InForce   bool // at the server
	Stages    int  // how often it got another stage since
}

// Editions returns what was published, newest first.
type Editions func(ctx context.Context) ([]Edition, error)

type rulesPage struct {
	*frame
	Editions []editionRow
	Silent   int    // devices that do not say what they work by
	Staged   string // the title for which the command is shown; "" for none
}

type editionRow struct {
	Edition
	Places       string
	Devices, All int // that work by it, of those that say what they work by
	Everybody    bool
}

// onRules shows what became of every publication. Nothing is published here: the key of
// an administrator is not on the server.
func (c *Console) onRules(w http.ResponseWriter, r *http.Request, v *visit) error {
	devices, err := c.Store.Devices(r.Context())
	if err != nil {
		return err
	}
	places, err := c.places(r.Context(), v)
	if err != nil {
		return err
	}
	var list []Edition
	if c.Editions != nil {
		if list, err = c.Editions(r.Context()); err != nil {
			return err
		}
	}
	page := rulesPage{frame: c.frame(v, r, string(PageRules))}
	devices = slices.DeleteFunc(devices, func(d store.Device) bool { return d.Off })
	for _, d := range devices {
		if d.Status.Rules == "" {
			page.Silent++
		}
	}
	for _, e := range list {
		row := editionRow{Edition: e, Everybody: e.Scopes == nil, All: len(devices) - page.Silent}
		if !row.Everybody {
			row.Places = places.listOf(v.print, e.Scopes)
		}
		for _, d := range devices {
			if slices.Contains(strings.Split(d.Status.Rules, "\n"), e.Title) {
				row.Devices++
			}
		}
		if page.Staged == "" && e.InForce && e.Percent < 100 {
			page.Staged = e.Title
		}
		page.Editions = append(page.Editions, row)
	}
	return c.show(w, http.StatusOK, "rules", page)
}
