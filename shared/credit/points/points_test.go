// SPDX-License-Identifier: Apache-2.0

package points_test

import (
	"encoding/json"
	"io/fs"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/assets"
	"yuexin/shared/credit/points"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

const (
	fuxi    region.Code = "441284105203" // 四会, without a catalogue of its own
	guangqu region.Code = "441223100001" // 广宁, with one
)

var (
	today = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	anna  = ident.Actor{1}
	bert  = ident.Actor{2}
	carla = ident.Actor{3}
)

func source(t testing.TB) string {
	t.Helper()
	data, err := fs.ReadFile(assets.Folder("policies"), "points-1.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func own(t testing.TB) *points.Policy {
	t.Helper()
	p, err := points.Parse(strings.NewReader(source(t)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func household(n byte) record.Row {
	h := record.Header{ID: ident.Record{n}, Kind: points.Household, Scope: "unit:test", Subject: ident.Subject{n}}
	return record.Row{Header: h, Fields: map[record.Field]record.FieldState{
		"head_name": {Value: record.OfText("陈秀英")}, "group_no": {Value: record.OfText("三组")},
	}}
}

// row is a record as a store returns what somebody wrote.
func row(w record.Write, id ident.Record, by ident.Actor) record.Row {
	w.Header.ID = id
	r := record.Row{Header: w.Header, Fields: map[record.Field]record.FieldState{}}
	for f, v := range w.Fields {
		r.Fields[f] = record.FieldState{Value: v, Winner: record.Head{Value: v, Actor: by}}
	}
	return r
}

// village is records that people make one after the other.
type village struct {
	t    testing.TB
	p    *points.Policy
	rows []record.Row
}

func (v *village) ledger() *points.Ledger { return points.Sum(v.rows) }

func (v *village) put(w record.Write, by ident.Actor) ident.Record {
	id := ident.Record{1, byte(len(v.rows) >> 8), byte(len(v.rows))}
	v.rows = append(v.rows, row(w, id, by))
	return id
}

func (v *village) propose(by ident.Actor, house byte, item string, day time.Time) ident.Record {
	v.t.Helper()
	e, err := v.p.Propose(points.Proposal{Household: household(house), Place: fuxi, Item: item, Day: day}, today, v.ledger())
	if err != nil {
		v.t.Fatal(err)
	}
	return v.put(e.Create(), by)
}

func (v *village) approve(by ident.Actor, entry ident.Record) error {
	a, err := v.ledger().Approve(entry, by, 1)
	if err == nil {
		v.put(a.Create(), by)
	}
	return err
}

func (v *village) object(entry ident.Record) (ident.Record, error) {
	o, err := v.ledger().Object(entry, "not_done", 1)
	if err != nil {
		return ident.Record{}, err
	}
	return v.put(o.Create(), ident.Actor{9}), nil
}

func (v *village) answer(by ident.Actor, entry ident.Record, kind string) error {
	a, err := v.ledger().Answer(entry, by, kind, "", 1)
	if err == nil {
		v.put(a.Create(), by)
	}
	return err
}

func (v *village) back(by ident.Actor, entry ident.Record) (ident.Record, error) {
	e, err := v.ledger().TakeBack(entry, "", today)
	if err != nil {
		return ident.Record{}, err
	}
	return v.put(e.Create(), by), nil
}

func (v *village) wants(what string, entry ident.Record, state points.State, balance int64) {
	v.t.Helper()
	l := v.ledger()
	s, _ := l.Standing(entry)
	if b := l.Balance(ident.Subject{1}, "", 2026, today); s.State != state || b.Points != balance {
		v.t.Errorf("%s: %s with %d points, want %s with %d", what, s.State, b.Points, state, balance)
	}
	added := int64(0) // by a card, which knows no states
	for _, row := range (points.Counted{}).Counting(v.rows) {
		if row.Header.Kind == points.Kind && points.YearOf(row.Text("day")) == "2026" {
			added += row.Int("points")
		}
	}
	if added != balance {
		v.t.Errorf("%s: a card adds up %d points, want %d", what, added, balance)
	}
}

func key(err error) string {
	if err == nil {
		return ""
	}
	return fault.From(err).Key
}

// TestPropose: an item counts for a household as often as it may in its period, what was withdrawn does not count, a county has
// its own items, and neither tomorrow nor long ago earns anything.
func TestPropose(t *testing.T) {
	v := &village{t: t, p: own(t)}
	var first ident.Record
	for i := range 4 {
		if id := v.propose(anna, 1, "clean", today); i == 0 {
			first = id
		}
	}
	try := func(house byte, place region.Code, item string, day time.Time, photo *record.Attachment) string {
		_, err := v.p.Propose(points.Proposal{Household: household(house), Place: place, Item: item, Day: day, Photo: photo}, today, v.ledger())
		return key(err)
	}
	for name, c := range map[string]struct {
		house byte
		place region.Code
		item  string
		day   time.Time
		photo *record.Attachment
		want  string
	}{
		"once more":         {1, fuxi, "clean", today, nil, "points.most"},
		"another household": {2, fuxi, "clean", today, nil, ""},
		"another month":     {1, fuxi, "clean", today.AddDate(0, 0, -27), nil, ""},
		"tomorrow":          {2, fuxi, "clean", today.AddDate(0, 0, 1), nil, "points.day"},
		"long ago":          {2, fuxi, "clean", today.AddDate(0, 0, -32), nil, "points.day"},
		"no photo":          {2, fuxi, "solar", today, nil, "points.photo"},
		"with a photo":      {2, fuxi, "solar", today, &record.Attachment{}, ""},
		"of another county": {2, fuxi, "bamboo", today, nil, "points.item"},
		"of its own county": {2, guangqu, "bamboo", today, nil, ""},
		"not here":          {2, guangqu, "solar", today, nil, "points.item"},
	} {
		if got := try(c.house, c.place, c.item, c.day, c.photo); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if _, err := v.back(anna, first); err != nil {
		t.Fatal(err)
	}
	v.wants("withdrawn", first, points.Withdrawn, 0)
	if got := try(1, fuxi, "clean", today, nil); got != "" {
		t.Errorf("after one was withdrawn: %q", got)
	}
}

// TestTwoPersons goes through the life of an entry: it counts while two persons vouch for it and nobody objects.
func TestTwoPersons(t *testing.T) {
	v := &village{t: t, p: own(t)}
	e := v.propose(anna, 1, "volunteer", today)
	v.wants("proposed", e, points.Proposed, 0)
	if err := v.approve(anna, e); key(err) != "points.own" {
		t.Errorf("its author approves it: %v", err)
	}
	own, _ := v.ledger().Approve(e, bert, 1) // what a device that lies would send
	v.put(own.Create(), anna)
	v.wants("approved by its author", e, points.Proposed, 0)
	if err := v.approve(bert, e); err != nil {
		t.Fatal(err)
	}
	v.wants("approved", e, points.Counts, 5)
	if err := v.approve(carla, e); key(err) != "points.approved" {
		t.Errorf("approved twice: %v", err)
	}

	if _, err := v.object(e); err != nil {
		t.Fatal(err)
	}
	v.wants("objected", e, points.Objected, 0)
	if _, err := v.object(e); key(err) != "points.objected" {
		t.Errorf("objected twice: %v", err)
	}
	if err := v.answer(anna, e, points.Kept); key(err) != "points.own" {
		t.Errorf("its author keeps it: %v", err)
	}
	if err := v.answer(bert, e, points.Kept); err != nil {
		t.Fatal(err)
	}
	v.wants("kept", e, points.Counts, 5)

	back, err := v.back(anna, e)
	if err != nil {
		t.Fatal(err)
	}
	v.wants("about to be taken back", e, points.Counts, 5)
	if _, err := v.back(bert, e); key(err) != "points.back" {
		t.Errorf("taken back twice: %v", err)
	}
	if _, err := v.back(bert, back); key(err) != "points.back" {
		t.Errorf("what takes back is taken back: %v", err)
	}
	if err := v.approve(carla, back); err != nil {
		t.Fatal(err)
	}
	v.wants("taken back by two", e, points.TakenBack, 0)

	again := v.propose(bert, 1, "volunteer", today)
	if err := v.approve(anna, again); err != nil {
		t.Fatal(err)
	}
	if _, err := v.object(again); err != nil {
		t.Fatal(err)
	}
	if err := v.answer(bert, again, points.Right); err != nil { // its author admits it
		t.Fatal(err)
	}
	v.wants("refused", again, points.Refused, 0)
	if err := v.answer(anna, again, points.Kept); key(err) != "points.no_objection" {
		t.Errorf("answered twice: %v", err)
	}
	if b := v.ledger().Balance(ident.Subject{1}, "", 2025, today); b != (points.Balance{}) {
		t.Errorf("in another year: %+v", b)
	}
}

// TestSumKnowsNoOrder: whatever people enter on devices that know nothing of each other, a ledger depends on neither order nor
// repetition, no balance is below zero, and no item counts more often than it may.
func TestSumKnowsNoOrder(t *testing.T) {
	p := own(t)
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		actor := func() ident.Actor { return ident.Actor{byte(1 + r.IntN(3))} }
		v := &village{t: t, p: p}
		var entries, objections []ident.Record
		some := func(of []ident.Record) ident.Record { return of[r.IntN(len(of))] }
		for range 60 {
			blind := &village{t: t, p: p} // a device that knows nothing
			h := record.Header{Scope: "unit:test", Subject: ident.Subject{byte(1 + r.IntN(2))}}
			switch n := r.IntN(6); {
			case n < 2 || len(entries) == 0:
				items := p.Items(fuxi, "")
				it := items[r.IntN(len(items))]
				e, err := p.Propose(points.Proposal{Household: household(h.Subject[0]), Place: fuxi, Item: it.ID, Day: today.AddDate(0, 0, -r.IntN(31)), Photo: &record.Attachment{}}, today, blind.ledger())
				if err != nil {
					t.Fatal(err)
				}
				e.Photo = nil
				entries = append(entries, v.put(e.Create(), actor()))
			case n == 2:
				v.put(points.Approval{Header: h, Entry: some(entries)}.Create(), actor())
			case n == 3:
				objections = append(objections, v.put(points.Objection{Header: h, Entry: some(entries), Why: "other"}.Create(), actor()))
			case n == 4 && len(objections) > 0:
				v.put(points.Answer{Header: h, Objection: some(objections), Kind: []string{points.Kept, points.Right}[r.IntN(2)]}.Create(), actor())
			case n == 5:
				s, _ := v.ledger().Standing(some(entries))
				back := s.Entry
				back.Reverses, back.Points = s.Entry.Header.ID, -s.Entry.Points
				entries = append(entries, v.put(back.Create(), actor()))
			}
		}
		want := v.ledger()
		sum := map[ident.Subject]int64{}
		counted := map[string]int{}
		for _, s := range want.All(ident.Subject{}) {
			if s.State != points.Counts {
				continue
			}
			if e := s.Entry; e.Reverses.IsZero() {
				sum[e.Header.Subject] += e.Points
				k := e.Header.Subject.String() + e.Item + string(e.Per) + map[points.Period]string{points.Month: points.MonthOf(e.Day), points.Year: points.YearOf(e.Day)}[e.Per]
				if counted[k]++; counted[k] > e.Most {
					t.Errorf("seed %d: %s counts %d times", seed, e.Item, counted[k])
				}
				if len(s.Approvals) == 0 {
					t.Errorf("seed %d: one person gave points", seed)
				}
			}
		}
		for _, of := range []ident.Subject{{1}, {2}} {
			if b := want.Balance(of, "", 2026, today); b.Points < 0 || b.Points != sum[of] {
				t.Errorf("seed %d: balance %d of entries that come to %d", seed, b.Points, sum[of])
			}
		}
		shuffled := append([]record.Row(nil), v.rows...)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if diff := cmp.Diff(want.All(ident.Subject{}), points.Sum(shuffled).All(ident.Subject{})); diff != "" {
			t.Fatalf("seed %d: in another order: %s", seed, diff)
		}
	}
}

// TestPublish: a notice has what counts and stood on none before, hides names, and after its days the points count for a limit.
func TestPublish(t *testing.T) {
	v := &village{t: t, p: own(t)}
	e := v.propose(anna, 1, "volunteer", today)
	v.propose(anna, 2, "volunteer", today) // not approved
	if err := v.approve(bert, e); err != nil {
		t.Fatal(err)
	}
	unit := record.Header{Scope: "unit:test", Subject: ident.Subject{7}}
	houses := []record.Row{household(1), household(2)}
	if _, err := v.p.Publish(v.ledger(), unit, "governance", houses, today); key(err) != "points.list.none" {
		t.Errorf("nothing to put up: %v", err)
	}
	n, err := v.p.Publish(v.ledger(), unit, "civility", houses, today)
	if err != nil {
		t.Fatal(err)
	}
	want := []points.ListLine{{Entry: e, Name: "陈*英", Group: "三组", Item: "volunteer", Points: 5, Day: "2026-11-27"}}
	if diff := cmp.Diff(want, n.Lines); diff != "" || n.Until != "2026-12-03" || n.Sum() != 5 {
		t.Errorf("until %s: -want +got:\n%s", n.Until, diff)
	}
	w, err := n.Create()
	if err != nil {
		t.Fatal(err)
	}
	v.put(w, carla)
	for day, noticed := range map[int]int64{27: 0, 33: 0, 34: 5} {
		if b := v.ledger().Balance(ident.Subject{1}, "civility", 2026, time.Date(2026, 11, day, 9, 0, 0, 0, time.UTC)); b.Points != 5 || b.Noticed != noticed {
			t.Errorf("on day %d of November: %+v", day, b)
		}
	}
	if _, err := v.p.Publish(v.ledger(), unit, "civility", houses, today); key(err) != "points.list.none" {
		t.Errorf("put up twice: %v", err)
	}
	for name, want := range map[string]string{"陈": "*", "陈英": "陈*", "陈秀英": "陈*英", "欧阳秀英": "欧**英", "": ""} {
		if got := v.p.Notice().Mask(name); got != want {
			t.Errorf("%s is shown as %s, want %s", name, got, want)
		}
	}
}

// TestBonusNeverPunishes: whatever the points, the limit and the cap, points never take anything from a limit, more points never
// give less, nothing exceeds the caps, and all of it ends.
func TestBonusNeverPunishes(t *testing.T) {
	p := own(t)
	rule := p.BonusRule()
	r := rand.New(rand.NewPCG(1, 2))
	amount := func() money.Fen {
		return []money.Fen{0, 1, money.Fen(r.Int64N(100_000_000)), math.MaxInt64, -money.Fen(r.Int64N(1000))}[r.IntN(5)]
	}
	for range 20_000 {
		limit, most := amount(), amount()
		few, many := r.Int64N(200)-50, r.Int64N(200)-50
		if few > many {
			few, many = many, few
		}
		extra := func(n int64) money.Fen {
			return points.Bonus{Rate: rule.Of(n).Rate, Cap: rule.Cap}.Extra(limit, most)
		}
		a, b := extra(few), extra(many)
		if a < 0 || b < a || b > rule.Cap || (b > 0 && limit+b > most) {
			t.Fatalf("limit %d of at most %d: %d points add %d, %d add %d", limit, most, few, a, many, b)
		}
	}
	v := &village{t: t, p: p}
	put := func(n int, day time.Time, until string) {
		for i := range n {
			e := points.Entry{
				Header: record.Header{Scope: "unit:test", Subject: ident.Subject{1}}, Scheme: "civility", Item: string(rune('a' + i)), Points: 10,
				Day: day.Format(time.DateOnly), Per: points.Year, Most: 1,
			}
			id := v.put(e.Create(), anna)
			v.put(points.Approval{Header: e.Header, Entry: id}.Create(), bert)
			w, err := points.List{Header: e.Header, Scheme: "civility", From: until, Until: until, Lines: []points.ListLine{{Entry: id}}}.Create()
			if err != nil {
				t.Fatal(err)
			}
			v.put(w, bert)
		}
	}
	put(9, time.Date(2025, 5, 1, 0, 0, 0, 0, time.UTC), "2025-06-01")
	put(8, today, "2026-11-27")
	for on, want := range map[string]points.Bonus{
		"2025-06-01": {Edition: 1}, // the notice is up
		"2025-06-02": {Band: "excellent", Rate: 2000, Cap: 5_000_000, Year: 2025, Points: 90, Until: "2026-12-31", Edition: 1},
		"2026-12-31": {Band: "excellent", Rate: 2000, Cap: 5_000_000, Year: 2025, Points: 90, Until: "2026-12-31", Edition: 1},
		"2027-01-01": {Band: "good", Rate: 1000, Cap: 5_000_000, Year: 2026, Points: 80, Until: "2027-12-31", Edition: 1},
		"2028-01-01": {Edition: 1},
	} {
		day, err := time.Parse(time.DateOnly, on)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, p.Bonus(v.ledger(), ident.Subject{1}, day)); diff != "" {
			t.Errorf("on %s: -want +got:\n%s", on, diff)
		}
	}
	b := p.Bonus(v.ledger(), ident.Subject{1}, today)
	for limit, want := range map[money.Fen]money.Fen{10_000_000: 2_000_000, 100_000_000: 5_000_000, 29_000_000: 1_000_000, 30_000_000: 0} {
		most := money.Fen(30_000_000)
		if limit > most {
			most = 1_000_000_000
		}
		if got := b.Extra(limit, most); got != want {
			t.Errorf("a limit of %d gets %d more, want %d", limit, got, want)
		}
	}
}

func TestEntryRoundTrip(t *testing.T) {
	e := points.Entry{
		Header: record.Header{ID: ident.Record{1}, Kind: points.Kind, Scope: "unit:test", Subject: ident.Subject{2}}, By: anna, Scheme: "civility", Item: "simple",
		Points: -10, Day: "2026-11-27", Per: points.Year, Most: 2, Reverses: ident.Record{4}, Note: "记错", AtMS: 5, Edition: 3, Sample: true,
	}
	if diff := cmp.Diff(e, points.Of(row(e.Create(), e.Header.ID, anna))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestParseRefuses(t *testing.T) {
	change := func(path string, value any) string {
		var file map[string]any
		if err := json.Unmarshal([]byte(source(t)), &file); err != nil {
			t.Fatal(err)
		}
		var at any = file
		steps := strings.Split(path, ".")
		for _, step := range steps[:len(steps)-1] {
			if list, is := at.([]any); is {
				at = list[int(step[0]-'0')]
				continue
			}
			at = at.(map[string]any)[step]
		}
		at.(map[string]any)[steps[len(steps)-1]] = value
		out, err := json.Marshal(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	for path, value := range map[string]any{
		"version": 0, "back_days": 0, "schemes.0.source": "", "schemes.1.id": "governance", "catalogues.0.county": "441284", "catalogues.1.county": "441",
		"catalogues.0.items.0.points": -2, "catalogues.0.items.0.per": "week", "catalogues.0.items.0.most": 0, "catalogues.0.items.0.source": "",
		"catalogues.0.items.0.scheme": "dragon", "catalogues.0.items.1.id": "clean", "notice.days": 0, "notice.show_first": 0,
		"bonus.scheme": "dragon", "bonus.cap_fen": -1, "bonus.bands.0.rate_bp": -1, "bonus.bands.1.rate_bp": 3000, "bonus.bands.1.from": 95, "bonus.source": "",
	} {
		if _, err := points.Parse(strings.NewReader(change(path, value))); err == nil {
			t.Errorf("%s = %v is taken", path, value)
		}
	}
	if _, err := points.Parse(strings.NewReader(change("about", "words"))); err != nil {
		t.Error(err)
	}
}
