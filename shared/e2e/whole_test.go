// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/scoring"
	"yuexin/shared/credit/wholevillage"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/station"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica/theft"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/sqlitedb"
)

const wan = 1_000_000 // fen of 10,000 yuan

// community is a village that comes to credit together, at three laptops and two kiosks that are offline but for their syncs.
type community struct {
	t       *testing.T
	s       *server
	unit    string
	laptops []*device
	kiosks  []*device
	actors  []ident.Actor
	scope   ident.Scope
	homes   []record.Header
}

// whole opens a laptop, without a network, for who works on whole-village credit there; back is by how many days its clock is behind.
func (w *community) whole(laptop, back int, do func(h wholevillage.Hand)) {
	w.t.Helper()
	w.laptops[laptop].at(password, func(s *station.Station) { do(handAt(s, back)) })
}

func handAt(s *station.Station, back int) wholevillage.Hand {
	session := s.Session()
	return wholevillage.Hand{
		Store: s.Store(), Policy: s.Book().Whole, Actor: session.Actor, Source: s.Book().Access.Source(session.Role), Random: rand.Reader, Sample: true,
		Now: func() time.Time { return time.Now().AddDate(0, 0, -back) },
	}
}

func (w *community) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// sync lets every device send and fetch, twice: what one sends the others fetch. None of what they send may be refused.
func (w *community) sync() {
	w.t.Helper()
	for range 2 {
		for _, d := range slices.Concat(w.laptops, w.kiosks) {
			if st := d.sync(); st.Waiting+st.Refused+st.Quarantined != 0 {
				w.t.Fatalf("%s after the sync: %+v", d.dir, st)
			}
		}
	}
}

// caseView is what `syncserver whole list` says of a household.
type caseView struct {
	Household, State, List, Stopped string
	Lacks                           []string
	Limit, Signed, Drawn            int64
}

func (w *community) cases() map[string]caseView {
	w.t.Helper()
	var all []caseView
	w.s.do(&all, "whole", "list", w.unit)
	out := map[string]caseView{}
	for _, c := range all {
		out[c.Household] = c
	}
	return out
}

// reaches waits until the server says of our households that they are where they should be.
func (w *community) reaches(states ...string) {
	w.t.Helper()
	var got []string
	eventually(w.t, fmt.Sprintf("the households are at %q", states), func() bool {
		got = nil
		all := w.cases()
		for _, h := range w.homes {
			c := all[h.ID.String()]
			got = append(got, c.State+c.Stopped)
		}
		return slices.Equal(got, states)
	})
}

func startWalk(t *testing.T) *community {
	w := &community{t: t, s: running(t), unit: made.Units[0].Code}
	for _, name := range []string{"laptop-a", "laptop-b", "laptop-c"} {
		w.laptops = append(w.laptops, w.s.enrol("agent", name, w.unit))
	}
	for _, name := range []string{"kiosk-a", "kiosk-b"} {
		w.kiosks = append(w.kiosks, w.s.enrol("kiosk", name, w.unit))
	}
	w.sync()
	for i, d := range w.laptops {
		d.at(password, func(s *station.Station) {
			w.actors = append(w.actors, s.Session().Actor)
			if i > 0 {
				return
			}
			rows, err := s.Store().List(t.Context(), record.Query{Kind: "unit", Where: []record.Term{{Field: "region_code", Value: record.OfText(w.unit)}}})
			if err != nil || len(rows) != 1 {
				t.Fatalf("%d units, %v", len(rows), err)
			}
			w.scope = rows[0].Header.Scope
			for n := range 4 {
				w.homes = append(w.homes, w.file(s, n))
			}
		})
	}
	return w
}

