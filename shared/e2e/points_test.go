// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/credit/points"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/station"
	"yuexin/shared/sync/record"
)

// pointWorker is somebody who works on points at a device, with their own passphrase.
type pointWorker struct {
	on         *device
	passphrase string
}

// at opens the device, lets its person in, and shuts it again. The device has no network.
func (w pointWorker) at(t *testing.T, do func(h points.Hand)) {
	t.Helper()
	ctx := t.Context()
	s, err := station.Open(ctx, station.Config{Dir: w.on.dir, Program: w.on.program, Version: "0", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	h := points.Hand{Policy: s.Book().Points, Now: time.Now, Random: rand.Reader}
	switch {
	case w.passphrase == "": // whoever stands before a kiosk
		h.Store, h.Source = s.Store(), record.SelfDeclared
	case w.on.program == "kiosk":
		staff, err := s.OpenStaff(ctx, w.passphrase)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := s.CloseStaff(ctx); err != nil {
				t.Error(err)
			}
		}()
		h.Store, h.Actor, h.Source = staff.Store, staff.Session.Actor, record.Cadre
	default:
		if err := s.Unlock(ctx, w.passphrase); err != nil {
			t.Fatal(err)
		}
		h.Store, h.Actor, h.Source = s.Store(), s.Session().Actor, record.Officer
	}
	do(h)
}

// balances is what households have, by subject and scheme.
type balances map[string]int64

// balances returns what households have this year, as whoever works at the device reads it.
func (w pointWorker) balances(t *testing.T, houses []record.Header) (out balances) {
	w.at(t, func(h points.Hand) {
		l, err := points.Read(t.Context(), h.Store, "", ident.Subject{})
		if err != nil {
			t.Fatal(err)
		}
		out = balances{}
		for _, of := range houses {
			for _, s := range h.Policy.Schemes() {
				if b := l.Balance(of.Subject, s.ID, time.Now().Year(), time.Now()); b.Points != 0 {
					out[of.Subject.String()+" "+s.ID] = b.Points
				}
			}
		}
	})
	return out
}

// TestPointsOffline: two kiosks and a laptop propose, approve, doubt, answer and take back points without a network, also the
// same ones at the same time; afterwards the machines, who works at them and the server have the same balances.
func TestPointsOffline(t *testing.T) {
	t.Parallel()
	s := running(t)
	hall, shop, laptop := s.enrol("kiosk", "hall"), s.enrol("kiosk", "shop"), s.enrol("agent", "laptop")
	hall.sync()
	shop.sync()
	cadre := func(d *device, name, passphrase string, env ...string) pointWorker {
		t.Helper()
		var answer ticket
		args := []string{"enrol", "--program", "kiosk", "--device", d.status().Device, "--person", name, "--role", "cadre"}
		for _, u := range made.Units {
			args = append(args, "--village", u.Code)
		}
		s.do(&answer, args...)
		l := line{program: "kiosk", args: []string{"enrol", "--add", "--ticket", answer.File, "--dir", d.dir}, env: append(env, "YUEXIN_ADDED_PASSPHRASE="+passphrase)}
		if out, err := l.run(t); err != nil {
			t.Fatalf("%s: %v\n%s%s", name, err, out, stderrOf(err))
		}
		return pointWorker{d, passphrase}
	}
	li := cadre(hall, "李村长", "the words of the headman")
	wang := cadre(hall, "王委员", "the words of the committee", "YUEXIN_PASSPHRASE=the words of the headman")
	zhang := cadre(shop, "张会计", "the words of the accountant")
	chen := pointWorker{laptop, password}
	anybody := pointWorker{hall, ""}
	devices := []*device{hall, shop, laptop}
	sync := func() {
		t.Helper()
		for range 2 { // what one sends the others fetch
			for _, d := range devices {
				if st := d.sync(); st.Waiting+st.Refused+st.Quarantined != 0 {
					t.Fatalf("%s after the sync: %+v", d.dir, st)
				}
			}
		}
	}
	sync()

	var houses []record.Header
	chen.at(t, func(h points.Hand) {
		rows, err := points.Households(t.Context(), h.Store, "")
		if err != nil || len(rows) < 2 {
			t.Fatalf("%d households, %v", len(rows), err)
		}
		houses = []record.Header{rows[0].Header, rows[1].Header}
	})
	propose := func(w pointWorker, house int, item string) (id ident.Record) {
		t.Helper()
		w.at(t, func(h points.Hand) {
			e, err := h.Propose(t.Context(), points.Ask{Household: houses[house].ID, Item: item})
			if err != nil {
				t.Fatal(err)
			}
			id = e.Header.ID
		})
		return id
	}
	does := func(w pointWorker, what func(points.Hand) error) {
		t.Helper()
		w.at(t, func(h points.Hand) {
			if err := what(h); err != nil {
				t.Fatal(err)
			}
		})
	}
	approve := func(entry ident.Record) func(points.Hand) error {
		return func(h points.Hand) error { return h.Approve(t.Context(), entry) }
	}

	// A day without a link. Two cadres at one kiosk settle an entry between them.
	clean := propose(li, 0, "clean")
	li.at(t, func(h points.Hand) {
		if err := h.Approve(t.Context(), clean); fault.From(err).Key != "points.own" {
			t.Errorf("who proposed it approves: %v", err)
		}
	})
	does(wang, approve(clean))
	if got := anybody.balances(t, houses); !cmp.Equal(got, balances{houses[0].Subject.String() + " governance": 2}) {
		t.Errorf("the kiosk alone, before any sync: %v", got)
	}
	volunteer, neighbour := propose(zhang, 1, "volunteer"), propose(chen, 0, "neighbour")
	sync()

	// Another one. The same entry is approved twice, by two who know nothing of each other, and what counts is doubted here and
	// taken back there.
	does(li, approve(volunteer))
	does(chen, approve(volunteer))
	does(zhang, approve(neighbour))
	pens := propose(wang, 1, "pens")
	does(li, approve(pens))
	does(anybody, func(h points.Hand) error { return h.Object(t.Context(), clean, "not_done") })
	var back ident.Record
	does(zhang, func(h points.Hand) error {
		e, err := h.TakeBack(t.Context(), clean, "")
		back = e.Header.ID
		return err
	})
	sync()
	does(wang, func(h points.Hand) error { return h.Answer(t.Context(), clean, points.Kept, "") })
	does(chen, func(h points.Hand) error { return h.Object(t.Context(), pens, "other") })
	does(chen, approve(back))
	sync()

	want := balances{houses[1].Subject.String() + " civility": 5, houses[0].Subject.String() + " civility": 3}
	for name, w := range map[string]pointWorker{
		"the hall": anybody, "the shop": {shop, ""}, "李": li, "张": zhang, "the laptop": chen,
	} {
		if diff := cmp.Diff(want, w.balances(t, houses)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
	got := balances{}
	for _, u := range made.Units {
		var all []struct {
			Subject, Scheme string
			Points          int64
		}
		s.do(&all, "points", "balance", u.Code)
		for _, b := range all {
			if b.Points != 0 {
				got[b.Subject+" "+b.Scheme] = b.Points
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the server: -want +got:\n%s", diff)
	}
}
