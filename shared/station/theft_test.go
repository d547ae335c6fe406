// SPDX-License-Identifier: Apache-2.0

package station

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"

	"yuexin/shared/ident"
	"yuexin/shared/sync/enrol"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica/theft"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/wire"
)

const village ident.Scope = "unit:village"

// enrolled is a kiosk as its enrolment leaves it, with a grant for its village.
func enrolled(t *testing.T, dir string) *Station {
	t.Helper()
	s := open(t, dir, "kiosk")
	_, own, err := s.pendingKeys()
	if err != nil {
		t.Fatal(err)
	}
	server, err := seal.NewBox(seal.Default, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	e := enrol.Enrolment{
		Device: ident.Device{1}, ShortID: 7, Name: "1 号机", Servers: []string{"http://127.0.0.1:1"}, SyncPath: "/v1/sync",
		Login: enrol.Login{ID: ident.Login{1}, Actor: ident.Actor{1}, Role: "kiosk"},
	}
	if e.ServerBox, err = server.Public(); err != nil {
		t.Fatal(err)
	}
	if e.ServerSign, err = own.device.Public(); err != nil { // any key will do
		t.Fatal(err)
	}
	if err := s.create(t.Context(), e, own, ""); err != nil {
		t.Fatal(err)
	}
	if err := s.writeJSON(enrolmentFile, e); err != nil {
		t.Fatal(err)
	}
	s.Enrolment = e
	if err := os.Remove(s.path(pendingFile)); err != nil {
		t.Fatal(err)
	}
	grant := wire.ControlEntry{Number: 1, Op: wire.ControlGrant, Scope: village, View: "kiosk"}
	if _, err := s.Replica.ApplyControl(t.Context(), []wire.ControlEntry{grant}); err != nil {
		t.Fatal(err)
	}
	return s
}

// handedIn is what a household tells the kiosk, by the real catalogue.
var handedIn = map[record.Field]record.Value{
	"head_name": record.OfText("陈秀英"), "resident_id": record.OfText("441284196110240004"), "phone": record.OfText("19900008888"),
	"address": record.OfText("富溪村三组八号"), "remark": record.OfText("儿子在广州打工"),
	"income_planting": record.OfInt(1_234_567_890_123), "deposits": record.OfInt(7_777_777_777_700),
	"house_no": record.OfText("DS-0815-88"), "group_no": record.OfText("三组东头"), // the last is on every map
}

// A thief has the whole folder of a kiosk after a day's work, key file and
// enrolment included, and gets what is on the door.
func TestStolenKioskFolder(t *testing.T) {
	dir := t.TempDir()
	s := enrolled(t, dir)
	id, err := ident.New[ident.Record](s.Clock.Reading().WallMS, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	base, err := s.Store().Base(t.Context(), village)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Store().Apply(t.Context(), record.Act{
		Name: "household.register", Scope: village, Base: base, Source: record.SelfDeclared,
		Writes: []record.Write{{
			Op: record.Create, Header: record.Header{ID: id, Kind: "household", Scope: village, Subject: ident.Subject(id)}, Fields: handedIn,
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	draft := record.OfText("想借五万元买化肥")
	if _, err := s.Replica.PutDraft(t.Context(), []byte(draft.Text()), s.Clock.Reading().WallMS); err != nil {
		t.Fatal(err)
	}

	folder := filepath.Join(t.TempDir(), "disk") // with the write-ahead log, as after a loss of power
	if err := os.CopyFS(folder, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	loot, err := theft.Take(t.Context(), folder, replicaFile)
	if err != nil {
		t.Fatal(err)
	}
	for field, value := range handedIn {
		def, _ := s.Book().Catalogue.Field("household", field)
		if found := loot.Finds(value); found != (def.Class == record.C1) {
			t.Errorf("%s is of class C%d, and the thief has it: %t", field, def.Class, found)
		}
	}
	if loot.Finds(draft) {
		t.Error("the thief has the draft")
	}
	if loot.Opened["outbox.sealed"] == 0 || loot.Shut["outbox.box"] == 0 || loot.Shut["drafts.sealed"] == 0 {
		t.Errorf("opened %v, shut %v", loot.Opened, loot.Shut)
	}
}