// file makes the file of a household at a laptop: that of the card's first case, whose limit is 165,000 yuan, and its consents.
func (w *community) file(s *station.Station, n int) record.Header {
	w.t.Helper()
	card := s.Book().Card("household", time.Now().Format(time.DateOnly))
	root, beside, err := card.Cases[0].Records()
	w.ok(err)
	values := func(row record.Row) map[record.Field]record.Value {
		out := map[record.Field]record.Value{}
		for f, state := range row.Fields {
			out[f] = state.Value
		}
		return out
	}
	h := record.Header{ID: freshID(w.t), Kind: wholevillage.Household, Scope: w.scope, Subject: ident.Subject(freshID(w.t))}
	fields := values(root)
	for f, v := range map[record.Field]record.Value{
		"head_name": record.OfText("示例陈" + string([]rune("甲乙丙丁")[n])), "resident_id": record.OfText(residentID(40 + n)), "phone": record.OfText(fmt.Sprintf("1990004%04d", n)),
		"population": record.OfInt(4), "labour": record.OfInt(2), "sample": record.OfBool(true),
	} {
		fields[f] = v
	}
	apply(w.t, s, "household.create", record.Write{Op: record.Create, Header: h, Fields: fields})
	for _, row := range beside {
		b := record.Header{ID: freshID(w.t), Kind: row.Header.Kind, Scope: w.scope, Subject: h.Subject}
		apply(w.t, s, "beside.create", record.Write{Op: record.Create, Header: b, Fields: values(row)})
	}
	for _, c := range w.consents(s, h) {
		apply(w.t, s, "consent.give", c.Create())
	}
	return h
}

func (w *community) consents(s *station.Station, of record.Header) (out []consent.Consent) {
	w.t.Helper()
	for _, purpose := range s.Book().Whole.Purposes() {
		c := consent.Consent{
			Header: record.Header{ID: freshID(w.t), Scope: w.scope, Subject: of.Subject}, Recipient: ident.Org{7}, Purpose: purpose, Given: consent.TypedName,
			Giver: "示例陈某", Sample: true,
		}
		c, err := s.Book().Consent.Give(c, time.Now().AddDate(0, 0, -20))
		w.ok(err)
		out = append(out, c)
	}
	return out
}

// note is what a reviewer says of a household, as nobody else would.
func note(reviewer, home int) string {
	return fmt.Sprintf("评议员%d对第%d户的悄悄话", reviewer, home)
}

// round opens a round, has every reviewer fill sheets without a network, hands them in, looks whether anybody's laptop has what another said,
// and closes it. amounts are by household and reviewer, in 万.
func (w *community) round(amounts [][]int64) {
	w.t.Helper()
	args := []string{"whole", "open", w.unit}
	for _, a := range w.actors {
		args = append(args, "--reviewer", a.String())
	}
	var rounds []struct{ ID string }
	w.s.do(&rounds, args...)
	w.sync()
	id, err := ident.Parse[ident.Record](rounds[0].ID)
	w.ok(err)
	for r := range w.laptops {
		w.whole(r, 0, func(h wholevillage.Hand) {
			for home, of := range amounts {
				say := wholevillage.Sheet{Knows: "well", Honesty: "good", Willing: "good", Suggest: of[r] * wan, Note: note(r, home)}
				_, err := h.Review(w.t.Context(), id, w.homes[home].ID, say)
				w.ok(err)
			}
		})
	}
	w.sync()
	for r := range w.laptops {
		w.blind(r, len(amounts))
	}
	var closed struct{ Sheets int }
	w.s.do(&closed, "whole", "close", rounds[0].ID)
	if want := len(amounts) * len(w.laptops); closed.Sheets != want {
		w.t.Errorf("%d sheets came, want %d", closed.Sheets, want)
	}
	w.sync()
	for r := range w.laptops {
		w.blind(r, len(amounts))
	}
}

// blind reads everything that lies on a reviewer's laptop, with their own passphrase: every cell of every table, opened. What they wrote
// themselves is there, and of what the others wrote nothing is.
func (w *community) blind(reviewer, homes int) {
	w.t.Helper()
	folder := filepath.Join(w.t.TempDir(), "copy")
	copyTree(w.t, folder, w.laptops[reviewer].dir)
	loot, err := theft.Take(w.t.Context(), folder, "replica.db", w.dataKey(folder))
	w.ok(err)
	if len(loot.Opened) == 0 {
		w.t.Fatal("nothing was opened: the test sees nothing")
	}
	for r := range w.laptops {
		for home := range homes {
			if found := loot.Finds(record.OfText(note(r, home))); found != (r == reviewer) {
				w.t.Errorf("on the laptop of reviewer %d: what reviewer %d says of household %d is found: %v", reviewer, r, home, found)
			}
		}
		if own := ident.UserScope(w.actors[r]); loot.Finds(record.OfText(string(own))) != (r == reviewer) {
			w.t.Errorf("on the laptop of reviewer %d: scope %s", reviewer, own)
		}
	}
}

