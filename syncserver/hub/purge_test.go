// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/replica/theft"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/fleet"
	"yuexin/syncserver/hub"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/storetest"
)

// kiosk enrols a kiosk: its key file opens all that it pulls of class C1, so that
// what a thief finds with it is what the disk holds.
func (w *world) kiosk() *device {
	w.t.Helper()
	w.n++
	key, err := seal.NewSign(seal.Default, rand.Reader)
	w.must(err)
	public, err := key.Public()
	w.must(err)
	code := sha256.Sum256([]byte{byte(w.n)})
	w.must(w.st.AddEnrolment(w.t.Context(), store.Enrolment{
		CodeHash: code, Name: fmt.Sprint("kiosk ", w.n), Program: "kiosk", Actor: ident.Actor{byte(w.n + 1)}, Display: "示例机", Role: "kiosk",
		Scopes: []ident.Scope{ident.Ref, village}, Expires: time.Now().Add(time.Hour),
	}))
	e, err := w.st.Redeem(w.t.Context(), code, store.NewDevice{Public: public.Encode(), Incarnation: ident.Incarnation{1}, Program: "kiosk/1"}, time.Now())
	w.must(err)
	server, err := w.id.Box.Public()
	w.must(err)
	d := &device{w: w, id: e.Device, at: filepath.Join(w.t.TempDir(), "replica.db")}
	d.replica, err = replica.Create(w.t.Context(), d.at, replica.Setup{
		Identity: replica.Identity{Profile: replica.Kiosk, Device: e.Device, ShortID: e.ShortID, Name: e.Name, Server: w.web.URL},
		Key:      key, ServerBox: server,
	}, replica.Options{Clock: reading, Random: rand.Reader, Catalogue: w.catalogue, Access: w.access})
	w.must(err)
	w.t.Cleanup(func() { w.must(d.replica.Close()) })
	return d
}

// rob copies the kiosk's disk, key file included, as it is at this moment.
func (d *device) rob() *theft.Loot {
	d.w.t.Helper()
	folder := filepath.Join(d.w.t.TempDir(), "disk")
	d.w.must(os.CopyFS(folder, os.DirFS(filepath.Dir(d.at))))
	loot, err := theft.Take(d.w.t.Context(), folder, filepath.Base(d.at))
	d.w.must(err)
	return loot
}

// holds fails unless a thief finds exactly these of the canaries.
func (d *device) holds(when string, want ...record.Value) {
	d.w.t.Helper()
	loot := d.rob()
	for _, v := range append([]record.Value{open1}, closed...) {
		wanted := false
		for _, one := range want {
			wanted = wanted || one.Equal(v)
		}
		if loot.Finds(v) != wanted {
			d.w.t.Errorf("%s: the disk holds %v: %v", when, v.Type(), !wanted)
		}
	}
}

// The canaries: one value that a kiosk may hold, and those that it may not.
var (
	open1  = record.OfText("金丝雀村口")
	closed = []record.Value{record.OfText("金丝雀户主"), record.OfInt(9_182_736_455_463), record.OfText("金丝雀信仰")}
)

func (w *world) canaries() {
	w.t.Helper()
	desk := w.st.As(storetest.Everyone())
	id, err := ident.New[ident.Record](time.Now().UnixMilli(), rand.Reader)
	w.must(err)
	h := record.Header{ID: id, Kind: "household", Scope: village, Subject: ident.Subject(id)}
	_, err = desk.Apply(w.t.Context(), record.Act{Name: "test", Scope: village, Source: record.Officer, Writes: []record.Write{{
		Op: record.Create, Header: h,
		Fields: map[record.Field]record.Value{"village": open1, "holder": closed[0], "income": closed[1], "faith": closed[2]},
	}}})
	w.must(err)
}

// taken returns what the server knows of what it took from a device.
func (d *device) taken() []fleet.Order {
	d.w.t.Helper()
	dev, err := d.w.st.Device(d.w.t.Context(), d.id)
	d.w.must(err)
	log, err := d.w.st.Orders(d.w.t.Context(), d.id)
	d.w.must(err)
	return fleet.Taken(dev, log)
}

// proved syncs until the server has the device's word for all that was taken: it may
// be on its way when a session ends, and is said again in the next.
func (d *device) proved() []fleet.Order {
	d.w.t.Helper()
	for n := 0; ; n++ {
		d.sync()
		o := d.taken()
		open := slices.ContainsFunc(o, func(one fleet.Order) bool { return one.Standing != fleet.Signed || one.Done.IsZero() })
		if !open || n == 50 {
			return o
		}
	}
}

