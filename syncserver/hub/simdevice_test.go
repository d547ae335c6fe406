// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"crypto/rand"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/client"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/simtest"
	"yuexin/shared/sync/simtest/model"
	"yuexin/shared/sync/wire"
)

// realDevice is a replica on SQLite behind the client's disk.
type realDevice struct {
	*real
	account model.Account
	clock   func() hlc.Reading
	replica *replica.Replica
	at      string // its folder
	disk    *disk
}

const simPassphrase = "a long passphrase"

func (r *real) device(a model.Account, clock func() hlc.Reading, _ func() ident.Incarnation) simtest.Device {
	d := &realDevice{real: r, account: a, clock: clock, at: r.folder(), disk: r.newDisk()}
	d.disk.folder = d.at
	server, err := r.id.Box.Public()
	r.must(err)
	setup := replica.Setup{
		Identity: replica.Identity{Profile: replica.Laptop, Device: a.Device, ShortID: uint32(r.n), Name: "device", Server: "sim"},
		Key:      r.keys[a.Device], ServerBox: server,
	}
	if a.Role == recordtest.Kiosk {
		setup.Identity.Profile = replica.Kiosk
	} else {
		setup.User = &replica.NewUser{Actor: a.Actor, Name: "示例", Passphrase: simPassphrase, Person: r.persons[a.Actor]}
	}
	d.replica, err = replica.Create(r.t.Context(), filepath.Join(d.at, "replica.db"), setup, d.options())
	r.must(err)
	r.open[d.at] = d.replica.Close
	r.devices = append(r.devices, d)
	return d
}

func (d *realDevice) options() replica.Options {
	return replica.Options{
		Clock: d.clock, Random: rand.Reader, Catalogue: d.rules.Catalogue, Access: d.rules.Access,
		Cost: seal.Params{Time: 1, Threads: 1, MemoryKiB: 64},
	}
}

func (d *realDevice) start(dir string) {
	r, err := replica.Open(d.t.Context(), filepath.Join(dir, "replica.db"), d.options())
	d.must(err)
	if d.account.Role != recordtest.Kiosk {
		_, err = r.Unlock(d.t.Context(), d.account.Actor, simPassphrase)
		d.must(err)
	}
	d.replica, d.at = r, dir
	d.disk.set(func() { d.disk.folder = dir })
	d.open[dir] = r.Close
}

// Crash implements simtest.Device.
func (d *realDevice) Crash(bool) {
	d.disk.lift(func() {
		dir := d.copied(d.at)
		d.shut(d.at)
		d.start(dir)
	})
}

// Clone implements simtest.Device.
func (d *realDevice) Clone(clock func() hlc.Reading, _ func() ident.Incarnation) simtest.Device {
	c := &realDevice{real: d.real, account: d.account, clock: clock, disk: d.newDisk()}
	c.start(d.copied(d.at))
	d.devices = append(d.devices, c)
	return c
}

// Do implements simtest.Device.
func (d *realDevice) Do(eff peer.Effect) (peer.Event, error) {
	disk := client.NewDisk(client.Config{
		Replica: d.replica, Device: d.account.Device, Program: "sim", Reading: d.clock, Log: slog.New(slog.DiscardHandler),
	})
	return disk.Do(d.t.Context(), eff)
}

func (d *realDevice) as(role record.Role) record.Store {
	return d.replica.As(d.session(role))
}

func (d *realDevice) session(role record.Role) replica.Session {
	return replica.Session{Actor: d.account.Actor, Login: d.account.Login, Role: role}
}

// Full implements simtest.Device, by any of the ills.
func (d *realDevice) Full(full bool) { d.disk.falls(full) }

// Incarnation implements simtest.Device.
func (d *realDevice) Incarnation() ident.Incarnation { return d.replica.Incarnation() }

// Control implements simtest.Device.
func (d *realDevice) Control() wire.ControlEnd {
	end, err := d.replica.Control(d.t.Context())
	d.must(err)
	return end
}

// Trail implements simtest.Device.
func (d *realDevice) Trail() wire.TrailEnd {
	end, err := d.replica.AuditEnd(d.t.Context())
	d.must(err)
	return end
}

// Off implements simtest.Device.
func (d *realDevice) Off() bool {
	off, err := d.replica.SwitchedOff(d.t.Context())
	d.must(err)
	return off
}