// dataKey is the key of all that lies on a laptop, opened with the passphrase of who works there.
func (w *community) dataKey(folder string) []byte {
	w.t.Helper()
	db, err := sqlitedb.Open(w.t.Context(), filepath.Join(folder, "replica.db"), sqlitedb.Options{})
	w.ok(err)
	defer db.Close()
	var actor, wrapped, secret []byte
	w.ok(db.QueryRowContext(w.t.Context(), "SELECT actor, wrapped, secret FROM users").Scan(&actor, &wrapped, &secret))
	key, err := seal.UnwrapKey(password, wrapped)
	w.ok(err)
	data, err := key.Open(nil, secret, append(actor, 0))
	w.ok(err)
	return data
}

// TestWholeVillage walks a village from files to a signed limit and money drawn, by three laptops and two kiosks that are offline in turns: one
// household gets an objection, one withdraws its consent, and two officers write the same contract at the same time.
func TestWholeVillage(t *testing.T) {
	t.Parallel()
	w := startWalk(t)
	ctx := t.Context()
	w.s.do(nil, "whole", "begin", w.unit)
	w.sync()
	w.reaches("screen", "screen", "screen", "screen")
	w.sharedLaptop()

	// By hand: household 0 gets 3, 5, 8 and 4, 5, 6, so 5 万; the others 9, 2 and, held down by the card, 16.5 万.
	first := [][]int64{{3, 5, 8}, {9, 9, 9}, {2, 2, 2}, {18, 19, 20}}
	w.round(first)
	w.round([][]int64{{4, 5, 6}, {9, 9, 9}, {2, 2, 2}, {18, 19, 20}})
	w.reaches("rounds", "rounds", "rounds", "rounds")
	w.whole(0, 9, func(h wholevillage.Hand) { // its clock is nine days behind
		_, err := h.Meet(ctx, w.scope, 9, "都同意")
		w.ok(err)
	})
	w.sync()
	w.reaches("offer", "offer", "offer", "offer")
	w.sync()
	for n, want := range []int64{5 * wan, 9 * wan, 2 * wan, 16*wan + wan/2} {
		if c := w.cases()[w.homes[n].ID.String()]; c.Limit != want {
			t.Errorf("household %d: %d, want %d", n, c.Limit, want)
		}
	}

	// The notice hangs at the kiosks; at one of them somebody objects to household 1.
	w.whole(0, 9, func(h wholevillage.Hand) {
		n, err := h.Post(ctx, w.scope)
		w.ok(err)
		if len(n.Lines) != 4 || n.Lines[0].Name != "示**甲" {
			t.Errorf("the notice: %+v", n.Lines)
		}
	})
	w.sync()
	w.object(1)
	w.sync()
	w.whole(1, 0, func(h wholevillage.Hand) {
		_, err := h.Answer(ctx, w.homes[1].ID, true, "家里另有大额借款")
		w.ok(err)
	})
	w.sync()
	w.reaches("notice", "offerobject", "notice", "notice")

	// Two persons sign, each at their own laptop.
	for _, laptop := range []int{0, 1} {
		w.whole(laptop, 0, func(h wholevillage.Hand) {
			for n, amount := range map[int]int64{0: 5 * wan, 2: 2 * wan, 3: 10 * wan} {
				_, err := h.Sign(ctx, w.homes[n].ID, amount, true)
				w.ok(err)
			}
			_, err := h.Sign(ctx, w.homes[1].ID, wan, true)
			if fault.From(err).Key != "wholevillage.stopped.object" {
				t.Errorf("the objection was right, and somebody signs: %v", err)
			}
		})
		w.sync()
	}
	w.reaches("interview", "offerobject", "interview", "interview")

	// Offline: household 2 withdraws at laptop C; A and B, who do not know, write its contract, and both write that of household 0.
	w.laptops[2].at(password, func(s *station.Station) {
		rows, err := record.All(ctx, s.Store(), record.Query{Kind: consent.Kind, Scope: w.scope, Subject: w.homes[2].Subject})
		w.ok(err)
		for _, row := range rows {
			apply(t, s, "consent.end", consent.Of(row).End(freshID(t), time.Now().UnixMilli(), consent.TypedName))
		}
	})
	day := func(years int) string { return time.Now().AddDate(years, 0, 0).Format(time.DateOnly) }
	contract := wholevillage.Agreement{Bank: ident.Org{7}, Number: "示例2026-1", Rate: 435, From: day(0), Until: day(1)}
	for laptop, homes := range [][]int{{0, 2, 3}, {0}} {
		w.whole(laptop, 0, func(h wholevillage.Hand) {
			for _, n := range homes {
				_, err := h.Agree(ctx, w.homes[n].ID, contract)
				w.ok(err)
			}
		})
	}
	w.laptops[2].sync()
	if st := w.laptops[0].sync(); st.Refused != 1 {
		t.Errorf("the contract of who withdrew: %+v", st)
	}
	if st := w.laptops[1].sync(); st.Refused != 1 {
		t.Errorf("the second contract of one household: %+v", st)
	}
	w.tray(0, "授权")
	w.tray(1, "已经有合同")
	w.reaches("contract", "offerobject", "consent", "contract")

	w.laptops[1].sync()
	w.whole(1, 0, func(h wholevillage.Hand) {
		for n, amounts := range map[int][]int64{0: {3 * wan, -wan}, 3: {10 * wan}} {
			for _, amount := range amounts {
				_, err := h.Draw(ctx, w.homes[n].ID, amount)
				w.ok(err)
			}
		}
	})
	w.laptops[1].sync()
	w.reaches("use", "offerobject", "consent", "use")
	w.laptops[0].sync()
	w.replay()
	w.counts()
	w.s.clean()
}

