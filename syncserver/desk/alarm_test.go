// SPDX-License-Identifier: Apache-2.0

package desk_test

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"yuexin/shared/credit/alarm"
	"yuexin/shared/credit/plate"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/desk"
)

// guarded is a village with plates that is looked at.
func guarded(t *testing.T) (*doors, desk.Guard) {
	w := openDoors(t)
	return w, desk.Guard{
		Desk: w.Desk, Policy: func() *alarm.Policy { return w.book.Alarms }, Meter: alarm.NewMeter(), Log: slog.New(slog.DiscardHandler),
	}
}

// make makes a record some hours after now.
func (w *doors) make(kind record.Kind, hours float64, fields map[record.Field]record.Value) {
	w.t.Helper()
	id, err := ident.New[ident.Record](now.Add(time.Duration(hours*float64(time.Hour))).UnixMilli(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	w.apply(w.officer, record.Write{
		Op: record.Create, Header: record.Header{ID: id, Kind: kind, Scope: w.village, Subject: ident.Subject(id)}, Fields: fields,
	})
}

// alarms are all there are, in words.
func (w *doors) alarms() (out []string) {
	w.t.Helper()
	rows, err := w.Store.List(w.t.Context(), record.Query{Kind: alarm.KindAlarm})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, row := range rows {
		out = append(out, fmt.Sprint(alarm.Of(row).Kind, " ", alarm.Of(row).Count))
	}
	slices.Sort(out)
	return out
}

// The rules of R123 fire on what stands in the village, once however often it is looked at, and not on an honest one.
func TestAlarmsOfAVillage(t *testing.T) {
	w, guard := guarded(t)
	look := func(want ...string) {
		t.Helper()
		for range 2 {
			if err := guard.Village(t.Context(), w.village); err != nil {
				t.Fatal(err)
			}
		}
		if got := w.alarms(); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
	demand := func(hours float64, phone string, plate byte) {
		w.make("demand", hours, map[record.Field]record.Value{
			"phone": record.OfText(phone), "plate": record.OfBytes([]byte{plate, 15: 0}), "applicant_name": record.OfText("示例"),
		})
	}
	demand(0, "13900000001", 1)
	demand(1, "13900000002", 2)
	w.want(plate.Ask{Deed: plate.PutUp, Fix: hungAt, Photo: photo, AtMS: now.UnixMilli()})
	look()
	demand(2, "13900000001", 1)
	look("duplicate 2")
	demand(3, "13900000001", 2)
	demand(4, "13900000001", 3)
	look("duplicate 2", "same_phone 3")
	officer := ident.Actor{2}
	for i, where := range []string{"23.340000,112.730000,5,gnss", "23.640000,112.440000,5,gnss"} {
		at := 10 + float64(i)/12
		w.make("visit", at, map[record.Field]record.Value{
			"officer":    record.OfBytes(officer[:]),
			"visited_at": record.OfInt(now.Add(time.Duration(at * float64(time.Hour))).UnixMilli()), "position": record.OfText(where),
		})
	}
	look("duplicate 2", "same_phone 3", "travel 44")
	w.want(plate.Ask{Deed: plate.Covered, Reason: "贴了别的二维码", AtMS: now.UnixMilli()})
	w.want(plate.Ask{Deed: plate.PutUp, Fix: "23.066947,112.465012,5,gnss", Photo: photo, AtMS: now.UnixMilli()})
	look("covered 1", "duplicate 2", "moved 2224", "same_phone 3", "travel 44")
}

// What happens at the residents' page becomes an alarm, in the plate's village or in none, and somebody settles it.
func TestAlarmsOfScans(t *testing.T) {
	w, guard := guarded(t)
	for i := range 40 {
		for _, s := range []alarm.Scan{
			{Kind: alarm.Serial, Source: "a", Thing: fmt.Sprint(i)},
			{Kind: alarm.VoidScans, Source: "b", Thing: "x", Plate: w.hung[0].Header.ID},
		} {
			s.At = now.Add(time.Duration(i) * time.Second)
			if err := guard.Scan(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, want := w.alarms(), []string{"serial 30", "void_scans 5"}; !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	rows, err := w.Store.List(t.Context(), record.Query{Kind: alarm.KindAlarm, Scope: w.village})
	if err != nil || len(rows) != 1 || alarm.Of(rows[0]).Plate != w.hung[0].Header.ID {
		t.Fatalf("of the village: %v, %v", rows, err)
	}
	if err := w.CloseAlarm(t.Context(), rows[0].Header.ID, ident.Actor{9}, ""); err == nil {
		t.Error("closed without a word")
	}
	if err := w.CloseAlarm(t.Context(), rows[0].Header.ID, ident.Actor{9}, "已取下旧门牌"); err != nil {
		t.Fatal(err)
	}
	row, err := w.Store.Get(t.Context(), rows[0].Header.ID)
	if err != nil || !alarm.Of(row).Closed || alarm.Of(row).ClosedBy != (ident.Actor{9}) {
		t.Errorf("closed: %+v, %v", alarm.Of(row), err)
	}
}
