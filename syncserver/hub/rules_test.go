// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"yuexin/shared/sync/record"
)

// narrower is a newer access table, under which an officer reads less.
const narrower = `{"version": 3, "roles": [{"name": "officer", "source": 30, "kinds": {"*": {"read": 2, "create": 2, "edit": 2}}}]}`

// TestNewerRules: a device that is connected while a newer access table comes into force
// comes back by itself and holds every scope in its new version, without what that leaves
// out; another catalogue ends no session.
func TestNewerRules(t *testing.T) {
	w := open(t)
	d := w.device()
	w.canaries()
	changed := d.replica.Watch(t.Context())
	ctx, stop := context.WithCancel(t.Context())
	var beside sync.WaitGroup
	beside.Go(func() { d.client(w.web.URL).Run(ctx) })
	defer beside.Wait()
	defer stop()
	holds := func(version uint32, faith bool) func() bool {
		return func() bool {
			rows, err := d.store.List(t.Context(), record.Query{Kind: "household", Scope: village, Limit: 5})
			w.must(err)
			for _, c := range d.replica.Cursors() {
				if c.Scope == village && c.ViewVersion == version && len(rows) == 1 {
					return rows[0].Value("faith").IsNone() != faith
				}
			}
			return false
		}
	}
	waitFor(t, changed, holds(w.access.Version(), true))

	next, err := record.ParseAccess(strings.NewReader(narrower))
	w.must(err)
	view := func(name string) (record.View, bool) { return next.View(record.Role(name)), true }
	w.must(w.st.SetRules(t.Context(), w.catalogue, next))
	w.hub.SetRules(w.catalogue.Version(), view, true)
	waitFor(t, changed, holds(next.Version(), false))

	w.hub.SetRules(w.catalogue.Version()+1, view, false)
	if !w.hub.Connected()[d.id] {
		t.Error("another catalogue ended the session")
	}
}