// tray fails unless the laptop tells its person what was refused, and why.
func (w *community) tray(laptop int, words string) {
	w.t.Helper()
	d := w.laptops[laptop]
	out, err := call(w.t, d.program, "tray", "--dir", d.dir)
	if err != nil || !bytes.Contains(out, []byte(words)) {
		w.t.Errorf("the tray of laptop %d does not say %s: %v\n%s", laptop, words, err, out)
	}
}

// sharedLaptop: who reviews has a laptop of their own. One on which two work holds no sheets, and one that holds them takes nobody else in.
func (w *community) sharedLaptop() {
	w.t.Helper()
	shared := w.s.enrol("agent", "shared", w.unit)
	var first ident.Actor
	shared.at(password, func(s *station.Station) { first = s.Session().Actor })
	var answer ticket
	add := []string{"enrol", "--program", "agent", "--device", shared.status().Device, "--person", "第二人", "--role", "officer", "--village", w.unit}
	w.s.do(&answer, add...)
	l := line{program: "agent", args: []string{"enrol", "--add", "--ticket", answer.File, "--dir", shared.dir}, env: []string{"YUEXIN_ADDED_PASSPHRASE=the words of the second"}}
	if out, err := l.run(w.t); err != nil {
		w.t.Fatalf("%v\n%s%s", err, out, stderrOf(err))
	}
	args := []string{"whole", "open", w.unit, "--dir", w.s.dir, "--sample", "--quiet"}
	for _, a := range []ident.Actor{w.actors[0], w.actors[1], first} {
		args = append(args, "--reviewer", a.String())
	}
	if r := refused(w.t, "syncserver", args...); r.Code != "conflict" {
		w.t.Errorf("a reviewer on a shared laptop: %+v", r)
	}
	// The others were let hold their own scope before: nobody else may come to their laptops now.
	add[4] = w.laptops[0].status().Device
	if r := refused(w.t, "syncserver", append(add, "--dir", w.s.dir, "--sample", "--quiet")...); r.Code != "conflict" {
		w.t.Errorf("one more person on the laptop of a reviewer: %+v", r)
	}
}