// TestRawReplica: a kiosk's replica file, opened with its own key, holds no value of
// a field that its view excludes; and after the scope is revoked, nothing of it.
func TestRawReplica(t *testing.T) {
	w := open(t)
	d := w.kiosk()
	w.canaries()
	d.sync()
	d.holds("pulled", open1)

	w.must(w.st.Revoke(t.Context(), d.id, village, time.Now()))
	if o := d.taken(); len(o) != 1 || o[0].Standing != fleet.Waiting {
		t.Errorf("before it connects: %+v", o)
	}
	d.sync()
	d.holds("revoked")
	if o := d.proved(); len(o) != 1 || o[0].Standing != fleet.Signed || o[0].Done.IsZero() {
		t.Errorf("after that: %+v", o)
	}
}

// TestNarrowerView: a view that holds less from now on is a revocation: what it
// excludes is gone from the disk, and the device's signature says so.
func TestNarrowerView(t *testing.T) {
	w := open(t)
	d := w.kiosk()
	w.canaries()
	d.sync()
	d.holds("pulled", open1)

	narrow, err := record.ParseAccess(strings.NewReader(`{"version": 3, "roles": [{"name": "kiosk", "source": 10, "kinds": {"unit": {"read": 1}}}]}`))
	w.must(err)
	cfg := w.config()
	cfg.View = func(name string) (record.View, bool) { return narrow.View(record.Role(name)), true }
	newer := hub.New(cfg)
	web := httptest.NewServer(newer)
	defer func() {
		w.must(newer.Close(context.Background()))
		web.Close()
	}()
	w.web, web = web, w.web
	defer func() { w.web, web = web, w.web }()
	d.sync()
	d.holds("under a narrower view")
	o := d.proved()
	if len(o) == 0 {
		t.Fatal("nothing was taken from the device")
	}
	for _, one := range o {
		if one.Standing != fleet.Signed {
			t.Errorf("taken: %+v", one)
		}
	}
	if grants, err := w.st.Grants(t.Context(), d.id); err != nil || len(grants) != 2 {
		t.Errorf("grants: %+v, %v", grants, err)
	}
	d.sync() // nothing is taken a second time
	if again := d.taken(); len(again) != len(o) {
		t.Errorf("taken again: %+v", again)
	}
}

// forgetful is a store without room for what devices confirm, or for what a control log
// lacks.
type forgetful struct {
	hub.Store
	catchUp bool
}

var noRoom = fault.New(fault.Exhausted, "store.full")

func (s forgetful) AckControl(ctx context.Context, device ident.Device, ack wire.ControlAck, now time.Time) error {
	if !s.catchUp {
		return noRoom
	}
	return s.Store.AckControl(ctx, device, ack, now)
}

func (s forgetful) CatchUp(ctx context.Context, device ident.Device, heard wire.ControlEnd, now time.Time) (bool, error) {
	if s.catchUp {
		return true, noRoom
	}
	return s.Store.CatchUp(ctx, device, heard, now)
}

// TestConfirmationIsKeptOrSaidAgain: the session in which the server could not keep that a
// device has purged ends, since the device says it once in each.
func TestConfirmationIsKeptOrSaidAgain(t *testing.T) {
	for name, catchUp := range map[string]bool{"the confirmation": false, "what comes before it": true} {
		t.Run(name, func(t *testing.T) {
			w := open(t)
			d := w.device()
			d.sync()
			w.must(w.st.Revoke(t.Context(), d.id, village, time.Now()))
			log, err := w.st.Control(t.Context(), d.id, 0)
			w.must(err)
			last := log[len(log)-1]
			confirm := func(st hub.Store) peer.Event {
				cfg := w.config()
				cfg.Store = st
				port := hub.NewPort(cfg)
				port.Do(t.Context(), peer.Opened{Device: d.id})
				return port.Do(t.Context(), peer.AckControl{Ack: &wire.ControlAck{Number: last.Number}, Mark: last.Mark})
			}
			if ev, ok := confirm(forgetful{w.st, catchUp}).(peer.Failed); !ok {
				t.Errorf("the session goes on: %+v", ev)
			}
			if ev := confirm(w.st); ev != nil {
				t.Errorf("with room: %+v", ev)
			}
			if dev, err := w.st.Device(t.Context(), d.id); err != nil || dev.Pending != 0 {
				t.Errorf("not confirmed: %d, %v", dev.Pending, err)
			}
		})
	}
}
