// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// note writes an entry into the device's audit log.
func (d *device) note(what string) {
	d.w.t.Helper()
	d.w.must(d.replica.Note(d.w.t.Context(), replica.Session{Actor: ident.Actor{7}}, audit.Entry{Deed: audit.Read, What: what}))
}

// noted returns what the server has of devices' logs, oldest first.
func (w *world) noted() (whats []string) {
	w.t.Helper()
	list, err := w.st.Audited(w.t.Context(), store.AuditQuery{Deed: audit.Read})
	w.must(err)
	for i := range list {
		whats = append(whats, list[len(list)-1-i].What)
	}
	return whats
}

// What a laptop's people looked at offline is with the server when a session has
// settled, once, whatever was lost on the way.
func TestAuditLogTravels(t *testing.T) {
	w := open(t)
	d := w.device()
	d.note("offline 1")
	d.note("offline 2")
	cut := w.talk(d, w.config())
	for range 40 { // the connection breaks at every step, once the server has the entries
		if len(cut.toDevice)+len(cut.toServer) == 0 || len(w.noted()) == 2 {
			break
		}
		events := cut.toServer
		cut.toServer = nil
		for _, ev := range events {
			cut.onServer(ev)
		}
		if len(w.noted()) == 2 {
			break // and the receipt never arrives
		}
		events = cut.toDevice
		cut.toDevice = nil
		for _, ev := range events {
			cut.onDevice(ev)
		}
	}
	d.note("offline 3")
	if !w.talk(d, w.config()).run().Settled {
		t.Fatal("a session does not settle")
	}
	if diff := cmp.Diff([]string{"offline 1", "offline 2", "offline 3"}, w.noted()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if part, err := d.replica.AuditPart(t.Context()); part != nil || err != nil {
		t.Errorf("settled, and entries wait: %v, %v", part, err)
	}
}

// Whoever has a device's key can add to its own log and to no other.
func TestForgedAuditEntries(t *testing.T) {
	w := open(t)
	d := w.device()
	log := audit.Log{Device: d.id}
	body, err := audit.Entry{Number: 1, Deed: audit.Read, What: "another device's"}.Encode()
	w.must(err)
	for name, m := range map[string]*wire.Audit{
		"no entry":           {First: 1, Before: log.Start().Chain, Bodies: [][]byte{[]byte("rubbish")}},
		"of another device":  {First: 1, Before: log.Start().Chain, Bodies: [][]byte{body}},
		"before the first":   {First: 0, Before: log.Start().Chain, Bodies: [][]byte{body}},
		"an empty message":   {},
		"a chain of its own": {First: 1, Bodies: [][]byte{body}},
	} {
		k := w.talk(d, w.config())
		k.run()
		k.onServer(peer.Received{Message: m})
		k.run()
		if got := w.noted(); len(got) > 0 {
			t.Errorf("%s: the server took %v", name, got)
		}
	}
	w.must(w.st.VerifyAudit(t.Context(), nil, func(b store.Breach) { t.Errorf("%s: %s", b.Where, b.What) }))
}

// A device that sent entries knows where the server's own log stood, and its log at
// the server says so.
func TestDeviceIsToldTheServersHead(t *testing.T) {
	w := open(t)
	d := w.device()
	d.note("offline")
	if !w.talk(d, w.config()).run().Settled {
		t.Fatal("the session does not settle")
	}
	list, err := w.st.Audited(t.Context(), store.AuditQuery{Deed: audit.Told})
	w.must(err)
	if len(list) != 1 || list[0].Log.Device != d.id || list[0].Through == 0 || len(list[0].Hash) != 32 {
		t.Fatalf("noted %+v", list)
	}
	w.must(w.st.VerifyAudit(t.Context(), nil, func(b store.Breach) { t.Errorf("%s: %s", b.Where, b.What) }))
}
