// SPDX-License-Identifier: Apache-2.0

package station_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"yuexin/shared/credit/rulebook"
	"yuexin/shared/ident"
	"yuexin/shared/station"
	"yuexin/shared/station/stationtest"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
)

const well = `{"name": "well", "format": "text", "class": 1, "merge": "latest", "indexed": true}, {"name": "remark",`

// standings takes rules and returns where each edition stands, by its title.
func standings(t *testing.T, s *station.Station, now time.Time) map[string]station.Standing {
	t.Helper()
	rules, err := s.TakeRules(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]station.Standing{}
	for _, r := range rules {
		out[r.Title()+" "+r.By] = r.Standing
		out[r.Title()] = r.Standing
	}
	return out
}

// Rules that arrive while a device runs are in force once PutInForce says so, without a
// start; whoever works on keeps the book that they began with, and goes on reading and
// writing meanwhile.
func TestInForceWithoutRestart(t *testing.T) {
	admin := stationtest.NewAdmin(t)
	s := stationtest.New(t, t.TempDir(), "agent", admin)
	begun, old := s.Book(), s.Store()
	stationtest.Publish(t, s,
		admin.Sign(t, stationtest.Later(t, "policies", "catalogue-1.json", "2", `{"name": "remark",`, well)),
		admin.Sign(t, stationtest.Later(t, "forms", "household.json", "2")))

	ctx, stop := context.WithCancel(t.Context())
	ticks := make(chan time.Time)
	var beside sync.WaitGroup
	beside.Go(func() { s.FollowRules(ctx, time.Now, func(time.Duration) <-chan time.Time { return ticks }) })
	beside.Go(func() { // somebody in a form
		for n := 0; ctx.Err() == nil; n++ {
			id := ident.Record{1, byte(n >> 8), byte(n)}
			act := record.Act{Name: "household.register", Scope: stationtest.Village, Writes: []record.Write{{
				Op: record.Create, Header: record.Header{ID: id, Kind: "household", Scope: stationtest.Village, Subject: ident.Subject(id)},
				Fields: map[record.Field]record.Value{"head_name": record.OfText("陈秀英")},
			}}}
			if _, err := old.Apply(ctx, act); err != nil && ctx.Err() == nil {
				t.Error(err)
				return
			}
			if _, err := old.List(ctx, record.Query{Kind: "household", Scope: stationtest.Village, Limit: 3}); err != nil && ctx.Err() == nil {
				t.Error(err)
				return
			}
		}
	})
	ticks <- time.Now() // it has looked once
	if !s.RulesWait() || s.Book() != begun {
		t.Fatal("rules change under whoever works")
	}
	if changed, err := s.PutInForce(); err != nil || !changed {
		t.Fatalf("put in force: %t, %v", changed, err)
	}
	if s.RulesWait() || s.Book().Catalogue.Version() != 2 || s.Book().Forms["household"].Version != 2 {
		t.Errorf("catalogue %d, form %d", s.Book().Catalogue.Version(), s.Book().Forms["household"].Version)
	}
	if begun.Catalogue.Version() != 1 || begun.Forms["household"].Version != 1 || s.Book().Form("household", 1).Version != 1 {
		t.Error("what was begun changed")
	}
	where := record.Query{Kind: "household", Scope: stationtest.Village, Limit: 1, Where: []record.Term{{Field: "well", Value: record.OfText("井在屋后")}}}
	if _, err := s.Store().List(t.Context(), where); err != nil {
		t.Errorf("the new field: %v", err)
	}
	if changed, err := s.PutInForce(); err != nil || changed {
		t.Errorf("put in force twice: %t, %v", changed, err)
	}
	stop()
	beside.Wait()
	row, err := s.Store().List(t.Context(), record.Query{Kind: "household", Scope: stationtest.Village, Limit: 1})
	if err != nil || len(row) != 1 {
		t.Errorf("what was written meanwhile: %v, %v", row, err)
	}
}