// object objects at a kiosk to a household on the notice that hangs there.
func (w *community) object(home int) {
	w.t.Helper()
	w.kiosks[1].at("", func(s *station.Station) {
		h := handAt(s, 0)
		v, err := h.Village(w.t.Context(), w.scope)
		w.ok(err)
		want := "示**" + string([]rune("甲乙丙丁")[home])
		for _, posted := range v.Posted {
			for _, line := range posted.Lines {
				if line.Name == want {
					_, err := h.Object(w.t.Context(), posted, line.Limit, "wrong_facts", false)
					w.ok(err)
					return
				}
			}
		}
		w.t.Errorf("%s is on no notice", want)
	})
}

// replay makes every decision again at a laptop, from what it rests on, bit for bit. Of who withdrew their consent the laptop shows no figures
// any more: there the decision is made again from the result that was kept with it.
func (w *community) replay() {
	w.t.Helper()
	w.laptops[0].at(password, func(s *station.Station) {
		v, err := handAt(s, 0).Village(w.t.Context(), w.scope)
		w.ok(err)
		known := func(id ident.Record) scoring.Known {
			row, err := s.Store().Get(w.t.Context(), id)
			w.ok(err)
			past, err := s.Store().History(w.t.Context(), id)
			w.ok(err)
			return scoring.Known{Row: row, Past: past}
		}
		n := 0
		for _, c := range v.Cases {
			if c.Limit == nil {
				continue
			}
			n++
			card := s.Book().Card("household", c.Limit.Day)
			_, beside, err := card.Gather(w.t.Context(), s.Store(), c.Household)
			w.ok(err)
			var around []scoring.Known
			for _, row := range beside {
				around = append(around, known(row.Header.ID))
			}
			again, err := card.Replay(s.Book().Catalogue, known(c.Household), around, c.Limit.Seen, c.Limit.Day)
			w.ok(err)
			if c.Stopped == wholevillage.StopConsent {
				again.Result, err = scoring.ParseResult(c.Limit.Score)
				w.ok(err)
			}
			if !bytes.Equal(again.Result.Bytes(), c.Limit.Score) {
				w.t.Errorf("household %s scored again:\n%s\nwas:\n%s", c.Household, again.Result.Bytes(), c.Limit.Score)
			}
			zone := time.FixedZone("CST", 8*60*60)
			limit := s.Book().Whole.Decide(c.Results, again.Result, "", time.UnixMilli(c.Limit.AtMS).In(zone))
			limit.Step, limit.Meeting, limit.Score, limit.Seen = c.Limit.Step, c.Limit.Meeting, c.Limit.Score, c.Limit.Seen
			if diff := cmp.Diff(*c.Limit, limit); diff != "" {
				w.t.Error(diff)
			}
		}
		if n != len(w.homes) {
			w.t.Errorf("%d decisions, want %d", n, len(w.homes))
		}
	})
}

// counts compares what `syncserver whole list` says with the records in the server's database, counted by SQL.
func (w *community) counts() {
	w.t.Helper()
	backup := filepath.Join(w.t.TempDir(), "backup")
	w.s.do(nil, "backup", backup)
	db, err := sqlitedb.Open(w.t.Context(), filepath.Join(backup, "data.db"), sqlitedb.Options{})
	w.ok(err)
	defer db.Close()
	count := func(kind string) (n int) {
		w.t.Helper()
		w.ok(db.QueryRowContext(w.t.Context(), "SELECT count(*) FROM record JOIN scope USING (sid) WHERE kind = ? AND scope.name = ?", kind, string(w.scope)).Scan(&n))
		return n
	}
	said := map[string]int{}
	for _, c := range w.cases() {
		for kind, is := range map[string]bool{
			"household": true, "screening": c.List != "", "pre_limit": c.Limit > 0, "credit_contract": c.State == "contract" || c.State == "use",
		} {
			if is {
				said[kind]++
			}
		}
	}
	for kind, n := range said {
		if got := count(kind); got != n {
			w.t.Errorf("%d records of %s by SQL, the list says %d", got, kind, n)
		}
	}
}
