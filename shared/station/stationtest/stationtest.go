// SPDX-License-Identifier: Apache-2.0

// Package stationtest makes, for tests, enrolled stations and the administrators whose
// rules they take, without a server: what a server would send is put into the replica.
package stationtest

import (
	"crypto/rand"
	"encoding/json"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yuexin/assets"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/ident"
	"yuexin/shared/station"
	"yuexin/shared/sync/enrol"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/wire"
)

// Village is the scope that a station holds beside ref.
const Village ident.Scope = "unit:village"

// Passphrase opens a laptop.
const Passphrase = "四个不相干的词语凑"

// Admin is an administrator with their key.
type Admin struct {
	seal.AdminPrivate
	Known seal.AdminPublic
}

// NewAdmin draws an administrator's key.
func NewAdmin(t testing.TB) Admin {
	t.Helper()
	private, err := seal.NewAdmin(seal.Default, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := private.Public()
	if err != nil {
		t.Fatal(err)
	}
	return Admin{private, public}
}

// Sign returns the edition as the administrator signed it.
func (a Admin) Sign(t testing.TB, e rulebook.Edition) rulebook.Edition {
	t.Helper()
	var err error
	e.By = a.Known.ID().String()
	if e.Signature, err = a.AdminPrivate.Sign.Sign(rand.Reader, rulebook.Context, e.SignedBytes()); err != nil {
		t.Fatal(err)
	}
	return e
}

// Later returns a file of the program's own rules as a newer version, with texts
// replaced, for every device at once; it is not signed yet.
func Later(t testing.TB, folder, file string, version string, replace ...string) rulebook.Edition {
	t.Helper()
	data, err := fs.ReadFile(assets.Folder(folder), file)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(append(replace, `"version": 1`, `"version": `+version)...).Replace(string(data))
	e, err := rulebook.Draft(file, text)
	if err != nil {
		t.Fatal(err)
	}
	e.Percent = 100
	return e
}

// cheap is a cost of passphrases that tests can afford.
var cheap = seal.Params{Time: 1, Threads: 1, MemoryKiB: 64}

// New makes an enrolled station, which knows the administrators, in a folder and opens
// it: of the program "kiosk", or "agent", which is unlocked. It is closed with the test.
func New(t testing.TB, dir, program string, admins ...Admin) *station.Station {
	t.Helper()
	sign, err := seal.NewSign(seal.Default, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	e := enrol.Enrolment{
		Device: ident.Device{1}, ShortID: 7, Name: "1 号机", Servers: []string{"http://127.0.0.1:1"}, SyncPath: "/v1/sync",
		Login: enrol.Login{ID: ident.Login{1}, Actor: ident.Actor{1}, Role: "kiosk", Display: "陈建国"},
	}
	setup := replica.Setup{Key: sign, Identity: replica.Identity{
		Profile: replica.Kiosk, Device: e.Device, ShortID: e.ShortID, Name: e.Name, Server: e.Servers[0],
	}}
	if program == "agent" {
		e.Login.Role, setup.Profile = "officer", replica.Laptop
		setup.User = &replica.NewUser{Actor: e.Login.Actor, Name: e.Login.Display, Passphrase: Passphrase}
	}
	for _, a := range admins {
		e.Admins = append(e.Admins, a.Known)
	}
	box, err := seal.NewBox(seal.Default, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if e.ServerBox, err = box.Public(); err != nil {
		t.Fatal(err)
	}
	if e.ServerSign, err = sign.Public(); err != nil { // any key will do
		t.Fatal(err)
	}
	setup.ServerBox, setup.Admins = e.ServerBox, e.Admins
	enrolled(t, dir, e, setup)
	s := Open(t, dir, program)
	if program == "agent" {
		if err := s.Unlock(t.Context(), Passphrase); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// enrolled leaves in a folder what an enrolment does.
func enrolled(t testing.TB, dir string, e enrol.Enrolment, setup replica.Setup) {
	t.Helper()
	book, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"))
	if err != nil {
		t.Fatal(err)
	}
	var clock station.Clock
	r, err := replica.Create(t.Context(), filepath.Join(dir, "replica.db"), setup, replica.Options{
		Clock: clock.Reading, Random: rand.Reader, Catalogue: book.Catalogue, Access: book.Access, Cost: cheap,
	})
	if err != nil {
		t.Fatal(err)
	}
	view := string(e.Login.Role)
	_, err = r.ApplyControl(t.Context(), []wire.ControlEntry{
		{Number: 1, Op: wire.ControlGrant, Scope: ident.Ref, View: view}, {Number: 2, Op: wire.ControlGrant, Scope: Village, View: view},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "enrolment.json"), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Open opens a station's folder; it is closed with the test.
func Open(t testing.TB, dir, program string) *station.Station {
	t.Helper()
	s, err := station.Open(t.Context(), station.Config{Dir: dir, Program: program, Version: "test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // a test may have closed it
	return s
}

// Publish puts editions into what a station holds of ref, as a checkpoint of the server
// would bring them.
func Publish(t testing.TB, s *station.Station, editions ...rulebook.Edition) {
	t.Helper()
	cursors := s.Replica.Cursors()
	for i := range cursors {
		if cursors[i].Scope != ident.Ref {
			continue
		}
		cp := &wire.Checkpoint{Cursor: cursors[i], Digest: digestOf(t, s)}
		cp.Cursor.ViewVersion = s.Book().Access.Version()
		var rows []wire.RowDelta
		for _, e := range editions {
			cp.Cursor.Version++
			id, err := ident.New[ident.Record](int64(cp.Cursor.Version), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			w := e.Write(id)
			row := wire.RowDelta{Header: w.Header}
			for f, v := range w.Fields {
				at := cp.Cursor.Version
				state := record.FieldState{Value: v, Version: at, Winner: record.Head{Value: v, Version: at, Source: record.Authoritative}}
				row.Fields = append(row.Fields, wire.FieldDelta{Field: f, State: state})
				cp.Digest = cp.Digest.Add(wire.FieldHash(id, f, at, v))
			}
			rows = append(rows, row)
		}
		if intact, err := s.Replica.ApplyCheckpoint(t.Context(), rows, cp); err != nil || !intact {
			t.Fatalf("publish: intact %t, %v", intact, err)
		}
		return
	}
	t.Fatal("the station does not hold ref")
}

// digestOf is the sum over what the station holds of ref.
func digestOf(t testing.TB, s *station.Station) (sum wire.Sum) {
	t.Helper()
	rows, err := s.Store().List(t.Context(), record.Query{Kind: rulebook.Kind, Scope: ident.Ref, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for f, state := range row.Fields {
			sum = sum.Add(wire.FieldHash(row.Header.ID, f, state.Version, state.Value))
		}
	}
	return sum
}