// TestAdminsFollow: an administrator whom one known here vouches for counts; one who is
// gone does not any more, but for what they had signed; nothing brings them back. It
// survives a start.
func TestAdminsFollow(t *testing.T) {
	anna, bo, eve := stationtest.NewAdmin(t), stationtest.NewAdmin(t), stationtest.NewAdmin(t)
	dir, now := t.TempDir(), time.Now()
	s := stationtest.New(t, dir, "agent", anna, bo)
	ring := rulebook.Ring{Admins: []seal.AdminPublic{anna.Known, bo.Known}}
	next := func(by stationtest.Admin, after rulebook.Ring, published []rulebook.Edition, admins ...seal.AdminPublic) rulebook.Edition {
		e, err := after.Next(admins, published)
		if err != nil {
			t.Fatal(err)
		}
		return by.Sign(t, e)
	}
	want := func(what string, got map[string]station.Standing, title string, standing station.Standing) {
		t.Helper()
		if got[title] != standing {
			t.Errorf("%s: %s is %q, want %q", what, title, got[title], standing)
		}
	}

	before := anna.Sign(t, stationtest.Later(t, "policies", "lending-1.json", "2"))
	before.NotBefore = now.Add(time.Hour).UnixMilli() // due later
	before = anna.Sign(t, before)
	stationtest.Publish(t, s, eve.Sign(t, stationtest.Later(t, "policies", "audit-1.json", "2")), next(eve, ring, nil, eve.Known), before)
	got := standings(t, s, now)
	want("a stranger", got, "audit 2", station.Refused)
	want("a stranger's list", got, "keys 1", station.Refused)
	want("not due", got, "lending 2", station.Waiting)

	joined := next(bo, ring, nil, anna.Known, bo.Known, eve.Known)
	stationtest.Publish(t, s, joined)
	want("vouched for", standings(t, s, now), "audit 2", station.Taken)
	if ids, err := s.Replica.RecoveryAdmins(t.Context(), s.Session().Actor); err != nil || !slices.Contains(ids, eve.Known.ID()) {
		t.Errorf("who can help: %v, %v", ids, err)
	}

	ring = ring.FollowAll([]rulebook.Edition{joined})
	gone := next(eve, ring, []rulebook.Edition{before}, bo.Known, eve.Known)
	stationtest.Publish(t, s, gone, anna.Sign(t, stationtest.Later(t, "policies", "consent-1.json", "2")), next(anna, ring, nil, anna.Known))
	check := func(s *station.Station) {
		t.Helper()
		got := standings(t, s, now.Add(2*time.Hour))
		want("signed afterwards", got, "consent 2", station.Refused)
		want("signed before", got, "lending 2", station.Taken)
		want("the list in force", got, "keys 2 "+eve.Known.ID().String(), station.InForce)
		want("a list by who is gone", got, "keys 2 "+anna.Known.ID().String(), station.Refused)
		ids, err := s.Replica.RecoveryAdmins(t.Context(), s.Session().Actor)
		if err != nil || len(ids) != 2 || slices.Contains(ids, anna.Known.ID()) {
			t.Errorf("who can help: %v, %v", ids, err)
		}
	}
	check(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = stationtest.Open(t, dir, "agent")
	if err := s.Unlock(t.Context(), stationtest.Passphrase); err != nil {
		t.Fatal(err)
	}
	if v := s.Book().Lending.Version(); v != 2 {
		t.Errorf("after a start: lending version %d", v)
	}
	rules, err := s.TakeRules(t.Context(), now.Add(2*time.Hour))
	if err != nil || !slices.ContainsFunc(rules, func(r station.Rule) bool { return r.What == rulebook.OfConsent && r.Standing == station.Refused }) {
		t.Errorf("after a start: %v", err)
	}
}

// TestStageFollows: a stage is widened and stopped by an edition of its own.
func TestStageFollows(t *testing.T) {
	admin, stranger := stationtest.NewAdmin(t), stationtest.NewAdmin(t)
	s, now := stationtest.New(t, t.TempDir(), "kiosk", admin), time.Now()
	form := stationtest.Later(t, "forms", "household.json", "2")
	form.Stage = rulebook.Stage{Percent: 100, NotBefore: now.Add(time.Hour).UnixMilli()}
	form = admin.Sign(t, form)
	all := []rulebook.Edition{form}
	stationtest.Publish(t, s, form)
	step := func(by stationtest.Admin, stage rulebook.Stage, want station.Standing) {
		t.Helper()
		e := by.Sign(t, form.Restage(stage, all))
		if by.Known == admin.Known {
			all = append(all, e)
		}
		stationtest.Publish(t, s, e)
		if got := standings(t, s, now)["form household 2"]; got != want {
			t.Errorf("%d %%: %s, want %s", stage.Percent, got, want)
		}
	}
	step(stranger, rulebook.Stage{Percent: 100}, station.Waiting)
	step(admin, rulebook.Stage{Percent: 0}, station.Stopped)
	step(admin, rulebook.Stage{Percent: 100, Scopes: []ident.Scope{"unit:elsewhere"}}, station.NotHere)
	step(admin, rulebook.Stage{Percent: 100, Scopes: []ident.Scope{stationtest.Village}}, station.Taken)
	if changed, err := s.PutInForce(); err != nil || !changed || s.Book().Forms["household"].Version != 2 {
		t.Errorf("put in force: %t, %v", changed, err)
	}
	step(admin, rulebook.Stage{Percent: 0}, station.InForce) // who has it keeps it
}
