// SPDX-License-Identifier: Apache-2.0

package alarm_test

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"yuexin/shared/credit/alarm"
	"yuexin/shared/credit/forms"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

var at = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func text(t testing.TB) string {
	t.Helper()
	raw, err := os.ReadFile("../../../assets/policies/alarms-1.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func policy(t testing.TB) *alarm.Policy {
	t.Helper()
	p, err := alarm.ParsePolicy(strings.NewReader(text(t)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPoliciesThatAreRefused(t *testing.T) {
	for name, change := range map[string][2]string{
		"no version":   {`"version": 1`, `"version": 0`},
		"once":         {`"forged": {"count": 5`, `"forged": {"count": 1`},
		"a long time":  {`"minutes": 1440`, `"minutes": 144000`},
		"on foot":      {`"travel_kmh": 150`, `"travel_kmh": 5`},
		"one plate":    {`"plates": 3`, `"plates": 1`},
		"unknown rule": {`"version": 1`, `"version": 1, "weather": 3`},
	} {
		bad := strings.Replace(text(t), change[0], change[1], 1)
		if _, err := alarm.ParsePolicy(strings.NewReader(bad)); err == nil || bad == text(t) {
			t.Errorf("%s: taken", name)
		}
	}
}

// The rules of scans fire at their number, once a window, and not for what is spread over time or sources.
func TestMeter(t *testing.T) {
	p := policy(t)
	type burst struct {
		kind   alarm.Kind
		n      int
		every  time.Duration
		source func(i int) string
		thing  func(i int) string
	}
	one, each := func(int) string { return "a" }, func(i int) string { return fmt.Sprint("x", i) }
	for _, tt := range []struct {
		name string
		burst
		want []int // after which scans, counted from 1
	}{
		{"forged", burst{alarm.Forged, 12, time.Minute, one, one}, []int{5}},
		{"forged, an hour each", burst{alarm.Forged, 12, time.Hour, one, one}, nil},
		{"forged, from everywhere", burst{alarm.Forged, 12, time.Minute, each, one}, nil},
		{"a family at its own plate", burst{alarm.Serial, 200, time.Second, one, one}, nil},
		{"from door to door", burst{alarm.Serial, 60, time.Second, one, each}, []int{30}},
		{"from door to door for a day", burst{alarm.Serial, 100, time.Minute, one, each}, []int{30, 90}},
		{"at an installer's pace", burst{alarm.Serial, 60, 3 * time.Minute, one, each}, nil},
		{"the same form", burst{alarm.Replay, 6, time.Second, one, one}, []int{5}},
		{"other forms", burst{alarm.Replay, 60, time.Second, one, each}, nil},
		{"a void plate, by whoever comes", burst{alarm.VoidScans, 6, time.Hour, each, one}, []int{5}},
		{"no rule", burst{alarm.Covered, 60, time.Second, one, one}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := alarm.NewMeter()
			var got []int
			for i := range tt.n {
				s := alarm.Scan{Kind: tt.kind, Source: tt.source(i), Thing: tt.thing(i), At: at.Add(time.Duration(i) * tt.every)}
				if n := m.Note(p, s); n > 0 {
					got = append(got, i+1)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestDemands(t *testing.T) {
	p := policy(t)
	demand := func(n byte, phone, plate string, day float64) alarm.Demand {
		return alarm.Demand{ID: ident.Record{n}, Phone: phone, Plate: plate, AtMS: at.UnixMilli() + int64(day*24*3600*1000)}
	}
	for name, tt := range map[string]struct {
		all  []alarm.Demand
		want string
	}{
		"a family once a season": {[]alarm.Demand{demand(1, "1", "a", 0), demand(2, "1", "a", 90)}, ""},
		"twice in a week":        {[]alarm.Demand{demand(2, "1", "a", 3), demand(1, "1", "a", 0)}, "duplicate 2"},
		"two phones":             {[]alarm.Demand{demand(1, "1", "a", 0), demand(2, "2", "a", 1)}, ""},
		"no phone":               {[]alarm.Demand{demand(1, "", "a", 0), demand(2, "", "a", 1)}, ""},
		"three doors":            {[]alarm.Demand{demand(1, "1", "a", 0), demand(2, "1", "b", 1), demand(3, "1", "c", 2)}, "same_phone 3"},
		"four doors, one alarm":  {[]alarm.Demand{demand(1, "1", "a", 0), demand(2, "1", "b", 1), demand(3, "1", "c", 2), demand(4, "1", "d", 3)}, "same_phone 3"},
		"three doors in a year":  {[]alarm.Demand{demand(1, "1", "a", 0), demand(2, "1", "b", 100), demand(3, "1", "c", 200)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, a := range p.Demands(tt.all) {
				got = append(got, fmt.Sprint(a.Kind, " ", a.Count))
			}
			if strings.Join(got, ", ") != tt.want {
				t.Errorf("got %v, want %s", got, tt.want)
			}
		})
	}
}

func TestTravelAndAway(t *testing.T) {
	p := policy(t)
	fix := func(text string) forms.Fix {
		f, err := forms.ParseFix(text)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	stop := func(n byte, minutes int, where string) alarm.Stop {
		return alarm.Stop{ID: ident.Record{n}, AtMS: at.UnixMilli() + int64(minutes)*60_000, Where: fix(where)}
	}
	sihui, guangning := "23.340000,112.730000,5,gnss", "23.640000,112.440000,5,gnss" // some 45 km
	for name, tt := range map[string]struct {
		stops []alarm.Stop
		want  int
	}{
		"an hour on the road":     {[]alarm.Stop{stop(1, 0, sihui), stop(2, 60, guangning)}, 0},
		"five minutes":            {[]alarm.Stop{stop(2, 5, guangning), stop(1, 0, sihui)}, 1},
		"one of them typed":       {[]alarm.Stop{stop(1, 0, sihui), stop(2, 5, "23.64,112.44")}, 0},
		"as inexact as the way":   {[]alarm.Stop{stop(1, 0, sihui), stop(2, 5, "23.640000,112.440000,60000,net")}, 0},
		"next door at once":       {[]alarm.Stop{stop(1, 0, sihui), stop(2, 0, "23.340100,112.730100,5,gnss")}, 0},
		"there and back and away": {[]alarm.Stop{stop(1, 0, sihui), stop(2, 5, guangning), stop(3, 10, sihui)}, 2},
	} {
		if got := p.Travel(ident.Actor{1}, tt.stops); len(got) != tt.want {
			t.Errorf("%s: %+v, want %d", name, got, tt.want)
		}
	}
	hung := fix("23.340000,112.730000,10,gnss")
	for seen, want := range map[string]bool{
		"23.340100,112.730100,10,gnss": false, "23.350000,112.730000,10,gnss": true, "23.350000,112.730000,2000,net": false,
	} {
		if metres, away := p.Away(hung, fix(seen)); away != want {
			t.Errorf("seen at %s, %d m away: %t", seen, metres, away)
		}
	}
}

// An alarm is written once and read back; closing it needs a word.
func TestAlarmRecord(t *testing.T) {
	a := alarm.Alarm{Kind: alarm.Travel, AtMS: 5, Count: 45, Of: []ident.Record{{1}, {2}}, Actor: ident.Actor{3}, Mark: "m", Plate: ident.Record{4}}
	first, err := a.Place(ident.UnitScope(ident.Unit{1}))
	if err != nil {
		t.Fatal(err)
	}
	second, _ := a.Place(ident.UnitScope(ident.Unit{1}))
	other := a
	other.Of = other.Of[:1]
	other, _ = other.Place(ident.UnitScope(ident.Unit{1}))
	if first.Header.ID != second.Header.ID || first.Header.ID == other.Header.ID {
		t.Errorf("ids %v %v %v", first.Header.ID, second.Header.ID, other.Header.ID)
	}
	row := record.Row{Header: first.Header, Fields: map[record.Field]record.FieldState{}}
	put := func(w record.Write) {
		for f, v := range w.Fields {
			row.Fields[f] = record.FieldState{Value: v}
		}
	}
	put(first.Create())
	if got := alarm.Of(row); !reflect.DeepEqual(got, first) {
		t.Errorf("wrote %+v, read %+v", first, got)
	}
	if _, err := first.Close(ident.Actor{9}, " ", 7); err == nil {
		t.Error("closed without a word")
	}
	w, err := first.Close(ident.Actor{9}, "已核对", 7)
	if err != nil {
		t.Fatal(err)
	}
	put(w)
	if got := alarm.Of(row); !got.Closed || got.ClosedWhy != "已核对" || got.ClosedBy != (ident.Actor{9}) || got.ClosedAt != 7 {
		t.Errorf("closed: %+v", got)
	}
}

func FuzzParsePolicy(f *testing.F) {
	f.Add([]byte(text(f)))
	f.Fuzz(func(_ *testing.T, raw []byte) { _, _ = alarm.ParsePolicy(bytes.NewReader(raw)) })
}
