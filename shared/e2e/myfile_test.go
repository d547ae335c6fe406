// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"yuexin/shared/credit/myfile"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/station"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica/theft"
)

const filePIN = "830517"

// at opens the device's folder as its window does, without a network.
func (d *device) at(passphrase string, do func(s *station.Station)) {
	d.t.Helper()
	s, err := station.Open(d.t.Context(), station.Config{Dir: d.dir, Program: d.program, Version: "test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			d.t.Error(err)
		}
	}()
	if err := s.Unlock(d.t.Context(), passphrase); err != nil {
		d.t.Fatal(err)
	}
	do(s)
}

// apply applies one write as the person at the device.
func apply(t *testing.T, s *station.Station, name string, w record.Write) {
	t.Helper()
	base, err := s.Store().Base(t.Context(), w.Header.Scope)
	if err != nil {
		t.Fatal(err)
	}
	act := record.Act{Name: name, Scope: w.Header.Scope, Base: base, Source: s.Book().Access.Source(s.Session().Role), Writes: []record.Write{w}}
	if _, err := s.Store().Apply(t.Context(), act); err != nil {
		t.Fatal(err)
	}
}

func freshID(t *testing.T) ident.Record {
	t.Helper()
	id, err := ident.New[ident.Record](time.Now().UnixMilli(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// giveCard gives a household a file card on a laptop.
func (d *device) giveCard(household, why string) (card myfile.Card) {
	d.t.Helper()
	d.at(password, func(s *station.Station) {
		id, err := ident.Parse[ident.Record](household)
		if err != nil {
			d.t.Fatal(err)
		}
		row, err := s.Store().Get(d.t.Context(), id)
		if err != nil {
			d.t.Fatal(err)
		}
		r := myfile.Request{
			Header: record.Header{ID: freshID(d.t), Scope: row.Header.Scope, Subject: row.Header.Subject}, Of: id, Why: why, Seen: "id_card",
			AtMS: time.Now().UnixMilli(), Sample: true,
		}
		if card, r.Lock, err = s.Book().MyFile.Issue(rand.Reader, filePIN); err != nil {
			d.t.Fatal(err)
		}
		r.Card = card.ID()
		w, err := r.Create()
		if err != nil {
			d.t.Fatal(err)
		}
		apply(d.t, s, "filecard.request", w)
	})
	return card
}

// file opens a card's file on a kiosk; the key of the fault if that does not do.
func (d *device) file(card myfile.Card, pin string) (file *myfile.File, sheet myfile.Sheet, key string) {
	d.t.Helper()
	d.at("", func(s *station.Station) {
		var err error
		if sheet, err = myfile.Find(d.t.Context(), s.Store(), card.ID()); err == nil {
			file, err = card.Open(pin, sheet)
		}
		if err != nil {
			key = fault.From(err).Key
		}
	})
	return file, sheet, key
}

// A resident gets a card at an officer's laptop, reads their file on the kiosk without a network, objects to a value, which the
// officer reads and answers, and loses the card: the old one is dead. Who takes the kiosk learns nothing of the file.
func TestMyFile(t *testing.T) {
	t.Parallel()
	s := running(t)
	village := made.Units[0].Code
	laptop, kiosk := s.enrol("agent", "laptop", village), s.enrol("kiosk", "kiosk", village)
	laptop.sync()
	house := laptop.put("household", entry{Village: village, Fields: map[string]string{
		"head_name": "欧阳示例", "phone": "19900007766", "remark": "只在档案里的一句话", "population": "4", "sample": "是",
	}})[0]
	first := laptop.giveCard(house, "first")
	laptop.sync()
	var file *myfile.File
	var sheet myfile.Sheet
	eventually(t, "the card opens on the kiosk", func() bool {
		kiosk.sync()
		file, sheet, _ = kiosk.file(first, filePIN)
		return file != nil
	})
	if file.Name != "欧阳示例" || len(file.Parts) == 0 || len(file.Missing) == 0 {
		t.Errorf("file %+v", file)
	}
	if _, _, key := kiosk.file(first, "830518"); key != "myfile.pin.wrong" {
		t.Errorf("with another PIN: %s", key)
	}

	kiosk.at("", func(st *station.Station) {
		w, err := myfile.Objection{
			Header: record.Header{ID: freshID(t), Scope: sheet.Header.Scope, Subject: file.Subject}, Of: file.Record, OfKind: file.Kind, Field: "phone",
			Kind: myfile.Correct, Stood: "19900007766", Wanted: "19900006655", Receipt: "004210007385", AtMS: time.Now().UnixMilli(),
		}.Create()
		if err != nil {
			t.Fatal(err)
		}
		apply(t, st, "objection.raise", w)
	})
	stolen := filepath.Join(t.TempDir(), "disk")
	copyTree(t, stolen, kiosk.dir)
	loot, err := theft.Take(t.Context(), stolen, "replica.db")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"欧阳示例", "19900007766", "只在档案里的一句话", "19900006655"} {
		if loot.Finds(record.OfText(text)) {
			t.Errorf("who takes the kiosk reads %s", text)
		}
	}
	kiosk.sync()
	laptop.sync()
	rows := laptop.list("objection")
	if len(rows) != 1 || rows[0].Fields["wanted"] != "19900006655" {
		t.Fatalf("the officer reads %+v", rows)
	}
	laptop.at(password, func(st *station.Station) {
		of, err := ident.Parse[ident.Record](rows[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		w, err := myfile.Answer{
			Header: record.Header{ID: freshID(t), Scope: sheet.Header.Scope, Subject: file.Subject}, Objection: of, Kind: myfile.Kept, Text: "打过，没有人接",
			AtMS: time.Now().UnixMilli(),
		}.Create()
		if err != nil {
			t.Fatal(err)
		}
		apply(t, st, "objection.answer", w)
	})

	second := laptop.giveCard(house, "lost")
	laptop.sync()
	eventually(t, "the new card opens, and the old one is dead", func() bool {
		kiosk.sync()
		_, _, old := kiosk.file(first, filePIN)
		file, _, _ = kiosk.file(second, filePIN)
		return old == "myfile.dead" && file != nil
	})
	if len(file.Said) != 1 || file.Said[0].Wanted != "19900006655" || file.Said[0].Words != "打过，没有人接" {
		t.Errorf("what became of the objection: %+v", file.Said)
	}
	eventually(t, "the laptop that made the cards keeps neither lock", func() bool {
		laptop.sync()
		rows := laptop.list("file_card")
		return len(rows) == 2 && rows[0].Fields["wrapped"]+rows[1].Fields["wrapped"]+rows[0].Fields["card"] == ""
	})
}
