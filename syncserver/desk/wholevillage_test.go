// SPDX-License-Identifier: Apache-2.0

package desk_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	mrand "math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/assets"
	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/exposure"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/credit/scoring"
	"yuexin/shared/credit/wholevillage"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
	"yuexin/syncserver/desk"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/central"
)

const wan = 1_000_000 // fen of 10,000 yuan

// community is a village that comes to credit together, over a store that judges as the server does.
type community struct {
	*registry
	whole   desk.Whole
	granter desk.Granter
	mu      sync.Mutex // protects now
	now     time.Time
	people  map[byte]wholevillage.Hand
	homes   []record.Header
}

var cst = time.FixedZone("CST", 8*60*60)

// clock goes on a little each time it is looked at: no two records are of the same moment.
func (w *community) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(2 * time.Millisecond)
	return w.now
}

func (w *community) days(n int) { w.mu.Lock(); defer w.mu.Unlock(); w.now = w.now.AddDate(0, 0, n) }

func openCommunity(t *testing.T, homes int) *community {
	t.Helper()
	book, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"))
	if err != nil {
		t.Fatal(err)
	}
	regions, err := region.Load(assets.Regions())
	if err != nil {
		t.Fatal(err)
	}
	w := &community{now: time.Date(2026, 11, 22, 9, 0, 0, 0, cst), people: map[byte]wholevillage.Hand{}}
	whole := func(ctx context.Context, read store.Reader, login store.Login, cs *record.ChangeSet) (*store.Refusal, error) {
		f, h, err := book.Whole.Rule(ctx, read, login.Role, w.clock(), cs)
		if f == nil || err != nil {
			return nil, err
		}
		return &store.Refusal{Outcome: record.Rejected, Reason: f.Key, Args: f.Args, Record: *h}, nil
	}
	st, err := central.Open(t.Context(), central.Options{
		Dir: t.TempDir(), Catalogue: book.Catalogue, Access: book.Access, Now: w.clock, Rules: []store.Rule{exposed, whole},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	as := st.As(store.Login{ID: ident.Login{1}, Actor: ident.Actor{1}, Role: "desk"})
	o := office{desk.Desk{Store: as, Regions: regions, Lending: func() *lending.Policy { return book.Lending }, Now: w.clock, Random: rand.Reader, Sample: true}, book, st}
	w.registry = &registry{office: o, t: t, village: o.village(t, "441284105203")}
	w.registry.officer = st.As(store.Login{ID: ident.Login{2}, Actor: ident.Actor{2}, Role: "officer", Scopes: []ident.Scope{w.village, ident.Ref}})
	card := func(day string) *scoring.Card { return book.Card("household", day) }
	w.whole = desk.Whole{
		Desk: o.Desk, Policy: func() *wholevillage.Policy { return book.Whole }, Card: card, Log: slog.New(slog.DiscardHandler),
		Own: func(context.Context, ident.Actor) error { return nil },
	}
	w.granter = desk.Granter{Desk: o.Desk, Card: card, Log: slog.New(slog.DiscardHandler)}
	for n := range homes {
		w.homes = append(w.homes, w.home(byte(n+1)))
	}
	return w
}

// home is a household of the card's first case, whose limit is 165,000 yuan, with a file that lacks nothing.
func (w *community) home(n byte) record.Header {
	w.t.Helper()
	h := rated(w.t, w.registry, n, w.book.Card("household", "2026-11-22").Cases[0])
	w.apply(w.registry.officer, record.Write{Op: record.Edit, Header: h, Fields: map[record.Field]record.Value{
		"head_name": record.OfText("陈秀英"), "resident_id": record.OfText("441284198001010014"), "phone": record.OfText(fmt.Sprintf("1990000%04d", n)),
		"population": record.OfInt(4), "labour": record.OfInt(2),
	}})
	return h
}

func (w *community) consent(of record.Header) []consent.Consent {
	w.t.Helper()
	var out []consent.Consent
	for i, purpose := range w.book.Whole.Purposes() {
		c := consent.Consent{Header: record.Header{ID: ident.Record{13: of.ID[15], 14: byte(i + 1), 15: 7}, Scope: w.village, Subject: of.Subject}, Recipient: ident.Org{4}, Purpose: purpose, Given: "signature", Giver: "陈秀英"}
		c, err := w.book.Consent.Give(c, w.clock())
		if err != nil {
			w.t.Fatal(err)
		}
		w.apply(w.registry.officer, c.Create())
		out = append(out, c)
	}
	return out
}

// person is somebody who works on the process with their own key.
func (w *community) person(n byte, role record.Role) wholevillage.Hand {
	w.t.Helper()
	if h, there := w.people[n]; there {
		return h
	}
	private, err := seal.NewSign(seal.Default, rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	signer, err := seal.NewSigner(rand.Reader, private)
	if err != nil {
		w.t.Fatal(err)
	}
	actor := ident.Actor{n}
	login := store.Login{
		ID: ident.Login{n}, Actor: actor, Role: role, Person: signer.Public().Encode(), Scopes: []ident.Scope{w.village, ident.Ref, ident.UserScope(actor)},
	}
	h := wholevillage.Hand{
		Store: w.st.AsPerson(login, signer), Policy: w.book.Whole, Actor: actor, Source: w.book.Access.Source(role),
		Now: w.clock, Random: rand.Reader,
	}
	w.people[n] = h
	return h
}

func (w *community) settle() {
	w.t.Helper()
	if err := w.whole.Settle(w.t.Context(), w.village); err != nil {
		w.t.Fatal(err)
	}
}

func (w *community) at(n int) *wholevillage.Case {
	w.t.Helper()
	v, err := w.whole.Village(w.t.Context(), w.village)
	if err != nil {
		w.t.Fatal(err)
	}
	c, known := v.Case(w.homes[n].ID)
	if !known {
		w.t.Fatalf("no household %d", n)
	}
	return c
}

func (w *community) stands(n int, reached wholevillage.State, stopped string) {
	w.t.Helper()
	if c := w.at(n); c.Reached != reached || c.Stopped != stopped {
		w.t.Errorf("household %d is at %q (lacks %v of %q), stopped %q; want %q, %q", n, c.Reached, c.Lacks, c.Next, c.Stopped, reached, stopped)
	}
}

func (w *community) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *community) wants(key string, err error) {
	w.t.Helper()
	if err == nil || fault.From(err).Key != key {
		w.t.Errorf("got %v, want %s", err, key)
	}
}

var three = []wholevillage.Reviewer{{Actor: ident.Actor{21}}, {Actor: ident.Actor{22}}, {Actor: ident.Actor{23}}}

// round opens the next round, lets three reviewers suggest amounts in 万 for each household, and closes it.
func (w *community) round(amounts ...[]int64) {
	w.t.Helper()
	rounds, err := w.whole.Open(w.t.Context(), w.village, three)
	w.ok(err)
	for i, suggests := range amounts {
		for j, amount := range suggests {
			h := w.person(byte(21+j), "cadre")
			if !slices.ContainsFunc(rounds[0].Seats, func(s wholevillage.Seat) bool { return s.Household == w.homes[i].ID }) {
				continue
			}
			s := wholevillage.Sheet{Knows: "well", Honesty: "good", Willing: "good", Suggest: amount * wan}
			if _, err := h.Review(w.t.Context(), rounds[0].Header.ID, w.homes[i].ID, s); err != nil {
				w.t.Fatalf("household %d, reviewer %d: %v", i, j, err)
			}
		}
	}
	_, err = w.whole.Close(w.t.Context(), rounds[0].Header.ID)
	w.ok(err)
}

// TestWholeVillage walks a village of five from files to a signed limit, money drawn and the yearly review: one household has no
// consent, one objection is right, one consent is withdrawn on the way. Nothing goes on before its time, and each decision is made
// again from what it rests on.
func TestWholeVillage(t *testing.T) {
	w := openCommunity(t, 5)
	ctx := t.Context()
	cadre, officer, bank := w.person(21, "cadre"), w.person(31, "officer"), w.person(41, "reviewer")
	_, err := w.whole.Village(ctx, w.village)
	w.wants("wholevillage.year", err)
	_, err = w.whole.Begin(ctx, w.village, 2026)
	w.ok(err)
	_, err = w.whole.Begin(ctx, w.village, 2026)
	w.wants("wholevillage.year.twice", err)

	consents := map[int][]consent.Consent{}
	for n := range 4 {
		consents[n] = w.consent(w.homes[n])
	}
	w.days(1)
	w.settle()
	w.settle() // the second time there is nothing to do
	for n := range 4 {
		w.stands(n, wholevillage.Screen, "")
	}
	w.stands(4, "", "")
	if c := w.at(0); c.Screening.List != wholevillage.White || c.Screening.Limit != 16_500_000 {
		t.Errorf("screened %s with %d", c.Screening.List, c.Screening.Limit)
	}
	_, err = officer.Sign(ctx, w.homes[0].ID, wan, true)
	w.wants("wholevillage.lacks.rounds", err)
	_, err = cadre.Meet(ctx, w.village, 3, "")
	w.wants("wholevillage.meeting.nothing", err)

	// R1 and R2 by hand: household 0 gets 3, 5, 8 and 4, 5, 6: the median of all six is 5 万.
	w.round([]int64{3, 5, 8}, []int64{9, 9, 9}, []int64{18, 19, 20}, []int64{2, 2, 2})
	_, err = cadre.Meet(ctx, w.village, 3, "")
	w.wants("wholevillage.meeting.nothing", err)
	w.round([]int64{4, 5, 6}, []int64{9, 9, 9}, []int64{18, 19, 20}, []int64{2, 2, 2})
	if _, err := w.whole.Open(ctx, w.village, three); fault.From(err).Key != "wholevillage.round.empty" {
		t.Errorf("a third round, though two agree: %v", err)
	}
	_, err = cadre.Meet(ctx, w.village, 2, "")
	w.wants("wholevillage.meeting.present", err)
	_, err = cadre.Meet(ctx, w.village, 7, "都同意")
	w.ok(err)
	w.settle()
	for n, want := range []int64{5 * wan, 9 * wan, 16*wan + wan/2, 2 * wan} {
		w.stands(n, wholevillage.Offer, "")
		if l := w.at(n).Limit; l.Limit != want || l.Outcome != wholevillage.Offered {
			t.Errorf("household %d: %s %d, want %d", n, l.Outcome, l.Limit, want)
		}
	}
	w.replay(4)

	w.tells(0, 1, 2, 3)
	notice, err := cadre.Post(ctx, w.village)
	w.ok(err)
	if len(notice.Lines) != 4 || notice.Lines[0].Name != "陈*英" || notice.Until != "2026-11-29" {
		t.Errorf("the notice: %+v", notice)
	}
	_, err = cadre.Post(ctx, w.village)
	w.wants("wholevillage.notice.nothing", err)
	_, err = officer.Sign(ctx, w.homes[0].ID, wan, true)
	w.wants("wholevillage.lacks.notice_over", err)

	// Somebody objects to household 1, at the kiosk. Who put up the notice cannot keep the limit; another can, or finds it right.
	limit := w.at(1).Limit.Header
	w.object(notice, limit.ID, "not_eligible")
	_, err = cadre.Answer(ctx, w.homes[1].ID, false, "查过")
	w.wants("wholevillage.answer.own", err)
	_, err = officer.Answer(ctx, w.homes[1].ID, true, "确实不符合")
	w.ok(err)
	_, err = officer.Answer(ctx, w.homes[1].ID, true, "确实不符合")
	w.wants("wholevillage.answer.nothing", err)
	w.stands(1, wholevillage.Offer, wholevillage.StopObject)
	w.tells(0, 2, 3)

	w.days(8)
	w.stands(0, wholevillage.Notice, "")
	_, err = officer.Sign(ctx, w.homes[1].ID, wan, true)
	w.wants("wholevillage.stopped.object", err)

	// Two persons sign, each with their own key.
	_, err = officer.Sign(ctx, w.homes[0].ID, 5*wan, false)
	w.wants("wholevillage.sign.identity", err)
	_, err = officer.Sign(ctx, w.homes[0].ID, 5*wan+1, true)
	w.wants("wholevillage.sign.amount", err)
	for _, n := range []int{0, 2, 3} {
		amount := w.at(n).Limit.Limit
		_, err = officer.Sign(ctx, w.homes[n].ID, amount, true)
		w.ok(err)
		_, err = officer.Sign(ctx, w.homes[n].ID, amount, true)
		w.wants("wholevillage.sign.own", err)
		w.stands(n, wholevillage.Notice, "")
		_, err = cadre.Sign(ctx, w.homes[n].ID, amount, true)
		w.ok(err)
		w.stands(n, wholevillage.Interview, "")
	}
	_, err = cadre.Sign(ctx, w.homes[0].ID, 5*wan, true)
	w.wants("wholevillage.sign.done", err)

	// Household 3 withdraws before the contract; an officer who had not heard of it writes one all the same, and it is refused.
	stale := officer
	stale.Store = frozen{officer.Store, w.rows()}
	for _, c := range consents[3] {
		w.apply(w.registry.officer, c.End(ident.Record{12: 3, 15: c.Header.ID[14]}, w.clock().UnixMilli(), "signature"))
	}
	w.days(1)
	w.stands(3, "", wholevillage.StopConsent)
	w.tells(0, 2)
	a := wholevillage.Agreement{Bank: ident.Org{4}, Number: "粤信2026-001", Rate: 435, From: "2026-12-02", Until: "2027-12-01"}
	_, err = officer.Agree(ctx, w.homes[3].ID, a)
	w.wants("wholevillage.stopped.consent", err)
	_, err = stale.Agree(ctx, w.homes[3].ID, a)
	w.wants("wholevillage.stopped.consent", err)

	_, err = cadre.Agree(ctx, w.homes[0].ID, a)
	w.wants("sync.reject.access", err)
	_, err = officer.Agree(ctx, w.homes[0].ID, wholevillage.Agreement{Bank: ident.Org{4}})
	w.wants("wholevillage.contract", err)
	for _, n := range []int{0, 2} {
		_, err = officer.Agree(ctx, w.homes[n].ID, a)
		w.ok(err)
		_, err = bank.Agree(ctx, w.homes[n].ID, a)
		w.wants("wholevillage.contract.done", err)
	}
	_, err = bank.Draw(ctx, w.homes[0].ID, wan)
	w.wants("wholevillage.lacks.granted", err)
	w.ok(w.granter.Settle(ctx, w.village))
	w.stands(0, wholevillage.Contract, "")
	grants, err := exposure.Of(ctx, officer.Store, w.village, w.homes[0].ID)
	if err != nil || len(grants) != 1 || grants[0].Amount != 5*wan {
		t.Errorf("of the household's limit %+v is reserved, %v", grants, err)
	}

	_, err = bank.Draw(ctx, w.homes[0].ID, 5*wan+1)
	w.wants("wholevillage.draw", err)
	for _, amount := range []int64{3 * wan, 2 * wan, -4 * wan} {
		_, err = bank.Draw(ctx, w.homes[0].ID, amount)
		w.ok(err)
	}
	if c := w.at(0); c.Drawn != wan || c.Taken != 5*wan {
		t.Errorf("%d are drawn now, %d were ever", c.Drawn, c.Taken)
	}
	w.stands(0, wholevillage.Use, "")
	_, err = bank.Renew(ctx, w.homes[0].ID, "lower", 6*wan, "")
	w.wants("wholevillage.renew", err)
	_, err = bank.Renew(ctx, w.homes[0].ID, "lower", 2*wan, "收入减少")
	w.ok(err)
	w.stands(0, wholevillage.Renewal, "")
	_, err = bank.Draw(ctx, w.homes[0].ID, 2*wan)
	w.wants("wholevillage.draw", err)
	w.days(1)
	_, err = bank.Renew(ctx, w.homes[0].ID, "end", 0, "搬走")
	w.ok(err)
	w.stands(0, wholevillage.Renewal, wholevillage.StopEnded)
	_, err = bank.Draw(ctx, w.homes[0].ID, wan/2)
	w.wants("wholevillage.stopped.ended", err)
	_, err = bank.Draw(ctx, w.homes[0].ID, -wan) // what is owed can be paid whatever ended
	w.ok(err)
	w.replay(4)
}

// tells fails unless the file cards of these households, and of no others, tell a limit.
func (w *community) tells(homes ...int) {
	w.t.Helper()
	limits, err := w.whole.Limits(w.t.Context(), w.village)
	w.ok(err)
	for n := range w.homes {
		limit := limits[w.homes[n].ID]
		if (limit != nil) != slices.Contains(homes, n) || limit != nil && limit.Amount != w.at(n).Limit.Limit {
			w.t.Errorf("household %d is told %+v", n, limit)
		}
	}
}

// object puts an objection there as a kiosk does, which reads nothing but notices.
func (w *community) object(notice wholevillage.Posted, limit ident.Record, why string) {
	w.t.Helper()
	kiosk := wholevillage.Hand{
		Store:  w.st.As(store.Login{ID: ident.Login{3}, Actor: ident.Actor{3}, Role: "kiosk", Scopes: []ident.Scope{w.village, ident.Ref}}),
		Policy: w.book.Whole, Actor: ident.Actor{3}, Source: record.SelfDeclared, Now: w.clock, Random: rand.Reader,
	}
	_, err := kiosk.Object(w.t.Context(), notice, limit, "because", false)
	w.wants("wholevillage.object.why", err)
	_, err = kiosk.Object(w.t.Context(), notice, w.homes[4].ID, why, false)
	w.wants("wholevillage.limit", err)
	forged := notice
	forged.Lines = []wholevillage.NoticeLine{{Limit: w.homes[4].ID}}
	_, err = kiosk.Object(w.t.Context(), forged, w.homes[4].ID, why, false)
	w.wants("wholevillage.limit", err)
	_, err = kiosk.Object(w.t.Context(), notice, limit, why, false)
	w.ok(err)
}

// rows is everything that an officer reads of the village now.
func (w *community) rows() map[record.Kind][]record.Row {
	w.t.Helper()
	out := map[record.Kind][]record.Row{}
	for _, kind := range append(wholevillage.Kinds(), wholevillage.Household, consent.Kind, consent.KindEnd, exposure.KindGrant) {
		rows, err := record.All(w.t.Context(), w.person(31, "officer").Store, record.Query{Kind: kind, Scope: w.village})
		w.ok(err)
		out[kind] = rows
	}
	return out
}

// frozen is the store of somebody who has been offline: what they read is old, what they write goes to the server.
type frozen struct {
	record.Store
	rows map[record.Kind][]record.Row
}

func (f frozen) List(_ context.Context, q record.Query) ([]record.Row, error) {
	if !q.After.IsZero() {
		return nil, nil
	}
	return f.rows[q.Kind], nil
}

// replay makes every decision again from the records that it names, and compares it bit for bit.
func (w *community) replay(want int) {
	w.t.Helper()
	v, err := w.whole.Village(w.t.Context(), w.village)
	w.ok(err)
	n := 0
	for _, c := range v.Cases {
		if c.Limit == nil {
			continue
		}
		n++
		score, err := scoring.ParseResult(c.Limit.Score)
		w.ok(err)
		again := w.book.Whole.Decide(c.Results, score, "", time.UnixMilli(c.Limit.AtMS).In(cst))
		again.Step, again.Meeting, again.Score, again.Seen = c.Limit.Step, c.Limit.Meeting, c.Limit.Score, c.Limit.Seen
		if diff := cmp.Diff(*c.Limit, again); diff != "" {
			w.t.Error(diff)
		}
		for _, r := range c.Results {
			i := slices.IndexFunc(v.Rounds, func(round wholevillage.Round) bool { return round.Header.ID == r.Round })
			sheets, err := w.whole.Sheets(w.t.Context(), v.Rounds[i])
			w.ok(err)
			for _, counted := range w.book.Whole.Count(v.Rounds[i], sheets) {
				if counted.Household != c.Household {
					continue
				}
				counted.Step = r.Step
				if diff := cmp.Diff(r, counted); diff != "" {
					w.t.Error(diff)
				}
			}
		}
	}
	if n != want {
		w.t.Errorf("%d decisions, want %d", n, want)
	}

	// Where everybody stands does not depend on the order in which the records came.
	var rows []record.Row
	for _, some := range w.rows() {
		rows = append(rows, some...)
	}
	const seed = 9
	rnd := mrand.New(mrand.NewPCG(seed, 0))
	now := w.clock()
	first := w.book.Whole.Sum(rows, now).Cases
	for range 20 {
		rnd.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		if diff := cmp.Diff(first, w.book.Whole.Sum(rows, now).Cases); diff != "" {
			w.t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}
