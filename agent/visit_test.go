// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"
	"time"

	"yuexin/agent/device"
	"yuexin/agent/flow"
	"yuexin/shared/credit/consent"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica"
)

// pictures are a signature and a photo.
func pictures(t *testing.T) (signature, photo []byte) {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 60, 30))
	img.SetGray(5, 5, color.Gray{Y: 200})
	var a, b bytes.Buffer
	if err := png.Encode(&a, img); err != nil {
		t.Fatal(err)
	}
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return a.Bytes(), b.Bytes()
}

// agrees keeps the consent of a household, as it was given when it was registered.
func (l *laptop) agrees(desk *flow.Desk, h record.Header) {
	l.t.Helper()
	c, err := desk.Book.Consent.Give(consent.Consent{
		Header: record.Header{ID: ident.Record{7}, Scope: h.Scope, Subject: h.Subject}, Recipient: ident.Org{1},
		Purpose: "household_file", Given: consent.Paper, Giver: "陈秀英",
	}, time.Now())
	if err == nil {
		_, err = desk.Store.Apply(l.t.Context(), record.Act{Name: "consent", Scope: h.Scope, Writes: []record.Write{c.Create()}})
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

// TestVisitOnALaptop: on a real replica, a visit of two persons whose laptop dies between any two steps. Nothing of it is
// lost or asked for again; who accompanies signs with their own key, while the laptop stays open for who leads; and all of
// it waits to be sent.
func TestVisitOnALaptop(t *testing.T) {
	ctx := t.Context()
	l := newLaptop(t)
	session := flow.NewSession(l, time.Now)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	die := func() { // all that is in memory goes; what was told to be saved is on the disk
		t.Helper()
		session.Lock()
		check(session.Unlock(ctx, passphrase))
	}
	check(session.Unlock(ctx, passphrase))
	const second = "陪访人想好的一句口令"
	other := ident.Actor{0xB}
	check(l.station.Replica.AddUser(ctx, replica.NewUser{Actor: other, Name: "李金华", Passphrase: second, Login: ident.Login{2}, Role: "officer"}))
	l.register(session.Desk(), "陈秀英")
	list := session.Desk().Households()
	check(list.Read(ctx))
	of := list.Lines()[0].ID
	row, err := session.Desk().Store.Get(ctx, of)
	check(err)
	l.agrees(session.Desk(), row.Header)

	id, err := session.Desk().BeginVisit(ctx, of, flow.VisitStart{Purpose: "rating", Second: other, With: "李金华"})
	check(err)
	signature, photo := pictures(t)
	for _, step := range []func(x *flow.Visit) error{
		func(x *flow.Visit) error { return x.Acknowledge(ctx, "陈秀英", signature) },
		func(x *flow.Visit) error {
			return x.Locate(ctx, device.Fix{Lat: 230469470, Lon: 1124650120, Accuracy: 8, Source: device.FromGPSD, At: time.Now()}.Answer())
		},
		func(x *flow.Visit) error {
			return session.Desk().Attach(ctx, x.Photos, "photo", bytes.NewReader(photo))
		},
		func(x *flow.Visit) error {
			e, err := x.Form(ctx)
			if err == nil {
				check(e.Session.Set("visit_result", "done"))
				_, _, err = e.Save(ctx)
			}
			return err
		},
		func(x *flow.Visit) error { return x.SignResident(ctx, signature) },
		func(x *flow.Visit) error {
			for wrong, key := range map[string]string{passphrase: "replica.beside", "nobody's passphrase": "replica.passphrase", "": "agent.unlock.empty"} {
				if err := session.Beside(ctx, wrong, nil); fault.From(err).Key != key || fault.From(err).Field != "passphrase" {
					t.Errorf("%q: %v", wrong, err)
				}
			}
			err := session.Beside(ctx, second, func(theirs *flow.Desk) error { return x.Sign(ctx, theirs) })
			if session.Desk().Name != "陈建国" || l.station.Person() != "陈建国" {
				t.Error("who leads has left the laptop")
			}
			return err
		},
		func(x *flow.Visit) error {
			_, err := x.End(ctx)
			return err
		},
	} {
		x, err := session.Desk().Visit(ctx, id)
		check(err)
		check(step(x))
		die()
	}
	x, err := session.Desk().Visit(ctx, id)
	check(err)
	if x.Ended == "" {
		t.Error("the visit has not ended")
	}

	unsent, err := l.Unsent(ctx)
	check(err)
	reading, _, err := l.Reading(ctx)
	check(err)
	e, err := session.Desk().DayEnd(ctx, l, reading, unsent)
	check(err)
	if e.Clean || e.Acts != reading.Waiting || e.Acts != 10 || len(e.Files) != 3 || len(e.Visits) != 1 || !e.Visits[0].Pending || e.Visits[0].State != flow.VisitEnded {
		t.Errorf("at the end of the day: %+v", e)
	}
	for _, f := range e.Files {
		if f.Title == "" || f.Title == session.Desk().T("blob.value") || f.Size == "" {
			t.Errorf("a file without a name: %+v", f)
		}
	}
}
