// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"fmt"
	"strings"
	"testing"

	"yuexin/shared/sync/record"
	"yuexin/shared/sync/snapshot"
	"yuexin/syncserver/store/storetest"
)

// TestFirstSyncCostsWhatLives: of a village that had 1,100 households and has 100, a
// device gets 100, as rows and as a snapshot. One that is restored later comes whole to
// a device that never had it, one that is deleted later goes.
func TestFirstSyncCostsWhatLives(t *testing.T) {
	const dead, live = 1_000, 100
	for _, how := range []string{"rows", "snapshot"} {
		t.Run(how, func(t *testing.T) {
			w := &world{t: t, catalogue: storetest.Catalogue(t), access: storetest.Access(t)}
			if how == "snapshot" {
				rule, err := snapshot.ParseRule(strings.NewReader(`{
					"version": 1, "kinds": ["household"], "chunk_rows": 30, "least_rows": 50, "stale_percent": 50, "keep_hours": 24, "total_mb": 16}`))
				w.must(err)
				w.snapshots = rule
			}
			w.open()
			a := author{storetest.Enrol(t, w.st, "author", "officer", village)}
			var all []record.Header
			var sets []record.ChangeSet
			put := func(write record.Write) {
				if sets = append(sets, a.Make(a.Seen(t, w.st, village), write)); len(sets) == record.MaxFrameSets || len(all) == dead+live {
					a.commit(w, sets)
					sets = nil
				}
			}
			for n := range dead + live {
				h := a.Header(t, "household", village)
				all = append(all, h)
				put(storetest.Create(h, storetest.Fields{"village": storetest.Text("大沙村"), "holder": storetest.Text(fmt.Sprintf("示例%d", n))}))
			}
			for from := 0; from < dead; from += record.MaxFrameSets {
				base := a.Seen(t, w.st, village)
				for _, h := range all[from : from+record.MaxFrameSets] {
					sets = append(sets, a.Make(base, storetest.Delete(h)))
				}
				a.commit(w, sets)
				sets = nil
			}

			d := w.device()
			metrics, _, url := w.serveCut()
			if !d.once(url) || d.households() != live || d.kept("base") != live {
				t.Fatalf("%d households are shown, %d rows held, want %d", d.households(), d.kept("base"), live)
			}
			if out := count(metrics.BytesOut); out > 10_000 {
				t.Errorf("a first sync of %d households cost %.0f bytes", live, out)
			}
			back := storetest.Edit(all[3], storetest.Fields{record.Deleted: record.OfBool(false)})
			a.commit(w, []record.ChangeSet{a.Make(a.Seen(t, w.st, village), back)})
			a.commit(w, []record.ChangeSet{a.Make(a.Seen(t, w.st, village), storetest.Delete(all[dead]))})
			if !d.once(url) || d.households() != live || d.text(all[3], "holder") != "示例3" || count(metrics.Repairs) != 0 {
				t.Errorf("%d households after one came back and one went; it shows %q", d.households(), d.text(all[3], "holder"))
			}
		})
	}
}
