// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"testing"
	"time"

	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

// TestDecided: a device hears what became of its quarantined work before it is
// settled, whether it was let pass or refused; also after a restart, and once.
func TestDecided(t *testing.T) {
	for _, pass := range []bool{true, false} {
		w := open(t)
		d, other := w.device(), w.device()
		d.sync()
		h := d.add("甲")
		d.sync()
		d.edit(h, "holder", "乙")
		w.must(w.st.SwitchOff(t.Context(), d.id, true, time.Now()))
		_ = d.client(w.web.URL).Once(t.Context()) // delivers, and is told that it is switched off
		w.must(w.st.SwitchOff(t.Context(), d.id, false, time.Now()))
		d.sync()
		kept, err := w.st.Quarantine(t.Context())
		w.must(err)
		if st, _ := d.replica.Status(t.Context()); len(kept) != 1 || st.Quarantined != 1 {
			t.Fatalf("kept %d, status %+v", len(kept), st)
		}
		_, err = w.st.Decide(t.Context(), store.Decision{Link: kept[0].Link, Pass: pass, Why: "不对", Now: time.Now()})
		w.must(err)
		d.sync()
		want, refused := "乙", 0
		if !pass {
			want, refused = "甲", 1
		}
		if st, _ := d.replica.Status(t.Context()); st.Quarantined != 0 || st.Waiting != 0 || st.Refused != refused {
			t.Errorf("pass %v: status %+v", pass, st)
		}
		if r, err := d.replica.Receipt(t.Context(), kept[0].Link); err != nil || !r.Decided || r.Outcome.Applied() != pass || pass && r.Outcome != record.Accepted {
			t.Errorf("pass %v: receipt %+v, %v", pass, r, err)
		}
		other.sync()
		if got := other.text(h, "holder"); got != want || d.text(h, "holder") != want {
			t.Errorf("pass %v: others read %q, the author %q, want %q", pass, got, d.text(h, "holder"), want)
		}
	}
}
