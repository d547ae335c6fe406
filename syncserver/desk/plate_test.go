// SPDX-License-Identifier: Apache-2.0

package desk_test

import (
	"crypto/rand"
	"log/slog"
	"testing"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/plate"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/desk"
	"yuexin/syncserver/plates"
)

// doors is a village with plates, and somebody who goes from door to door.
type doors struct {
	*registry
	plater desk.Plater
	keeper plates.Keeper
	homes  []record.Header // 12号, 12号 again, 13号
	hung   []plates.Plate  // at 12号 and 13号
	asked  int64
}

func openDoors(t *testing.T) *doors {
	t.Helper()
	w := &doors{registry: openRegistry(t)}
	keys, err := plates.OpenKeys(t.TempDir(), now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.keeper = plates.Keeper{Store: w.Store, Keys: keys, Now: now, Random: rand.Reader}
	w.plater = desk.Plater{
		Desk: w.Desk, Keeper: func() (plates.Keeper, error) { return w.keeper, nil },
		Policy: func() *plate.Policy { return w.book.Plates }, Log: slog.New(slog.DiscardHandler),
	}
	for i, number := range []string{"12号", "12号", "13号"} {
		h := w.household(byte(i+1), "示例")
		w.apply(w.officer, record.Write{Op: record.Edit, Header: h, Fields: map[record.Field]record.Value{
			"group_no": record.OfText("三组"), "house_no": record.OfText(number), "region_code": record.OfText("441284105203"),
		}})
		w.homes = append(w.homes, h)
	}
	issued, err := plates.Issuer{Store: w.Store, Now: now, Random: rand.Reader}.Issue(t.Context(), w.village)
	if err != nil || len(issued.New) != 2 {
		t.Fatalf("%d plates, %v", len(issued.New), err)
	}
	w.hung = issued.New
	return w
}

// want asks as an officer's laptop does.
func (w *doors) want(a plate.Ask) ident.Record {
	w.t.Helper()
	id, err := ident.New[ident.Record](now.UnixMilli()+w.asked, rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	w.asked++
	a.Header = record.Header{ID: id, Scope: w.village, Subject: w.hung[0].Header.Subject}
	if a.Plate.IsZero() {
		a.Plate = w.hung[0].Header.ID
	}
	write, err := a.Create()
	if err != nil {
		w.t.Fatal(err)
	}
	w.apply(w.officer, write)
	return id
}

// decide lets the desk work, twice: the second time changes nothing.
func (w *doors) decide() {
	w.t.Helper()
	for range 2 {
		if err := w.plater.Village(w.t.Context(), w.village); err != nil {
			w.t.Fatal(err)
		}
	}
}

// answer is what whoever asked reads of it.
func (w *doors) answer(ask ident.Record) (plate.Decided, bool) {
	w.t.Helper()
	row, err := w.officer.Get(w.t.Context(), plate.AnswerID(ask))
	if fault.Is(err, fault.NotFound) {
		return plate.Decided{}, false
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return plate.DecidedOf(row), true
}

func (w *doors) plate(id ident.Record) plates.Plate {
	w.t.Helper()
	row, err := w.Store.Get(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return plates.Of(row)
}

func (w *doors) code(home int) string {
	w.t.Helper()
	row, err := w.Store.Get(w.t.Context(), w.homes[home].ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return row.Text("plate_code")
}

// void says whether a plate is refused by whoever holds the void list, and nothing but it.
func (w *doors) void(p plates.Plate) bool {
	w.t.Helper()
	day, err := p.Day()
	if err != nil {
		w.t.Fatal(err)
	}
	token, err := doorplate.Issue(p.Handle, day, w.keeper.Keys.Signer())
	if err != nil {
		w.t.Fatal(err)
	}
	return fault.Is(doorplate.Voided(w.t.Context(), w.kiosk, token.Unverified()), fault.Gone)
}

var photo = record.Attachment{Blob: record.Blob{Digest: [32]byte{1}, Size: 100, MediaType: "image/png"}, Key: []byte{1}}.Value()

const hungAt = "23.046947,112.465012,5,gnss"

func TestAPlateIsPutUpAndBound(t *testing.T) {
	w := openDoors(t)
	up := w.want(plate.Ask{Deed: plate.PutUp, Fix: hungAt, Photo: photo, AtMS: 5})
	bind := w.want(plate.Ask{Deed: plate.Bind, Households: []ident.Record{w.homes[2].ID, w.homes[0].ID}})
	stranger := w.want(plate.Ask{Deed: plate.Bind, Households: []ident.Record{{1, 2, 3}}})
	w.decide()
	if d, there := w.answer(up); !there || d.Outcome != plate.Done || d.Ask != up || !d.By.IsZero() {
		t.Errorf("put up: %+v", d)
	}
	p := w.plate(w.hung[0].Header.ID)
	if p.State != plates.Bound || p.Position != hungAt || p.HungAt != 5 || p.Household != w.homes[2].ID {
		t.Errorf("the plate is %+v", p)
	}
	if d, _ := w.answer(bind); d.Outcome != plate.Done || w.code(2) != string(p.Code) || w.code(0) != string(p.Code) {
		t.Errorf("bound: %+v, codes %s %s", d, w.code(2), w.code(0))
	}
	if d, _ := w.answer(stranger); d.Outcome != plate.Refused || d.Why != "plates.household" {
		t.Errorf("a household that is not there: %+v", d)
	}
}

func TestADamagedPlateIsRenewed(t *testing.T) {
	w := openDoors(t)
	ask, again := w.want(plate.Ask{Deed: plate.Renew, Reason: "雨淋破损"}), w.want(plate.Ask{Deed: plate.Renew, Reason: "破了"})
	w.decide()
	d, _ := w.answer(ask)
	if d.Outcome != plate.Done || len(d.Made) != 1 || d.Reason != "雨淋破损" {
		t.Fatalf("renewed: %+v", d)
	}
	if d, _ := w.answer(again); d.Outcome != plate.Refused || d.Why != "plates.replaced" {
		t.Errorf("who came second: %+v", d)
	}
	next, old := w.plate(d.Made[0]), w.plate(w.hung[0].Header.ID)
	if next.Issue != 2 || next.Replaces != old.Header.ID || w.code(0) != string(next.Code) || !w.void(old) || w.void(next) {
		t.Errorf("old %+v, new %+v", old, next)
	}
	row, err := w.kiosk.Get(t.Context(), old.Header.ID)
	if err != nil {
		t.Fatal(err)
	}
	if now, renewed, err := plate.Follow(t.Context(), w.kiosk, row); err != nil || !renewed || now.Header.ID != next.Header.ID {
		t.Errorf("whoever scans the old plate: %v, %t, %v", now.Header.ID, renewed, err)
	}
}

// What moves more than one door waits for the office.
func TestTheOfficeSplitsMergesAndVoids(t *testing.T) {
	w := openDoors(t)
	split := w.want(plate.Ask{Deed: plate.Split, Reason: "分户", Numbers: []string{"12号", "12-1号"}})
	w.decide()
	if d, there := w.answer(split); there {
		t.Fatalf("decided without the office: %+v", d)
	}
	open, err := w.Desk.OpenAsks(t.Context(), w.village)
	if err != nil || len(open) != 1 || open[0].Header.ID != split {
		t.Fatalf("waiting: %+v, %v", open, err)
	}
	w.keeper.By = ident.Actor{9}
	d, err := w.keeper.Answer(t.Context(), open[0])
	if err != nil || d.Outcome != plate.Done || len(d.Made) != 2 || d.By != (ident.Actor{9}) {
		t.Fatalf("split: %+v, %v", d, err)
	}
	first, second := w.plate(d.Made[0]), w.plate(d.Made[1])
	if first.HouseNo != "12号" || first.Issue != 2 || second.HouseNo != "12-1号" || second.Issue != 1 || w.code(0) != string(first.Code) {
		t.Errorf("first %+v, second %+v", first, second)
	}
	row, err := w.kiosk.Get(t.Context(), w.hung[0].Header.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := plate.Follow(t.Context(), w.kiosk, row); err == nil || fault.From(err).Key != "plate.split" || fault.From(err).Args["numbers"] != "三组12号、三组12-1号" {
		t.Errorf("whoever scans the split plate: %v", err)
	}

	taken := plate.Ask{Plate: second.Header.ID, Deed: plate.Split, Reason: "x", Numbers: []string{"13号", "14号"}}
	if _, _, err := w.keeper.Do(t.Context(), taken); err == nil || fault.From(err).Key != "plates.number.taken" {
		t.Errorf("a number that has a plate: %v", err)
	}
	merge := plate.Ask{Plate: w.hung[1].Header.ID, Deed: plate.Merge, Reason: "合户", Into: first.Header.ID}
	if _, _, err := w.keeper.Do(t.Context(), merge); err != nil {
		t.Fatal(err)
	}
	if w.code(2) != string(first.Code) || !w.void(w.hung[1]) || w.plate(w.hung[1].Header.ID).ReplacedBy != first.Header.ID {
		t.Errorf("merged: %+v, the household has %s", w.plate(w.hung[1].Header.ID), w.code(2))
	}
	no, err := w.keeper.Refuse(t.Context(), plate.Ask{Header: record.Header{ID: w.want(plate.Ask{
		Plate: second.Header.ID, Deed: plate.Void, Reason: "?",
	}), Scope: w.village, Subject: second.Header.Subject}, Plate: second.Header.ID, Deed: plate.Void}, "plates.office.no", "门还在")
	if err != nil || no.Outcome != plate.Refused || no.Reason != "门还在" || !w.plate(second.Header.ID).Counts() {
		t.Errorf("refused: %+v, %v", no, err)
	}
	if err := w.keeper.Void(t.Context(), second, "房子拆了"); err != nil || !w.void(second) {
		t.Errorf("void: %v", err)
	}
}
