// SPDX-License-Identifier: Apache-2.0

package points_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/assets"
	"yuexin/shared/credit/points"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

var today = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)

func own(t *testing.T) *points.Policy {
	t.Helper()
	f, err := assets.Folder("policies").Open("points-1.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := points.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func household(n byte) record.Row {
	return record.Row{Header: record.Header{ID: ident.Record{n}, Kind: points.Household, Scope: "unit:test", Subject: ident.Subject{n}}}
}

// TestGive: an item counts for a household as often as it may in its period, what was taken back does not count, and neither
// tomorrow nor long ago earns anything.
func TestGive(t *testing.T) {
	p := own(t)
	it := p.Items()[0]
	var have []points.Entry
	give := func(row record.Row, day time.Time) error {
		e, err := p.Give(row, it.ID, day, today, have)
		if err == nil {
			e.Header.ID = ident.Record{9, byte(len(have))}
			have = append(have, e)
		}
		return err
	}
	for range it.Most {
		if err := give(household(1), today); err != nil {
			t.Fatal(err)
		}
	}
	if err := give(household(1), today); fault.From(err).Key != "points.most" {
		t.Errorf("once more in the month: %v", err)
	}
	if err := give(household(2), today); err != nil {
		t.Errorf("another household: %v", err)
	}
	back, err := points.TakeBack(have[0], have)
	if err != nil || back.Points != -it.Points {
		t.Fatalf("taken back %+v, %v", back, err)
	}
	back.Header.ID = ident.Record{8}
	have = append(have, back)
	for _, e := range []points.Entry{have[0], back} {
		if _, err := points.TakeBack(e, have); !fault.Is(err, fault.Conflict) {
			t.Errorf("taken back twice, or what takes back: %v", err)
		}
	}
	if err := give(household(1), today); err != nil {
		t.Errorf("after one was taken back: %v", err)
	}
	for name, day := range map[string]time.Time{"tomorrow": today.AddDate(0, 0, 1), "a year ago": today.AddDate(-1, 0, 0)} {
		if err := give(household(3), day); fault.From(err).Key != "points.day" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.Give(household(3), "dragon", today, today, nil); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such item: %v", err)
	}
}

// TestBoard: a month's sums do not depend on the order of entries, a month has its own, and what an older edition gave stays.
func TestBoard(t *testing.T) {
	p := own(t)
	a, b := p.Items()[0], p.Items()[1]
	entry := func(n byte, it points.Item, day string) points.Entry {
		return points.Entry{Header: record.Header{ID: ident.Record{n}}, Item: it.ID, Points: it.Points, Day: day, Household: ident.Record{n}}
	}
	all := []points.Entry{entry(1, a, "2026-11-03"), entry(2, a, "2026-11-30"), entry(3, b, "2026-11-09"), entry(4, b, "2026-10-31"), {Item: "old", Points: 5, Day: "2026-11-01"}}
	back, err := points.TakeBack(all[2], all)
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, back)
	want, sum := p.Board(all, "2026-11")
	if want[0] != (points.Line{Item: a.ID, Times: 2, Points: 2 * a.Points}) || want[1] != (points.Line{Item: b.ID}) || sum != 2*a.Points+5 {
		t.Errorf("board %+v, %d", want, sum)
	}
	if last := want[len(want)-1]; last != (points.Line{Item: "old", Times: 1, Points: 5}) {
		t.Errorf("what an older edition gave: %+v", last)
	}
	shuffled := slices.Clone(all)
	for range 20 {
		rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if got, n := p.Board(shuffled, "2026-11"); n != sum || cmp.Diff(want, got) != "" {
			t.Fatalf("in another order: %+v, %d", got, n)
		}
	}
}

func TestEntryRoundTrip(t *testing.T) {
	e := points.Entry{
		Header: record.Header{ID: ident.Record{1}, Kind: points.Kind, Scope: "unit:test", Subject: ident.Subject{2}}, Item: "clean", Points: -2, Day: "2026-11-27",
		Household: ident.Record{3}, Reverses: ident.Record{4}, Sample: true,
	}
	w := e.Create()
	row := record.Row{Header: w.Header, Fields: map[record.Field]record.FieldState{}}
	for f, v := range w.Fields {
		row.Fields[f] = record.FieldState{Value: v}
	}
	if diff := cmp.Diff(e, points.Of(row)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestParseRefuses(t *testing.T) {
	good := `{"version": 1, "about": "", "back_days": 31, "items": [{"id": "a", "name": {"zh-Hans": "甲", "en": "A"}, "points": 2, "per": "month", "most": 4, "source": "ours"}]}`
	if _, err := points.Parse(strings.NewReader(good)); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`"version": 1`, `"version": 0`}, {`"points": 2`, `"points": -2`}, {`"month"`, `"week"`}, {`"most": 4`, `"most": 0`}, {`"source": "ours"`, `"source": ""`},
		{`"en": "A"`, `"en": ""`}, {`"back_days": 31`, `"back_days": 0`},
	} {
		if _, err := points.Parse(strings.NewReader(strings.Replace(good, change[0], change[1], 1))); err == nil {
			t.Errorf("%s is taken", change[1])
		}
	}
}