// Base implements simtest.Device.
func (d *realDevice) Base(scope ident.Scope) record.Base {
	b, err := d.as(d.account.Role).Base(d.t.Context(), scope)
	if err != nil { // the scope is not held
		return record.Base{}
	}
	return b
}

// Apply implements simtest.Device.
func (d *realDevice) Apply(act record.Act) (record.Receipt, error) {
	receipt, err := d.as(d.account.Role).Apply(d.t.Context(), act)
	if err != nil {
		d.settle(act)
		return receipt, err
	}
	note := d.replica.Note(d.t.Context(), d.session(d.account.Role), audit.Entry{Deed: audit.Read, What: fmt.Sprint(d.noted)})
	if d.did(d.disk, note) { // whoever writes has read
		d.noted++
	}
	return receipt, nil
}

// settle lets a resolve that the disk did not sync be gone for good. What was written and
// not synced may be there after a crash, as after any failed commit; of a resolve the
// world has to know, since it writes a value of somebody else once more. The next
// commit goes over it.
func (d *realDevice) settle(act record.Act) {
	if act.Writes[0].Op != record.Resolve {
		return
	}
	d.disk.lift(func() {
		if d.replica.Note(d.t.Context(), d.session(d.account.Role), audit.Entry{Deed: audit.Read, What: fmt.Sprint(d.noted)}) == nil {
			d.noted++
		}
	})
}

// Discard implements simtest.Device.
func (d *realDevice) Discard(link record.Link) error {
	return d.replica.Discard(d.t.Context(), d.session(d.account.Role), link)
}

// Scopes implements simtest.Device.
func (d *realDevice) Scopes() (out []ident.Scope) {
	for _, c := range d.replica.Cursors() {
		out = append(out, c.Scope)
	}
	return out
}

// Rows implements simtest.Device.
func (d *realDevice) Rows(scope ident.Scope) []record.Row {
	return d.listed(d.as(d.account.Role), scope)
}

// Sees implements simtest.Device.
func (d *realDevice) Sees(id ident.Record) bool {
	_, err := d.as(d.account.Role).Get(d.t.Context(), id)
	if !fault.Is(err, fault.NotFound) {
		d.must(err)
	}
	return err == nil
}

// Kept implements simtest.Device.
func (d *realDevice) Kept() (out []ident.Scope) {
	db, err := sql.Open("sqlite3", filepath.Join(d.at, "replica.db"))
	d.must(err)
	defer db.Close()
	rows, err := db.Query(`SELECT scope FROM snapshots UNION SELECT scope FROM pieces`)
	d.must(err)
	defer rows.Close()
	for rows.Next() {
		var scope ident.Scope
		d.must(rows.Scan(&scope))
		out = append(out, scope)
	}
	d.must(rows.Err())
	return out
}

// Raw implements simtest.Device, by the eyes of one who may see everything.
func (d *realDevice) Raw() (out []wire.RowDelta) {
	for _, row := range d.listed(d.as(recordtest.Desk), "") {
		delta := wire.RowDelta{Header: row.Header}
		for f, state := range row.Fields {
			delta.Fields = append(delta.Fields, wire.FieldDelta{Field: f, State: state})
		}
		out = append(out, delta)
	}
	return out
}

// Receipt implements simtest.Device. Nothing waits when the laws are checked: what
// has no receipt was issued again elsewhere.
func (d *realDevice) Receipt(link record.Link) (record.Receipt, bool) {
	r, err := d.replica.Receipt(d.t.Context(), link)
	if err != nil || r.Outcome == record.Pending && d.Waiting() == 0 {
		return record.Receipt{}, false
	}
	return r, true
}

// Tray implements simtest.Device.
func (d *realDevice) Tray() (out []simtest.Refused) {
	groups, err := d.replica.Tray(d.t.Context())
	d.must(err)
	for _, g := range groups {
		for _, it := range g.Items {
			out = append(out, simtest.Refused{Link: it.Receipt.Link, Act: it.Set.Name})
		}
	}
	return out
}

// Offers implements simtest.Device.
func (d *realDevice) Offers() int {
	list, err := d.replica.Offers(d.t.Context())
	d.must(err)
	return len(list)
}

// Waiting implements simtest.Device.
func (d *realDevice) Waiting() int {
	st, err := d.replica.Status(d.t.Context())
	d.must(err)
	return int(st.Waiting)
}
